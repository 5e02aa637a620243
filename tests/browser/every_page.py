"""Every page the house can show to the public, each in every state it can be in, at one moment: ten minutes before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, abort
from sqlalchemy import insert, select, update

from bot.domain.data_link import issue_link
from bot.domain.kinds import ConsentKind, MarkKind
from bot.domain.venue import door_token
from bot.services.lotteries import draw_lottery, open_lottery
from bot.store.amendments import find_consent, save_card
from bot.store.companions import Member, add_answers, add_dependant, add_members
from bot.store.readers import add_consent
from bot.store.requests import insert_request
from bot.store.sign_up_tables import mark, suspension
from bot.store.tables import event, occurrence, registration
from tests.browser.reader_pages import list_entry_pages
from tests.browser.staff_pages import list_sign_in_pages
from tests.web.stage import AT_THE_DOOR, DAY_BEFORE, Stage

TOMORROW = AT_THE_DOOR + timedelta(days=1)
YESTERDAY = AT_THE_DOOR - timedelta(days=1)
LONG_TITLE = "“书香利州·悦读童年”六一亲子绘本共读暨 Picture Book 双语故事会（第二季）"
SCANNER_SHEETS = {
    "entry": ".tabs [data-sheet=entry]",
    "walk": ".tabs [data-sheet=walk]",
    "tally": ".tabs [data-sheet=tally]",
    "recent": ".tabs [data-sheet=recent]",
    "help": ".more",
    "places": "#place",
}
"""What opens over the scanner's camera, and by which button."""
SCANNER_ANSWERS = {
    "ok": ("green", {}),
    "already": ("amber", {}),
    "waitlisted": ("amber", {"status": "waitlisted", "queued_at": DAY_BEFORE}),
    "cancelled": ("red", {"status": "cancelled"}),
    "unknown": ("red", None),
}
"""Answers of the scanner: the colour, and the registration whose code is typed; None: a code of nobody."""
REFUSED = (400, 403, 405, 413, 429, 500, 503)


def add_refusals(app: Flask) -> None:
    """Addresses that answer with an error each, for the errors that no address alone brings about."""
    app.add_url_rule("/refused/<int:status>", "refused", lambda status: abort(status))


def list_pages(stage: Stage) -> dict[str, str]:
    """Paths by name."""
    fixed = {"home": "/", "privacy": "/privacy", "children": "/privacy/children", "my-data": _my_data(stage)}
    errors = {"refused-404": "/T/WRONG"} | {f"refused-{status}": f"/refused/{status}" for status in REFUSED}
    return (
        fixed
        | _tickets(stage)
        | _screens(stage)
        | _lotteries(stage)
        | list_sign_in_pages(stage)
        | list_entry_pages(stage)
        | errors
    )


def _hours(start: Any, **values: Any) -> dict[str, Any]:
    return {"starts_at": start, "ends_at": start + timedelta(minutes=90)} | values


def _tickets(stage: Stage) -> dict[str, str]:
    now, soon = stage.occurrence(label="第三场"), AT_THE_DOOR + timedelta(minutes=8)
    later, past = stage.occurrence(**_hours(TOMORROW)), stage.occurrence(**_hours(YESTERDAY))
    off, long = stage.occurrence(status="cancelled"), stage.occurrence(title=LONG_TITLE, label="第十二场")
    came, erased = stage.registration(now), stage.registration(now, "cancelled")
    stage.check_in(came, now, AT_THE_DOOR)
    stage.erase_reader_of(erased)
    tickets = {
        "confirmed": stage.registration(now),
        "confirmed-early": stage.registration(later),
        "long": stage.registration(long),
        "came": came,
        "pending": stage.registration(later, "pending"),
        "held": stage.registration(later, "held", held_until=soon),
        "offered": stage.registration(later, "offered", offer_until=soon),
        "waitlisted": stage.registration(later, "waitlisted", queued_at=DAY_BEFORE),
        "at-door": stage.registration(now, "waitlisted", queued_at=DAY_BEFORE),
        "entered": stage.registration(later, "entered", entry_number=1),
        "cancelled": stage.registration(now, "cancelled"),
        "declined": stage.registration(now, "declined", offer_until=soon),
        "rejected": stage.registration(now, "declined"),
        "expired": stage.registration(now, "expired", offer_until=DAY_BEFORE),
        "lost": stage.registration(later, "expired", entry_number=2),
        "released": stage.registration(now, released_at=AT_THE_DOOR),
        "ended": stage.registration(past),
        "off": stage.registration(off),
        "erased": erased,
    }
    return {f"ticket-{name}": f"/T/{stage.token(registration_id)}" for name, registration_id in tickets.items()}


