"""Forgetting people: on unfollow, on deletion, on withdrawn consent. The figures stay (promise I8)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.services.audit import note_audit
from bot.services.registrations import release_holds
from bot.services.staff import end_staff
from bot.services.standing import forget_standing
from bot.store import readers
from bot.store.registrations import leave_lines


def erase_reader(tx: Connection, reader_id: int, now: datetime) -> None:
    """Delete everything personal; registrations and check-ins stay as rows of a pseudonym that nobody can resolve.

    Confirmed places stay too: the ticket is good for whoever holds it. In a waitlist the reader is passed over.
    Notices that still wait are dropped at delivery: there is nobody to address.
    Source of the duty: the platform asks for deletion on unsubscribe; PIPL Art. 47 on withdrawal and closing.
    """
    release_holds(tx, reader_id, now)
    leave_lines(tx, reader_id)
    readers.withdraw_consents(tx, reader_id, now)
    forget_standing(tx, reader_id)
    readers.detach_openid(tx, reader_id, now)
    end_staff(tx, reader_id, now)
    note_audit(tx, f"reader:{reader_id}", "erase", f"reader:{reader_id}", {}, now)


def withdraw_consent(tx: Connection, reader_id: int, now: datetime) -> None:
    """Forget name, phone and children; the account and its places stay."""
    readers.withdraw_consents(tx, reader_id, now)
    note_audit(tx, f"reader:{reader_id}", "withdraw", f"reader:{reader_id}", {}, now)
