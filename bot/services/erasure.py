"""Forgetting people: on unfollow, on deletion, on withdrawn consent. The figures stay (promise I8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import ConsentKind
from bot.services.audit import note_audit
from bot.services.staff import end_staff
from bot.services.standing import forget_standing
from bot.store import readers
from bot.store.history import lock_reader
from bot.store.personal import Act, forget, list_registrations
from bot.store.persons import keep_person_hashes
from bot.store.pii import Keys
from bot.store.registrations import lapse_holds, leave_lines


def erase_reader(tx: Connection, reader_id: int, keys: Keys, now: datetime) -> None:
    """Delete everything personal; registrations and check-ins stay as rows of a pseudonym that nobody can resolve.

    Confirmed places stay too: the ticket is good for whoever holds it. In a waitlist the reader is passed over; a held
    place lapses, and whoever waits for it gets it with the lapsed ones of others: no figure changes by the erasure.
    Notices that still wait are dropped at delivery: there is nobody to address.
    Source of the duty: the platform asks for deletion on unsubscribe; PIPL Art. 47 on withdrawal and closing.
    """
    lock_reader(tx, reader_id)
    lapse_holds(tx, reader_id, now)
    leave_lines(tx, reader_id)
    registrations = list_registrations(tx, reader_id)
    keep_person_hashes(tx, reader_id, registrations, keys)
    readers.withdraw_consents(tx, reader_id, now, *ConsentKind)
    forget_standing(tx, reader_id)
    forget(tx, reader_id, registrations, Act.ERASE)
    readers.detach_openid(tx, reader_id, now)
    end_staff(tx, reader_id, now)
    note_audit(tx, f"reader:{reader_id}", "erase", f"reader:{reader_id}", {}, now)


def erase_by_openid(tx: Connection, openid: str, keys: Keys, now: datetime) -> bool:
    """The same for whoever has this openid; False when nobody has it, or not any more."""
    person = readers.find_person(tx, openid, now)
    if person is None:
        return False
    erase_reader(tx, person.id, keys, now)
    return True


def withdraw_consent(tx: Connection, reader_id: int, now: datetime) -> None:
    """Forget name, phone, card, answers and children; the account and its places stay.

    A sign-up under way ends first: what it writes is found here, and one that begins later finds no consent.
    """
    lock_reader(tx, reader_id)
    readers.withdraw_consents(tx, reader_id, now, *ConsentKind)
    forget(tx, reader_id, list_registrations(tx, reader_id), Act.WITHDRAW)
    note_audit(tx, f"reader:{reader_id}", "withdraw", f"reader:{reader_id}", {}, now)


def withdraw_guardian_consent(tx: Connection, reader_id: int, now: datetime) -> bool:
    """Forget the children alone, and the ages on registrations; places stay. False when there was no such consent."""
    lock_reader(tx, reader_id)
    if readers.withdraw_consents(tx, reader_id, now, ConsentKind.GUARDIAN) == 0:
        return False
    forget(tx, reader_id, list_registrations(tx, reader_id), Act.WITHDRAW_GUARDIAN)
    note_audit(tx, f"reader:{reader_id}", "withdraw_guardian", f"reader:{reader_id}", {}, now)
    return True
