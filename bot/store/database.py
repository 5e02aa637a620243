"""Engines and transactions.

SQLite: WAL, every commit on disk (`synchronous=FULL`), foreign keys on, and every writing transaction starts with
`BEGIN IMMEDIATE` behind a lock file. The lock file is a queue: SQLite's own busy handler sleeps and polls, which
starved single writers for seconds when several wrote at once. A deferred `BEGIN` that writes later is impossible here:
`reading()` connections refuse to write.

PostgreSQL: READ COMMITTED; the statements carry their own conditions.

Readers have connections of their own, which refuse to write; on PostgreSQL each statement of theirs stands alone, since
beginning and ending a transaction would be two of the three exchanges of most reading messages.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from bot.store.prepared import run_bare

BUSY_TIMEOUT_MS = 4_000  # below the platform's five seconds, so that a stuck lock becomes an answer
POLLED_S, POLL_S = 0.005, 0.000_2  # some transactions long, and a part of one
CHECKPOINT_PAGES = 8_000  # 32 MB: copying the log back into the file costs syncs in the middle of a rush
SCRUB_PATIENCE_MS = 100  # writers wait for that long when a reader will not let the log be emptied
REWRITTEN_AT_ONCE = 32 * 1024 * 1024  # bytes of a table of PostgreSQL that is written anew in the middle of the day
POOL_SIZE = 4  # a hot row gets slower, not faster, with more connections


class Database:
    """One database, its engine and the two kinds of transaction."""

    def __init__(self, engine: Engine, readers: Engine, *, lock_path: Path | None = None) -> None:
        self.engine = engine
        self._readers = readers
        self._writer = _WriterLock(lock_path) if lock_path else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For looking only; writing in it fails. On SQLite it is one view of everything."""
        with self._readers.connect() as connection:
            if self._writer is None:
                yield connection
                return
            bare = _bare(connection)
            bare.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()
                bare.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back when the block raises."""
        if self._writer is None:
            with self.engine.begin() as connection:
                yield connection
            return
        with self.engine.connect() as connection, self._writer:
            run_bare(connection, "BEGIN IMMEDIATE")
            try:
                yield connection
                if connection.in_transaction():  # of SQLAlchemy, whose statements open one of their own kind
                    connection.commit()
                elif _bare(connection).in_transaction:  # Alembic ends its own
                    run_bare(connection, "COMMIT")
            except BaseException:
                connection.rollback()
                _bare(connection).rollback()
                raise

    @contextmanager
    def watching(self) -> Iterator[Callable[[], bool]]:
        """A question to be asked again and again: may anything have been committed since it was asked last?

        The first time the answer is yes. It costs microseconds and holds no transaction, only a connection of its own:
        SQLite tells each connection whether others wrote, PostgreSQL which transactions have ended.
        """
        with self._readers.connect() as connection:
            question = "PRAGMA data_version" if self._writer is not None else "SELECT pg_current_snapshot()::text"
            seen: object = None

            def has_changed() -> bool:
                nonlocal seen
                before, seen = seen, run_bare(connection, question).fetchone()[0]
                return bool(before != seen)

            yield has_changed

    def scrub(self, tables: Sequence[str], *, at_night: bool) -> bool:
        """Leave no deleted value in the files; False when others were in the way, to be tried again.

        SQLite overwrites deleted values by itself (`secure_delete`); what they were stands in the log until that is
        copied back and emptied. PostgreSQL cleans up where rows lay, but leaves a part of the bytes until a table is
        written anew; nobody can use the table meanwhile, so large ones wait for the night.
        """
        if self._writer is None:
            rewritten = [self._rewrite(name, at_night) for name in tables]  # each, whatever became of the others
            return all(rewritten)
        with self.engine.connect() as connection:
            bare = _bare(connection)
            bare.execute("PRAGMA wal_checkpoint(PASSIVE)")
            with self._writer:
                bare.execute(f"PRAGMA busy_timeout={SCRUB_PATIENCE_MS}")
                try:
                    (stopped, _, _) = bare.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                finally:
                    bare.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return bool(stopped == 0)

    def _rewrite(self, table: str, at_night: bool) -> bool:
        """Whether the table was written anew."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            size = connection.execute(text("SELECT pg_table_size(CAST(:name AS regclass))"), {"name": table}).scalar()
            anew = at_night or (size is not None and int(size) < REWRITTEN_AT_ONCE)
            try:
                connection.execute(text(f'VACUUM ({"FULL, " if anew else ""}ANALYZE) "{table}"'))
            except OperationalError:  # the table's lock was not to be had in time
                return False
        return anew

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()
        self._readers.dispose()
        if self._writer is not None:
            self._writer.close()


