"""The audit trail (promise I10). Details never carry personal data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.store.audit import insert_audit
from bot.store.readers import StaffMember


def note_audit(
    tx: Connection, actor: str, action: str, subject: str, detail: Mapping[str, object], now: datetime
) -> None:
    """Write who (`staff:7`, `reader:12`, `command`, `task`) did what to which row (`event:3`)."""
    entry = {"at": now, "actor": actor, "action": action, "subject": subject, "detail": dict(detail)}
    insert_audit(tx, entry)


def note_look(tx: Connection, member: StaffMember, action: str, subject: str, now: datetime) -> None:
    """Write that a staff member looked at a list of people (library-domain P6): every look leaves a row."""
    note_audit(tx, f"staff:{member.id}", action, subject, {}, now)
