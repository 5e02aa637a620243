"""Inviting and binding staff."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.kinds import Role, includes
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import INVITATION_LENGTH, SHORT_ALPHABET
from bot.services.audit import note_audit
from bot.store import staff as store
from bot.store.occurrences import find_by_number, find_occurrence
from bot.store.pii import Keys
from bot.store.readers import Person, StaffMember, list_served_occurrences
from bot.store.sessions import StandingRole, end_sessions_of, find_role

VALID_FOR = timedelta(days=14)
_START = "start"


def invite_staff(
    tx: Connection,
    role: Role,
    keys: Keys,
    now: datetime,
    *,
    library_id: int | None = None,
    occurrence_ids: Sequence[int] = (),
    origin: str = "command",
    ends_at: datetime | None = None,
    actor: str = "command",
) -> str:
    """Write an invitation and return its code; only a keyed hash of it is kept. `ends_at`: of the role it gives."""
    code = "".join(secrets.choice(SHORT_ALPHABET) for _ in range(INVITATION_LENGTH))
    store.insert_invitation(
        tx,
        {
            "code_hash": keys.search_hash(_hashed(code)),
            "role": role.value,
            "library_id": library_id,
            "occurrence_ids": list(occurrence_ids),
            "origin": origin,
            "created_at": now,
            "expires_at": now + VALID_FOR if ends_at is None else min(now + VALID_FOR, ends_at),
            "ends_at": ends_at,
        },
    )
    note_audit(tx, actor, "invite", f"role:{role.value}", {"occurrences": list(occurrence_ids)}, now)
    return code


class UnknownScope(LookupError):
    """The invitation names a library or an occurrence that there is not."""


def invite_at_start(tx: Connection, role: Role, keys: Keys, now: datetime, occurrence_ids: Sequence[int]) -> str:
    """The invitation that a start prints; unused ones of earlier starts end with it."""
    store.end_invitations(tx, role, _START, now)
    return invite_staff(tx, role, keys, now, occurrence_ids=occurrence_ids, origin=_START)


def invite_staff_for(
    tx: Connection,
    role: Role,
    keys: Keys,
    now: datetime,
    library_name: str | None,
    numbers: Sequence[int],
    ends_at: datetime | None = None,
) -> str:
    """Invite by what people type: code or name of a library, public numbers. Raises UnknownScope."""
    library_id = None
    if library_name is not None:
        library_id = store.find_library_named(tx, library_name)
        if library_id is None:
            raise UnknownScope(f"There is no library {library_name}.")
    occurrence_ids = []
    for number in numbers:
        facts = find_by_number(tx, number, now)
        if facts is None:
            raise UnknownScope(f"There is no occurrence {number}.")
        occurrence_ids.append(facts.id)
    return invite_staff(tx, role, keys, now, library_id=library_id, occurrence_ids=occurrence_ids, ends_at=ends_at)


@dataclass(frozen=True, slots=True)
class Bound:
    """The WeChat account has the role now."""

    role: Role
    occurrence_ids: tuple[int, ...]
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoleIncluded:
    """The account's present role includes the invited one; the invitation was not used."""

    role: Role


@dataclass(frozen=True, slots=True)
class OtherScope:
    """The invitation is for a day at another place than the account's lasting role; it was not used."""

    role: Role


@dataclass(frozen=True, slots=True)
class InvitationInvalid:
    """Unknown, used or too old."""


def bind_staff(
    tx: Connection, person: Person, code: str, keys: Keys, now: datetime
) -> Bound | RoleIncluded | OtherScope | InvitationInvalid:
    """Use an invitation once: bind a WeChat account to its role."""
    hashes = keys.search_hashes(_hashed(code.upper()))
    invited = store.find_invitation(tx, hashes, now)
    if invited is not None and person.staff is not None and includes(person.staff.role, invited.role):
        return RoleIncluded(person.staff.role)
    before = find_role(tx, person.staff.id, now) if person.staff is not None else None
    if invited is not None and before is not None and not _adds_to(tx, before, invited):
        return OtherScope(invited.role)
    used = store.claim_invitation(tx, hashes, now)
    if used is None:
        return InvitationInvalid()
    if before is not None and _is_a_day_more(before, used):
        staff_id, served = _add_day(tx, before, used)
    else:
        staff_id = store.save_role(tx, person.id, used.role, used.library_id, now, used.ends_at)
        served = used.occurrence_ids
        store.save_served(tx, staff_id, served)
    store.note_user(tx, used.id, staff_id)
    detail = {"invitation": used.id, "before": person.staff.role.value if person.staff else ""}
    note_audit(tx, f"staff:{staff_id}", "bind", f"role:{used.role.value}", detail, now)
    role = find_role(tx, staff_id, now)
    return Bound(used.role, served, role.ends_at if role else None)


def _is_a_day_more(before: StandingRole, invited: store.Invitation) -> bool:
    return invited.ends_at is not None and before.member.role is invited.role


def _adds_to(tx: Connection, before: StandingRole, invited: store.Invitation) -> bool:
    """Whether a day can be added to what somebody has: a list of occurrences grows by others, a library stays itself.

    A role has one scope. A day's invitation to another one would widen it for good, or be used up for nothing.
    """
    if not _is_a_day_more(before, invited):
        return True  # it takes the place of what they have
    if list_served_occurrences(tx, before.member.id):
        return bool(invited.occurrence_ids)
    own = before.member.library_id
    if own is None:
        return True
    if not invited.occurrence_ids:
        return invited.library_id == own
    found = [find_occurrence(tx, each) for each in invited.occurrence_ids]
    return all(facts is not None and facts.library_id == own for facts in found)


def _add_day(tx: Connection, before: StandingRole, used: store.Invitation) -> tuple[int, tuple[int, ...]]:
    """Somebody who has the role is invited for a day as well: what they have stays, and does not end earlier."""
    staff_id = before.member.id
    named = list_served_occurrences(tx, staff_id)
    served = tuple(dict.fromkeys((*named, *used.occurrence_ids))) if named and used.occurrence_ids else ()
    store.save_served(tx, staff_id, served)
    if before.ends_at is not None and used.ends_at is not None:
        store.extend_role(tx, staff_id, max(before.ends_at, used.ends_at))
    return staff_id, served


def _hashed(code: str) -> str:
    return f"invitation:{code}"


def serves(tx: Connection, member: StaffMember, facts: OccurrenceFacts) -> bool:
    """Whether a staff member works at this occurrence: one named for them, else any of their library, else any."""
    named = list_served_occurrences(tx, member.id)
    if named:
        return facts.id in named
    return member.library_id is None or member.library_id == facts.library_id


def end_staff(tx: Connection, reader_id: int, now: datetime) -> None:
    """End the role of an account that left, and cut its tie to the person."""
    ended = store.end_role(tx, reader_id, now)
    if ended is not None:
        end_sessions_of(tx, ended, None, now)
        note_audit(tx, f"staff:{ended}", "end_role", f"staff:{ended}", {}, now)
