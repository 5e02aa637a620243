"""The rule space of real notices, row by row: set by campaign file, then shown by chat in both directions.

Each test reads as a notice: what the organiser writes into the file, what readers send, and what they are told when it is
allowed and when it is refused.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.campaign_file import CampaignImported
from bot.services.campaigns import import_campaign_file
from bot.services.card_lists import import_card_list
from bot.store.tables import event, occurrence
from tests.conversation.conftest import Chat
from tests.conversation.week import SATURDAY, Week
from tests.factories import NOW

EXAMPLE = Path(__file__).parents[2] / "config" / "samples" / "rules-example.yaml"


@pytest.fixture
def week(chat: Chat) -> Week:
    return Week(chat)


# --- quota unit, usual size


def test_fifteen_families_whatever_their_size(week: Week) -> None:
    week.publish("规则: 亲子, 名额: 15组, 未满几岁须大人陪同: 不限")
    for place in range(15):
        party = ("一大一小", "两大两小", "一大两小")[place % 3]
        assert "报名成功" in week.say(week.reader(f"r{place}"), f"报名 1 {party}")
    assert "名额已满" in week.say(week.reader("late"), "报名 1 一大一小")


def test_children_are_counted_and_grown_ups_come_along(week: Week) -> None:
    week.publish("名额: 2, 名额单位: 孩子")
    assert "报名成功" in week.say(week.reader("a"), "报名 1 两大一小")
    assert "报名成功" in week.say(week.reader("b"), "报名 1 一大一小")
    assert "名额已满" in week.say(week.reader("c"), "报名 1 一大一小")


def test_persons_are_counted_each(week: Week) -> None:
    week.publish("名额: 3人")
    assert "报名成功" in week.say(week.reader("a"), "报名 1 一大一小")
    assert "只剩1个名额" in week.say(week.reader("b"), "报名 1 一大一小")
    assert "报名成功" in week.say(week.reader("c"), "报名 1 1人")
    assert "名额已满" in week.say(week.reader("d"), "报名 1 1人")


def test_each_time_slot_has_a_quota_of_its_own(week: Week) -> None:
    slots = SATURDAY.replace('"16:00"', '"15:00", 时段分钟: 30')
    week.publish("名额: 1", occurrences=[slots])
    assert "14:00–14:30" in week.say(week.reader("a"), "1")
    assert "报名成功" in week.say("a", "报名 1 1人")
    assert "名额已满" in week.say(week.reader("b"), "报名 1 1人")
    assert "报名成功" in week.say("b", "报名 2 1人")
    assert "限报一场" in week.say("a", "报名 2 1人")


def test_without_a_quota_nobody_is_refused_for_seats(week: Week) -> None:
    week.publish("名额: 不限, 每次最多人数: 50", "名额: 1")
    assert "报名成功" in week.say(week.reader("a"), "报名 1 50人")
    assert "报名成功" in week.say(week.reader("b"), "报名 1 50人")
    assert "名额已满" not in week.say(week.reader("c"), "报名 1 50人")
    assert "人数不符" in week.say("c", "报名 2 2人")  # more than there are seats at all


def test_seats_beyond_the_room_may_be_given(week: Week) -> None:
    week.publish("名额: 1, 每次最多人数: 1", occurrences=[f"{SATURDAY}, 超额: 1"])
    assert "报名成功" in week.say(week.reader("a"), "报名 1")
    assert "报名成功" in week.say(week.reader("b"), "报名 1")
    assert "名额已满" in week.say(week.reader("c"), "报名 1")


@pytest.mark.parametrize(("limit", "party", "fits"), [(3, "3人", True), (3, "4人", False), (1, "1人", True)])
def test_so_many_people_on_one_registration(week: Week, limit: int, party: str, fits: bool) -> None:
    week.publish(f"名额: 40, 每次最多人数: {limit}")
    said = week.say(week.reader("a"), f"报名 1 {party}")
    assert ("报名成功" in said) is fits
    assert ("人数不符" in said) is not fits


def test_groups_where_the_organiser_takes_them(week: Week) -> None:
    week.publish("名额: 100, 团体最多人数: 50", "名额: 100")
    assert "人数不符" in week.say(week.reader("a"), "报名 2 30人")
    assert "人数不符" in week.say("a", "报名 1 30人")
    assert "团体" in week.say("a", "报名 1 30人")


# --- age


@pytest.mark.parametrize(
    ("cell", "age", "fits"),
    [
        ("5-8岁", 5, True),
        ("5-8岁", 8, True),
        ("5-8岁", 4, False),
        ("5-8岁", 9, False),
        ("6岁以上", 6, True),
        ("6岁以上", 5, False),
        ("14岁以下", 14, True),
        ("14岁以下", 15, False),
        ("未满14岁", 14, False),
        ("0-18岁", 1, True),
    ],
)
def test_age_on_the_day_within_bounds(week: Week, cell: str, age: int, fits: bool) -> None:
    week.publish(f"名额: 20, 年龄: {cell}")
    week.reader("a")
    said = week.say("a", f"报名 1 一大一小 孩子{age}岁")
    said += week.say("a", "监护人同意")
    assert ("报名成功" in said) is fits
    assert ("年龄不符" in said) is not fits


# --- companion


def test_exactly_one_grown_up_for_each_child(week: Week) -> None:
    week.publish("名额: 20, 一大配一小: 是, 每次最多人数: 4")
    assert "报名成功" in week.say(week.reader("a"), "报名 1 两大两小")
    refused = week.say(week.reader("b"), "报名 1 一大两小")
    assert "人数不符" in refused
    assert "一大一小" in refused  # what can be sent instead


@pytest.mark.parametrize(("age", "fits"), [(13, False), (14, True)])
def test_under_fourteen_a_guardian_is_present(week: Week, age: int, fits: bool) -> None:
    week.publish("名额: 20, 未满几岁须大人陪同: 14")
    week.reader("a")
    said = week.say("a", f"报名 1 一个孩子{age}岁")
    said += week.say("a", "监护人同意")
    assert ("报名成功" in said) is fits
    assert ("人数不符" in said) is not fits


def test_with_a_grown_up_no_age_is_asked(week: Week) -> None:
    week.publish("名额: 20, 未满几岁须大人陪同: 14")
    assert "报名成功" in week.say(week.reader("a"), "报名 1 一大一小")


# --- sign-up window, channel


def test_sign_up_opens_at_the_exact_second(week: Week) -> None:
    week.publish('名额: 20, 报名开始: "2026-05-28 09:00:30"')
    week.reader("a")
    week.at("2026-05-28 09:00:29")
    refused = week.say("a", "报名 1 1人")
    assert "报名尚未开始" in refused
    assert "09:00:30" in refused
    assert "09:00:30 开放报名" in week.say("a", "1")
    week.at("2026-05-28 09:00:30")
    assert "报名成功" in week.say("a", "报名 1 1人")


def test_sign_up_closes_the_day_before(week: Week) -> None:
    week.publish("名额: 20, 报名截止: 提前1天 18:00")
    week.at("2026-05-29 17:59:59")
    assert "报名成功" in week.say(week.reader("a"), "报名 1 1人")
    week.at("2026-05-29 18:00:00")
    assert "报名已截止" in week.say(week.reader("b"), "报名 1 1人")


def test_on_the_spot_only(week: Week) -> None:
    week.publish("名额: 20, 报名: 无需", "名额: 20")
    week.reader("a")
    assert "无需报名" in week.say("a", "报名 1 1人")
    assert "报名成功" in week.say("a", "报名 2 1人")


# --- identity


def test_a_reader_card_of_this_form(week: Week) -> None:
    week.publish('名额: 20, 每次最多人数: 1, 需读者证: 是, 读者证格式: "G######"')
    asked = week.say(week.reader("a"), "报名 1")
    assert "读者证" in asked
    assert "读者证号不符" in week.say("a", "H123456")
    assert "报名成功" in week.say("a", "报名 1", "G123456", "确认")


@pytest.mark.parametrize(
    ("check", "card", "fits"),
    [
        ("Luhn", "4539578763621486", True),
        ("Luhn", "4539578763621487", False),
        ("MOD11", "07940", True),
        ("MOD11", "07941", False),
    ],
)
def test_a_reader_card_with_its_check_digit(week: Week, check: str, card: str, fits: bool) -> None:
    week.publish(f"名额: 20, 每次最多人数: 1, 需读者证: 是, 读者证校验位: {check}")
    said = week.say(week.reader("a"), "报名 1", card)
    said += week.say("a", "确认")
    assert ("报名成功" in said) is fits
    assert ("读者证号不符" in said) is not fits


def test_priority_groups_by_a_list_of_cards(week: Week) -> None:
    week.publish("名额: 20, 每次最多人数: 1, 读者组: 教师")
    with week.chat.db.writing() as tx:
        import_card_list(tx, b"G-000001\n", "gy", "教师", week.chat.keys, NOW)
    assert "报名成功" in week.say(week.reader("a"), "报名 1", "g 000001", "确认")
    refused = week.say(week.reader("b"), "报名 1", "G000002")
    assert "教师" in refused
    assert "不在名单上" in refused


def test_nicknames_void_the_entry_where_the_rule_says_so(week: Week) -> None:
    week.publish("名额: 20, 每次最多人数: 1, 须实名: 是", "名额: 20, 每次最多人数: 1")
    assert "本场须实名报名" in week.say("a", "报名 1", "同意", "小明妈妈")
    assert "电话" in week.say("a", "张三")
    assert "电话" in week.say("b", "报名 2", "同意", "小明妈妈")


# --- per person


LATER = '日期: 2026-05-30, 开始时间: "16:00", 结束时间: "18:00"'
NEXT_DAY = '日期: 2026-05-31, 开始时间: "14:00", 结束时间: "16:00"'


def test_one_place_at_an_event(week: Week) -> None:
    week.publish("名额: 20", "名额: 20, 每活动限报: 2", occurrences=[SATURDAY, LATER, NEXT_DAY])
    week.reader("a")
    assert "报名成功" in week.say("a", "报名 1 1人")
    assert "您已报名" in week.say("a", "报名 1 1人")
    assert "限报一场" in week.say("a", "报名 3 1人")
    week.reader("b")
    assert "报名成功" in week.say("b", "报名 4 1人")
    assert "报名成功" in week.say("b", "报名 5 1人")
    assert "超出限额" in week.say("b", "报名 6 1人")


def test_one_place_a_day(week: Week) -> None:
    week.publish("名额: 20, 每活动限报: 不限, 每天限报: 1", occurrences=[SATURDAY, LATER, NEXT_DAY])
    week.reader("a")
    assert "报名成功" in week.say("a", "报名 1 1人")
    assert "限报一场" in week.say("a", "报名 2 1人")
    assert "报名成功" in week.say("a", "报名 3 1人")


def test_so_many_places_in_the_week(week: Week) -> None:
    week.publish("名额: 20, 每活动限报: 不限, 活动周限报: 2", occurrences=[SATURDAY, LATER, NEXT_DAY])
    week.reader("a")
    assert "报名成功" in week.say("a", "报名 1 1人")
    assert "报名成功" in week.say("a", "报名 2 1人")
    refused = week.say("a", "报名 3 1人")
    assert "超出限额" in refused
    assert "本次活动周" in refused


def test_one_place_for_a_family(week: Week) -> None:
    week.publish("名额: 20, 每家限一次: 是", "名额: 20")
    for who in ("mother", "father"):
        week.reader(who, phone="+8613800138000")
    assert "报名成功" in week.say("mother", "报名 1 一大一小")
    assert "限报一场" in week.say("father", "报名 1 一大一小")
    assert "报名成功" in week.say("father", "报名 2 一大一小")


def test_two_places_at_one_time(week: Week) -> None:
    week.publish("名额: 20", "名额: 20", "名额: 20, 允许时间重叠: 是")
    week.reader("a")
    assert "报名成功" in week.say("a", "报名 1 1人")
    assert "时间冲突" in week.say("a", "报名 2 1人")
    assert "报名成功" in week.say("a", "报名 3 1人")


# --- allocation


def test_a_person_decides_where_the_rule_says_so(week: Week) -> None:
    week.publish("名额: 1, 每次最多人数: 1, 需审核: 是", "名额: 1, 每次最多人数: 1")
    said = week.say(week.reader("a"), "报名 1")
    assert "报名成功" not in said
    assert "审核" in said
    assert week.states() == ["pending"]
    assert "名额已满" in week.say(week.reader("b"), "报名 1")  # the place is kept meanwhile
    assert "报名成功" in week.say("b", "报名 2")


# --- check-in


def test_the_doors_open_and_close_when_the_rule_says(week: Week) -> None:
    week.publish("名额: 20, 签到提前分钟: 20, 签到截止分钟: 10")
    week.say(week.reader("a"), "报名 1 1人")
    week.say(week.reader("b"), "报名 1 1人")
    tickets = week.serve()
    week.at("2026-05-30 13:39:59")
    assert "尚未到签到时间" in week.say("staff", f"核销 {tickets[0]}")
    week.at("2026-05-30 13:40:00")
    assert "签到成功" in week.say("staff", f"核销 {tickets[0]}")
    week.at("2026-05-30 14:10:01")
    assert "签到成功" not in week.say("staff", f"核销 {tickets[1]}")


# --- cancelling


def test_until_when_a_place_can_be_given_back(week: Week) -> None:
    week.publish(
        "名额: 20, 提前取消分钟: 1小时, 逾期取消: 不可",
        "名额: 20, 允许时间重叠: 是, 提前取消分钟: 1小时, 逾期取消: 计入",
    )
    for who in ("a", "b"):
        week.say(week.reader(who), "报名 1 1人")
    week.say(week.reader("c"), "报名 2 1人")
    week.at("2026-05-30 13:00:00")
    assert "已取消" in week.say("a", "取消 1", "确认")
    week.at("2026-05-30 13:00:01")
    assert "已取消" not in week.say("b", "取消 1", "确认")
    assert "已取消" in week.say("c", "取消 2", "确认")
    assert week.states() == ["cancelled", "confirmed", "cancelled"]


def test_who_cancelled_may_sign_up_again(week: Week) -> None:
    week.publish("名额: 20")
    week.say(week.reader("a"), "报名 1 1人", "取消 1", "确认")
    assert "报名成功" in week.say("a", "报名 1 1人")


# --- scope


def test_rules_of_a_library_hold_for_its_events_only(week: Week) -> None:
    week.publish("名额: 20", "馆: cx, 名额: 20", rules="  - {馆: cx, 每次最多人数: 2}")
    week.reader("a")
    assert "报名成功" in week.say("a", "报名 1 3人")
    week.reader("b")
    assert "人数不符" in week.say("b", "报名 2 3人")
    assert "报名成功" in week.say("b", "报名 2 2人")


# --- waiting list


def test_no_waiting_list_where_the_rule_says_so(week: Week) -> None:
    week.publish(
        "名额: 1, 每次最多人数: 1, 候补: 否", "名额: 1, 每次最多人数: 1", "名额: 1, 每次最多人数: 1, 候补最多组数: 1"
    )
    for number in (1, 2, 3):
        week.say(week.reader(f"first{number}"), f"报名 {number}")
        week.say(week.reader(f"second{number}"), f"报名 {number}")
    assert "候补第" not in week.say("second1", f"候补 {1}")
    assert "候补第1位" in week.say("second2", "候补 2")
    assert "候补第1位" in week.say("second3", "候补 3")
    week.say(week.reader("third"), "报名 3")
    refused = week.say("third", "候补 3")
    assert "名额已满" in refused
    assert "候补第" not in refused


# --- rules that change


def test_rules_changed_while_a_dialogue_is_open_are_obeyed_at_the_end(week: Week) -> None:
    week.publish("名额: 20")
    assert "「确认」" in week.say("a", "报名 1", "同意", "李四", "13800138001", "3人")
    week.publish("名额: 20, 每次最多人数: 2")
    assert "人数不符" in week.say("a", "确认")
    assert "confirmed" not in week.states()


def test_questions_of_the_file_are_asked(week: Week) -> None:
    week.publish(
        "名额: 20, 每次最多人数: 1",
        questions="  - {活动: a, 编号: 来自, 问题: 从哪里知道？, 选项: 海报；学校}\n"
        "  - {活动: a, 编号: 学校, 问题: 哪所学校？, 仅当: 来自=学校}",
    )
    assert "从哪里知道" in week.say(week.reader("a"), "报名 1")
    assert "哪所学校" in week.say("a", "学校")
    assert "报名成功" in week.say("a", "示例小学", "确认")
    assert "哪所学校" not in week.say(week.reader("b"), "报名 1", "海报")


def test_every_event_of_the_example_can_be_looked_at(chat: Chat) -> None:
    with chat.db.writing() as tx:
        outcome = import_campaign_file(tx, EXAMPLE.read_bytes(), NOW - timedelta(days=1))
        assert isinstance(outcome, CampaignImported)
        titles = dict(tx.execute(select(occurrence.c.number, event.c.title).join(event)).all())
    for number, title in titles.items():
        assert title in chat.say("a", f"详情 {number}")
