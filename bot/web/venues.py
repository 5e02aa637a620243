"""The screen at the door: the changing code, and how many have come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from flask import Blueprint, Response, jsonify, render_template, url_for

from bot.domain.checkin import Attendance
from bot.domain.clock import local
from bot.domain.kinds import OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.venue import STEP_S, current_code, read_screen_token
from bot.store.occurrences import count_attendance, count_seats_taken, find_occurrence
from bot.texts import pages as texts
from bot.texts.moments import time_words
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.refusals import refuse_unknown_address

venues = Blueprint("venues", __name__, template_folder="templates")
venues.after_request(forbid_keeping)

_GRACE_MS = STEP_S * 1000
"""How long after its step a screen without network may go on showing a code. The door accepts it for one step more,
so who types slowly still gets in."""


@dataclass(frozen=True, slots=True)
class ScreenState:
    """What the screen shows now. Times are milliseconds, people are persons; `left` is None without a limit."""

    phase: str
    headline: str
    note: str
    code: str | None
    next_in_ms: int
    good_for_ms: int
    clock_s: int  # seconds since local midnight: a TV's own clock and zone are often wrong
    came: int
    expected: int
    walk_ins: int
    left: int | None


@venues.get("/venue/<token>")
def show(token: str) -> Response:
    """The page; without script it refreshes itself."""
    facts, state = _read(token)
    return Response(
        render_template(
            "venue.html",
            facts=facts,
            when=time_words(facts),
            state=state,
            clock=f"{local(page_context().clock()):%H:%M}",
            state_url=url_for("venues.show_state", token=token),
        )
    )


@venues.get("/venue/<token>/state")
def show_state(token: str) -> Response:
    """The same as JSON, polled by the page."""
    _, state = _read(token)
    return jsonify(asdict(state))


def decide_phase(facts: OccurrenceFacts, now: datetime) -> str:
    """`before`, `open`, `ended`, `cancelled` or `no_sign_up`."""
    if facts.status is OccurrenceStatus.CANCELLED:
        return "cancelled"
    if facts.sign_up is SignUp.NONE:
        return "no_sign_up"
    if facts.is_check_in_open(now):
        return "open"
    is_early = facts.check_in_opens_at is not None and now < facts.check_in_opens_at
    return "before" if is_early else "ended"


def _read(token: str) -> tuple[OccurrenceFacts, ScreenState]:
    context = page_context()
    occurrence_id = read_screen_token(token, context.keys.venues)
    now = context.clock()
    with context.db.reading() as tx:
        facts = find_occurrence(tx, occurrence_id or 0)
        attendance = count_attendance(tx, facts.id) if facts else None
        taken = count_seats_taken(tx, facts.id, now) if facts else 0
    if facts is None or attendance is None:
        refuse_unknown_address()
    return facts, _screen_state(facts, attendance, taken, now)


def _screen_state(facts: OccurrenceFacts, attendance: Attendance, taken: int, now: datetime) -> ScreenState:
    phase = decide_phase(facts, now)
    is_open = phase == "open"
    here = local(now)
    next_in_ms = STEP_S * 1000 - int(now.timestamp() * 1000) % (STEP_S * 1000)
    opens_at = facts.check_in_opens_at
    return ScreenState(
        phase=phase,
        headline=texts.SCREEN_TITLES[phase],
        note=texts.screen_note(phase, opens_at),
        code=current_code(facts.id, now, page_context().keys.venue) if is_open else None,
        next_in_ms=next_in_ms,
        good_for_ms=next_in_ms + _GRACE_MS if is_open else 0,
        clock_s=here.hour * 3600 + here.minute * 60 + here.second,
        came=attendance.came,
        expected=attendance.expected,
        walk_ins=attendance.walk_ins,
        left=facts.seats_left(taken),
    )
