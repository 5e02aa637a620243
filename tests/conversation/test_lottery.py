"""A lottery as readers meet it in the chat and in notices."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.kinds import NoticeKind
from bot.domain.lottery import Lot
from bot.domain.occurrence import OccurrenceFacts
from bot.services.lotteries import Drawn, draw_lottery, open_lottery
from bot.store.lotteries import find_lottery
from bot.store.outbox import get_letter
from bot.store.tables import notice, occurrence, reader, registration, venue
from bot.texts.notices import word_in_short, word_notice
from tests.conversation.conftest import Chat
from tests.factories import NOW, House, add_event, add_house, add_occurrence

CLOSES = NOW + timedelta(days=1)
ENTER = "报名 12 {name} {phone} 一大一小"


@pytest.fixture
def twelve(chat: Chat) -> OccurrenceFacts:
    """Number 12 with two families' places, drawn tomorrow; 13 in the same set; 15 as always."""
    with chat.db.writing() as tx:
        house = add_house(tx)
        rules = {"allocation": "lottery", "quota_unit": "families", "lottery_set": "暑期"}
        event_id = add_event(tx, house, "暑期陶艺班", rules=rules)
        times = {"closes_at": CLOSES, "opens_at": NOW - timedelta(hours=1), "starts_at": NOW + timedelta(days=3)}
        twelve = add_occurrence(tx, house, 12, event_id=event_id, capacity=2, **times)
        other = add_event(tx, house, "暑期书法班", rules=rules)
        add_occurrence(tx, house, 13, event_id=other, capacity=2, **times)
        add_occurrence(tx, house, 15, title="普通讲座")
        open_lottery(tx, twelve.id, chat.keys, NOW)
    return twelve


def enter(chat: Chat, who: str, count: int = 0) -> str:
    """All in one message, and the consent."""
    chat.say(who, ENTER.format(name="张三", phone=f"138001380{count:02d}"))
    return chat.say(who, "同意")


def digest(chat: Chat, facts: OccurrenceFacts) -> str:
    with chat.db.reading() as tx:
        lottery = find_lottery(tx, facts.id)
    assert lottery is not None
    return lottery.seed_digest


def draw(chat: Chat, facts: OccurrenceFacts) -> Drawn:
    chat.now = CLOSES
    with chat.db.writing() as tx:
        outcome = draw_lottery(tx, facts.id, chat.keys, CLOSES)
    assert isinstance(outcome, Drawn)
    return outcome


def told(chat: Chat, kind: NoticeKind) -> list[tuple[str, str, str]]:
    """Who is told what, at length and in short."""
    with chat.db.reading() as tx:
        rows = tx.execute(
            select(notice.c.id, reader.c.openid)
            .join(reader, reader.c.id == notice.c.reader_id)
            .where(notice.c.kind == kind)
            .order_by(notice.c.id)
        ).all()
        letters = [(openid, get_letter(tx, number)) for number, openid in rows]
    return [(openid, word_notice(letter, "https://t"), word_in_short(letter)) for openid, letter in letters]


def test_signing_up_enters_and_tells_the_number_and_the_draw(chat: Chat, twelve: OccurrenceFacts) -> None:
    said = enter(chat, "a")
    assert "已登记抽签" in said
    assert "您的抽签号是1号" in said
    assert "5月28日（周四）09:00抽签" in said
    assert "「取消 12」" in said
    assert "报名成功" not in said
    assert "2号" in enter(chat, "b", 1)


def test_no_promise_of_a_kept_place_is_made(chat: Chat, twelve: OccurrenceFacts) -> None:
    asked = chat.say("a", "报名 12")
    assert "保留" not in asked
    assert "抽签" in asked
    assert "保留" not in chat.say("a", "同意")
    with chat.db.reading() as tx:
        assert tx.execute(select(registration.c.id)).first() is None
    for answer in ("张三", "13800138000", "一大一小"):
        chat.say("a", answer)
    assert "已登记抽签" in chat.say("a", "确认")
    assert "保留10分钟" in chat.say("b", "报名 15")  # elsewhere as always


def test_entering_again_tells_the_same_number(chat: Chat, twelve: OccurrenceFacts) -> None:
    enter(chat, "a")
    for words in ("报名 12", "报名 12 两大一小", "候补 12"):
        said = chat.say("a", words)
        assert "您已报名" in said
        assert "1号" in said
        assert "入场码" not in said


def test_detail_shows_window_entries_own_number_and_digest(chat: Chat, twelve: OccurrenceFacts) -> None:
    before = chat.say("b", "详情 12")
    assert "已登记0组" in before
    assert "您的抽签号" not in before
    enter(chat, "a")
    mine, theirs = chat.say("a", "12"), chat.say("b", "12")
    for said in (mine, theirs):
        assert "已登记1组" in said
        assert "5月27日（周三）08:00起，5月28日（周四）09:00截止并抽签" in said
        assert digest(chat, twelve) in said
        assert "https://lib.example/lottery/12" in said
    assert "您的抽签号是1号" in mine
    assert "您的抽签号" not in theirs
    assert "抽签" not in chat.say("b", "详情 15")


def test_the_list_tells_that_lots_are_drawn(chat: Chat, twelve: OccurrenceFacts) -> None:
    listed = chat.say("a", "活动 陶艺")
    assert "抽签，5月28日（周四）09:00开签" in listed
    assert "余" not in listed


def test_own_registrations_show_the_number_and_the_draw(chat: Chat, twelve: OccurrenceFacts) -> None:
    enter(chat, "a")
    said = chat.say("a", "我的")
    assert "【已登记抽签】" in said
    assert "抽签号1号，5月28日（周四）09:00抽签" in said
    assert "入场码" not in said
    assert "已登记抽签" in chat.say("a", "入场码 12")


