"""The scanner's API: colours, words and what to do next, for whoever is signed in and serves the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask

from bot.domain.kinds import Role
from bot.store.database import Database
from bot.store.pii import Keys
from tests.web.doors.phones import HEADERS, Phone, facts_of, sign_in
from tests.web.stage import STARTS_AT, Stage


def told(answer: dict[str, Any]) -> tuple[str, str, str]:
    """Result, tone and word."""
    return answer["result"], answer["tone"], answer["word"]


def test_a_ticket_is_green_then_amber_and_the_answer_says_all(stage: Stage, place: int, phone: Phone) -> None:
    ticket = stage.registration(place)
    [first] = phone.send(phone.scan(stage.ticket_url(ticket)))
    assert told(first) == ("ok", "green", "签到成功")
    assert first["detail"] == "张* 尾号8000，一大一小共2人。请入场。"
    assert (first["name"], first["last4"], first["adults"], first["children"], first["people"]) == (
        "张*",
        "8000",
        1,
        1,
        2,
    )
    assert first["attendance"] == {"came": 2, "expected": 2, "walk_ins": 0, "left": 38}
    [again] = phone.send(phone.scan(stage.ticket_url(ticket)))
    assert told(again) == ("already", "amber", "已签到")
    assert again["before"]["way"] == "camera"
    assert "场地工作人员" in again["before"]["by"]
    assert again["detail"].startswith("张* 尾号8000，一大一小共2人，09:20 由场地工作人员")


def test_the_doors_of_a_member_come_with_their_counts(stage: Stage, place: int, phone: Phone) -> None:
    other = stage.occurrence(title="别的活动")
    stage.registration(place)
    answer = phone.client.get("/staff/api/door").get_json()
    [door] = answer["occurrences"]
    assert other and door["number"] == phone.number
    assert door["phase"] == "open" and door["today"] and door["attendance"]["expected"] == 2
    assert answer["staff"]["role"] == "venue"


def test_who_is_not_signed_in_gets_nothing(app: Flask, phone: Phone) -> None:
    stranger = app.test_client()
    for path in (
        "/staff/api/door",
        f"/staff/api/door/{phone.number}/list",
        f"/staff/api/door/{phone.number}/search?q=张",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 401, path
    assert stranger.post("/staff/api/acts", json={}, headers=HEADERS).status_code == 401


def test_another_door_is_refused(app: Flask, stage: Stage, phone: Phone) -> None:
    other = facts_of(stage, stage.occurrence(title="别的活动")).number
    for path in (f"/staff/api/door/{other}/list", f"/staff/api/door/{other}/search?q=8000"):
        assert phone.client.get(path).status_code == 403
    [answer] = phone.send(phone.scan("ABCDEF", occurrence=other))
    assert told(answer) == ("not_served", "red", "无权限")


def test_a_ticket_of_another_occurrence_names_the_right_one_and_not_its_holder(stage: Stage, phone: Phone) -> None:
    ticket = stage.registration(stage.occurrence(title="别的活动", starts_at=STARTS_AT + timedelta(hours=1)))
    [answer] = phone.send(phone.scan(stage.ticket_url(ticket)))
    assert told(answer) == ("wrong_occurrence", "amber", "不是本场")
    assert "别的活动" in answer["detail"] and answer["right"]["number"] == phone.number + 1
    assert "name" not in answer and "8000" not in str(answer)


def test_an_organiser_has_all_doors(app: Flask, db: Database, keys: Keys, stage: Stage, place: int) -> None:
    stage.occurrence(title="别的活动")
    phone = sign_in(app, db, keys, 12, name="organiser", role=Role.ORGANISER)
    assert len(phone.client.get("/staff/api/door").get_json()["occurrences"]) == 2
