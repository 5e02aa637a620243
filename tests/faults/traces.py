"""Looking for a person in all that is stored: rows, keys of Redis, and the bytes of the database's own files."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis as redis_library
from sqlalchemy import select, text

from bot.store.database import Database
from bot.store.tables import metadata


def dump(db: Database, store: redis_library.Redis | None = None) -> bytes:
    """Every column of every table, and every key of Redis with its value, in one heap."""
    heap: list[bytes] = []
    with db.reading() as tx:
        for table in metadata.sorted_tables:
            heap += [_plain(value) for row in tx.execute(select(table)) for value in row]
    for key in store.keys("*") if store is not None else ():
        heap += [key, *_values(store, key)]
    return b"\n".join(heap)


def _plain(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, default=str).encode()


def _values(store: Any, key: bytes) -> list[bytes]:
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": store.get,
        b"set": store.smembers,
        b"list": lambda name: store.lrange(name, 0, -1),
        b"hash": store.hgetall,
        b"zset": lambda name: store.zrange(name, 0, -1),
    }
    return [str(read[store.type(key)](key)).encode(), store.dump(key) or b""]


def files_of(db: Database, folder: Path) -> bytes:
    """The bytes of the database's files. SQLite: file, log and a backup; PostgreSQL: all files of this database."""
    if db.is_sqlite:
        path = Path(str(db.engine.url.database))
        copy = folder / f"{uuid4().hex}.db"
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return b"".join(each.read_bytes() for each in (path, Path(f"{path}-wal"), copy) if each.exists())
    with db.engine.connect() as connection:
        connection.execute(text("CHECKPOINT"))
        home = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        number = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    return b"".join(each.read_bytes() for each in (home / "base" / str(number)).iterdir() if each.is_file())


def written_forms(secrets: dict[str, str]) -> dict[str, bytes]:
    """How clear values would look in a heap: as they are, escaped, encoded."""
    forms = {what: value.encode() for what, value in secrets.items()}
    forms |= {f"escaped {what}": json.dumps(value).strip('"').encode() for what, value in secrets.items()}
    return forms | {f"base64 {what}": base64.b64encode(value.encode()) for what, value in secrets.items()}
