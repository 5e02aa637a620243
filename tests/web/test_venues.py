from __future__ import annotations

import re
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.domain.venue import current_code, is_accepted
from tests.web.stage import ACCOUNT, AT_THE_DOOR, DAY_BEFORE, ENDS_AT, STARTS_AT, Stage, StageClock


def _state(client: FlaskClient, stage: Stage, occurrence_id: int) -> dict[str, Any]:
    answer = client.get(f"/venue/{stage.screen(occurrence_id)}/state")
    assert answer.status_code == 200
    return dict(answer.json)


def test_screen_shows_title_code_counts_and_no_reader(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    clock.now = AT_THE_DOOR
    held = stage.occurrence(label="第三场")
    stage.check_in(stage.registration(held, adults=2, seats=3), held, AT_THE_DOOR, people=3)
    page = client.get(f"/venue/{stage.screen(held)}").text
    code = current_code(held, clock.now, stage.keys.venue)
    for words in (
        "亲子绘本共读",
        "第三场",
        f"<span>{code[:3]}</span><span>{code[3:]}</span>",
        "人已签到",
        "09:20",
        ACCOUNT,
    ):
        assert words in page
    assert "张" not in page


def test_state_follows_the_code_and_the_clock(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    held = stage.occurrence()
    for second in (0, 29, 30, 61):
        clock.now = AT_THE_DOOR + timedelta(seconds=second)
        state = _state(client, stage, held)
        assert state["code"] == current_code(held, clock.now, stage.keys.venue)
        assert state["next_in_ms"] == (30 - second % 30) * 1000
        assert state["clock_s"] == 9 * 3600 + 20 * 60 + second


def test_code_is_taken_down_while_the_door_still_accepts_it(
    client: FlaskClient, stage: Stage, clock: StageClock
) -> None:
    held = stage.occurrence()
    clock.now = AT_THE_DOOR + timedelta(seconds=3)
    state = _state(client, stage, held)
    last_shown = clock.now + timedelta(milliseconds=state["good_for_ms"])
    assert state["good_for_ms"] <= 90_000
    assert is_accepted(state["code"], held, last_shown + timedelta(seconds=29), stage.keys.venues)


def test_counts_are_persons_and_free_seats(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    clock.now = AT_THE_DOOR
    held = stage.occurrence(capacity=10, overbooking=1)
    stage.check_in(stage.registration(held), held, AT_THE_DOOR, people=1)
    stage.registration(held)
    stage.registration(held, "cancelled")
    stage.registration(held, "waitlisted", queued_at=DAY_BEFORE)
    stage.registration(held, "held", held_until=AT_THE_DOOR + timedelta(minutes=1))
    stage.registration(held, "held", held_until=AT_THE_DOOR - timedelta(minutes=1))
    stage.walk_ins(held, 8)
    state = _state(client, stage, held)
    assert (state["came"], state["expected"], state["walk_ins"], state["left"]) == (1, 4, 8, 5)


def test_no_limit_means_no_count_of_seats(client: FlaskClient, stage: Stage) -> None:
    assert _state(client, stage, stage.occurrence(capacity=None))["left"] is None


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        (STARTS_AT - timedelta(minutes=30, seconds=1), "before"),
        (STARTS_AT - timedelta(minutes=30), "open"),
        (ENDS_AT, "open"),
        (ENDS_AT + timedelta(seconds=1), "ended"),
    ],
)
def test_code_shows_from_half_an_hour_before_until_the_end(
    client: FlaskClient, stage: Stage, clock: StageClock, now: Any, phase: str
) -> None:
    clock.now = now
    state = _state(client, stage, stage.occurrence())
    assert state["phase"] == phase
    assert (state["code"] is not None) == (phase == "open")


def test_early_screen_says_from_when(client: FlaskClient, stage: Stage) -> None:
    page = client.get(f"/venue/{stage.screen(stage.occurrence())}").text
    assert "签到还没有开始" in page
    assert "5月30日（周六）09:00 起可以签到" in page


@pytest.mark.parametrize(
    ("values", "phase"), [({"status": "cancelled"}, "cancelled"), ({"sign_up": "none"}, "no_sign_up")]
)
def test_no_code_where_nobody_checks_in_by_code(
    client: FlaskClient, stage: Stage, clock: StageClock, values: dict[str, str], phase: str
) -> None:
    clock.now = AT_THE_DOOR
    state = _state(client, stage, stage.occurrence(**values))
    assert (state["phase"], state["code"]) == (phase, None)


def test_title_with_quotes_and_tags_stays_text(client: FlaskClient, stage: Stage) -> None:
    page = client.get(f"/venue/{stage.screen(stage.occurrence(title=chr(39) + '><script>x</script>'))}").text
    assert "<script>x" not in page


def test_forged_screen_is_not_found(client: FlaskClient, stage: Stage) -> None:
    forged = ("A", "A" * 24, "票" * 24, "A" * 4000, stage.screen(stage.occurrence())[:-1] + "!")
    for suffix in ("", "/state"):
        assert {client.get(f"/venue/{one}{suffix}").status_code for one in forged} == {404}


def test_screen_address_of_a_missing_occurrence_is_not_found_as_json(client: FlaskClient, stage: Stage) -> None:
    answer = client.get(f"/venue/{stage.screen(999)}/state")
    assert answer.status_code == 404
    assert answer.json["error"]


def test_one_screen_does_not_open_another(client: FlaskClient, stage: Stage) -> None:
    first, second = stage.occurrence(), stage.occurrence()
    mixed = stage.screen(second)[:8] + stage.screen(first)[8:]
    assert client.get(f"/venue/{mixed}").status_code == 404


def test_screen_is_never_kept(client: FlaskClient, stage: Stage) -> None:
    for suffix in ("", "/state"):
        headers = client.get(f"/venue/{stage.screen(stage.occurrence())}{suffix}").headers
        assert headers["Cache-Control"] == "private, no-store"


def test_script_of_the_screen_stays_readable_for_old_televisions() -> None:
    script = (files("bot.web") / "static" / "venue.js").read_text()
    code = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", script, flags=re.DOTALL)
    assert not re.search(r"=>|\b(let|const|class|async|await|fetch|Promise)\b|`|\?\.|\?\?", code)
