"""Scans that a phone without network refused by itself: rows of what was told, which let nobody in later."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.store.database import Database
from bot.store.door_tables import checkin
from tests.web.doors.phones import Phone
from tests.web.stage import DAY_BEFORE, Stage


@pytest.mark.parametrize(
    "reason",
    ["already", "wrong_occurrence", "too_early", "closed", "cancelled", "waitlisted", "pending", "released", "unknown"],
)
def test_what_the_phone_refused_is_written_down_and_decides_nothing(
    db: Database, stage: Stage, place: int, phone: Phone, reason: str
) -> None:
    """Seen to fail with the field ignored: the reader, who has a place by now, was checked in."""
    ticket = stage.ticket_url(stage.registration(place))
    act = phone.scan(ticket, refused=reason)
    [first], [again] = phone.send(act), phone.send(act)
    assert first == again and first["result"] == reason and first["attendance"]["came"] == 0
    assert first["detail"] and "None" not in first["detail"]
    with db.reading() as tx:
        [row] = tx.execute(select(checkin))
    assert (row.people, row.result, row.counted_as) == (0, reason, None)


def test_a_code_that_is_none_of_ours_was_refused_too(db: Database, phone: Phone) -> None:
    [answer] = phone.send(phone.scan("https://pay.example/abc", refused="unknown"))
    assert answer["result"] == "unknown"


def test_nobody_is_let_in_and_turned_away_at_once(phone: Phone, stage: Stage, place: int) -> None:
    ticket = stage.ticket_url(stage.registration(place, "cancelled", cancelled_at=DAY_BEFORE))
    for bad in (
        {"refused": "cancelled", "admitted": True},
        {"refused": "ok"},
        {"refused": "duplicate"},
        {"refused": 1},
    ):
        [answer] = phone.send(phone.scan(ticket, **bad))
        assert answer["result"] == "invalid", bad
