"""What each phone shows: chat entries, oldest first.

An entry has a side (``reader``, ``account``, or ``system`` for the grey lines in the middle), a kind and data.
"""

import json
import re
import sqlite3
from typing import Any

from bot.sandbox.database import Database

PAGE = 500
_TICKET = re.compile(r"https?://[^\s\"'<>]+?/T/[A-Z0-9]{8,}", re.IGNORECASE | re.ASCII)
_SCANNED_ENTRIES = 2000
_IDS = frozenset({"template_id", "media_id"})


def add_entry(db: Database, openid: str, side: str, kind: str, data: dict[str, Any], now: float) -> dict[str, Any]:
    """Put one entry at the end of a chat; give it as the JSON API tells it."""
    entry_id = db.insert(
        "INSERT INTO entries (openid, at, side, kind, data) VALUES (?, ?, ?, ?, ?)",
        openid,
        now,
        side,
        kind,
        json.dumps(data, ensure_ascii=False),
    )
    return {"id": entry_id, "at": now, "side": side, "kind": kind, **data}


def list_entries(db: Database, openid: str, after: int = 0) -> list[dict[str, Any]]:
    """Entries of a chat with an id above ``after``: the latest few hundred."""
    found = db.rows("SELECT * FROM entries WHERE openid = ? AND id > ? ORDER BY id DESC LIMIT ?", openid, after, PAGE)
    return [describe_entry(row) for row in reversed(found)]


def find_entry(db: Database, entry_id: int) -> dict[str, Any] | None:
    """One entry, or None."""
    found = db.row("SELECT * FROM entries WHERE id = ?", entry_id)
    return describe_entry(found) if found else None


def describe_entry(row: sqlite3.Row) -> dict[str, Any]:
    """A row as the JSON API tells it."""
    return {"id": row["id"], "at": row["at"], "side": row["side"], "kind": row["kind"], **json.loads(row["data"])}


def list_ticket_links(db: Database) -> list[dict[str, str]]:
    """Ticket links the account has sent to anyone, newest first: what a scanner could be held over."""
    found = db.rows(
        "SELECT entries.openid, people.nickname, entries.data FROM entries JOIN people USING (openid) "
        "WHERE entries.side = 'account' AND entries.data LIKE '%/T/%' ORDER BY entries.id DESC LIMIT ?",
        _SCANNED_ENTRIES,
    )
    links: dict[str, dict[str, str]] = {}
    for row in found:
        said = "\n".join(_strings_in(json.loads(row["data"])))
        for link in _TICKET.findall(said):
            about = {"url": link, "openid": row["openid"], "nickname": row["nickname"], "said": said[:300]}
            links.setdefault(link.upper(), about)
    return list(links.values())


def _strings_in(data: Any) -> list[str]:
    if isinstance(data, str):
        return [data]
    if isinstance(data, dict):
        return [text for name, value in data.items() if name not in _IDS for text in _strings_in(value)]
    if isinstance(data, list):
        return [text for value in data for text in _strings_in(value)]
    return []
