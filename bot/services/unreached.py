"""Whom nobody could tell: organisers see which readers of their library to call, and may have it sent again."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.checkin import mask_name
from bot.domain.kinds import may_correct, may_organise
from bot.domain.notice import find_drop_reason
from bot.domain.unreached import (
    MayNotSee,
    NotUnreached,
    ResendOutcome,
    ToSendAgain,
    UnreachedPlace,
    UnreachedReader,
    UnsentLetter,
    latest_of_each,
)
from bot.services.audit import note_look
from bot.services.notices import NotResendableError, resend_notice
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.registration_details import RegistrationDetail, list_details_by_ids
from bot.store.unreached import list_unsent_letters

UNREACHED_LIST = "unreached_list"
"""What the audit calls a look at whom to call."""

MOST = 500
"""Notices looked at; a platform that is down fails more than anybody can call."""


def count_unreached(tx: Connection, member: StaffMember, now: datetime) -> list[tuple[int, str, int]] | MayNotSee:
    """Number, name and how many readers, for each occurrence of the member's library; nobody is named."""
    if not may_organise(member.role):
        return MayNotSee(member.role)
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for each in _unsent(tx, member, now):
        counts[each.letter.number, each.letter.name] += 1
    return [(number, name, count) for (number, name), count in sorted(counts.items())]


def list_unreached(tx: Connection, member: StaffMember, keys: Keys, now: datetime) -> list[UnreachedPlace] | MayNotSee:
    """Whom to call, by occurrence in the order of their starts. The look leaves an audit row."""
    if not may_organise(member.role):
        return MayNotSee(member.role)
    unsent = _unsent(tx, member, now)
    note_look(tx, member, UNREACHED_LIST, f"library:{member.library_id or 0}", now)
    details = {
        each.registration.id: each for each in list_details_by_ids(tx, [each.letter.registration_id for each in unsent])
    }
    by_number: dict[int, list[UnsentLetter]] = defaultdict(list)
    for each in unsent:
        by_number[each.letter.number].append(each)
    places = [
        UnreachedPlace(
            number,
            of_it[0].letter.name,
            of_it[0].letter.starts_at,
            tuple(_reader(each, details[each.letter.registration_id], keys) for each in of_it),
        )
        for number, of_it in by_number.items()
    ]
    return sorted(places, key=lambda place: (place.starts_at is None, place.starts_at or now, place.number))


def send_again(tx: Connection, member: StaffMember, notice_id: int, now: datetime) -> ResendOutcome:
    """Put one of the listed notices back in line; the decision leaves an audit row."""
    if not may_organise(member.role):
        return MayNotSee(member.role)
    if all(each.letter.id != notice_id for each in _unsent(tx, member, now)):
        return NotUnreached()
    try:
        resend_notice(tx, notice_id, f"staff:{member.id}", now)
    except NotResendableError:
        return NotUnreached()
    return ToSendAgain()


def _unsent(tx: Connection, member: StaffMember, now: datetime) -> list[UnsentLetter]:
    library_id = None if may_correct(member.role) else member.library_id
    found = list_unsent_letters(tx, library_id, now, MOST)
    return latest_of_each([each for each in found if find_drop_reason(each.letter, now) is None])


def _reader(unsent: UnsentLetter, detail: RegistrationDetail, keys: Keys) -> UnreachedReader:
    name = detail.name(keys)
    return UnreachedReader(
        unsent.letter.id,
        unsent.letter.kind,
        unsent.why,
        unsent.error_code,
        mask_name(name) if name else "",
        detail.phone(keys),
    )
