"""Signing up by message, as readers type it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.party import Party
from bot.services.registrations import sign_up
from bot.store.tables import consent, occurrence, reader, registration
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_event, add_house, add_occurrence, add_reader

ALL_AT_ONCE = "报名 12 张三 13800138000 一大一小"


@pytest.fixture
def programme(chat: Chat):
    """Number 12 with three seats, 13 with one, both in two days."""
    with chat.db.writing() as tx:
        house = add_house(tx)
        twelve = add_occurrence(tx, house, 12, capacity=3, title="亲子绘本阅读")
        add_occurrence(tx, house, 13, capacity=1, title="中国梦主题讲座")
    return twelve


def _status(chat: Chat) -> list[str]:
    with chat.db.reading() as tx:
        return list(tx.scalars(select(registration.c.status).order_by(registration.c.id)))


def test_everything_in_one_message_needs_only_consent(chat: Chat, programme) -> None:
    asked = chat.say("a", ALL_AT_ONCE)
    assert "「同意」" in asked
    assert "https://lib.example/privacy" in asked
    assert _status(chat) == ["held"]
    with chat.db.reading() as tx:
        assert tx.execute(select(reader.c.name_enc)).scalar_one() is None  # nothing personal before consent
    done = chat.say("a", "同意")
    assert "报名成功" in done
    assert "https://lib.example/T/" in done
    assert "张三" in done
    assert "1大1小" in done
    assert _status(chat) == ["confirmed"]


def test_consent_is_recorded_with_version_and_moment(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    chat.say("a", "同意")
    with chat.db.reading() as tx:
        row = tx.execute(select(consent.c.kind, consent.c.version, consent.c.given_at)).one()
    assert tuple(row) == ("privacy", "2026-11", NOW)


def test_confirm_is_never_consent(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    assert "「同意」" in chat.say("a", "确认")
    assert _status(chat) == ["held"]


def test_one_question_at_a_time_then_read_back(chat: Chat, programme) -> None:
    assert "「同意」" in chat.say("a", "报名 12")
    assert "怎么称呼" in chat.say("a", "同意")
    assert "电话" in chat.say("a", "李四")
    assert "几位" in chat.say("a", "13800138001")
    back = chat.say("a", "一大一小")
    assert "「确认」" in back
    assert "李四" in back
    assert "报名成功" in chat.say("a", "确认")
    assert _status(chat) == ["confirmed"]


def test_a_bare_number_answers_how_many(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四", "13800138001"):
        chat.say("a", text)
    assert "2大" in chat.say("a", "2")


def test_answers_may_come_several_at_once(chat: Chat, programme) -> None:
    chat.say("a", "报名12")
    chat.say("a", "同意")
    assert "「确认」" in chat.say("a", "李四 13800138001 两大一小")


def test_a_wrong_phone_is_asked_again(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四"):
        chat.say("a", text)
    assert "不像能拨通" in chat.say("a", "1380013")
    assert "几位" in chat.say("a", "13800138001")


def test_details_can_be_mended_at_the_read_back(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四", "13800138001", "一大一小"):
        chat.say("a", text)
    assert "2大" in chat.say("a", "两大")
    done = chat.say("a", "确认")
    assert "报名成功" in done
    assert "2大" in done


def test_known_readers_are_not_asked_again(chat: Chat, programme) -> None:
    with chat.db.writing() as tx:
        add_reader(tx, "a", chat.keys)
    assert "报名成功" in chat.say("a", "报名 12 一个人")


def test_after_disagreeing_nothing_is_kept_and_the_rest_goes_on(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    assert "没有保存" in chat.say("a", "不同意")
    assert _status(chat) == ["expired"]
    assert "亲子绘本阅读" in chat.say("a", "活动")


def test_again_the_same_ticket_and_no_second_place(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    first = chat.say("a", "同意")
    again = chat.say("a", ALL_AT_ONCE)
    assert "您已报名" in again
    link = next(line for line in first.splitlines() if line.startswith("https://lib.example/T/"))
    assert link in again
    assert _status(chat) == ["confirmed"]


def test_when_full_the_waitlist_is_offered_and_joined(chat: Chat, programme) -> None:
    with chat.db.writing() as tx:
        for who in ("a", "b", "c"):
            add_reader(tx, who, chat.keys)
        sign_up(tx, add_reader(tx, "x", chat.keys), programme, Party(3, 0), None, chat.keys, NOW)
    assert "名额已满" in chat.say("a", "报名 12 1人")
    assert "候补第1位" in chat.say("a", "确认")
    chat.say("b", "报名 12 1人")
    assert "候补第2位" in chat.say("b", "候补")
    assert "候补第3位" in chat.say("c", "候补 12 1人")
    assert "候补第2位" in chat.say("b", "报名 12")


def test_before_opening_the_exact_moment_is_told(chat: Chat) -> None:
    with chat.db.writing() as tx:
        add_occurrence(tx, add_house(tx), 12, opens_at=NOW + timedelta(hours=2))
    said = chat.say("a", ALL_AT_ONCE)
    assert "报名尚未开始" in said
    assert "5月27日（周三）11:00" in said


def test_after_closing_it_says_so(chat: Chat) -> None:
    with chat.db.writing() as tx:
        add_occurrence(tx, add_house(tx), 12, closes_at=NOW)
    assert "报名已截止" in chat.say("a", ALL_AT_ONCE)


def test_too_many_people_are_refused_by_the_rule(chat: Chat, programme) -> None:
    assert "人数不符" in chat.say("a", "报名 12 张三 13800138000 9人")
    assert _status(chat) == []


def test_events_without_sign_up_say_so(chat: Chat) -> None:
    with chat.db.writing() as tx:
        house = add_house(tx)
        add_occurrence(tx, house, 5, event_id=add_event(tx, house, "图片展", sign_up="none"))
    assert "无需报名" in chat.say("a", "报名 5")


def test_an_unknown_number_says_how_to_find_the_right_one(chat: Chat, programme) -> None:
    said = chat.say("a", "报名 99")
    assert "没有找到" in said
    assert "「活动」" in said


def test_a_title_stands_for_the_number_after_reading_back(chat: Chat, programme) -> None:
    with chat.db.writing() as tx:
        add_reader(tx, "a", chat.keys)
    back = chat.say("a", "我想报名亲子绘本阅读 一大一小")
    assert "12. 亲子绘本阅读" in back
    assert _status(chat) == []
    assert "报名成功" in chat.say("a", "确认")


def test_any_command_leaves_the_dialogue(chat: Chat, programme) -> None:
    chat.say("a", "报名 12")
    chat.say("a", "同意")
    assert "亲子绘本阅读" in chat.say("a", "活动")
    assert "没有找到报名" in chat.say("a", "取消 13")


def test_leaving_gives_the_held_place_back(chat: Chat, programme) -> None:
    chat.say("a", "报名 12")
    chat.say("a", "退出")
    assert _status(chat) == ["expired"]


def test_a_flushed_redis_in_mid_dialogue_loses_no_place(chat: Chat, programme) -> None:
    chat.say("a", "报名 12")
    chat.redis.flushall()
    assert "怎么称呼" in chat.say("a", "同意")
    chat.redis.flushall()
    assert "报名成功" in chat.say("a", "张三 13800138000 一大一小")


def test_several_families_are_told_how_to_sign_up(chat: Chat, programme) -> None:
    said = chat.say("a", "报名 12\n1. 张三 13800138000 一大一小\n2. 李四 13800138001 一大一小")
    assert "一个微信号" in said
    assert _status(chat) == []


def test_a_late_answer_after_the_hold_still_finds_the_free_place(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四", "13800138001"):
        chat.say("a", text)
    chat.now = NOW + timedelta(minutes=12)
    chat.say("a", "一大一小")
    assert "报名成功" in chat.say("a", "确认")


def test_joining_the_line_just_offered_asks_nothing_again(chat: Chat, programme) -> None:
    """The refusal teaches 候补 13; name, phone and party typed with 报名 13 still hold."""
    with chat.db.writing() as tx:
        add_reader(tx, "a", chat.keys)
        add_reader(tx, "b", chat.keys)
    chat.say("a", "报名 13 1人")
    assert "名额已满" in chat.say("b", "报名 13 1人")
    assert "候补第1位" in chat.say("b", "候补 13")


def test_a_yes_to_the_place_is_no_consent(chat: Chat, programme) -> None:
    """同意 counts only after the notice was shown (library-domain P3)."""
    assert "12. 亲子绘本阅读" in chat.say("a", "我想报名亲子绘本阅读 张三 13800138000 一大一小")
    assert "https://lib.example/privacy" in chat.say("a", "同意")
    with chat.db.reading() as tx:
        assert tx.execute(select(consent.c.id)).all() == []
    assert "报名成功" in chat.say("a", "同意")


def test_agreeing_to_wait_is_no_consent(chat: Chat, programme) -> None:
    with chat.db.writing() as tx:
        sign_up(tx, add_reader(tx, "x", chat.keys), programme, Party(3, 0), None, chat.keys, NOW)
    chat.say("a", ALL_AT_ONCE)
    assert "https://lib.example/privacy" in chat.say("a", "同意")
    assert "候补第1位" in chat.say("a", "同意")


def test_a_place_held_before_consent_asks_for_consent_after_a_loss(chat: Chat, programme) -> None:
    chat.say("a", "报名 12")
    chat.redis.flushall()
    assert "「同意」" in chat.say("a", "好的")


def test_data_typed_instead_of_consent_are_kept_until_consent(chat: Chat, programme) -> None:
    chat.say("a", "报名 12")
    assert "「不同意」" in chat.say("a", "张三 13800138000 一大一小")
    with chat.db.reading() as tx:
        assert tx.execute(select(reader.c.name_enc)).scalar_one() is None
    assert "报名成功" in chat.say("a", "同意")


def test_after_leaving_an_unknown_word_asks_the_open_question_again(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "活动"):
        chat.say("a", text)
    said = chat.say("a", "能带狗吗")
    assert "怎么称呼" in said
    assert "没能认出" not in said


def test_disagreeing_does_not_deny_what_is_on_record(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    chat.say("a", "同意")
    said = chat.say("a", "不同意")
    assert "没有保存您的任何信息" not in said
    assert "「撤回同意」" in said


def test_a_mistake_at_the_read_back_keeps_the_place(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四", "13800138001", "一大一小"):
        chat.say("a", text)
    assert "怎么称呼" in chat.say("a", "填错了")
    assert _status(chat) == ["held"]


def test_a_small_number_at_the_read_back_mends_the_party(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四", "13800138001", "一大一小"):
        chat.say("a", text)
    assert "3大" in chat.say("a", "3")


def test_looking_something_up_does_not_end_the_questions(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意"):
        chat.say("a", text)
    assert "中国梦" in chat.say("a", "13")
    assert "电话" in chat.say("a", "李四")


def test_a_party_is_no_name(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意"):
        chat.say("a", text)
    assert "怎么称呼" in chat.say("a", "一大一小")


def test_whoever_asks_why_a_phone_is_needed_is_told(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四"):
        chat.say("a", text)
    said = chat.say("a", "为什么要电话")
    assert "不像" not in said
    assert "「退出」" in said


def test_standing_in_line_already_is_told_at_once(chat: Chat, programme) -> None:
    with chat.db.writing() as tx:
        sign_up(tx, add_reader(tx, "x", chat.keys), programme, Party(3, 0), None, chat.keys, NOW)
        add_reader(tx, "a", chat.keys)
    chat.say("a", "候补 12 1人")
    assert "候补第1位" in chat.say("a", "候补 12")


def test_further_numbers_are_not_dropped_in_silence(chat: Chat, programme) -> None:
    with chat.db.writing() as tx:
        add_reader(tx, "a", chat.keys)
    said = chat.say("a", "报名 12、13 1人")
    assert "报名成功" in said
    assert "「报名 13」" in said


def test_what_was_typed_still_holds_after_choosing_among_several(chat: Chat) -> None:
    with chat.db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, "优秀国产影片放映", rules={"per_event": None})
        for number in (20, 21):
            add_occurrence(tx, house, number, event_id=event_id, starts_at=NOW + timedelta(days=number - 18))
        add_reader(tx, "a", chat.keys)
    assert "20. 优秀国产影片放映" in chat.say("a", "报名影片 王五 13900139000 一大一小")
    done = chat.say("a", "21")
    assert "报名成功" in done
    assert "王五（139****9000），1大1小" in done
    assert "找到几场" in chat.say("a", "报名影片 2人")
    assert "报名成功" in chat.say("a", "周五那场")


def test_a_day_and_a_kind_find_the_occurrence(chat: Chat, programme) -> None:
    said = chat.say("a", "我想报名后天的讲座")
    assert "13. 中国梦主题讲座" in said
    assert "12." not in said


def test_an_occurrence_called_off_gives_no_ticket_and_needs_no_cancelling(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    chat.say("a", "同意")
    with chat.db.writing() as tx:
        tx.execute(update(occurrence).values(status="cancelled"))
    for text in ("入场码 12", "取消 12", "报名 12"):
        said = chat.say("a", text)
        assert "本场已取消" in said
        assert "/T/" not in said
    assert "【已取消】" in chat.say("a", "12").splitlines()[0]


def test_thinking_better_of_cancelling_keeps_the_place(chat: Chat, programme) -> None:
    chat.say("a", ALL_AT_ONCE)
    chat.say("a", "同意")
    chat.say("a", "取消 12")
    assert "保留不变" in chat.say("a", "不取消了")
    assert _status(chat) == ["confirmed"]


def test_a_landline_is_read_back_with_its_area_code(chat: Chat, programme) -> None:
    chat.say("a", "报名 12 张三 0839-3262000 1人")
    assert "0839****2000" in chat.say("a", "同意")


def test_a_bad_phone_is_quoted_without_the_sentence_around_it(chat: Chat, programme) -> None:
    for text in ("报名 12", "同意", "李四"):
        chat.say("a", text)
    assert "「3262000」" in chat.say("a", "我没有手机，家里电话3262000")
