"""Lotteries: opening them with a published seed, entering, and the draw. The rules are in domain.lottery.

The draw is one transaction under the occurrence's lock: a process that dies in it leaves nothing, one that ends leaves
all. Whoever gives places of a lottery set takes the set's lock too, after the occurrence's.
"""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.eligibility import OwnPlace, PlacesUsedUp, Scope
from bot.domain.kinds import NoticeKind, OccurrenceStatus, RegistrationStatus, SignUp
from bot.domain.lottery import (
    METHOD,
    SEED_BYTES,
    DrawnEntry,
    Entry,
    Lot,
    LotteryResult,
    Terms,
    confirm_until,
    digest_of,
    draw_due_at,
    draw_lots,
    is_by_lot,
    publish,
)
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import AlreadyEntered, Entered
from bot.services.audit import note_audit
from bot.services.notices import queue_notices
from bot.store import lotteries as rows
from bot.store.lotteries import Lottery, Settlement, StoredEntry
from bot.store.occurrences import count_seats_left, get_occurrence, list_upcoming, lock_occurrence
from bot.store.pii import Keys
from bot.store.readers import find_phone_hashes
from bot.store.registrations import NewRegistration, add_entry, count_waiting, find_active

_MOMENT = "draw"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Drawn:
    """The draw was made by this call."""

    result: LotteryResult


@dataclass(frozen=True, slots=True)
class DrawnBefore:
    """It was made before; nothing was changed."""

    lottery: Lottery


@dataclass(frozen=True, slots=True)
class NotDrawn:
    """No draw: not by lot, cancelled, or begun already (`due_at` None), or entries are still taken until `due_at`."""

    due_at: datetime | None


DrawOutcome = Drawn | DrawnBefore | NotDrawn


def open_lottery(tx: Connection, occurrence_id: int, keys: Keys, now: datetime) -> Lottery:
    """The lottery of an occurrence; its seed is drawn at the first call, and its digest published from then on."""
    found = rows.find_lottery(tx, occurrence_id)
    if found is None:
        seed = secrets.token_hex(SEED_BYTES)
        row = {"seed_enc": keys.seal(seed, _place(occurrence_id)), "seed_digest": digest_of(seed)}
        rows.add_lottery(tx, {"occurrence_id": occurrence_id, "method": METHOD, "created_at": now, **row})
        found = rows.find_lottery(tx, occurrence_id)
    assert found is not None
    return found


def _place(occurrence_id: int) -> str:
    return f"lottery.seed:{occurrence_id}"


def list_to_open(tx: Connection, now: datetime) -> list[OccurrenceFacts]:
    """Occurrences whose sign-up is open, drawn by lot, without a seed yet."""
    lotteries = [
        facts
        for facts in list_upcoming(tx, now)
        if is_by_lot(facts) and facts.sign_up is not SignUp.NONE and (facts.opens_at is None or facts.opens_at <= now)
    ]
    known = rows.list_with_lottery(tx, [facts.id for facts in lotteries]) if lotteries else set()
    return [facts for facts in lotteries if facts.id not in known]


def list_due(tx: Connection, now: datetime) -> list[OccurrenceFacts]:
    """Occurrences whose lots must be drawn now. What has begun is not drawn any more: nobody could be told."""
    return [facts for facts in rows.list_undrawn(tx) if _is_due(facts, now)]


def _is_due(facts: OccurrenceFacts, now: datetime) -> bool:
    due_at = draw_due_at(facts)
    return due_at is not None and due_at <= now and not _is_too_late(facts, now)


def _is_too_late(facts: OccurrenceFacts, now: datetime) -> bool:
    begun = facts.starts_at is not None and facts.starts_at <= now
    return begun or facts.status is OccurrenceStatus.CANCELLED


# --- entering --------------------------------------------------------------------------------------------------------


def takes_entries(tx: Connection, facts: OccurrenceFacts) -> bool:
    """Whether signing up now means entering: the places are drawn by lot and were not drawn yet."""
    if not is_by_lot(facts):
        return False
    lottery = rows.find_lottery(tx, facts.id)
    return lottery is None or lottery.drawn_at is None


def find_entry(tx: Connection, facts: OccurrenceFacts, reader_id: int) -> AlreadyEntered | None:
    """The reader's entry that waits for the draw."""
    present = find_active(tx, facts.id, reader_id)
    if present is None or present.status is not RegistrationStatus.ENTERED:
        return None
    return AlreadyEntered(present, rows.find_entry_number(tx, present.id) or 0, draw_due_at(facts))


