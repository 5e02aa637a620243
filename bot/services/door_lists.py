"""What staff at a door are shown: their occurrences, the list that a device takes with it, and a search for a name.

The list is of no use to whoever finds the phone: tickets and codes are keyed digests, and each party's line opens only
with the ticket that is scanned (event-anchors 3, alf.io's offline list). Every look leaves a row in the audit.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from bot.domain.checkin import Attendance, mask_name
from bot.domain.clock import at_local, local_day
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.ticket import issue_token
from bot.services.audit import note_look
from bot.store import door_lists as store
from bot.store.door import DOOR_LIST
from bot.store.occurrences import count_seats_taken_each
from bot.store.pii import Keys
from bot.store.readers import StaffMember, list_served_occurrences
from bot.store.registration_details import RegistrationDetail

DOOR_SEARCH = "door_search"
"""The audit's word for a search at a door; what was searched for is not kept."""

MOST_FOUND = 8
_MIDNIGHT = time(0)
_DIGEST_BYTES = 16
_NONCE_BYTES = 12
_STATES = {
    RegistrationStatus.CONFIRMED: "confirmed",
    RegistrationStatus.WAITLISTED: "waitlisted",
    RegistrationStatus.OFFERED: "waitlisted",  # nobody said yes to it
    RegistrationStatus.PENDING: "pending",
    RegistrationStatus.ENTERED: "waitlisted",  # the lot was not drawn
    RegistrationStatus.HELD: "waitlisted",
}


@dataclass(frozen=True, slots=True)
class ServedDoor:
    """An occurrence that a staff member serves, with its count. `left`: seats still free, None without a limit."""

    facts: OccurrenceFacts
    attendance: Attendance
    left: int | None


def list_served_doors(tx: Connection, member: StaffMember, now: datetime) -> list[ServedDoor]:
    """A member's own occurrences around now: today's first, then those to come, then those that were."""
    named = list_served_occurrences(tx, member.id)
    found = store.list_doors(tx, now, named, member.library_id)
    ids = [facts.id for facts in found]
    seen = store.count_attendance_each(tx, ids)
    taken = count_seats_taken_each(tx, ids, now)
    doors = [ServedDoor(facts, seen[facts.id], facts.seats_left(taken.get(facts.id, 0))) for facts in found]
    return sorted(doors, key=lambda door: (not is_today(door.facts, now), door.facts.is_over(now)))


def is_today(facts: OccurrenceFacts, now: datetime) -> bool:
    """Whether an occurrence is held on this day, as the library sees days."""
    if facts.starts_at is None:
        return False
    today = local_day(now)
    return local_day(facts.starts_at) <= today <= local_day(facts.ends_at or facts.starts_at)


# --- the list that a device takes with it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfflineList:
    """The list of one door: `key` opens nothing, it only lets the device find what it scans."""

    key: str
    tickets: tuple[tuple[str, str], ...]
    codes: tuple[tuple[str, int, int, str, int], ...]


def hand_out_list(tx: Connection, member: StaffMember, door: OccurrenceFacts, keys: Keys, now: datetime) -> OfflineList:
    """The list of a door for a device, under a key of its own; noted once a day for each member and door."""
    _note_look(tx, member, DOOR_LIST, door, now, once_a_day=True)
    return _seal_list(store.list_expected(tx, door.id, now), store.count_let_in(tx, door.id), keys)


