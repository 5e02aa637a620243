"""Consent and what rests on it: giving it, correcting what is on record (promise I10: each leaves an audit row)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import ConsentKind
from bot.domain.registration import Contact
from bot.services.audit import note_audit
from bot.store.pii import Keys
from bot.store.readers import add_consent, save_contact


def give_consent(tx: Connection, reader_id: int, kind: ConsentKind, version: str, now: datetime) -> None:
    """Record a clear act of consent: kind, version of the text, moment, account (library-domain P3)."""
    add_consent(tx, reader_id, kind, version, now)
    note_audit(tx, f"reader:{reader_id}", "consent", f"{kind.value}:{version}", {}, now)


def amend_contact(tx: Connection, reader_id: int, contact: Contact, keys: Keys, now: datetime) -> None:
    """Correct name and phone on the reader's own word; the audit row says that, not what."""
    save_contact(tx, reader_id, contact, keys)
    note_audit(tx, f"reader:{reader_id}", "amend", f"reader:{reader_id}", {}, now)
