"""The rule space of real notices: waiting list, approval and walk-ins, set by campaign file and shown by chat."""

from __future__ import annotations

import pytest

from bot.domain.kinds import Role
from bot.services.checkins import release_unused
from bot.services.staff import invite_staff
from bot.services.waitlists import expire_offers
from tests.conversation.conftest import Chat
from tests.conversation.week import Week


@pytest.fixture
def week(chat: Chat) -> Week:
    return Week(chat)


@pytest.mark.parametrize(
    ("fit", "states"), [("等候", ["waitlisted", "waitlisted"]), ("跳过", ["waitlisted", "confirmed"])]
)
def test_a_party_that_does_not_fit_is_waited_for_or_passed_over(week: Week, fit: str, states: list[str]) -> None:
    week.publish(f"名额: 3, 候补跳过: {fit}")
    week.say(week.reader("one"), "报名 1 1人")
    week.say(week.reader("two"), "报名 1 2人")
    assert "候补第1位" in week.say(week.reader("large"), "候补 1 3人")
    assert "候补第2位" in week.say(week.reader("small"), "候补 1 1人")
    week.say("one", "取消 1", "确认")
    assert week.states()[2:] == states


def test_far_from_the_start_a_freed_place_is_given_and_near_it_is_offered_for_a_time(week: Week) -> None:
    week.publish("名额: 1, 每次最多人数: 1, 开始前几小时改为确认制: 4小时, 递补确认分钟: 30分钟")
    for who in ("a", "b", "c", "d"):
        week.reader(who)
    week.say("a", "报名 1")
    for who in ("b", "c", "d"):
        week.say(who, "候补 1")
    week.say("a", "取消 1", "确认")
    assert week.states() == ["cancelled", "confirmed", "waitlisted", "waitlisted"]
    week.at("2026-05-30 10:00:01")
    week.say("b", "取消 1", "确认")
    assert week.states() == ["cancelled", "cancelled", "offered", "waitlisted"]
    week.at("2026-05-30 10:30:02")
    with week.chat.db.writing() as tx:
        expire_offers(tx, week.chat.now)
    assert "已过期" in week.say("c", "确认 1")
    assert "候补成功" in week.say("d", "确认 1")


def test_a_person_approves_or_refuses(week: Week) -> None:
    week.publish("名额: 2, 每次最多人数: 1, 需审核: 是")
    for who in ("a", "b"):
        week.say(week.reader(who), "报名 1")
    with week.chat.db.writing() as tx:
        code = invite_staff(tx, Role.ORGANISER, week.chat.keys, week.chat.now)
    tickets = week.serve()
    week.say("organiser", f"绑定 {code}")
    week.say("organiser", f"通过 {tickets[0]}")
    week.say("organiser", f"驳回 {tickets[1]} 名额留给新读者")
    assert week.states() == ["confirmed", "declined"]


def test_on_the_spot_as_well_or_expressly_not(week: Week) -> None:
    week.publish("名额: 20", "名额: 20, 现场参加: 否")
    week.serve()
    week.at("2026-05-30 14:05:00")
    assert "已登记现场 3 人" in week.say("staff", "现场 3 1")
    assert "不接待现场参加" in week.say("staff", "现场 3 2")


def test_a_seat_is_held_for_so_long_and_then_for_who_stands_there(week: Week) -> None:
    week.publish("名额: 1, 每次最多人数: 1, 未到释放分钟: 30", "名额: 1, 每次最多人数: 1, 未到释放分钟: 不释放")
    for number in (1, 2):
        week.say(week.reader(f"absent{number}"), f"报名 {number}")
        week.say(week.reader(f"waiting{number}"), f"候补 {number}")
    tickets = week.serve()
    week.at("2026-05-30 14:29:59")
    assert "签到成功" not in week.say("staff", f"核销 {tickets[1]}")
    week.at("2026-05-30 14:30:01")
    with week.chat.db.writing() as tx:
        release_unused(tx, week.chat.now)
    assert "签到成功" in week.say("staff", f"核销 {tickets[1]}")
    assert "签到成功" not in week.say("staff", f"核销 {tickets[3]}")
