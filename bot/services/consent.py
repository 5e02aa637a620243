"""Giving consent (promise I10: each change leaves an audit row)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import ConsentKind
from bot.services.audit import note_audit
from bot.store.readers import add_consent


def give_consent(tx: Connection, reader_id: int, kind: ConsentKind, version: str, now: datetime) -> None:
    """Record a clear act of consent: kind, version of the text, moment, account (library-domain P3)."""
    add_consent(tx, reader_id, kind, version, now)
    note_audit(tx, f"reader:{reader_id}", "consent", f"{kind.value}:{version}", {}, now)
