"""The rule space of real notices: places by lot, set by campaign file and shown by chat."""

from __future__ import annotations

import pytest

from bot.services.lotteries import draw_lottery, list_due, list_to_open, open_lottery
from tests.conversation.conftest import Chat
from tests.conversation.week import Week


@pytest.fixture
def week(chat: Chat) -> Week:
    return Week(chat)


def _draw(week: Week) -> None:
    """What the worker does each minute."""
    chat = week.chat
    with chat.db.writing() as tx:
        for facts in list_to_open(tx, chat.now):
            open_lottery(tx, facts.id, chat.keys, chat.now)
        for facts in list_due(tx, chat.now):
            draw_lottery(tx, facts.id, chat.keys, chat.now)


LOTS = "名额: 2, 每次最多人数: 1, 名额分配: 抽签, 报名截止: 2026-05-28 18:00, 中签确认小时: {hours}"


def test_first_come_gives_places_and_a_lottery_takes_entries(week: Week) -> None:
    week.publish(LOTS.format(hours=24), "名额: 2, 每次最多人数: 1, 名额分配: 先到先得, 允许时间重叠: 是")
    for who in ("a", "b", "c"):
        week.reader(who)
        assert "已登记抽签" in week.say(who, "报名 1")  # three for two places
    for who in ("a", "b"):
        assert "报名成功" in week.say(who, "报名 2")
    assert "名额已满" in week.say("c", "报名 2")
    assert week.states()[:3] == ["entered"] * 3


def test_entries_close_and_winners_confirm_in_time(week: Week) -> None:
    week.publish(LOTS.format(hours=24))
    for who in ("a", "b", "c"):
        week.say(week.reader(who), "报名 1")
    week.at("2026-05-28 18:00:00")
    assert "报名已截止" in week.say(week.reader("late"), "报名 1")
    _draw(week)
    states = week.states()
    assert sorted(states) == ["offered", "offered", "waitlisted"]


def test_winners_need_not_confirm_where_the_rule_says_so(week: Week) -> None:
    week.publish(LOTS.format(hours=0) + ", 候补: 否")
    for who in ("a", "b", "c"):
        week.say(week.reader(who), "报名 1")
    week.at("2026-05-28 18:00:00")
    _draw(week)
    assert sorted(state for state in week.states() if state == "confirmed") == ["confirmed"] * 2


@pytest.mark.parametrize(("lottery_set", "wins"), [("夏夜", 1), ("无", 2)])
def test_one_win_for_a_family_over_the_events_of_a_set(week: Week, lottery_set: str, wins: int) -> None:
    night = f"{LOTS.format(hours=0)}, 抽签组: {lottery_set}"
    week.publish(night, night.replace("抽签组", "允许时间重叠: 是, 抽签组"))
    week.reader("a")
    assert "已登记抽签" in week.say("a", "报名 1")
    assert "已登记抽签" in week.say("a", "报名 2")
    week.at("2026-05-28 18:00:00")
    _draw(week)
    assert week.states().count("confirmed") == wins
