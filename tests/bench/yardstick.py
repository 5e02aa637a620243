"""What the product is measured against: Flask and wechatpy with as little around them as a correct bot can have.

`create_sign_up`: checks the signature, parses, does one conditional update and two inserts in raw SQL with the
product's durability, renders a reply. No dialogue, no duplicate filter, no texts. `create_echo`: the same without SQL.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, Protocol

import psycopg
from flask import Flask, Response, abort, request
from wechatpy import create_reply, parse_message
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

DATABASE = "YARDSTICK_DATABASE"
TOKEN = "WECHAT_TOKEN"
TAKEN = "taken"
"""In the answer of a sign-up that was committed."""

_TABLES = (
    "CREATE TABLE occurrence (id INTEGER PRIMARY KEY, capacity INTEGER NOT NULL, seats INTEGER NOT NULL)",
    "CREATE TABLE registration ({key}, occurrence_id INTEGER NOT NULL, openid VARCHAR(64) NOT NULL,"
    " name VARCHAR(40) NOT NULL, phone VARCHAR(20) NOT NULL, seats INTEGER NOT NULL, created_at BIGINT NOT NULL,"
    " UNIQUE (occurrence_id, openid))",
    "CREATE TABLE outbox ({key}, kind VARCHAR(20) NOT NULL, openid VARCHAR(64) NOT NULL, due_at BIGINT NOT NULL)",
)
_TAKE = "UPDATE occurrence SET seats = seats + {0} WHERE id = {0} AND seats + {0} <= capacity"
_REGISTER = "INSERT INTO registration (occurrence_id, openid, name, phone, seats, created_at) VALUES ({0}, {0}, {0}, {0}, {0}, {0})"
_NOTE = "INSERT INTO outbox (kind, openid, due_at) VALUES ({0}, {0}, {0})"


class Store(Protocol):
    """Takes seats for one reader in one durable transaction."""

    def sign_up(self, occurrence_id: int, openid: str, name: str, phone: str) -> bool:
        """Whether there was room."""
        ...


class SqliteStore:
    """One connection per thread; writers stand in line at a lock file, as in the product."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._turn = threading.Lock()
        self._lock_file: int | None = None

    def sign_up(self, occurrence_id: int, openid: str, name: str, phone: str) -> bool:
        """One conditional update, two inserts, committed to the disk."""
        connection = self._connection()
        with self._turn:
            if self._lock_file is None:
                self._lock_file = os.open(self._path + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock_file, fcntl.LOCK_EX)
            try:
                connection.execute("BEGIN IMMEDIATE")
                done = _sign_up(connection, "?", occurrence_id, openid, name, phone)
                connection.execute("COMMIT" if done else "ROLLBACK")
                return done
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite3.connect(self._path, isolation_level=None, timeout=4)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
        return connection


class PostgresStore:
    """One connection per thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()

    def sign_up(self, occurrence_id: int, openid: str, name: str, phone: str) -> bool:
        """One conditional update, two inserts, committed to the disk."""
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = psycopg.connect(self._url)
        done = _sign_up(connection, "%s", occurrence_id, openid, name, phone)
        if done:
            connection.commit()
        else:
            connection.rollback()
        return done


def _sign_up(connection: Any, mark: str, occurrence_id: int, openid: str, name: str, phone: str) -> bool:
    now = int(time.time())
    if connection.execute(_TAKE.format(mark), (2, occurrence_id, 2)).rowcount != 1:
        return False
    connection.execute(_REGISTER.format(mark), (occurrence_id, openid, name, phone, 2, now))
    connection.execute(_NOTE.format(mark), ("reminder", openid, now + 86400))
    return True


def prepare(url: str, occurrences: int, capacity: int) -> None:
    """Make the yardstick's tables and its occurrences, numbered from 1."""
    rows = [(number, capacity, 0) for number in range(1, occurrences + 1)]
    if url.startswith("sqlite:///"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as file:
            for table in _TABLES:
                file.execute(table.format(key="id INTEGER PRIMARY KEY"))
            file.executemany("INSERT INTO occurrence VALUES (?, ?, ?)", rows)
        file.close()
        return
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(table.format(key="id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY").encode())
        cursor.executemany("INSERT INTO occurrence VALUES (%s, %s, %s)", rows)


def count_registrations(url: str) -> int:
    """How many sign-ups are in the yardstick's database."""
    query = "SELECT count(*) FROM registration"
    if url.startswith("sqlite:///"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            return int(file.execute(query).fetchone()[0])
        finally:
            file.close()
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def create_sign_up() -> Flask:
    """The yardstick of everything that writes."""
    url = os.environ[DATABASE]
    store: Store = (
        SqliteStore(str(Path(url.removeprefix("sqlite:///")))) if url.startswith("sqlite:///") else PostgresStore(url)
    )

    def answer(message: Any) -> str:
        _, number, name, phone, _ = message.content.split()
        return TAKEN if store.sign_up(int(number), message.source, name, phone) else "full"

    return _bot(answer)


def create_echo() -> Flask:
    """The yardstick of everything that only reads."""
    return _bot(lambda message: message.content)


def _bot(answer: Any) -> Flask:
    app = Flask("yardstick")
    token = os.environ[TOKEN]

    @app.post("/wechat")
    def receive() -> Response:
        try:
            check_signature(token, *(request.args.get(name, "") for name in ("signature", "timestamp", "nonce")))
        except InvalidSignatureException:
            abort(403)
        message = parse_message(request.get_data())
        return Response(create_reply(answer(message), message).render(), content_type="application/xml")

    return app
