"""The audit trail as it is stored."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert

from bot.store.tables import audit


def insert_audit(tx: Connection, values: Mapping[str, object]) -> None:
    """Store one entry."""
    tx.execute(insert(audit).values(**values))
