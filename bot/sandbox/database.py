"""The sandbox's own small file: one SQLite connection behind one lock.

A developer's tool with a handful of people in it, so simplicity wins: every statement commits at once,
``together`` joins several.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE_NAME = "sandbox.db"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    openid TEXT PRIMARY KEY, nickname TEXT NOT NULL, followed INTEGER NOT NULL DEFAULT 0,
    followed_at INTEGER NOT NULL DEFAULT 0, follow_scene TEXT NOT NULL DEFAULT '', refuses INTEGER NOT NULL DEFAULT 0,
    remark TEXT NOT NULL DEFAULT '', message_at REAL, message_left INTEGER NOT NULL DEFAULT 0,
    action_at REAL, action_left INTEGER NOT NULL DEFAULT 0, typing_until REAL NOT NULL DEFAULT 0,
    created_at REAL NOT NULL, last_push TEXT);
CREATE TABLE IF NOT EXISTS tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS person_tags (
    applied INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, tag_id INTEGER NOT NULL, UNIQUE (openid, tag_id));
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, at REAL NOT NULL,
    side TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entries_by_person ON entries (openid, id);
CREATE TABLE IF NOT EXISTS media (
    media_id TEXT PRIMARY KEY, type TEXT NOT NULL, content_type TEXT NOT NULL, content BLOB NOT NULL,
    created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS menus (
    id INTEGER PRIMARY KEY AUTOINCREMENT, tag_id INTEGER, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    value TEXT PRIMARY KEY, space TEXT NOT NULL, issued_at REAL NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS scenes (
    ticket TEXT PRIMARY KEY, scene TEXT NOT NULL, url TEXT NOT NULL UNIQUE, expires_at REAL);
CREATE TABLE IF NOT EXISTS codes (
    code TEXT PRIMARY KEY, openid TEXT NOT NULL, expires_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS consents (
    openid TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL, sends_left INTEGER NOT NULL,
    PRIMARY KEY (openid, kind, reference));
CREATE TABLE IF NOT EXISTS sent_messages (
    openid TEXT NOT NULL, client_msg_id TEXT NOT NULL, msgid INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (openid, client_msg_id));
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL, api TEXT NOT NULL,
    query TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL, answer TEXT NOT NULL, fault TEXT);
CREATE TABLE IF NOT EXISTS quotas (
    api TEXT NOT NULL, day TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (api, day));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

_FIRST_OWN_TAG = 100  # ids 0, 1 and 2 are the platform's own


class Database:
    """Open (and on first use make) ``data_dir/sandbox.db``."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(data_dir / FILE_NAME, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        self._connection.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'tags', ? "
            "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tags')",
            (_FIRST_OWN_TAG - 1,),
        )

    def rows(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        found = self.rows(statement, *values)
        return found[0] if found else None

    def number(self, statement: str, *values: object) -> int:
        """The single number a counting query gives (0 for NULL or no row)."""
        found = self.row(statement, *values)
        return int(found[0] or 0) if found else 0

    def run(self, statement: str, *values: object) -> int:
        """Run a writing statement; give the number of rows it touched."""
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def insert(self, statement: str, *values: object) -> int:
        """Run an INSERT; give the id of the new row."""
        with self._lock:
            return int(self._connection.execute(statement, values).lastrowid or 0)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All statements inside become one transaction, undone by an exception."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def fact(self, name: str, default: Any) -> Any:
        """A remembered switch or counter, or the default."""
        found = self.row("SELECT value FROM facts WHERE name = ?", name)
        return json.loads(found[0]) if found else default

    def remember(self, name: str, value: Any) -> None:
        """Keep a switch or counter over restarts."""
        self.run(
            "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value, ensure_ascii=False),
        )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()
