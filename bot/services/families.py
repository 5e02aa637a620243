"""Children on a guardian's record, under the guardian's own consent (promises I9, I10): for chat and page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.clock import local_day
from bot.domain.kinds import ConsentKind
from bot.services.audit import note_audit
from bot.services.consent import give_consent
from bot.store.amendments import find_consent
from bot.store.companions import Dependant, add_dependant, list_dependants, remove_dependant, save_child
from bot.store.history import lock_reader
from bot.store.page_links import find_openid
from bot.store.pii import Keys
from bot.store.readers import find_privacy_version
from bot.texts.consent import GUARDIAN_VERSION, PRIVACY_VERSION

MOST_DEPENDANTS = 8
OLDEST = 17
NICKNAME = re.compile(r"[^\W\d_]{1,10}")
"""What a nickname is made of: up to ten letters or characters."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child as typed."""

    nickname: str
    birth_year: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the guardian has agreed to in this very act; a consent that is in force already needs no other."""

    privacy: bool
    guardian: bool


@dataclass(frozen=True, slots=True)
class ChildKept:
    """The child stands on the record so."""

    child: Dependant


class NicknameUnfit:
    """The nickname is none."""


class NotAChild:
    """The year of birth is no child's."""


class NicknameTaken:
    """Another child of the reader bears this nickname."""


class FamilyFull:
    """No more children than MOST_DEPENDANTS."""


@dataclass(frozen=True, slots=True)
class ConsentMissing:
    """These are neither in force nor given now: nothing was stored."""

    kinds: tuple[ConsentKind, ...]


class NoSuchChild:
    """The reader has no such child, or none any more; or is nobody any more."""


ChildFault = NicknameUnfit | NotAChild | NicknameTaken
AddOutcome = ChildKept | ConsentMissing | ChildFault | FamilyFull | NoSuchChild
ChangeOutcome = ChildKept | ChildFault | NoSuchChild


def missing_consents(tx: Connection, reader_id: int) -> tuple[ConsentKind, ...]:
    """The consents that are not in force and that a child's data need."""
    missing = []
    if find_privacy_version(tx, reader_id) != PRIVACY_VERSION:
        missing.append(ConsentKind.PRIVACY)
    if find_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION) is None:
        missing.append(ConsentKind.GUARDIAN)
    return tuple(missing)


def add_child(tx: Connection, reader_id: int, child: Child, agreed: Agreed, keys: Keys, now: datetime) -> AddOutcome:
    """Put a child on the record. A consent given in vain is not written down: without a child it rests on nothing."""
    lock_reader(tx, reader_id)  # 撤回监护人同意 is before this or finds the child; two adds follow one another
    if find_openid(tx, reader_id) is None:
        return NoSuchChild()  # 注销 came first
    children = list_dependants(tx, reader_id, keys)
    fault = find_fault(child, [each.nickname for each in children], now)
    if fault is not None:
        return fault
    if len(children) >= MOST_DEPENDANTS:
        return FamilyFull()
    given = {ConsentKind.PRIVACY: agreed.privacy, ConsentKind.GUARDIAN: agreed.guardian}
    missing = missing_consents(tx, reader_id)
    refused = tuple(kind for kind in missing if not given[kind])
    if refused:
        return ConsentMissing(refused)
    versions = {ConsentKind.PRIVACY: PRIVACY_VERSION, ConsentKind.GUARDIAN: GUARDIAN_VERSION}
    for kind in missing:
        give_consent(tx, reader_id, kind, versions[kind], now)
    consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION)
    assert consent_id is not None  # in force, or given just now
    added = add_dependant(tx, reader_id, child.nickname, child.birth_year, consent_id, keys)
    note_audit(tx, f"reader:{reader_id}", "add_dependant", f"dependant:{added.id}", {}, now)
    return ChildKept(added)


def change_child(
    tx: Connection, reader_id: int, dependant_id: int, child: Child, keys: Keys, now: datetime
) -> ChangeOutcome:
    """Correct nickname and year of birth; ages on registrations stay as they were checked."""
    lock_reader(tx, reader_id)
    others = [each.nickname for each in list_dependants(tx, reader_id, keys) if each.id != dependant_id]
    fault = find_fault(child, others, now)
    if fault is not None:
        return fault
    if not save_child(tx, reader_id, dependant_id, child.nickname, child.birth_year, keys):
        return NoSuchChild()
    note_audit(tx, f"reader:{reader_id}", "amend", f"dependant:{dependant_id}", {}, now)
    return ChildKept(Dependant(dependant_id, child.nickname, child.birth_year))


def remove_child(tx: Connection, reader_id: int, dependant_id: int, now: datetime) -> bool:
    """Take a child off the record; registrations keep the age alone. False when the reader has no such child."""
    removed = remove_dependant(tx, reader_id, dependant_id)
    if removed:
        note_audit(tx, f"reader:{reader_id}", "remove_dependant", f"dependant:{dependant_id}", {}, now)
    return removed


def find_fault(child: Child, others: list[str], now: datetime) -> ChildFault | None:
    """What is wrong with a child as typed, beside the nicknames of the others."""
    if not NICKNAME.fullmatch(child.nickname):
        return NicknameUnfit()
    if not 0 <= local_day(now).year - child.birth_year <= OLDEST:
        return NotAChild()
    return NicknameTaken() if child.nickname in others else None