def test_an_entry_can_be_taken_back(chat: Chat, twelve: OccurrenceFacts) -> None:
    enter(chat, "a")
    asked = chat.say("a", "取消 12")
    assert "抽签登记" in asked
    assert "抽签号作废" in asked
    assert "已取消" in chat.say("a", "确认")
    assert "没有报名" in chat.say("a", "我的")
    assert "抽签号是2号" in chat.say("a", "报名 12 一大一小")


def test_after_the_closing_nobody_enters(chat: Chat, twelve: OccurrenceFacts) -> None:
    chat.now = CLOSES
    assert "报名已截止" in chat.say("a", ENTER.format(name="张三", phone="13800138000"))


def test_who_answers_too_late_is_told_and_not_drawn(chat: Chat, twelve: OccurrenceFacts) -> None:
    """No place is held for an entry, so nothing outlives the closing: the rules are asked at the end again."""
    chat.say("a", ENTER.format(name="张三", phone="13800138000"))
    chat.now = CLOSES
    assert "报名已截止" in chat.say("a", "同意")


def test_winners_and_losers_are_told_and_can_look_it_up(chat: Chat, twelve: OccurrenceFacts) -> None:
    for count, who in enumerate("abcd"):
        enter(chat, who, count)
    result = draw(chat, twelve).result
    whom = {number: "abcd"[number - 1] for number in range(1, 5)}
    won, lost = told(chat, NoticeKind.LOTTERY_WON), told(chat, NoticeKind.LOTTERY_LOST)
    assert sorted(who for who, _, _ in won) == sorted(whom[entry.number] for entry in result.of(Lot.WON))
    for _, said, short in won:
        assert "中签" in said
        assert "5月29日（周五）09:00前回复「确认 12」" in said
        assert "确认 12" in short
    assert [who for who, _, _ in lost] == [whom[entry.number] for entry in result.of(Lot.SUBSTITUTE)]
    for place, (who, said, _) in enumerate(lost, 1):
        assert "未中签" in said
        assert f"候补第{place}位" in said
        assert f"候补第{place}位" in chat.say(who, "我的")
    assert "待确认" in chat.say(won[0][0], "我的")
    detail = chat.say("z", "详情 12")
    assert "4组登记，2组中签" in detail
    assert digest(chat, twelve) in detail


def test_a_place_that_is_given_at_once_needs_no_answer(chat: Chat, twelve: OccurrenceFacts) -> None:
    with chat.db.writing() as tx:
        house = House(twelve.library_id, twelve.campaign_id, tx.execute(select(venue.c.id)).scalar_one())
        event_id = add_event(tx, house, "快闪", rules={"allocation": "lottery", "confirm_hours": 0})
        facts = add_occurrence(tx, house, 20, event_id=event_id, closes_at=CLOSES)
    chat.say("a", "报名 20 张三 13800138000 一大一小")
    chat.say("a", "同意")
    draw(chat, facts)
    ((_, said, short),) = told(chat, NoticeKind.LOTTERY_WON)
    for words in (said, short):
        assert "中签" in words
        assert re.search("名额已(为您)?确认", words)
        assert "「确认" not in words
    assert "入场码" in chat.say("a", "我的")


def test_after_the_draw_who_comes_late_stands_in_line_or_is_told_of_the_familys_place(
    chat: Chat, twelve: OccurrenceFacts
) -> None:
    """Sign-up was opened again until the start: from then on it is an event like any other."""
    for count, who in enumerate("ab"):
        enter(chat, who, count)
    draw(chat, twelve)
    with chat.db.writing() as tx:
        tx.execute(update(occurrence).where(occurrence.c.id == twelve.id).values(closes_at=None))
    assert "名额已满" in chat.say("c", ENTER.format(name="李四", phone="13800138099"))
    chat.say("c", "候补 12")
    assert "候补第1位" in chat.say("c", "同意")
    chat.say("d", ENTER.format(name="王五", phone="13800138000"))  # the phone of a
    chat.say("d", "候补 12")
    refused = chat.say("d", "同意")
    assert "限报一场" in refused
    assert "您家已有名额" in refused
    assert "暑期陶艺班（" not in refused, "whoever types a phone must not learn where its owner goes"


def test_siblings_enter_one_by_one(chat: Chat, twelve: OccurrenceFacts) -> None:
    with chat.db.writing() as tx:
        tx.execute(update(occurrence).where(occurrence.c.number == 13).values(event_id=twelve.event_id))
    enter(chat, "a")
    chat.say("a", "添加孩子 乐乐 2019")
    chat.say("a", "监护人同意")
    chat.say("a", "添加孩子 朵朵 2020")
    said = chat.say("a", "报名 12 乐乐 13 朵朵")
    assert "报名成功" not in said
    with chat.db.reading() as tx:
        assert list(tx.scalars(select(registration.c.status))) == ["entered"]


def test_a_family_that_has_won_in_the_set_is_told_why_it_is_not_drawn_elsewhere(
    chat: Chat, twelve: OccurrenceFacts
) -> None:
    enter(chat, "a")
    assert "已登记抽签" in chat.say("a", "报名 13 一大一小")  # at the same time, but of one set
    draw(chat, twelve)
    with chat.db.writing() as tx:
        other = tx.execute(select(registration.c.occurrence_id).where(registration.c.status == "entered")).scalar_one()
        draw_lottery(tx, other, chat.keys, CLOSES)
    ((who, said, _),) = told(chat, NoticeKind.LOTTERY_LOST)
    assert who == "a"
    assert "您家在同一系列活动中已有名额" in said
