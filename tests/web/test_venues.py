from __future__ import annotations

import base64
import io
import re
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from redis import Redis

from bot.domain.venue import current_code, door_token, is_accepted, step_of
from bot.store.scene_codes import SceneCodes
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


def _content_of(qr: str) -> str:
    picture = Image.open(io.BytesIO(base64.b64decode(qr.removeprefix("data:image/png;base64,"))))
    (code,) = zxingcpp.read_barcodes(picture)
    return str(code.text)


def test_the_qr_opens_the_code_and_a_photo_of_it_is_worthless_after_a_minute_and_a_half(
    client: FlaskClient, stage: Stage, clock: StageClock
) -> None:
    clock.now = AT_THE_DOOR
    held = stage.occurrence()
    state = _state(client, stage, held)
    address = _content_of(state["qr"])
    assert address == address.upper(), "in alphanumeric mode the code stays coarse"
    path = "/D/" + address.rpartition("/")[2]
    assert f"签到 {state['code']}" in client.get(path).text
    assert f"签到 {state['code']}" in client.get(path.lower()).text
    for later, is_good in ((89, True), (90, False), (3600, False)):
        clock.now = AT_THE_DOOR + timedelta(seconds=later)
        page = client.get(path)
        assert page.status_code == 200
        assert (state["code"] in page.text) is is_good
        assert "no-store" in page.headers["Cache-Control"]


def test_no_code_is_to_be_had_by_a_made_up_address(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    clock.now = AT_THE_DOOR
    held = stage.occurrence()
    genuine = door_token(held, clock.now, stage.keys.venue)
    other_step = door_token(held, clock.now + timedelta(seconds=30), stage.keys.venue)
    mixed = genuine[:13] + other_step[13:]  # the step of one, the signature of the other
    for token in (mixed, door_token(held, clock.now, b"another key" * 3), genuine[:-8], genuine + "A" * 8, "%00", "X"):
        assert client.get(f"/D/{token}").status_code == 404
    early = door_token(held, DAY_BEFORE, stage.keys.venue)
    clock.now = DAY_BEFORE
    assert current_code(held, DAY_BEFORE, stage.keys.venue) not in client.get(f"/D/{early}").text, "no code before"


def test_the_screen_goes_on_to_what_is_held_next_at_its_place(
    client: FlaskClient, stage: Stage, clock: StageClock
) -> None:
    room = stage.room("一楼报告厅")
    first = stage.occurrence(venue_id=room, title="第一讲")
    then = stage.occurrence(venue_id=room, title="第二讲", starts_at=ENDS_AT, ends_at=ENDS_AT + timedelta(hours=1))
    evening = stage.occurrence(
        venue_id=room, title="夜场", starts_at=ENDS_AT + timedelta(hours=4), ends_at=ENDS_AT + timedelta(hours=5)
    )
    night = stage.occurrence(
        venue_id=room, title="次日", starts_at=ENDS_AT + timedelta(hours=20), ends_at=ENDS_AT + timedelta(hours=21)
    )
    stage.occurrence(title="别处")
    seen = []
    for hours in (-1.0, 0.0, 1.2, 1.6, 2.6, 5.2, 6.6, 14.8, 21.0, 30.0):
        clock.now = STARTS_AT + timedelta(hours=hours)
        state = _state(client, stage, first)
        seen.append((state["title"], state["phase"], bool(state["beside"])))
        assert (state["code"] is None) is (state["phase"] != "open")
    assert seen == [
        ("第一讲", "before", False),
        ("第一讲", "open", False),
        ("第二讲", "open", True),  # who comes now comes for the next one; the code is good for both
        ("第二讲", "open", False),
        ("夜场", "before", False),
        ("夜场", "open", False),
        ("第一讲", "ended", False),
        ("次日", "before", False),  # past midnight
        ("次日", "open", False),
        ("第一讲", "ended", False),
    ]
    clock.now = STARTS_AT + timedelta(hours=1.2)
    assert _state(client, stage, night)["title"] == _state(client, stage, evening)["title"] == "第二讲"
    assert _state(client, stage, then)["number"] == _state(client, stage, first)["number"]


def test_without_a_venue_the_screen_keeps_to_its_own(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    clock.now = AT_THE_DOOR
    own = stage.occurrence(venue_id=None, title="广场宣传", starts_at=ENDS_AT, ends_at=ENDS_AT + timedelta(hours=1))
    stage.occurrence(venue_id=None, title="另一个广场")
    assert _state(client, stage, own)["title"] == "广场宣传"


def test_where_the_account_may_the_qr_is_the_platforms_own(
    client: FlaskClient, stage: Stage, clock: StageClock, redis: Redis
) -> None:
    clock.now = AT_THE_DOOR
    held = stage.occurrence()
    assert "/D/" in _content_of(_state(client, stage, held)["qr"])
    codes = SceneCodes(redis)
    assert codes.list_wanted(clock.now) == [held], "the worker knows that this screen is on"
    codes.save(held, step_of(clock.now), "http://weixin.qq.com/q/02AbCdEf")
    assert _content_of(_state(client, stage, held)["qr"]) == "http://weixin.qq.com/q/02AbCdEf"
    clock.now += timedelta(seconds=30)
    assert "/D/" in _content_of(_state(client, stage, held)["qr"]), "there is none for this step yet"
    assert codes.list_wanted(clock.now + timedelta(minutes=2)) == [], "it was switched off"