def _seal_list(expected: Sequence[RegistrationDetail], came: dict[int, int], keys: Keys) -> OfflineList:
    key = secrets.token_bytes(32)
    tickets, codes = [], []
    for detail in expected:
        registration, state = detail.registration, door_state(detail)
        party, people = registration.party, came.get(registration.id, 0)
        line = json.dumps(
            {
                "n": masked_name(detail, keys),
                "t": detail.last_digits(keys),
                "a": party.adults,
                "c": party.children,
                "s": state,
                "k": people,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        for ticket_key in keys.tickets:  # while keys rotate, tickets of both are around
            token = issue_token(registration.id, ticket_key)
            tickets.append((_digest(key, f"ticket:{token}"), _sealed(token, line)))
        codes.append((_digest(key, f"code:{registration.short_code}"), party.adults, party.children, state, people))
    # In the order of the digests: the order of sign-up would tell who is who to somebody who knows one of them.
    return OfflineList(encode(key), tuple(sorted(tickets)), tuple(sorted(codes)))


def door_state(detail: RegistrationDetail) -> str:
    """The state of a registration as doors tell it apart."""
    if detail.registration.status is RegistrationStatus.CONFIRMED and detail.released_at is not None:
        return "released"
    return _STATES.get(detail.registration.status, "cancelled")


def masked_name(detail: RegistrationDetail, keys: Keys) -> str:
    """The name as doors show it; empty when there is none any more."""
    name = detail.name(keys)
    return mask_name(name) if name else ""


def encode(data: bytes) -> str:
    """Bytes as text for addresses and JSON, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _digest(key: bytes, text: str) -> str:
    return encode(hmac.digest(key, text.encode(), "sha256")[:_DIGEST_BYTES])


def _sealed(token: str, line: bytes) -> str:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    key = hashlib.sha256(f"line:{token}".encode()).digest()
    return encode(nonce + AESGCM(key).encrypt(nonce, line, None))


# --- search ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A party that a search found; `ref` stands for it in a scan."""

    ref: str
    name: str
    last4: str
    adults: int
    children: int
    state: str
    came: int


def search_door(
    tx: Connection, member: StaffMember, door: OccurrenceFacts, words: str, keys: Keys, now: datetime
) -> tuple[list[Found], bool]:
    """Who is expected at a door by the last four digits of the phone, or the beginning of the name; whether more are.

    Names are sealed one by one, so they are opened here: a door has some hundreds. The look is noted, not the words.
    """
    _note_look(tx, member, DOOR_SEARCH, door, now, once_a_day=False)
    came = store.count_let_in(tx, door.id)
    found = [detail for detail in store.list_expected(tx, door.id, now) if _matches(detail, words, keys)]
    return [_found(detail, came, door, keys) for detail in found[:MOST_FOUND]], len(found) > MOST_FOUND


def _matches(detail: RegistrationDetail, words: str, keys: Keys) -> bool:
    if words.isdigit():
        return detail.last_digits(keys) == words
    name = detail.name(keys)
    return name is not None and name.casefold().startswith(words.casefold())


def _found(detail: RegistrationDetail, came: dict[int, int], door: OccurrenceFacts, keys: Keys) -> Found:
    registration = detail.registration
    return Found(
        issue_ref(registration.id, door.id, keys),
        masked_name(detail, keys),
        detail.last_digits(keys),
        registration.party.adults,
        registration.party.children,
        door_state(detail),
        came.get(registration.id, 0),
    )


def issue_ref(registration_id: int, occurrence_id: int, keys: Keys) -> str:
    """What stands for a party that was found, at that door only; it tells nothing."""
    return encode(keys.seal(str(registration_id), _ref_place(occurrence_id)))


def read_ref(ref: str, occurrence_id: int, keys: Keys) -> int | None:
    """The registration that a reference stands for; None when it is none of this door."""
    try:
        sealed = base64.urlsafe_b64decode(ref + "=" * (-len(ref) % 4))
        return int(keys.unseal(sealed, _ref_place(occurrence_id)))
    except ValueError:
        return None


def _ref_place(occurrence_id: int) -> str:
    return f"door.ref:{occurrence_id}"


def _note_look(
    tx: Connection, member: StaffMember, action: str, door: OccurrenceFacts, now: datetime, *, once_a_day: bool
) -> None:
    actor, subject = f"staff:{member.id}", f"occurrence:{door.id}"
    if once_a_day and store.was_noted_since(tx, actor, action, subject, at_local(local_day(now), _MIDNIGHT)):
        return
    note_look(tx, member, action, subject, now)
