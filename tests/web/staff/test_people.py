"""Organisers end a role or one device; what nobody may end stays."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.domain.colleagues import PersonStopped
from bot.domain.kinds import Role
from bot.services.colleagues import stop_person
from bot.services.sessions import open_session
from bot.store.readers import StaffMember
from bot.store.staff_tables import staff, staff_session
from bot.store.tables import audit, library
from tests.web.staff.people import House, form_token_on
from tests.web.stage import AT_THE_DOOR

API = "/staff/api/door"
PEOPLE = "/staff/people"


def staff_id(house: House, role: Role) -> int:
    with house.db.reading() as tx:
        return int(tx.execute(select(staff.c.id).where(staff.c.role == role.value)).scalars().first() or 0)


def session_of(house: House, role: Role) -> int:
    with house.db.reading() as tx:
        query = select(staff_session.c.id).where(staff_session.c.staff_id == staff_id(house, role))
        return int(tx.execute(query.order_by(staff_session.c.id)).scalars().first() or 0)


def press(house: House, client, **what: int) -> str:  # type: ignore[no-untyped-def]
    page = client.get(PEOPLE).get_data(as_text=True)
    return client.post(PEOPLE, data={"form_token": form_token_on(page), **what}).get_data(as_text=True)


def test_a_lost_phone_is_signed_out_at_its_next_request_and_its_owner_works_on(house: House) -> None:
    house.hire("o-li", Role.VENUE, house.stage.occurrence(), library_id=house.stage.library_id)
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    lost, own, boss = house.enter("o-li"), house.enter("o-li"), house.enter("o-boss")
    page = boss.get(PEOPLE).get_data(as_text=True)
    assert page.count("安卓手机·微信") >= 3
    assert "停用此设备" in page
    assert "停用此人" in page
    assert "已停用" in press(house, boss, device=session_of(house, Role.VENUE))
    assert lost.get(API).status_code == 401
    assert lost.post("/staff/api/acts", json={}, headers={"X-Shuqian": "1"}).status_code == 401
    assert own.get(API).status_code == 200


@pytest.mark.parametrize("by", ["device", "person", "chat"])
def test_a_lost_phone_is_stopped_after_its_day_as_well(house: House, by: str) -> None:
    """Seen to fail with `in_force` for `_may_still_act`: it was not listed, and brought acts for eight days more."""
    house.hire("o-li", Role.VENUE, house.stage.occurrence(), library_id=house.stage.library_id)
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    number = staff_id(house, Role.VENUE)
    with house.db.writing() as tx:
        tx.execute(update(staff).where(staff.c.id == number).values(ends_at=AT_THE_DOOR + timedelta(hours=3)))
    lost = house.enter("o-li")
    house.clock.now = AT_THE_DOOR + timedelta(hours=4)
    boss = house.enter("o-boss")
    assert f"venue-{number}" in boss.get(PEOPLE).get_data(as_text=True)
    if by == "chat":
        said = house.say("o-boss", f"停用 {number}")
    else:
        said = press(house, boss, **{by: number if by == "person" else session_of(house, Role.VENUE)})
    assert "已停用" in said
    body = {"device": "phone-a", "acts": []}
    assert lost.post("/staff/api/acts", json=body, headers={"X-Shuqian": "1"}).status_code == 401


def test_who_has_nothing_left_after_their_day_is_not_listed(house: House) -> None:
    house.hire("o-li", Role.VENUE, house.stage.occurrence(), library_id=house.stage.library_id)
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    number = staff_id(house, Role.VENUE)
    with house.db.writing() as tx:
        tx.execute(update(staff).where(staff.c.id == number).values(ends_at=AT_THE_DOOR))
    assert f"venue-{number}" not in house.enter("o-boss").get(PEOPLE).get_data(as_text=True)


def test_a_person_is_stopped_with_all_devices_and_may_be_invited_again(house: House) -> None:
    house.hire("o-li")
    house.hire("o-boss", Role.MANAGER)
    phones, boss = [house.enter("o-li"), house.enter("o-li")], house.enter("o-boss")
    number = staff_id(house, Role.VENUE)
    assert "2 台设备" in press(house, boss, person=number)
    assert [phone.get(API).status_code for phone in phones] == [401, 401]
    assert "没有权限" in house.say("o-li", "现场 8")
    with house.db.reading() as tx:
        rows = tx.execute(select(audit.c.actor, audit.c.subject).where(audit.c.action == "stop_person")).all()
    assert [tuple(row) for row in rows] == [(f"staff:{staff_id(house, Role.MANAGER)}", f"staff:{number}")]
    house.hire("o-li")
    assert house.enter("o-li").get(API).status_code == 200


def test_nobody_ends_what_is_above_elsewhere_or_their_own_role(house: House) -> None:
    """Seen to fail without `IsAbove` and without `_of_library` in the store."""
    with house.db.writing() as tx:
        other = tx.execute(
            insert(library).values(code="other", name="旺苍县图书馆", level="county").returning(library.c.id)
        ).scalar_one()
    house.hire("o-far", Role.VENUE, library_id=other)
    house.hire("o-top", Role.MANAGER, library_id=house.stage.library_id)
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    far, top, boss = house.enter("o-far"), house.enter("o-top"), house.enter("o-boss")
    assert "没有找到" in press(house, boss, person=staff_id(house, Role.VENUE))
    assert "没有找到" in press(house, boss, device=session_of(house, Role.VENUE))
    assert "不能停用自己" in press(house, boss, person=staff_id(house, Role.MANAGER))
    assert "不能停用自己" in press(house, boss, device=session_of(house, Role.MANAGER))
    assert "不能停用自己" in press(house, boss, person=staff_id(house, Role.ORGANISER))
    assert "没有找到" in press(house, boss, person=0)
    assert "没有找到" in press(house, boss, person=2**70)
    assert [each.get(API).status_code for each in (far, top, boss)] == [200, 200, 200]
    assert "旺苍县图书馆" in top.get(PEOPLE).get_data(as_text=True)
    assert "旺苍县图书馆" not in boss.get(PEOPLE).get_data(as_text=True)


def test_the_page_works_without_script_by_two_taps(house: House) -> None:
    house.hire("o-li")
    house.hire("o-boss", Role.MANAGER)
    house.enter("o-li")
    page = house.enter("o-boss").get(PEOPLE).get_data(as_text=True)
    assert "<script" not in page
    for button in re.findall(r"<button[^>]*danger[^>]*>", page):
        folded = page[: page.index(button)].rsplit("<details", 1)[1]
        assert "</details>" not in folded
        assert "<details open" not in page


def test_every_look_at_the_staff_leaves_a_row(house: House) -> None:
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    house.enter("o-boss").get(PEOPLE)
    assert "organiser-" in house.say("o-boss", "工作人员")
    with house.db.reading() as tx:
        subjects = tx.scalars(select(audit.c.subject).where(audit.c.action == "staff_list")).all()
    assert list(subjects) == [f"library:{house.stage.library_id}"] * 2


def test_the_chat_lists_and_stops_as_the_page_does(house: House) -> None:
    house.hire("o-li")
    house.hire("o-boss", Role.ORGANISER)
    phone = house.enter("o-li")
    number = staff_id(house, Role.VENUE)
    said = house.say("o-boss", "工作人员")
    assert f"venue-{number} 场地工作人员" in said
    assert "1 台设备" in said
    assert "没有权限" in house.say("o-li", "工作人员")
    assert "没有权限" in house.say("o-li", f"停用 {number}")
    assert f"已停用 venue-{number}" in house.say("o-boss", f"停用 venue-{number}")
    assert phone.get(API).status_code == 401
    assert "没有找到" in house.say("o-boss", f"停用 {number}")
    assert "「停用 3」" in house.say("o-boss", "停用")
    assert "已转工作人员" in house.say("o-reader", "工作人员")


def test_a_sign_in_under_way_is_ended_by_whoever_stops_the_person(house: House) -> None:
    """Seen to fail on PostgreSQL without the lock in `open_session`: the session outlived the role, and would have come
    to life with the next invitation."""
    house.hire("o-li")
    house.hire("o-boss", Role.MANAGER)
    now, number = house.clock.now, staff_id(house, Role.VENUE)
    boss = StaffMember(staff_id(house, Role.MANAGER), Role.MANAGER, None, "")

    def stop() -> None:
        with house.db.writing() as tx:
            assert isinstance(stop_person(tx, boss, number, now), PersonStopped)

    stopping = threading.Thread(target=stop)
    with house.db.writing() as tx:
        assert open_session(tx, number, "test", house.keys, now) is not None
        stopping.start()
        stopping.join(0.5)  # it has to wait for this transaction; one that does not wait is over by then
    stopping.join(10)
    with house.db.reading() as tx:
        assert tx.execute(select(staff_session.c.ended_at)).scalar_one() == now
