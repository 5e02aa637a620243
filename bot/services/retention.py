"""Keeping personal data no longer than was promised at /privacy (PIPL Art. 19; library-domain P11)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.clock import local
from bot.services.audit import note_audit
from bot.store import retention as rows
from bot.store.personal import HOLDINGS, forget_leftovers

CONTACTS_KEPT = timedelta(days=30)
"""Names, phones, cards, answers and children after the occurrence they were given for."""

REQUESTS_KEPT = timedelta(days=7)
"""What readers wrote when they asked for a person."""

APPEALS_KEPT = timedelta(days=30)
"""The same of an appeal that nobody has decided yet."""

LOGS_KEPT = timedelta(days=3 * 365 + 1)
"""Consents that have ended, and who looked at minors' data (three years)."""

_LOGS = ("consent", "withdraw", "withdraw_guardian", "erase", "amend", "ask_minors", "approve_minors", "look_minors")
_FORGETTING = ("erase", "withdraw", "withdraw_guardian", "retention", "amend", "rotate_keys")
_SCRUB = "scrub"
_IN_FLIGHT = timedelta(minutes=1)
"""An act bears the moment of its message; it is committed a little later."""

_NIGHT = range(2, 6)


@dataclass(frozen=True, slots=True)
class Stripped:
    """How many rows lost their personal data."""

    registrations: int = 0
    readers: int = 0
    requests: int = 0
    answers: int = 0
    members: int = 0
    dependants: int = 0
    logs: int = 0
    leftovers: int = 0


def strip_expired_data(tx: Connection, now: datetime) -> Stripped:
    """Delete personal data whose time is over; the figures do not change."""
    before = now - CONTACTS_KEPT
    stripped = Stripped(
        registrations=rows.strip_registrations(tx, before),
        readers=rows.strip_readers(tx, before),
        requests=rows.delete_requests(tx, now - REQUESTS_KEPT, now - APPEALS_KEPT),
        answers=rows.delete_answers(tx, before),
        members=rows.delete_members(tx, before),
        dependants=rows.delete_dependants(tx, before),
        logs=rows.delete_consents(tx, now - LOGS_KEPT) + rows.delete_access_logs(tx, now - LOGS_KEPT, _LOGS),
        leftovers=forget_leftovers(tx),
    )
    if stripped != Stripped():
        note_audit(tx, "task", "retention", "personal data", asdict(stripped), now)
    return stripped


SCRUBBED = tuple(holding.table.name for holding in HOLDINGS)
"""Tables in whose files deleted values must not live on."""


def is_scrub_due(tx: Connection, now: datetime) -> bool:
    """Whether anything was deleted since the files were last cleaned."""
    forgotten = rows.find_last(tx, _FORGETTING)
    scrubbed = rows.find_last(tx, (_SCRUB,))
    return forgotten is not None and (scrubbed is None or forgotten > scrubbed - _IN_FLIGHT)


def is_night(now: datetime) -> bool:
    """Whether hardly anybody writes to us now."""
    return local(now).hour in _NIGHT


def note_scrub(tx: Connection, began_at: datetime) -> None:
    """Write down that the files are clean of whatever was deleted before."""
    note_audit(tx, "task", _SCRUB, "database", {}, began_at)