def _bare(connection: Connection) -> sqlite3.Connection:
    """The driver's connection: beginning to read through it costs a tenth, at every message."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection)


class _WriterLock:
    """A queue of writers over all threads and processes of this machine; raises OperationalError after BUSY_TIMEOUT_MS.

    A short wait polls, which costs least. A longer one is left to the kernel, which wakes the next writer at once: who
    polls hardly ever meets the moment between two transactions of a busy process. The kernel knows no end of waiting,
    so a thread of its own waits there, and its sender goes on without it when the time is up: the holder of the lock
    may have been stopped.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread_lock = threading.Lock()
        self._file: int | None = None
        self._owner_pid = 0
        self._sentry: _Sentry | None = None

    def __enter__(self) -> None:
        patience = BUSY_TIMEOUT_MS / 1000
        deadline = time.monotonic() + patience
        if not self._thread_lock.acquire(timeout=patience):
            raise _writers_stuck()
        try:
            if not self._take_file(deadline):
                raise _writers_stuck()
        except BaseException:
            self._thread_lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            fcntl.flock(self._descriptor(), fcntl.LOCK_UN)
        finally:
            self._thread_lock.release()

    def _take_file(self, deadline: float) -> bool:
        descriptor = self._descriptor()
        if self._sentry is None or not self._sentry.is_hired():
            if _poll(descriptor):
                return True
            self._sentry = _Sentry(descriptor)
        if not self._sentry.gets_it(deadline):
            return False
        self._sentry = None
        return True

    def _descriptor(self) -> int:
        if self._file is None or self._owner_pid != os.getpid():  # a forked child must not share its parent's lock
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._owner_pid = os.getpid()
            self._sentry = None
        return self._file

    def close(self) -> None:
        if self._file is not None and self._owner_pid == os.getpid():
            os.close(self._file)
        self._file = None


def _poll(descriptor: int) -> bool:
    end = time.monotonic() + POLLED_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
        time.sleep(POLL_S)


class _Sentry:
    """A thread that waits for the lock file. Left alone, it stays in the queue for the next writer of its process; what
    it gets when nobody of its process waits any more it gives back, since others do.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._change = threading.Condition()
        self._wanted, self._got, self._over = True, False, False
        threading.Thread(target=self._stand, name="writer-lock", daemon=True).start()

    def is_hired(self) -> bool:
        """Whether it still stands in the queue, from now on for the caller."""
        with self._change:
            self._wanted = not self._over
            return self._wanted

    def gets_it(self, deadline: float) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._over, max(0.0, deadline - time.monotonic()))
            self._wanted = self._got
            return self._got

    def _stand(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            with self._change:
                self._got = self._wanted
                if not self._got:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        except OSError:  # closed meanwhile, and the lock with it
            return
        finally:
            with self._change:
                self._over = True
                self._change.notify()


def _writers_stuck() -> OperationalError:
    return OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))


def open_database(url: str) -> Database:
    """Open the database at an SQLAlchemy address (`sqlite:///file` or `postgresql://…`)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("DATABASE_URL must name a file when it is SQLite")
        Path(parsed.database).touch(mode=0o600)  # for its owner only, and so are the files that SQLite puts beside it
        readers = _open_sqlite(parsed)
        event.listen(readers, "connect", lambda connection, _: connection.execute("PRAGMA query_only=ON"))
        return Database(_open_sqlite(parsed), readers, lock_path=Path(parsed.database + ".lock"))
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        readers = _open_postgresql(parsed, "-c default_transaction_read_only=on", isolation_level="AUTOCOMMIT")
        return Database(_open_postgresql(parsed), readers)
    raise ValueError("DATABASE_URL must start with sqlite:/// or postgresql://")


def _open_sqlite(address: URL) -> Engine:
    engine = create_engine(
        address,
        pool_size=POOL_SIZE,
        pool_reset_on_return=None,  # every transaction is ended above
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _open_postgresql(address: URL, server_options: str = "", **options: Any) -> Engine:
    return create_engine(
        address,
        pool_size=POOL_SIZE,
        hide_parameters=True,  # error texts would print openids
        connect_args={"connect_timeout": 3, "options": f"-c lock_timeout={BUSY_TIMEOUT_MS} {server_options}".strip()},
        **options,
    )


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by hand, above
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is deleted is overwritten (promise I8); costs writing freed pages once more
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
