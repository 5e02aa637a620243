"""The rule space of real notices: no-shows by ban and by points, set by campaign file and shown by chat."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.domain.standing import SETTLE_AFTER
from bot.services.standing import list_due, settle_occurrence
from bot.store.tables import occurrence
from tests.conversation.conftest import Chat
from tests.conversation.week import Week


@pytest.fixture
def week(chat: Chat) -> Week:
    return Week(chat)


def _times(*days: int) -> list[str]:
    return [f'日期: 2026-05-{day}, 开始时间: "14:00", 结束时间: "16:00"' for day in days]


def _hold(week: Week, number: int, present: str = "") -> None:
    """Let an occurrence pass, somebody at its door; whoever is named by their ticket is checked in."""
    with week.chat.db.reading() as tx:
        row = tx.execute(
            select(occurrence.c.starts_at, occurrence.c.ends_at).where(occurrence.c.number == number)
        ).one()
    week.chat.now = row.starts_at
    if present:
        assert "签到成功" in week.say("staff", f"核销 {present}")
    assert "已登记现场" in week.say("staff", f"现场 1 {number}")
    week.chat.now = row.ends_at + SETTLE_AFTER
    with week.chat.db.writing() as tx:
        for occurrence_id in list_due(tx, week.chat.now):
            settle_occurrence(tx, occurrence_id, week.chat.now)


BAN = "名额: 20, 每活动限报: 不限, 爽约规则: 禁报, 爽约次数: {count}, 爽约统计天数: {window}, 停报天数: {days}"


@pytest.mark.parametrize(
    ("count", "window", "days", "until"), [(1, "90天", "7天", "6月4日"), (2, "30天", "30天", "6月28日")]
)
def test_so_many_no_shows_suspend_for_so_long(week: Week, count: int, window: str, days: str, until: str) -> None:
    week.publish(BAN.format(count=count, window=window, days=days), occurrences=_times(28, 29, 30))
    week.reader("a")
    for number in range(1, count + 1):
        assert "报名成功" in week.say("a", f"报名 {number} 1人")
    week.serve()
    for number in range(1, count + 1):
        _hold(week, number)
    refused = week.say("a", "报名 3 1人")
    assert "暂停报名" in refused
    assert until in refused
    assert f"{count}次" in refused
    assert "申诉" in refused


def test_one_no_show_less_does_not_suspend(week: Week) -> None:
    week.publish(BAN.format(count=2, window="30天", days="30天"), occurrences=_times(28, 29, 30))
    week.say(week.reader("a"), "报名 1 1人")
    week.serve()
    _hold(week, 1)
    assert "报名成功" in week.say("a", "报名 3 1人")


def test_no_shows_are_not_counted_where_the_rule_says_so(week: Week) -> None:
    week.publish("名额: 20, 每活动限报: 不限, 爽约规则: 不计, 爽约次数: 1", occurrences=_times(28, 29))
    week.say(week.reader("a"), "报名 1 1人")
    week.serve()
    _hold(week, 1)
    assert "报名成功" in week.say("a", "报名 2 1人")


def test_a_suspension_ends(week: Week) -> None:
    week.publish(BAN.format(count=1, window="30天", days="1天"), occurrences=_times(27, 31))
    week.say(week.reader("a"), "报名 1 1人")
    week.serve()
    _hold(week, 1)
    assert "暂停报名" in week.say("a", "报名 2 1人")
    week.at("2026-05-30 09:00:00")
    assert "报名成功" in week.say("a", "报名 2 1人")


POINTS = "名额: 20, 每活动限报: 不限, 爽约规则: 积分, 起始积分: {start}, 爽约扣分: 10, 到场加分: 5, 每天最多加分: 10, 积分冻结天数: 20天"


@pytest.mark.parametrize(("start", "is_frozen"), [(10, True), (11, False)])
def test_at_no_points_left_sign_up_freezes(week: Week, start: int, is_frozen: bool) -> None:
    week.publish(POINTS.format(start=start), occurrences=_times(28, 29, 30))
    week.say(week.reader("a"), "报名 1 1人")
    week.serve()
    _hold(week, 1)
    said = week.say("a", "报名 3 1人")
    assert ("暂停报名" in said) is is_frozen
    assert ("报名成功" in said) is not is_frozen
    if not is_frozen:
        assert "信用分：1分" in week.say("a", "我的信用")


def test_the_points_of_one_library_do_not_follow_the_rules_of_another(week: Week) -> None:
    """Scope: each library sets its award rules; the account of a reader is one for the city."""
    week.publish(
        "名额: 20, 爽约规则: 积分",
        "名额: 20, 馆: cx, 爽约规则: 积分",
        rules="  - {馆: gy, 起始积分: 100, 爽约扣分: 10}\n  - {馆: cx, 起始积分: 100, 爽约扣分: 2}",
        occurrences=_times(28),
    )
    for number, who in enumerate(("a", "b"), 1):
        week.say(week.reader(who), f"报名 {number} 1人")
    week.serve()
    for number in (1, 2):
        _hold(week, number)
    assert "信用分：90分" in week.say("a", "我的信用")
    assert "信用分：98分" in week.say("b", "我的信用")


def test_who_is_late_or_gives_back_late_loses_less(week: Week) -> None:
    week.publish(
        f"{POINTS.format(start=50)}, 迟到分钟: 10, 迟到扣分: 3, 逾期取消扣分: 2, 提前取消分钟: 1小时",
        occurrences=_times(28),
    )
    for who in ("late", "gave_back"):
        week.say(week.reader(who), "报名 1 1人")
    tickets = week.serve()
    week.at("2026-05-28 13:30:00")
    week.say("gave_back", "取消 1", "确认")
    week.at("2026-05-28 14:11:00")
    assert "签到成功" in week.say("staff", f"核销 {tickets[0]}")
    _hold(week, 1)
    assert "信用分：47分" in week.say("late", "我的信用")
    assert "信用分：48分" in week.say("gave_back", "我的信用")