def enter_lottery(
    tx: Connection, facts: OccurrenceFacts, new: NewRegistration, keys: Keys, phone: str | None = None
) -> Entered | AlreadyEntered | PlacesUsedUp | None:
    """Give the next number, once the rules were asked. None: the places are given as at any event, since they are not
    drawn by lot or were drawn already; but a family that has won in the set is refused.

    `phone` is the one by which the family is known, when it is not on record yet. The occurrence's lock makes the
    numbers follow one another; the unique index would refuse a double.
    """
    if not is_by_lot(facts):
        return None
    lock_occurrence(tx, facts.id)
    lottery = open_lottery(tx, facts.id, keys, new.now)
    if lottery.drawn_at is not None:
        return _refuse_served(tx, facts, new, keys, phone)
    rows.expire_own_hold(tx, facts.id, new.reader_id)
    present = find_active(tx, facts.id, new.reader_id)
    if present is not None:
        return find_entry(tx, facts, new.reader_id)
    for _ in range(_TRIES):  # a collision of short codes gets another try
        number = rows.last_entry_number(tx, facts.id) + 1
        entry = replace(new, status=RegistrationStatus.ENTERED, held_until=None, entry_number=number)
        written = add_entry(tx, entry, keys)
        if written is not None:
            return Entered(written, number, draw_due_at(facts))
    raise RuntimeError(f"no entry could be written at occurrence {facts.id}")


def _refuse_served(
    tx: Connection, facts: OccurrenceFacts, new: NewRegistration, keys: Keys, phone: str | None
) -> PlacesUsedUp | None:
    """After the draw: one place for a family over the whole set, also for those who come late."""
    present = find_active(tx, facts.id, new.reader_id)
    if present is not None and present.status is not RegistrationStatus.HELD:
        return None
    rows.lock_set(tx, facts)
    phone = new.contact.phone if new.contact else phone
    phones = keys.search_hashes(phone) if phone else find_phone_hashes(tx, new.reader_id, keys)
    place = _find_place(_places_by_mark(tx, facts), _marks(new.reader_id, *phones))
    if place is None:
        return None
    other = get_occurrence(tx, place)
    times = (other.starts_at, other.ends_at, other.all_day)
    own = OwnPlace(other.id, other.event_id, other.campaign_id, other.number, other.name, *times)
    return PlacesUsedUp(Scope.LOTTERY_SET, 1, (own,))


def _marks(reader_id: int, *phones: bytes | None) -> frozenset[Hashable]:
    """By what a family is known: the account, and the phone if one is on record (its hash under each key in use)."""
    return frozenset({("reader", reader_id), *(("phone", phone) for phone in phones if phone is not None)})


def _places_by_mark(tx: Connection, facts: OccurrenceFacts) -> dict[Hashable, int]:
    """Who has a place in the set: mark of the family → occurrence. The caller holds the set's lock."""
    found: dict[Hashable, int] = {}
    for occurrence_id, reader_id, phone_hash in rows.list_places(tx, rows.list_set(tx, facts)):
        for mark in _marks(reader_id, phone_hash):
            found.setdefault(mark, occurrence_id)
    return found


def _find_place(places: dict[Hashable, int], family: frozenset[Hashable]) -> int | None:
    return min((places[mark] for mark in family if mark in places), default=None)


def set_aside_served(tx: Connection, facts: OccurrenceFacts, now: datetime) -> None:
    """Take those out of the line whose family has a place in the set by now, before a freed place is given away.

    The caller holds the occurrence's lock; it calls this before each place that it gives, so that of two members of a
    family in line only one is promoted.
    """
    if not is_by_lot(facts):
        return
    rows.lock_set(tx, facts)
    waiting = rows.list_waiting(tx, facts.id)
    if not waiting:
        return
    places = _places_by_mark(tx, facts)
    served = [each for each in waiting if _find_place(places, _marks(each.reader_id, each.phone_hash)) is not None]
    rows.settle_entries(tx, (Settlement(each.registration_id, RegistrationStatus.EXPIRED) for each in served))
    told = [(each.registration_id, each.reader_id, {"served": "yes"}) for each in served]
    _tell(tx, NoticeKind.LOTTERY_LOST, told, facts, now, moment="served")


# --- the draw --------------------------------------------------------------------------------------------------------


