"""Codes with a scene value: posters that lead to the account."""

import secrets
import sqlite3

from bot.sandbox.database import Database

ADDRESS = "http://weixin.qq.com/q/"


def add_scene(db: Database, scene: str, expires_at: float | None) -> sqlite3.Row:
    """Make a code for a scene value; ``expires_at`` None means it is permanent."""
    ticket = "gQ" + secrets.token_urlsafe(68)
    address = ADDRESS + secrets.token_urlsafe(15)
    db.run(
        "INSERT INTO scenes (ticket, scene, url, expires_at) VALUES (?, ?, ?, ?)", ticket, scene, address, expires_at
    )
    return get_scene(db, ticket)


def get_scene(db: Database, ticket: str) -> sqlite3.Row:
    """The code with this ticket; raise LookupError."""
    found = db.row("SELECT * FROM scenes WHERE ticket = ?", ticket)
    if found is None:
        raise LookupError("no such ticket")
    return found


def find_scene(db: Database, read: str, now: float) -> sqlite3.Row | None:
    """The latest living code for what a phone read off a poster: the address in the code, or a bare scene value."""
    return db.row(
        "SELECT * FROM scenes WHERE (url = ? OR scene = ?) AND (expires_at IS NULL OR expires_at > ?) "
        "ORDER BY rowid DESC LIMIT 1",
        read,
        read,
        now,
    )
