"""A phone whose clock stood in 1970 while it worked, and was right again when it brought what it did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.web.doors.phones import Phone, ms
from tests.web.stage import Stage

RESET = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("undo_first", [False, True])
@pytest.mark.parametrize("kind", ["scan", "walk_in"])
def test_an_undo_under_a_clock_that_was_set_right_later_still_takes_back(
    stage: Stage, place: int, phone: Phone, kind: str, undo_first: bool
) -> None:
    """Seen to fail without `undo_happened_at`: the act was moved to the occurrence's day, its undo stayed in 1970."""
    code = stage.ticket_url(stage.registration(place))
    act = phone.scan(code, RESET, admitted=True)
    if kind == "walk_in":
        act = {"id": str(uuid4()), "kind": kind, "occurrence": phone.number, "people": 5, "at": ms(RESET)}
    undo = {"id": str(uuid4()), "kind": "undo", "of": act["id"], "at": ms(RESET + timedelta(seconds=20))}
    phone.send(*((undo, act) if undo_first else (act, undo)))
    [door] = phone.client.get("/staff/api/door").get_json()["occurrences"]
    assert (door["attendance"]["came"], door["attendance"]["walk_ins"]) == (0, 0)