def draw_lottery(tx: Connection, occurrence_id: int, keys: Keys, now: datetime, *, actor: str = "task") -> DrawOutcome:
    """Draw the lots of an occurrence once its entry window has ended, settle every entry and tell everybody.

    `actor` is who the audit names.
    """
    lock_occurrence(tx, occurrence_id)
    facts = get_occurrence(tx, occurrence_id)
    lottery = rows.find_lottery(tx, occurrence_id)
    if lottery is not None and lottery.drawn_at is not None:
        return DrawnBefore(lottery)
    if (lottery is None and not is_by_lot(facts)) or _is_too_late(facts, now):
        return NotDrawn(None)
    if not _is_due(facts, now):
        return NotDrawn(draw_due_at(facts))
    lottery = open_lottery(tx, occurrence_id, keys, now)
    rows.lock_set(tx, facts)
    if not rows.claim_draw(tx, occurrence_id, now):
        return NotDrawn(None)
    entries = rows.list_entries(tx, occurrence_id)
    seed = keys.unseal(lottery.seed_enc, _place(occurrence_id))
    result = _draw(tx, facts, entries, seed, now)
    rows.write_result(tx, occurrence_id, publish(result))
    _settle(tx, facts, entries, result, now)
    detail = {"entries": len(result.entries), "won": len(result.of(Lot.WON))}
    note_audit(tx, actor, "draw_lottery", f"occurrence:{occurrence_id}", detail, now)
    return Drawn(result)


def _draw(
    tx: Connection, facts: OccurrenceFacts, entries: Iterable[StoredEntry], seed: str, now: datetime
) -> LotteryResult:
    places = _places_by_mark(tx, facts)
    taking_part = []
    for each in entries:
        family = _marks(each.reader_id, each.phone_hash)
        if each.number is not None and not each.erased:
            served = _find_place(places, family) is not None
            taking_part.append(Entry(each.number, each.seats, family, served))
    line = facts.rules.waitlist_limit
    if not facts.rules.waitlist:
        line = 0
    elif line is not None:
        line = max(0, line - count_waiting(tx, facts.id))
    terms = Terms(facts.number, count_seats_left(tx, facts, now), facts.rules.waitlist_fit, line)
    return draw_lots(terms, taking_part, rows.last_entry_number(tx, facts.id), seed, now)


def _settle(
    tx: Connection, facts: OccurrenceFacts, entries: Iterable[StoredEntry], result: LotteryResult, now: datetime
) -> None:
    by_number = {each.number: each for each in entries}
    until = confirm_until(facts, now)
    ahead = count_waiting(tx, facts.id)
    won_facts = {} if until is None else {"until": until.isoformat()}
    settled, won, lost = [], [], []
    for drawn in result.entries:
        entry = by_number.pop(drawn.number)
        settled.append(_settlement(entry.registration_id, drawn, until, now))
        if drawn.lot is Lot.WON:
            won.append((entry.registration_id, entry.reader_id, won_facts))
        else:
            lost.append((entry.registration_id, entry.reader_id, _why_lost(drawn, ahead)))
    gone = (Settlement(each.registration_id, RegistrationStatus.EXPIRED) for each in by_number.values())
    rows.settle_entries(tx, [*settled, *gone])
    _tell(tx, NoticeKind.LOTTERY_WON, won, facts, now)
    _tell(tx, NoticeKind.LOTTERY_LOST, lost, facts, now)


def _settlement(registration_id: int, drawn: DrawnEntry, until: datetime | None, now: datetime) -> Settlement:
    if drawn.lot is Lot.WON and until is not None:
        return Settlement(registration_id, RegistrationStatus.OFFERED, until)
    if drawn.lot is Lot.WON:
        return Settlement(registration_id, RegistrationStatus.CONFIRMED, now)
    if drawn.place is not None:  # the line is ordered by these moments; who joins later stands behind the last of them
        return Settlement(registration_id, RegistrationStatus.WAITLISTED, now + timedelta(microseconds=drawn.place))
    return Settlement(registration_id, RegistrationStatus.EXPIRED)


def _why_lost(drawn: DrawnEntry, ahead: int) -> dict[str, str]:
    if drawn.place is not None:
        return {"place": str(ahead + drawn.place)}
    if drawn.served:
        return {"served": "yes"}
    return {} if drawn.same_as is None else {"same_as": str(drawn.same_as)}


def _tell(
    tx: Connection,
    kind: NoticeKind,
    told: list[tuple[int, int, dict[str, str]]],
    facts: OccurrenceFacts,
    now: datetime,
    moment: str = _MOMENT,
) -> None:
    queue_notices(tx, kind, told, moment=moment, not_after=facts.starts_at, now=now)
