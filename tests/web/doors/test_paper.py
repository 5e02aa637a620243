"""Paper lists: printed for who serves the door, marked afterwards, each line once."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from docx import Document
from flask import Flask
from sqlalchemy import func, select

from bot.domain.kinds import Role
from bot.store.database import Database
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import count_attendance
from bot.store.pii import Keys
from bot.store.tables import audit, registration
from tests.web.doors.phones import Phone, facts_of, sign_in
from tests.web.stage import AT_THE_DOOR, DAY_BEFORE, ENDS_AT, Stage, StageClock


def sheet_of(phone: Phone) -> Any:
    """The sheet, opened."""
    answer = phone.client.get(f"/staff/sheet/{phone.number}.docx")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return Document(io.BytesIO(answer.data))


def text_of(sheet: Any) -> str:
    """All words of a sheet."""
    cells = [cell.text for table in sheet.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in sheet.paragraphs), *cells])


def code_of(stage: Stage, registration_id: int) -> str:
    """The short code of a registration."""
    with stage.db.reading() as tx:
        row = tx.execute(select(registration.c.short_code).where(registration.c.id == registration_id))
        return str(row.scalar_one())


def counts(stage: Stage, place: int) -> tuple[int, int]:
    """People in with a place, and without."""
    with stage.db.reading() as tx:
        seen = count_attendance(tx, place)
    return seen.came, seen.walk_ins


def form_of(phone: Phone) -> dict[str, Any]:
    """The fields of the page as a browser would send them back."""
    page = phone.client.get(f"/staff/paper/{phone.number}").text
    fields: dict[str, Any] = dict(re.findall(r'name="(form_token|batch)" value="([^"]*)"', page))
    return {**fields, "ref": re.findall(r'name="ref" value="([^"]*)"', page)}


def submit(phone: Phone, fields: dict[str, Any]) -> str:
    """Send the form; the page after it."""
    answer = phone.client.post(f"/staff/paper/{phone.number}", data=fields)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_the_sheet_has_a_row_for_each_registration_and_no_phone_number(phone: Phone, stage: Stage, place: int) -> None:
    held = [stage.registration(place) for _ in range(35)]
    stage.registration(place, "waitlisted", queued_at=DAY_BEFORE)
    stage.registration(place, "cancelled")
    sheet = sheet_of(phone)
    expected, waiting, walk_ins = sheet.tables
    assert len(expected.rows) == 1 + len(held)
    assert len(waiting.rows) == 2
    assert len(walk_ins.rows) > 10
    assert {row.cells[4].text for row in expected.rows[1:]} == {code_of(stage, each) for each in held}
    words = text_of(sheet)
    assert "13800138000" not in words
    assert "8000" in words
    assert "报名 35 组，70 人" in words
    for table in sheet.tables:
        assert table.rows[0]._tr.xpath("./w:trPr/w:tblHeader"), "the head comes again on every page"
        assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows)


@pytest.mark.parametrize(("role", "name"), [(Role.VENUE, "张*"), (Role.ORGANISER, "张三"), (Role.MANAGER, "张三")])
def test_volunteers_see_surnames_and_organisers_names(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int, role: Role, name: str
) -> None:
    stage.registration(place)
    serves = (place,) if role is Role.VENUE else ()
    phone = sign_in(app, db, keys, facts_of(stage, place).number, name=role.value, role=role, serves=serves)
    words = text_of(sheet_of(phone))
    assert name in words
    assert ("张三" in words) is (name == "张三")
    assert name in phone.client.get(f"/staff/paper/{phone.number}").text


def test_every_look_leaves_a_row(phone: Phone, stage: Stage, place: int) -> None:
    sheet_of(phone)
    form_of(phone)
    with stage.db.reading() as tx:
        rows = tx.execute(select(audit.c.action, audit.c.actor, audit.c.subject).order_by(audit.c.id)).all()
    actor, subject = f"staff:{phone.staff_id}", f"occurrence:{place}"
    assert [tuple(row) for row in rows] == [("sign_in_sheet", actor, subject), ("paper_list", actor, subject)]


def test_what_is_not_theirs_nobody_sees(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int, phone: Phone
) -> None:
    elsewhere = stage.occurrence(title="别处")
    stranger = sign_in(app, db, keys, phone.number, name="other", serves=(elsewhere,))
    for path in (f"/staff/sheet/{phone.number}.docx", f"/staff/paper/{phone.number}"):
        assert stranger.client.get(path).status_code == 403
        assert app.test_client().get(path).status_code == 302
        assert phone.client.get(path.replace(str(phone.number), "999999")).status_code == 404
    assert phone.client.post(f"/staff/paper/{phone.number}", data={"batch": "0" * 16}).status_code == 403


def test_marking_afterwards_counts_each_line_once(
    app: Flask, phone: Phone, stage: Stage, place: int, clock: StageClock
) -> None:
    first, second, third = (stage.registration(place) for _ in range(3))
    stage.check_in(third, place, AT_THE_DOOR, people=2)
    clock.now = ENDS_AT + timedelta(hours=20)
    phone = sign_in(app, stage.db, stage.keys, phone.number, serves=(place,), now=clock.now)
    fields = form_of(phone)
    marks = {"people-0": "2", "people-1": "1", "adult": "3", "senior": "2", "codes": "ZZZZZZ"}
    said = submit(phone, {**fields, **marks})
    assert "ZZZZZZ" in said
    came, walk_ins = counts(stage, place)
    assert walk_ins == 5
    assert came in (5, 4)  # the one that was in already may be among the first two lines
    again = submit(phone, {**fields, **marks})
    assert "ZZZZZZ" in again
    assert counts(stage, place) == (came, walk_ins), "the same form again"
    codes = " ".join(code_of(stage, each).lower() for each in (first, second, third))
    submit(phone, {**form_of(phone), "codes": codes})
    assert counts(stage, place) == (6, 5), "the whole party of each, those that were in already once"
    with stage.db.reading() as tx:
        doors = set(tx.scalars(select(checkin.c.door).where(checkin.c.people > 0)))
        audiences = dict(
            tx.execute(select(walk_in.c.audience, func.sum(walk_in.c.people)).group_by(walk_in.c.audience)).all()
        )
    assert doors == {"paper", "chat_scan"}
    assert audiences == {"adult": 3, "senior": 2}


def test_nothing_is_marked_before_the_doors_open(phone: Phone, stage: Stage, place: int, clock: StageClock) -> None:
    stage.registration(place)
    clock.now = DAY_BEFORE
    assert "起才能签到" in submit(phone, {**form_of(phone), "people-0": "2"})
    assert counts(stage, place) == (0, 0)


@pytest.mark.parametrize("people", ["", "0", "-3", "abc", "99999999999", "2.5"])
def test_nonsense_in_a_field_marks_nobody(phone: Phone, stage: Stage, place: int, people: str) -> None:
    stage.registration(place)
    said = submit(phone, {**form_of(phone), "people-0": people, "adult": people})
    assert "没有勾选" in said
    assert counts(stage, place) == (0, 0)


def test_more_than_the_party_are_walk_ins_and_not_this_lines(phone: Phone, stage: Stage, place: int) -> None:
    stage.registration(place)
    submit(phone, {**form_of(phone), "people-0": "9"})
    assert counts(stage, place) == (2, 0)


def test_a_reference_of_another_door_marks_nobody(
    app: Flask, db: Database, keys: Keys, phone: Phone, stage: Stage, place: int
) -> None:
    other = stage.occurrence(title="别处")
    stage.registration(other)
    manager = sign_in(app, db, keys, facts_of(stage, other).number, name="manager", role=Role.MANAGER)
    stolen = form_of(manager)["ref"]
    submit(phone, {**form_of(phone), "ref": [*stolen, "garbage", ""], "people-0": "2", "people-1": "2"})
    assert counts(stage, other) == counts(stage, place) == (0, 0)


def test_a_sheet_without_registrations_has_room_for_walk_ins(phone: Phone) -> None:
    (walk_ins,) = sheet_of(phone).tables
    assert len(walk_ins.rows) > 10


def test_a_tick_is_the_whole_party_and_a_number_says_more_than_a_tick(phone: Phone, stage: Stage, place: int) -> None:
    for _ in range(3):
        stage.registration(place)
    ticks = {"all-0": "on", "all-1": "on", "people-1": "1", "all-2": "on", "people-2": "0"}
    submit(phone, {**form_of(phone), **ticks})
    assert counts(stage, place) == (3, 0)


def test_the_last_line_of_a_long_list_is_marked_as_well(phone: Phone, stage: Stage, place: int) -> None:
    """Seen to fail while only the first three hundred lines were read: the others were dropped in silence."""
    for _ in range(302):
        stage.registration(place)
    submit(phone, {**form_of(phone), "people-301": "2"})
    assert counts(stage, place) == (2, 0)


def test_codes_that_one_form_cannot_take_are_told(phone: Phone, stage: Stage, place: int) -> None:
    codes = [f"AAA{a}{b}{c}" for a in "2345678" for b in "2345678" for c in "2345678"]
    said = submit(phone, {**form_of(phone), "codes": " ".join(codes[:301])})
    assert f"从 {codes[300]} 起的 1 个没有登记" in said
