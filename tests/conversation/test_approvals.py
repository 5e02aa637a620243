"""审核, 通过, 驳回 by message; what the reader sees meanwhile; and the doors' rules in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.kinds import Role
from bot.domain.party import Party
from bot.services.checkins import release_unused
from bot.services.registrations import join_waitlist, sign_up
from bot.services.staff import invite_staff
from bot.store.registrations import find_active
from tests.conversation.conftest import Chat
from tests.factories import NOW, House, add_event, add_house, add_occurrence, add_reader

STARTS = NOW + timedelta(days=2)


@pytest.fixture
def house(chat: Chat) -> House:
    """A library with an organiser ("boss") and somebody at the door ("door")."""
    with chat.db.writing() as tx:
        made = add_house(tx)
        codes = {
            who: invite_staff(tx, role, chat.keys, NOW, library_id=made.library_id)
            for who, role in (("boss", Role.ORGANISER), ("door", Role.VENUE))
        }
    for who, code in codes.items():
        assert "绑定成功" in chat.say(who, f"绑定 {code}")
    return made


def hold(chat: Chat, house: House, number: int = 12, capacity: int = 3, **rules: object):
    """An occurrence under these rules, in two days."""
    with chat.db.writing() as tx:
        event_id = add_event(tx, house, "小小志愿者", rules=rules)
        return add_occurrence(tx, house, number, event_id=event_id, capacity=capacity, starts_at=STARTS)


def code_of(chat: Chat, facts, who: str) -> str:
    """The code of somebody's registration."""
    with chat.db.reading() as tx:
        from bot.store.readers import find_person

        person = find_person(tx, who, NOW)
        assert person is not None
        found = find_active(tx, facts.id, person.id)
    assert found is not None
    return found.short_code


def known(chat: Chat, *names: str) -> list[int]:
    """Readers who have agreed before."""
    with chat.db.writing() as tx:
        return [add_reader(tx, name, chat.keys) for name in names]


def test_a_registration_waits_is_approved_and_has_its_ticket(chat: Chat, house: House) -> None:
    facts = hold(chat, house, approval=True)
    known(chat, "a")
    assert "等待工作人员审核" in chat.say("a", "报名 12 2人")
    assert "待审核" in chat.say("a", "我的")
    assert "待审核" in chat.say("a", "入场码 12")
    code = code_of(chat, facts, "a")
    listed = chat.say("boss", "审核")
    assert code in listed and "张*" in listed and "2大" in listed and "12. 小小志愿者" in listed
    assert "张三" not in listed
    assert "已通过" in chat.say("boss", f"通过 {code}")
    assert code in chat.say("a", "入场码 12")
    assert "不在待审核中" in chat.say("boss", f"通过 {code}")
    assert "没有待审核" in chat.say("boss", "审核 12")


def test_a_rejected_reader_has_no_place_and_the_reason_is_asked_for_nothing_else(chat: Chat, house: House) -> None:
    facts = hold(chat, house, approval=True)
    known(chat, "a")
    chat.say("a", "报名 12 2人")
    code = code_of(chat, facts, "a")
    assert "已驳回" in chat.say("boss", f"驳回 {code} 名额留给学生")
    assert "没有报名" in chat.say("a", "我的")


def test_only_organisers_decide(chat: Chat, house: House) -> None:
    facts = hold(chat, house, approval=True)
    known(chat, "a")
    chat.say("a", "报名 12 1人")
    code = code_of(chat, facts, "a")
    for who in ("a", "door"):
        for said in ("审核", f"通过 {code}", f"驳回 {code} 不行"):
            assert "没有权限" in chat.say(who, said)
    assert "请发送「通过」或「驳回」" in chat.say("boss", "通过")
    assert "没有找到报名" in chat.say("boss", "通过 ZZZZZZ")


def test_a_pending_registration_can_be_cancelled(chat: Chat, house: House) -> None:
    hold(chat, house, approval=True)
    known(chat, "a")
    chat.say("a", "报名 12 2人")
    assert "确定取消" in chat.say("a", "取消 12")
    assert "已取消" in chat.say("a", "确认")


# --- at the door -----------------------------------------------------------------------------------------------------


def test_a_part_of_the_party_is_checked_in_and_said_so(chat: Chat, house: House) -> None:
    facts = hold(chat, house)
    known(chat, "a")
    chat.say("a", "报名 12 3人")
    code = code_of(chat, facts, "a")
    chat.now = STARTS
    said = chat.say("door", f"核销 {code} 2人")
    assert "签到成功" in said and "实到2人" in said and "2/3" in said


@pytest.mark.parametrize("typed", ["核销 {} 两人", "核销{} 2人", "核销 {}2人", "验票 {} 实到2个人"])
def test_a_part_may_be_typed_in_many_ways(chat: Chat, house: House, typed: str) -> None:
    facts = hold(chat, house)
    known(chat, "a")
    chat.say("a", "报名 12 3人")
    chat.now = STARTS
    assert "实到2人" in chat.say("door", typed.format(code_of(chat, facts, "a").lower()))


def test_more_than_the_party_are_walk_ins(chat: Chat, house: House) -> None:
    facts = hold(chat, house)
    known(chat, "a")
    chat.say("a", "报名 12 2人")
    chat.now = STARTS
    assert "「现场 3」" in chat.say("door", f"核销 {code_of(chat, facts, 'a')} 5人")


def test_walk_ins_are_refused_with_the_rule_and_counted_for_an_organiser(chat: Chat, house: House) -> None:
    hold(chat, house, walk_ins=False)
    chat.now = STARTS
    refused = chat.say("door", "现场 4 12")
    assert "须报名" in refused and "12. 小小志愿者" in refused
    assert "现场共 4 人" in chat.say("boss", "现场 4 12")


def test_walk_ins_are_counted_where_nothing_is_said_against_them(chat: Chat, house: House) -> None:
    hold(chat, house, walk_ins=True)
    chat.now = STARTS
    assert "现场共 4 人" in chat.say("door", "现场 4 12")


def test_free_seats_go_to_the_door_and_who_comes_late_hears_it(chat: Chat, house: House) -> None:
    facts = hold(chat, house, capacity=1, release_after_minutes=10)
    seated, waiting = known(chat, "a", "b")
    with chat.db.writing() as tx:
        sign_up(tx, seated, facts, Party(1, 0), None, chat.keys, NOW)
        join_waitlist(tx, waiting, facts, Party(1, 0), None, chat.keys, NOW)
    late, queued = code_of(chat, facts, "a"), code_of(chat, facts, "b")
    chat.now = STARTS + timedelta(minutes=9)
    assert "候补中" in chat.say("door", f"核销 {queued}")
    chat.now = STARTS + timedelta(minutes=10)
    with chat.db.writing() as tx:
        release_unused(tx, chat.now)
    got = chat.say("door", f"核销 {queued}")
    assert "签到成功" in got and "候补读者到场" in got
    refused = chat.say("door", f"核销 {late}")
    assert "名额已释放" in refused
