"""Whatever a request holds, it gets a clear answer; one bad act never stops the others, and nothing of it is stored."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from bot.store.database import Database
from bot.store.door_tables import checkin, undo, walk_in
from bot.store.pii import Keys
from bot.store.tables import tally
from bot.web import staff_acts
from tests.web.doors.phones import HEADERS, Phone, facts_of, ms, sign_in
from tests.web.stage import AT_THE_DOOR, Stage

AT = ms(AT_THE_DOOR)
SCAN = {"id": "act-0001", "kind": "scan", "occurrence": 12, "code": "ABCDEF", "at": AT, "way": "camera"}
WALK = {"id": "act-0002", "kind": "walk_in", "occurrence": 12, "people": 2, "audience": "child", "at": AT}
TALLY = {"id": "act-0003", "kind": "tally", "occurrence": 12, "words": "宣传单 300多 份", "at": AT}
UNDO = {"id": "act-0004", "kind": "undo", "of": "act-9999", "at": AT}
NOT_NUMBERS: list[object] = [None, "", "x", "12", -1, 0, 1.5, True, [], {}, 2**31, 10**40, "\0"]
NOT_IDS: list[object] = [
    None,
    "",
    7,
    True,
    [],
    {},
    "short",
    "a" * 65,
    "act 0001",
    "act-0001\n",
    "act\0-0001",
    "编号编号编号编号",
]
NOT_TIMES: list[object] = [None, "", "now", -1, True, [], {}, 10**30, float("inf"), float("nan")]
NOT_ACTS: list[object] = [None, 7, "x", True, [], {}, [[]], {"id": "act-0001"}]
GARBAGE: list[object] = [
    *NOT_ACTS,
    *[{**SCAN, "id": bad} for bad in NOT_IDS],
    *[{**UNDO, "of": bad} for bad in NOT_IDS],
    *[{**SCAN, "kind": bad} for bad in (None, "", 7, [], {}, "drop", "SCAN", "scan\0")],
    *[{**act, "at": bad} for act in (SCAN, WALK, TALLY, UNDO) for bad in NOT_TIMES],
    *[{**act, "occurrence": bad} for act in (SCAN, WALK, TALLY) for bad in NOT_NUMBERS],
    *[{**SCAN, "people": bad} for bad in [*NOT_NUMBERS[1:], 10_000]],
    *[{**WALK, "people": bad} for bad in [*NOT_NUMBERS, 10_000]],
    *[{**SCAN, "code": bad} for bad in (None, "", "  ", 7, True, [], {}, "\ud800")],
    *[{**SCAN, "ref": bad} for bad in ("x", 7, [], {})],  # beside a code
    *[{**SCAN, "admitted": bad} for bad in ("true", 1, [], {})],
    *[{**SCAN, "way": bad} for bad in (None, "", 7, [], {}, "paper", "CAMERA")],
    *[{**WALK, "audience": bad} for bad in (None, 7, [], {}, "dog")],
    *[{**TALLY, "words": bad} for bad in (None, "", 7, [], {}, "宣传单", "300 份", "8多 份 宣传单", "x" * 100_00, "a\0 3 份", "\ud800 3 份")],
    {**TALLY, "words": "宣传单 300 份 13"},
]  # fmt: skip


def rows(db: Database) -> dict[str, int]:
    """How many rows each table of the door has."""
    with db.reading() as tx:
        tables = (checkin, walk_in, tally, undo)
        return {table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


def test_every_kind_of_garbage_is_called_invalid_and_told_what_to_do(db: Database, phone: Phone) -> None:
    for start in range(0, len(GARBAGE), 50):
        for act, answer in zip(GARBAGE[start:], phone.send(*GARBAGE[start : start + 50]), strict=False):
            assert answer["result"] == "invalid", act
            assert answer["tone"] == "red" and len(answer["word"]) <= 6
            assert len(answer["detail"]) > 8 and answer["detail"].endswith("。"), answer["detail"]
    assert rows(db) == {"checkin": 0, "walk_in": 0, "tally": 0, "undo": 0}


def test_good_acts_between_bad_ones_are_taken(db: Database, phone: Phone) -> None:
    answers = phone.send(
        {}, SCAN, None, WALK, {**SCAN, "id": 7}, TALLY, "x", UNDO, {**SCAN, "id": "act-0009", "at": "x"}
    )
    assert [answer["result"] for answer in answers] == [
        *("invalid", "unknown", "invalid", "ok", "invalid", "ok", "invalid", "undone", "invalid")
    ]
    assert rows(db) == {"checkin": 1, "walk_in": 1, "tally": 1, "undo": 1}


@pytest.mark.parametrize("clock_of_phone", [0, AT, 32_503_680_000_000])
@pytest.mark.parametrize("at", [0, 1, AT, 32_503_680_000_000])
def test_what_was_done_is_taken_whatever_the_clock_of_the_phone_says(
    db: Database, phone: Phone, clock_of_phone: int, at: int
) -> None:
    """A phone that starts without network may believe that it is 1970. The moment is then one of the occurrence."""
    body = {"device": "d", "now": clock_of_phone, "acts": [{**WALK, "at": at}, {**SCAN, "at": at}, {**UNDO, "at": at}]}
    answers = phone.post(body).get_json()["answers"]
    assert [answer["result"] for answer in answers] == ["ok", "unknown", "undone"]
    with db.reading() as tx:
        noted = tx.execute(select(walk_in.c.noted_at)).scalar_one()
    assert abs((noted - AT_THE_DOOR).total_seconds()) < 86_400 + 600


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"null", b"[]", b"7", b'"x"', b"{", b"[" * 20_000, b'{"acts": []}', b'{"device": 7, "acts": []}',
     b'{"device": "a b", "acts": []}', b'{"device": "d", "acts": {}}', b'{"device": "d", "acts": [], "now": "x"}',
     b'{"device": "d\\u0000", "acts": []}', b'{"device": "d", "now": 1e400, "acts": []}'],
)  # fmt: skip
def test_a_request_that_is_none_is_refused_with_advice(phone: Phone, body: bytes) -> None:
    answer = phone.post(body)
    assert answer.status_code == 400
    assert answer.get_json()["advice"].endswith("。")


def test_too_many_acts_are_refused_as_a_whole(db: Database, phone: Phone) -> None:
    acts = [{**WALK, "id": f"act-{serial:05d}"} for serial in range(51)]
    assert phone.post({"device": "d", "acts": acts}).status_code == 413
    many = [{**WALK, "id": f"act-{serial:05d}"} for serial in range(10_000)]
    assert phone.post({"device": "d", "acts": many}).status_code == 413
    assert rows(db)["walk_in"] == 0


def test_a_form_of_another_site_is_refused(phone: Phone) -> None:
    """Seen to fail without the look for the header."""
    body = json.dumps({"device": "d", "acts": [WALK]})
    plain = phone.client.post("/staff/api/acts", data=body, content_type="text/plain", headers=HEADERS)
    assert plain.status_code == 400
    assert phone.client.post("/staff/api/acts", data=body, content_type="application/json").status_code == 403


def test_an_id_used_twice_for_different_acts_stands_for_the_first(db: Database, phone: Phone) -> None:
    first, second, same = phone.send(WALK, {**WALK, "people": 9}, WALK)
    assert (first["result"], second["result"], same["result"]) == ("ok", "invalid", "ok")
    [later] = phone.send({**WALK, "people": 9})
    assert later["result"] == "invalid"
    with db.reading() as tx:
        assert tx.execute(select(walk_in.c.people)).scalars().all() == [2]


def test_an_id_of_another_phone_tells_nothing_of_its_party(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int, phone: Phone
) -> None:
    """Seen to fail when a known id is answered without a look at what was sent under it."""
    ticket = stage.registration(place)
    [mine] = phone.send(phone.scan(stage.ticket_url(ticket), id="scan-0001"))
    assert mine["last4"] == "8000"
    other = sign_in(app, db, keys, phone.number, name="other", serves=(place,))
    for act in (
        other.scan("ABCDEF", id="scan-0001"),
        other.scan("ABCDEF", id="scan-0001", admitted=True),
        {**WALK, "id": "scan-0001"},
        {**TALLY, "id": "scan-0001"},
    ):
        [answer] = other.send(act)
        assert answer["result"] == "invalid", act
        assert "8000" not in str(answer) and "张" not in str(answer)
    assert rows(db) == {"checkin": 1, "walk_in": 0, "tally": 0, "undo": 0}


def test_a_fault_in_one_act_is_told_and_logged_without_what_was_scanned(
    db: Database, phone: Phone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record = staff_acts.record_scan

    def failing(*arguments: Any) -> Any:
        record(*arguments)
        raise KeyError("张三 13800138000")

    monkeypatch.setattr(staff_acts, "record_scan", failing)
    with caplog.at_level(logging.ERROR):
        answers = phone.send(SCAN, WALK)
    assert [answer["result"] for answer in answers] == ["try_again", "ok"]
    assert rows(db)["checkin"] == 0, "half an act was left behind"
    assert "act_failed KeyError" in caplog.text and "张三" not in caplog.text


def test_a_database_that_is_away_leaves_everything_on_the_phone(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("SELECT 1", None, Exception("no connection"))

    monkeypatch.setattr(staff_acts, "record_scan", away)
    phone.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    answer = phone.post({"device": "d", "now": AT, "acts": [SCAN]})
    assert answer.status_code == 503
    assert "手机里" in answer.get_json()["advice"]


def test_guessing_codes_is_slowed_and_a_queue_of_what_was_done_is_not(
    redis: Redis, stage: Stage, place: int, phone: Phone
) -> None:
    """Seen to fail without the brake."""
    codes = [f"{first}{second}ABCD" for first in "ABCDEFGH" for second in "ABCDE"]
    results = [phone.send(phone.scan(code, way="typed"))[0]["result"] for code in codes[:25]]
    assert results == ["unknown"] * 20 + ["try_again"] * 5
    ticket = stage.registration(place)
    [answer] = phone.send(phone.scan(stage.ticket_url(ticket)))
    assert answer["result"] == "ok", "a signed ticket cannot be guessed and never waits"
    for start in range(0, 200, 50):
        queue = [phone.scan(f"CODE{serial:02d}{start}", admitted=True) for serial in range(50)]
        assert {answer["result"] for answer in phone.send(*queue)} == {"unknown"}


@pytest.mark.parametrize(
    "path", ["/staff/api/nothing", "/staff/api/door/999/list", "/staff/api/door/99999999999/search?q=张"]
)
def test_what_there_is_not_is_told_in_json(phone: Phone, path: str) -> None:
    answer = phone.client.get(path)
    assert answer.status_code == 404
    assert answer.get_json()["advice"]


def test_the_occurrence_of_the_stage_has_the_number_of_these_acts(stage: Stage, place: int) -> None:
    assert facts_of(stage, place).number == SCAN["occurrence"]
