"""What a ticket's page shows: which state it is in, and what belongs to that state."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.checkin import may_be_promoted
from bot.domain.kinds import OccurrenceStatus, RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.reports.qr import QrPicture
from bot.store.tickets import TicketFacts
from bot.texts import pages as texts
from bot.texts.moments import party_words, time_words

_CSS_PX_PER_MODULE = 8


class TicketState(StrEnum):
    """States as a holder sees them; the values name the sentences in bot.texts.pages."""

    CONFIRMED = "confirmed"
    CAME = "came"
    RELEASED = "released"
    PENDING = "pending"
    WAITLISTED = "waitlisted"
    HELD = "held"
    OFFERED = "offered"
    ENTERED = "entered"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    REJECTED = "rejected"
    EXPIRED = "expired"
    LOST = "lost"
    ENDED = "ended"
    OCCURRENCE_CANCELLED = "occurrence_cancelled"
    EVENT_ONLY = "event_only"


_FOR_A_TIME = (RegistrationStatus.HELD, RegistrationStatus.OFFERED)
_GONE = (RegistrationStatus.CANCELLED, RegistrationStatus.DECLINED, RegistrationStatus.EXPIRED)
_BY_LOT = (TicketState.ENTERED, TicketState.LOST, TicketState.WAITLISTED, TicketState.OFFERED)
WITH_CALENDAR = (
    TicketState.CONFIRMED,
    TicketState.CAME,
    TicketState.RELEASED,
    TicketState.CANCELLED,
    TicketState.OCCURRENCE_CANCELLED,
)
"""States whose calendar entry makes sense: the place is sure, or what was sure must be struck out."""


@dataclass(frozen=True, slots=True)
class QrOnPage:
    """The picture as part of the page itself, so that it shows even when the network ends after the first answer."""

    data_uri: str
    side_px: int


@dataclass(frozen=True, slots=True)
class TicketPage:
    """All that the template prints. `qr` and `short_code` are None where nothing can be shown at a door."""

    facts: OccurrenceFacts
    state: TicketState
    headline: str
    hint: str
    when: str
    party: str | None
    note: str | None
    qr: QrOnPage | None
    short_code: str | None
    cancel_number: int | None
    entry_number: int | None
    lottery: int | None  # the public number under which its lots are published
    calendar: bool


def decide_ticket_state(ticket: TicketFacts, now: datetime) -> TicketState:
    """The one state that matters most to the holder now.

    A confirmed place outlives the reader's data: the ticket is good for whoever holds it.
    """
    facts = ticket.occurrence
    if ticket.erased and ticket.status is not RegistrationStatus.CONFIRMED:
        return TicketState.EVENT_ONLY
    if ticket.came_at is not None:
        return TicketState.CAME
    if facts.status is OccurrenceStatus.CANCELLED:
        return TicketState.OCCURRENCE_CANCELLED
    if ticket.status in _GONE:
        return _state_of_gone(ticket)
    until = ticket.held_until if ticket.status is RegistrationStatus.HELD else ticket.offer_until
    if ticket.status in _FOR_A_TIME and until is not None and until <= now:
        return TicketState.EXPIRED
    if _is_past(facts, now):
        return TicketState.ENDED
    is_released = ticket.released and ticket.status is RegistrationStatus.CONFIRMED
    return TicketState.RELEASED if is_released else TicketState(ticket.status.value)


def _state_of_gone(ticket: TicketFacts) -> TicketState:
    """Who gave it up: the reader, a person who decided, the lot or time. What was offered keeps its deadline."""
    if ticket.offer_until is None and ticket.status is RegistrationStatus.DECLINED:
        return TicketState.REJECTED
    if ticket.offer_until is None and ticket.status is RegistrationStatus.EXPIRED and ticket.entry_number is not None:
        return TicketState.LOST
    return TicketState(ticket.status.value)


def opens_a_door(ticket: TicketFacts, now: datetime) -> bool:
    """Whether a QR is of use: the place is sure, or one may be free at the open door, and people are checked in."""
    state = decide_ticket_state(ticket, now)
    if state is TicketState.WAITLISTED:
        return may_be_promoted(ticket.occurrence, now)
    return state in (TicketState.CONFIRMED, TicketState.RELEASED) or (
        state is TicketState.CAME and not _is_past(ticket.occurrence, now)
    )


def build_ticket_page(ticket: TicketFacts, address: str, now: datetime) -> TicketPage:
    """The page of a ticket; `address` is what its QR says."""
    facts, state, valid = ticket.occurrence, decide_ticket_state(ticket, now), opens_a_door(ticket, now)
    waits, drawn = state is TicketState.WAITLISTED, ticket.entry_number if state in _BY_LOT else None
    until = {TicketState.HELD: ticket.held_until, TicketState.OFFERED: ticket.offer_until}.get(state)
    return TicketPage(
        facts=facts,
        state=state,
        headline=headline_of(ticket, state),
        hint=texts.ticket_hint("at_door" if waits and valid else state, facts.number, until, now),
        when=time_words(facts),
        party=None if state is TicketState.EVENT_ONLY else party_words(ticket.party),
        note=_opening_note(facts, now) if state is TicketState.CONFIRMED else None,
        qr=_qr_on_page(address) if valid else None,
        short_code=ticket.short_code if valid else None,
        cancel_number=facts.number if state is TicketState.CONFIRMED and not ticket.erased else None,
        entry_number=drawn,
        lottery=facts.number if drawn is not None else None,
        calendar=state is TicketState.CONFIRMED and facts.starts_at is not None,
    )


def headline_of(ticket: TicketFacts, state: TicketState) -> str:
    """A ticket's state in a few words."""
    if state is TicketState.WAITLISTED:
        return texts.waitlist_words(ticket.waiting_before + 1)
    if state is TicketState.CAME and ticket.came_at is not None:
        return texts.came_words(ticket.came_at, ticket.came_people)
    return texts.STATUS[state]


def _opening_note(facts: OccurrenceFacts, now: datetime) -> str | None:
    if facts.check_in_opens_at is None or facts.is_check_in_open(now):
        return None
    return texts.check_in_opens_words(facts.check_in_opens_at)


def _is_past(facts: OccurrenceFacts, now: datetime) -> bool:
    started = facts.starts_at is not None and facts.starts_at <= now
    return started and not facts.is_check_in_open(now)


def _qr_on_page(address: str) -> QrOnPage:
    picture = QrPicture(address)
    data = base64.b64encode(picture.png()).decode()
    return QrOnPage(f"data:image/png;base64,{data}", picture.side * _CSS_PX_PER_MODULE)
