"""The list that a phone takes with it, and the search: what they show, to whom, and what whoever finds the phone learns."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from redis import Redis
from sqlalchemy import select

from bot.domain.ticket import issue_token
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import audit
from tests.conftest import TEST_SECRET
from tests.web.doors.phones import Phone, facts_of, sign_in
from tests.web.stage import AT_THE_DOOR, DAY_BEFORE, Stage, StageClock, build_app


def decode(text: str) -> bytes:
    """Base64 for addresses, without padding."""
    assert "=" not in text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(taken: dict[str, Any], token: str) -> dict[str, Any] | None:
    """The line of a scanned ticket, found and opened as the page does it; None when it is not on the list."""
    digest = hmac.digest(decode(taken["key"]), f"ticket:{token}".encode(), "sha256")[:16]
    sealed = {decode(name): decode(line) for name, line in taken["tickets"]}.get(digest)
    if sealed is None:
        return None
    key = hashlib.sha256(f"line:{token}".encode()).digest()
    line: dict[str, Any] = json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], None))
    return line


def taken_by(phone: Phone) -> dict[str, Any]:
    """The list."""
    taken: dict[str, Any] = phone.client.get(f"/staff/api/door/{phone.number}/list").get_json()
    return taken


def test_a_scanned_ticket_opens_its_own_line_and_no_other(stage: Stage, place: int, phone: Phone) -> None:
    family, waiting = stage.registration(place), stage.registration(place, "waitlisted", adults=1, children=0)
    gone = stage.registration(place, "cancelled", cancelled_at=DAY_BEFORE)
    stage.check_in(family, place, AT_THE_DOOR, people=1)
    taken = taken_by(phone)
    assert opened(taken, stage.token(family)) == {"n": "张*", "t": "8000", "a": 1, "c": 1, "s": "confirmed", "k": 1}
    assert opened(taken, stage.token(waiting)) == {"n": "张*", "t": "8000", "a": 1, "c": 0, "s": "waitlisted", "k": 0}
    line = opened(taken, stage.token(gone))
    assert line is not None and line["s"] == "cancelled"
    stranger = stage.registration(stage.occurrence(title="别的活动"))
    assert opened(taken, stage.token(stranger)) is None
    sealed = {decode(line) for _, line in taken["tickets"]}
    with pytest.raises(InvalidTag):
        for line_of_another in sealed:
            AESGCM(hashlib.sha256(b"line:" + stage.token(family).encode()).digest()).decrypt(
                line_of_another[:12], line_of_another[12:], None
            )


def test_a_typed_code_is_found_by_its_digest(stage: Stage, place: int, phone: Phone) -> None:
    family = stage.registration(place)
    taken = taken_by(phone)
    digest = hmac.digest(decode(taken["key"]), f"code:{stage.short_code(family)}".encode(), "sha256")[:16]
    [(found, *line)] = taken["codes"]
    assert decode(found) == digest and line == [1, 1, "confirmed", 0]


def test_a_found_phone_tells_no_name_no_phone_no_ticket_and_no_code(stage: Stage, place: int, phone: Phone) -> None:
    """Seen to fail with the line written as JSON beside its digest instead of sealed."""
    families = [stage.registration(place) for _ in range(5)]
    taken = taken_by(phone)
    seen = json.dumps(taken, ensure_ascii=False)
    blob = b"".join(decode(part) for pair in taken["tickets"] for part in pair)
    for family in families:
        token, code = stage.token(family), stage.short_code(family)
        for secret in ("张", "8000", "13800138000", token, code, token.lower(), code.lower()):
            assert secret not in seen, secret
            assert secret.encode() not in blob, secret
        for guess in (decode(taken["key"]), hashlib.sha256(decode(taken["key"])).digest()):
            for _, line in taken["tickets"]:
                with pytest.raises(InvalidTag):
                    AESGCM(guess).decrypt(decode(line)[:12], decode(line)[12:], None)


def test_every_list_has_a_key_of_its_own(stage: Stage, place: int, phone: Phone) -> None:
    stage.registration(place)
    one, other = taken_by(phone), taken_by(phone)
    assert one["key"] != other["key"]
    assert {name for name, _ in one["tickets"]}.isdisjoint({name for name, _ in other["tickets"]})


def test_while_keys_rotate_tickets_of_both_are_on_the_list(
    db: Database, redis: Redis, clock: StageClock, stage: Stage, place: int
) -> None:
    rotating = Keys("another secret of the tests", TEST_SECRET)
    app = build_app(db, redis, rotating, clock)
    phone = sign_in(app, db, rotating, facts_of(stage, place).number, serves=(place,))
    family = stage.registration(place)
    taken = taken_by(phone)
    for key in rotating.tickets:
        line = opened(taken, issue_token(family, key))
        assert line is not None and line["t"] == "8000"


def test_each_look_leaves_a_row_and_a_list_one_a_day(
    db: Database, clock: StageClock, stage: Stage, place: int, phone: Phone
) -> None:
    taken_by(phone)
    taken_by(phone)
    phone.client.get(f"/staff/api/door/{phone.number}/search?q=8000")
    phone.client.get(f"/staff/api/door/{phone.number}/search?q=张")
    with db.reading() as tx:
        rows = tx.execute(select(audit).where(audit.c.action.in_(("door_list", "door_search")))).all()
    assert [row.action for row in rows] == ["door_list", "door_search", "door_search"]
    assert {row.subject for row in rows} == {f"occurrence:{place}"}
    assert {row.actor for row in rows} == {f"staff:{phone.staff_id}"}
    assert all(row.detail == {} for row in rows), "what was searched for is nobody's business"


def test_a_search_finds_by_digits_and_by_surname_and_its_reference_checks_in(
    stage: Stage, place: int, phone: Phone
) -> None:
    stage.registration(place)
    for words in ("8000", "张", "张三"):
        [found] = phone.client.get(f"/staff/api/door/{phone.number}/search", query_string={"q": words}).get_json()[
            "found"
        ]
        assert (found["name"], found["last4"], found["state"], found["came"]) == ("张*", "8000", "confirmed", 0)
    act = phone.scan("x", way="search", ref=found["ref"])
    del act["code"]
    [answer] = phone.send(act)
    assert answer["result"] == "ok" and answer["people"] == 2


def test_a_reference_is_good_at_its_own_door_only(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int, phone: Phone
) -> None:
    """Seen to fail with references that are bound to nothing."""
    other = stage.occurrence(title="别的活动")
    everywhere = sign_in(app, db, keys, facts_of(stage, other).number, name="both", serves=(place, other))
    stage.registration(place)
    path = f"/staff/api/door/{phone.number}/search?q=8000"
    ref = everywhere.client.get(path).get_json()["found"][0]["ref"]
    for bad in (ref, ref[:-2] + "AA", "1", "!", "张", "A" * 60):
        act = everywhere.scan("x", way="search", ref=bad)
        del act["code"]
        [answer] = everywhere.send(act)
        assert answer["result"] == "invalid", bad


@pytest.mark.parametrize("words", ["", " ", "80", "80000", "张" * 21, "%00"])
def test_a_search_that_asks_for_too_much_is_told_what_to_type(phone: Phone, words: str) -> None:
    answer = phone.client.get(f"/staff/api/door/{phone.number}/search?q={words}")
    assert answer.status_code == 400
    assert "尾号" in answer.get_json()["error"]


def test_a_search_shows_eight_and_says_that_there_are_more(stage: Stage, place: int, phone: Phone) -> None:
    for _ in range(9):
        stage.registration(place)
    answer = phone.client.get(f"/staff/api/door/{phone.number}/search?q=张").get_json()
    assert len(answer["found"]) == 8 and answer["more"] is True


def test_a_deleted_reader_is_on_no_list_by_name(stage: Stage, place: int, phone: Phone) -> None:
    family = stage.registration(place)
    stage.erase_reader_of(family)
    assert phone.client.get(f"/staff/api/door/{phone.number}/search?q=张").get_json()["found"] == []
    line = opened(taken_by(phone), stage.token(family))
    assert line is not None and (line["n"], line["t"]) == ("", "")


def test_late_acts_of_a_door_that_is_served_no_more_are_taken_where_its_list_was_handed_out(
    app: Flask, db: Database, keys: Keys, clock: StageClock, stage: Stage, place: int, phone: Phone
) -> None:
    ticket = stage.registration(place)
    taken_by(phone)
    other = stage.occurrence(title="别的活动")
    from bot.store.staff import save_served

    with db.writing() as tx:
        save_served(tx, phone.staff_id, (other,))
    clock.now = AT_THE_DOOR + timedelta(hours=6)
    act = phone.scan(stage.ticket_url(ticket), admitted=True)
    [answer] = phone.send(act, now=clock.now)
    assert answer["result"] == "ok"
