"""The screen at the door: the changing code, its QR, and how many have come.

Read from four metres: letters of 1/200 of the distance are read without effort, here 20 mm. On a television of 40
inches (886 mm wide) the figures of the code (13.4 % of the width, 72 % of it their height) are 85 mm high, the words
above them (2.6 %) 23 mm. A phone's camera needs some 4 pixels for each module of a QR; at four metres one of 12
megapixels sees 1.3 mm with each, so a module needs 5 mm: 37 modules with their margin in 20 % of the width (177 mm)
have 4.8 mm, and phones zoom in by themselves.
"""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from flask import Blueprint, Response, jsonify, render_template, url_for

from bot.domain.checkin import Attendance
from bot.domain.clock import local
from bot.domain.kinds import OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.venue import (
    STEP_S,
    Shown,
    choose_shown,
    code_of_step,
    current_code,
    door_token,
    is_step_accepted,
    read_door_token,
    read_screen_token,
    step_of,
)
from bot.reports.qr import QrPicture, coarse
from bot.store.occurrences import count_attendance, count_seats_taken, find_occurrence, list_starting_between
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

_AROUND = timedelta(days=1)
_LONG_TITLE = 16
_MODULE_PX = 12  # televisions make it larger or smaller; whole pixels at about the size that it has there


@dataclass(frozen=True, slots=True)
class ScreenState:
    """What the screen shows now. Times are milliseconds, people are persons; `left` is None without a limit.

    `qr`: a picture as data: address; `beside`: others at the same place whose doors are open too.
    """

    number: int
    title: str
    label: str
    is_long: bool
    when: str
    beside: str
    phase: str
    headline: str
    note: str
    code: str | None
    qr: str | None
    how: str
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
    state = _read(token)
    clock = f"{local(page_context().clock()):%H:%M}"
    state_url = url_for("venues.show_state", token=token)
    return Response(render_template("venue.html", state=state, clock=clock, state_url=state_url))


@venues.get("/venue/<token>/state")
def show_state(token: str) -> Response:
    """The same as JSON, polled by the page."""
    return jsonify(asdict(_read(token)))


@venues.get("/d/<token>")
@venues.get("/D/<token>")
def show_door(token: str) -> Response:
    """What the QR of the screen opens: the code to be sent to the account, as long as it is good."""
    context = page_context()
    now = context.clock()
    read = read_door_token(token, context.keys.venues)
    facts = None
    if read is not None:
        with context.db.reading() as tx:
            facts = find_occurrence(tx, read[0])
    if read is None or facts is None:
        refuse_unknown_address()
    is_good = is_step_accepted(read[1], now) and facts.is_check_in_open(now)
    code = code_of_step(facts.id, read[1], context.keys.venue) if is_good else None
    good_for_s = (read[1] + 3) * STEP_S - int(now.timestamp()) if is_good else 0
    return Response(render_template("door.html", facts=facts, when=time_words(facts), code=code, good_for_s=good_for_s))


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


def _read(token: str) -> ScreenState:
    context = page_context()
    occurrence_id = read_screen_token(token, context.keys.venues)
    now = context.clock()
    with context.db.reading() as tx:
        own = find_occurrence(tx, occurrence_id or 0)
        if own is None:
            refuse_unknown_address()
        nearby = list_starting_between(tx, now - _AROUND, now + _AROUND) if own.venue_id is not None else [own]
        shown = choose_shown(own, [facts for facts in nearby if facts.venue_id == own.venue_id], now)
        attendance = count_attendance(tx, shown.facts.id)
        taken = count_seats_taken(tx, shown.facts.id, now)
    return _screen_state(shown, attendance, taken, now)


def _screen_state(shown: Shown, attendance: Attendance, taken: int, now: datetime) -> ScreenState:
    facts = shown.facts
    phase = decide_phase(facts, now)
    is_open = phase == "open"
    here = local(now)
    next_in_ms = STEP_S * 1000 - int(now.timestamp() * 1000) % (STEP_S * 1000)
    scene = page_context().scene_codes.find(facts.id, step_of(now), now) if is_open else None
    return ScreenState(
        number=facts.number,
        title=facts.title,
        label=facts.label,
        is_long=len(facts.name) > _LONG_TITLE,
        when=texts.screen_when(facts),
        beside=texts.screen_beside(shown.beside),
        phase=phase,
        headline=texts.SCREEN_TITLES[phase],
        note=texts.screen_note(phase, facts.check_in_opens_at),
        code=current_code(facts.id, now, page_context().keys.venue) if is_open else None,
        qr=_qr(scene or _door_address(facts, now)) if is_open else None,
        how=texts.SCREEN_QR[scene is not None],
        next_in_ms=next_in_ms,
        good_for_ms=next_in_ms + _GRACE_MS if is_open else 0,
        clock_s=here.hour * 3600 + here.minute * 60 + here.second,
        came=attendance.came,
        expected=attendance.expected,
        walk_ins=attendance.walk_ins,
        left=facts.seats_left(taken),
    )


def _door_address(facts: OccurrenceFacts, now: datetime) -> str:
    context = page_context()
    return coarse(f"{context.public_url}/D/{door_token(facts.id, now, context.keys.venue)}")


@lru_cache(64)
def _qr(content: str) -> str:
    """The picture of a step, which several screens ask for every few seconds."""
    return f"data:image/png;base64,{base64.b64encode(QrPicture(content).png(_MODULE_PX)).decode()}"
