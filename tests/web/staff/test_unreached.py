"""Organisers see whom no message reached, with the number to call, and have it sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.domain.kinds import NoticeKind, Role
from bot.store.reader_channels import close_channel
from bot.store.tables import audit, library, notice, registration
from tests.services.notices_rows import queue, states
from tests.web.staff.people import House, form_token_on
from tests.web.stage import DAY_BEFORE

UNREACHED = "/staff/unreached"


def leave(house: House, state: str = "failed", way: str = "template", kind: NoticeKind = NoticeKind.PROMOTED) -> int:
    """A notice in that state about a new occurrence; its id."""
    place = house.stage.registration(house.stage.occurrence())
    with house.db.writing() as tx:
        queue(tx, place, kind, due_at=DAY_BEFORE, now=DAY_BEFORE)
        told = {"state": state, "channel": way, "error_code": 43004}
        query = update(notice).where(notice.c.registration_id == place).values(**told).returning(notice.c.id)
        return int(tx.execute(query).scalar_one())


@pytest.fixture
def boss(house: House):  # type: ignore[no-untyped-def]
    """An organiser of the library, signed in."""
    house.hire("o-boss", Role.ORGANISER, library_id=house.stage.library_id)
    return house.enter("o-boss")


@pytest.mark.parametrize(
    ("state", "way", "words"),
    [("failed", "template", "没有送达"), ("unknown", "template", "不确定"), ("failed", "banner", "等读者下次发消息")],
)
def test_a_reader_to_call_is_listed_with_masked_name_and_phone_and_the_look_is_written_down(
    house: House,
    boss,  # type: ignore[no-untyped-def]
    state: str,
    way: str,
    words: str,
) -> None:
    leave(house, state, way)
    page = boss.get(UNREACHED).get_data(as_text=True)
    for part in (words, "已取消关注", "候补成功", 'href="tel:+8613800138000"', ">13800138000<"):
        assert part in page
    assert "张三" not in page
    with house.db.reading() as tx:
        looks = tx.execute(select(audit.c.actor).where(audit.c.action == "unreached_list")).scalars().all()
    assert len(looks) == 1


@pytest.mark.parametrize("ways", ["closed", "none"])
def test_reader_whom_no_way_leads_to_is_listed_with_the_reason(house: House, boss, ways: str) -> None:  # type: ignore[no-untyped-def]
    """No call was made, so the notice has no code of its own. Seen to fail on the reason."""
    leave(house, "failed", "banner")
    with house.db.writing() as tx:
        reader_id = tx.execute(update(notice).values(error_code=None).returning(notice.c.reader_id)).scalar_one()
        if ways == "closed":
            close_channel(tx, reader_id, "customer_service", 45015, DAY_BEFORE - timedelta(days=1))
            close_channel(tx, reader_id, "all", 43004, DAY_BEFORE)
    page = boss.get(UNREACHED).get_data(as_text=True)
    assert "没有通道可发" in page
    assert ("已取消关注" in page) is (ways == "closed")


@pytest.mark.parametrize("state", ["sent", "pending", "dropped"])
def test_who_was_reached_or_will_be_is_not_listed(house: House, boss, state: str) -> None:  # type: ignore[no-untyped-def]
    leave(house, state)
    assert "读者都通知到了" in boss.get(UNREACHED).get_data(as_text=True)


def test_what_has_lost_its_sense_is_not_listed(house: House, boss) -> None:  # type: ignore[no-untyped-def]
    leave(house)
    with house.db.writing() as tx:
        tx.execute(update(registration).values(status="cancelled"))
    assert "读者都通知到了" in boss.get(UNREACHED).get_data(as_text=True)


def test_another_library_sees_and_sends_nothing_of_ours(house: House) -> None:
    """Seen to fail without the library in the query."""
    number = leave(house)
    with house.db.writing() as tx:
        row = insert(library).values(code="other", name="旺苍县图书馆", level="county")
        other = int(tx.execute(row.returning(library.c.id)).scalar_one())
    house.hire("o-other", Role.ORGANISER, library_id=other)
    client = house.enter("o-other")
    page = client.get(UNREACHED).get_data(as_text=True)
    assert "13800138000" not in page
    token = form_token_on(client.get("/staff/people").get_data(as_text=True))
    answer = client.post(UNREACHED, data={"form_token": token, "notice": number}).get_data(as_text=True)
    assert "不属于本馆" in answer
    with house.db.reading() as tx:
        assert states(tx) == ["failed"]


def test_the_button_sends_again_once_and_is_written_down(house: House, boss) -> None:  # type: ignore[no-untyped-def]
    number = leave(house)
    token = form_token_on(boss.get(UNREACHED).get_data(as_text=True))
    press = {"form_token": token, "notice": number}
    assert "已重新排队" in boss.post(UNREACHED, data=press).get_data(as_text=True)
    assert "已经送达" in boss.post(UNREACHED, data=press).get_data(as_text=True)
    with house.db.reading() as tx:
        assert states(tx) == ["pending"]
        assert len(tx.execute(select(audit.c.id).where(audit.c.action == "resend_notice")).all()) == 1


def test_the_chat_counts_by_occurrence_and_names_nobody(house: House, boss) -> None:  # type: ignore[no-untyped-def]
    assert "都通知到了" in house.say("o-boss", "未送达")
    leave(house)
    words = house.say("o-boss", "未送达")
    assert "，1 位" in words
    assert UNREACHED in words
    assert "1380013" not in words
    house.hire("o-li", Role.VENUE, library_id=house.stage.library_id)
    assert "没有权限" in house.say("o-li", "未送达")
    assert "工作人员" in house.say("o-reader", "未送达")
