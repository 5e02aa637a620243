"""A volunteer is invited for a day: by chat, by command, by a QR."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.domain.kinds import Role
from bot.services.staff import invite_staff
from bot.store.occurrences import get_occurrence
from bot.store.staff_tables import invitation, staff
from bot.store.tables import event, library
from tests.web.staff.people import House
from tests.web.stage import AT_THE_DOOR, STARTS_AT

API = "/staff/api/door"
MIDNIGHT = STARTS_AT.replace(hour=16, minute=0)  # of that Saturday in China


def code_in(words: str) -> str:
    found = re.search(r"绑定 ([2-9A-Z]{8})", words)
    assert found, words
    return found[1]


def number_of(house: House, occurrence_id: int) -> int:
    with house.db.reading() as tx:
        return get_occurrence(tx, occurrence_id).number


def test_a_volunteer_is_invited_to_occurrences_for_their_day(house: House) -> None:
    first, second, third = (house.stage.occurrence() for _ in range(3))
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    said = house.say("o-boss", f"邀请 {number_of(house, first)} {number_of(house, second)}")
    code = code_in(said)
    assert f"https://shuqian.library.example/J/{code}" in said
    assert "5月30日" in said
    bound = house.say("o-new", f"绑定 {code}")
    assert "绑定成功" in bound
    assert "5月30日（周六）结束时为止" in bound
    phone = house.enter("o-new")
    told = [each["number"] for each in phone.get(API).get_json()["occurrences"]]
    assert told == [number_of(house, first), number_of(house, second)]
    assert phone.get(f"/staff/api/door/{number_of(house, third)}/list").status_code == 403
    house.clock.now = MIDNIGHT
    assert phone.get(API).status_code == 401
    assert "没有权限" in house.say("o-new", "扫码")
    assert "邀请码无效" in house.say("o-other", f"绑定 {code}")


@pytest.mark.parametrize(("day", "hours"), [("今天", 0), ("明天", 24), ("5月31日", 24)])
def test_the_day_may_be_named(house: House, day: str, hours: int) -> None:
    here = number_of(house, house.stage.occurrence())
    house.hire("o-boss", Role.ORGANISER)
    house.say("o-boss", f"邀请 {here} {day}")
    with house.db.reading() as tx:
        ends = tx.execute(select(invitation.c.ends_at).where(invitation.c.origin == "chat")).scalar_one()
    assert ends == MIDNIGHT + timedelta(hours=hours)


def test_what_cannot_be_invited_to_is_said(house: House) -> None:
    here, undated = house.stage.occurrence(), house.stage.occurrence(starts_at=None, ends_at=None)
    with house.db.writing() as tx:
        other = tx.execute(
            insert(library).values(code="other", name="旺苍县图书馆", level="county").returning(library.c.id)
        ).scalar_one()
    far = house.stage.occurrence()
    with house.db.writing() as tx:
        tx.execute(update(event).where(event.c.key == f"event-{number_of(house, far)}").values(library_id=other))
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    house.hire("o-li", Role.VENUE, here)
    number = number_of(house, here)
    assert "没有权限" in house.say("o-boss", f"邀请 {number_of(house, far)}")
    assert "没有权限" in house.say("o-li", f"邀请 {number}")
    assert "没有权限" in house.say("o-reader", f"邀请 {number}")
    assert "999" in house.say("o-boss", "邀请 999")
    assert "没看懂日期" in house.say("o-boss", f"邀请 {number} 以后")
    assert "请写明到哪一天" in house.say("o-boss", f"邀请 {number_of(house, undated)}")
    assert "已经过去" in house.say("o-boss", f"邀请 {number} 2026年5月29日")
    assert "一次最多" in house.say("o-boss", "邀请 " + " ".join(str(each) for each in range(100, 111)))
    assert "「邀请 12 15」" in house.say("o-boss", "邀请")
    with house.db.reading() as tx:
        assert tx.execute(select(invitation.c.id).where(invitation.c.origin == "chat")).all() == []


def test_who_works_here_anyway_keeps_what_they_have(house: House) -> None:
    """Seen to fail with `save_role` in place of `_add_day`: the permanent role ended at midnight."""
    first, second = house.stage.occurrence(), house.stage.occurrence()
    house.hire("o-li", Role.VENUE, first)
    house.hire("o-boss", Role.ORGANISER)
    house.say("o-li", f"绑定 {code_in(house.say('o-boss', f'邀请 {number_of(house, second)}'))}")
    with house.db.reading() as tx:
        assert tx.execute(select(staff.c.ends_at).where(staff.c.role == "venue")).scalar_one() is None
    told = house.enter("o-li").get(API).get_json()["occurrences"]
    assert [each["number"] for each in told] == [number_of(house, first), number_of(house, second)]


def test_a_second_day_does_not_end_earlier_than_the_first(house: House) -> None:
    first = number_of(house, house.stage.occurrence())
    house.hire("o-boss", Role.ORGANISER)
    for day in ("明天", "今天"):
        house.say("o-li", f"绑定 {code_in(house.say('o-boss', f'邀请 {first} {day}'))}")
    with house.db.reading() as tx:
        ends = tx.execute(select(staff.c.ends_at).where(staff.c.role == "venue")).scalar_one()
    assert ends == MIDNIGHT + timedelta(days=1)


def test_a_role_that_was_over_begins_anew(house: House) -> None:
    first = number_of(house, house.stage.occurrence())
    house.hire("o-boss", Role.ORGANISER)
    house.say("o-li", f"绑定 {code_in(house.say('o-boss', f'邀请 {first}'))}")
    house.clock.now = AT_THE_DOOR + timedelta(days=1)
    assert "没有权限" in house.say("o-li", "扫码")
    assert "绑定成功" in house.say("o-li", f"绑定 {code_in(house.say('o-boss', f'邀请 {first} 今天'))}")
    assert house.enter("o-li").get(API).status_code == 200


def test_the_page_of_an_invitation_does_not_tell_whether_it_is_one(house: House) -> None:
    house.hire("o-boss", Role.ORGANISER)
    good = code_in(house.say("o-boss", f"邀请 {number_of(house, house.stage.occurrence())}"))
    client = house.browser()
    pages = [client.get(f"/J/{code}").get_data(as_text=True).replace(code, "CODE") for code in (good, "22222222")]
    assert pages[0] == pages[1]
    assert "绑定 CODE" in pages[0]
    assert "书香利州" in pages[0]
    assert client.get(f"/j/{good.lower()}.png").mimetype == "image/png"
    for wrong in ("K7P2QX", "KKKKKKK0", "22222222.svg", "绑定绑定绑定绑定"):
        assert client.get(f"/J/{wrong}").status_code == 404
    with house.db.reading() as tx:
        assert tx.execute(select(invitation.c.used_at).where(invitation.c.origin == "chat")).scalar_one() is None


def test_who_opens_many_invitations_has_to_wait(house: House) -> None:
    client = house.browser()
    assert {client.get("/J/22222222").status_code for _ in range(120)} == {200}
    assert client.get("/J/22222222").status_code == 429


def other_library(house: House) -> int:
    with house.db.writing() as tx:
        row = insert(library).values(code="other", name="旺苍县图书馆", level="county").returning(library.c.id)
        return int(tx.execute(row).scalar_one())


def test_a_day_for_a_whole_library_does_not_widen_a_lasting_list(house: House) -> None:
    """Seen to fail without `_adds_to`: the list was emptied, and with it every limit, for good."""
    first, second = house.stage.occurrence(), house.stage.occurrence()
    house.hire("o-li", Role.VENUE, first, library_id=house.stage.library_id)
    ends = {"ends_at": MIDNIGHT, "library_id": house.stage.library_id}
    with house.db.writing() as tx:
        code = invite_staff(tx, Role.VENUE, house.keys, house.clock.now, **ends)
    assert "没有使用" in house.say("o-li", f"绑定 {code}")
    phone = house.enter("o-li")
    assert [each["number"] for each in phone.get(API).get_json()["occurrences"]] == [number_of(house, first)]
    assert phone.get(f"/staff/api/door/{number_of(house, second)}/list").status_code == 403
    assert "绑定成功" in house.say("o-new", f"绑定 {code}"), "it was not used up"


def test_a_day_elsewhere_is_not_used_up_by_who_serves_a_whole_library(house: House) -> None:
    here = house.stage.occurrence()
    house.hire("o-li", Role.VENUE, library_id=other_library(house))
    house.hire("o-boss", Role.ORGANISER)
    code = code_in(house.say("o-boss", f"邀请 {number_of(house, here)}"))
    assert "没有使用" in house.say("o-li", f"绑定 {code}")
    assert "绑定成功" in house.say("o-new", f"绑定 {code}")
    assert house.enter("o-new").get(f"/staff/api/door/{number_of(house, here)}/list").status_code == 200


def test_staff_who_type_the_words_of_the_button_get_the_scanner(house: House) -> None:
    house.hire("o-li", Role.VENUE, house.stage.occurrence())
    assert "/staff/enter/" in house.say("o-li", "扫码签到")
    assert "六位数字" in house.say("o-reader", "扫码签到")