def _screens(stage: Stage) -> dict[str, str]:
    full = stage.occurrence(capacity=2)
    stage.check_in(stage.registration(full), full, AT_THE_DOOR)
    stage.walk_ins(full, 8)
    states: dict[str, dict[str, Any]] = {
        "long": {"title": LONG_TITLE, "label": "第十二场", "capacity": None},
        "before": _hours(TOMORROW),
        "ended": _hours(YESTERDAY),
        "off": {"status": "cancelled"},
        "free": {"sign_up": "none"},
    }
    screens = {name: stage.occurrence(venue_id=stage.room(name), **facts) for name, facts in states.items()}
    beside = stage.room("一楼报告厅")
    stage.occurrence(venue_id=beside, title="非遗剪纸体验", **_hours(AT_THE_DOOR - timedelta(hours=1)))
    screens |= {"open": full, "two": stage.occurrence(venue_id=beside)}
    pages = {f"venue-{name}": f"/venue/{stage.screen(occurrence_id)}" for name, occurrence_id in screens.items()}
    doors = {"door": AT_THE_DOOR, "door-over": AT_THE_DOOR - timedelta(minutes=2)}
    return pages | {name: f"/D/{door_token(full, at, stage.keys.venue)}" for name, at in doors.items()}


def _lotteries(stage: Stage) -> dict[str, str]:
    lotteries = {
        "unopened": _add_lottery(stage, entries=0, opens_at=AT_THE_DOOR + timedelta(hours=1)),
        "open": _add_lottery(stage, entries=12),
        "due": _add_lottery(stage, entries=3, closes_at=AT_THE_DOOR),
        "missed": _add_lottery(stage, entries=3, starts_at=AT_THE_DOOR, closes_at=DAY_BEFORE),
        "off": _add_lottery(stage, entries=3, status="cancelled"),
        "drawn": _add_lottery(stage, entries=12, seats=4),
        "drawn-empty": _add_lottery(stage, entries=0, seats=4),
        "drawn-many": _add_lottery(stage, entries=60, seats=20),
    }
    return {f"lottery-{name}": f"/lottery/{number}" for name, number in lotteries.items()}


def _add_lottery(stage: Stage, *, entries: int, seats: int | None = None, **values: Any) -> int:
    """A lottery, drawn at once where `seats` are given; the ninth entry was taken back. Its public number."""
    closes_at = AT_THE_DOOR + timedelta(hours=6 if seats is None else 0)
    facts = _hours(AT_THE_DOOR + timedelta(days=3), closes_at=closes_at) | values
    lottery_id = stage.occurrence(title="暑期陶艺班", capacity=seats or 4, **facts)
    for number in range(1, entries + 1):
        stage.registration(lottery_id, "cancelled" if number == 9 else "entered", seats=1, entry_number=number)
    with stage.db.writing() as tx:
        here = select(occurrence.c.event_id, occurrence.c.number).where(occurrence.c.id == lottery_id)
        event_id, public_number = tx.execute(here).one()
        tx.execute(update(event).where(event.c.id == event_id).values(rules={"allocation": "lottery"}))
        if "opens_at" not in values:
            open_lottery(tx, lottery_id, stage.keys, DAY_BEFORE)
        if seats is not None:
            draw_lottery(tx, lottery_id, stage.keys, AT_THE_DOOR)
    return int(public_number)


def _my_data(stage: Stage) -> str:
    """The copy of a reader of whom something of every kind is held."""
    place = stage.registration(stage.occurrence(title=LONG_TITLE))
    with stage.db.writing() as tx:
        reader_id = tx.execute(select(registration.c.reader_id).where(registration.c.id == place)).scalar_one()
        save_card(tx, reader_id, "GY00012345", stage.keys)
        for kind in ConsentKind:
            add_consent(tx, reader_id, kind, "2026-11", DAY_BEFORE)
        consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, "2026-11")
        assert consent_id is not None
        children = [add_dependant(tx, reader_id, name, 2019, consent_id, stage.keys) for name in ("乐乐", "小满")]
        add_members(tx, place, [Member(7, consent_id, children[0].id)])
        add_answers(tx, place, {"diet": "花生过敏，鸡蛋可以少量吃一点"}, stage.keys)
        words = stage.keys.seal("我们有一位老人坐轮椅，请问从哪个门进比较方便？", f"request.words:{reader_id}")
        insert_request(tx, reader_id, words, DAY_BEFORE)
        missed = {"kind": MarkKind.NO_SHOW.value, "points": 0, "at": DAY_BEFORE}
        tx.execute(insert(mark).values(reader_id=reader_id, registration_id=place, **missed))
        stopped = {"code": "K7P2QX", "policy": "ban", "facts": {}, "starts_at": DAY_BEFORE, "ends_at": TOMORROW}
        tx.execute(insert(suspension).values(reader_id=reader_id, **stopped))
    return f"/my-data/{issue_link(reader_id, AT_THE_DOOR, stage.keys.copy)}"
