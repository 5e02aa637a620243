"""Keeping personal data no longer than was promised at /privacy (PIPL Art. 19; library-domain P11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.services.audit import note_audit
from bot.store import retention as rows

CONTACTS_KEPT = timedelta(days=30)
"""Names and phones after the occurrence they were given for."""

REQUESTS_KEPT = timedelta(days=7)
"""What readers wrote when they asked for a person."""

APPEALS_KEPT = timedelta(days=30)
"""The same of an appeal that nobody has decided yet."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """How many rows lost their personal data."""

    registrations: int
    readers: int
    requests: int


def strip_expired_data(tx: Connection, now: datetime) -> Stripped:
    """Delete names, phones and words whose time is over; the figures do not change."""
    before = now - CONTACTS_KEPT
    stripped = Stripped(
        registrations=rows.strip_registrations(tx, before),
        readers=rows.strip_readers(tx, before),
        requests=rows.delete_requests(tx, now - REQUESTS_KEPT, now - APPEALS_KEPT),
    )
    if stripped != Stripped(0, 0, 0):
        counts = {"registrations": stripped.registrations, "readers": stripped.readers, "requests": stripped.requests}
        note_audit(tx, "task", "retention", "personal data", counts, now)
    return stripped
