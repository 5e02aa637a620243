"""A reader's rights over their own data: seeing all of it, and correcting it (PIPL Art. 45, 46)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.clock import local
from bot.domain.personal_data import PersonalData
from bot.services.audit import note_audit
from bot.store.amendments import save_card
from bot.store.companions import list_dependants, save_birth_year
from bot.store.personal_data import load_personal_data
from bot.store.pii import Keys

OLDEST_CHILD = 18


def collect_personal_data(tx: Connection, reader_id: int, keys: Keys) -> PersonalData:
    """Everything that is held of a reader; nothing for one that is unknown or erased."""
    return load_personal_data(tx, reader_id, keys)


def amend_card(tx: Connection, reader_id: int, card: str, keys: Keys, now: datetime) -> None:
    """Correct the number of the reader card; the audit row says that, not what."""
    save_card(tx, reader_id, card, keys)
    note_audit(tx, f"reader:{reader_id}", "amend", f"reader:{reader_id}", {}, now)


def amend_child(tx: Connection, reader_id: int, nickname: str, birth_year: int, keys: Keys, now: datetime) -> bool:
    """Correct a child's birth year; False when no child of the reader bears this name, or the year is no child's."""
    if not local(now).year - OLDEST_CHILD <= birth_year <= local(now).year:
        return False
    child = next((each for each in list_dependants(tx, reader_id, keys) if each.nickname == nickname), None)
    if child is None:
        return False
    save_birth_year(tx, child.id, birth_year)
    note_audit(tx, f"reader:{reader_id}", "amend", f"dependant:{child.id}", {}, now)
    return True
