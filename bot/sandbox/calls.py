"""The record of API calls, with secrets masked."""

import json
import sqlite3
from typing import Any

from bot.sandbox.database import Database

KEPT = 5000
_SECRET = frozenset({"secret", "access_token", "appsecret", "ticket"})
_PAGE = 500


def mask(value: Any) -> Any:
    """A copy in which secrets show their first characters only."""
    if isinstance(value, dict):
        return {name: _hide(item) if name in _SECRET else mask(item) for name, item in value.items()}
    if isinstance(value, list):
        return [mask(item) for item in value]
    return value


def _hide(value: Any) -> str:
    return f"{str(value)[:4]}***"


def record_call(
    db: Database,
    *,
    now: float,
    method: str,
    api: str,
    query: dict[str, Any],
    body: Any,
    status: int,
    answer: Any,
    fault: str | None,
) -> None:
    """Write down one call; the oldest beyond a few thousand are dropped."""
    written = [json.dumps(mask(part), ensure_ascii=False) for part in (query, body, answer)]
    call_id = db.insert(
        "INSERT INTO calls (at, method, api, query, body, status, answer, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        now,
        method,
        api,
        written[0],
        written[1],
        status,
        written[2],
        fault,
    )
    db.run("DELETE FROM calls WHERE id <= ?", call_id - KEPT)


def list_calls(db: Database, api: str | None = None, after: int = 0) -> list[dict[str, Any]]:
    """Calls with an id above ``after``, oldest first, of one API or of all: the latest few hundred."""
    found = db.rows(
        "SELECT * FROM calls WHERE id > ? AND (? IS NULL OR api = ?) ORDER BY id DESC LIMIT ?", after, api, api, _PAGE
    )
    return [_describe(row) for row in reversed(found)]


def clear_calls(db: Database) -> None:
    """Forget the record."""
    db.run("DELETE FROM calls")


def _describe(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "at": row["at"],
        "method": row["method"],
        "api": row["api"],
        "query": json.loads(row["query"]),
        "body": json.loads(row["body"]),
        "status": row["status"],
        "answer": json.loads(row["answer"]),
        "fault": row["fault"],
    }
