"""No-shows by message: told before one tries, refused with the reason, appealed, decided by a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.domain.kinds import NoticeKind, Role
from bot.services.erasure import withdraw_consent
from bot.services.staff import invite_staff
from bot.store.database import Database
from bot.store.outbox import get_letter
from bot.store.sign_up_tables import mark, suspension
from bot.store.tables import audit, library, notice, request_note
from bot.texts.notices import word_in_short, word_notice
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_occurrence
from tests.services.standing_rows import SETTLED, Season, open_season

TICKET = "https://lib.example/T/X"


def missing(chat: Chat, times: int, **rules: Any) -> Season:
    """A season in which "a" stayed away that often, settled; the clock stands on the day after."""
    season = open_season(chat.db, chat.keys, **rules)
    for day in range(times):
        season.hold(day, absent=["a"])
        season.settle(NOW + timedelta(days=day) + SETTLED)
    season.hold(40, present=[])  # number 20 + times + 1, open for sign-up
    chat.now = NOW + timedelta(days=times)
    return season


def code_of(db: Database) -> str:
    """The code of the only suspension."""
    with db.reading() as tx:
        return str(tx.scalars(select(suspension.c.code)).one())


def told(db: Database) -> list[str]:
    """Every notice in words."""
    with db.reading() as tx:
        return [word_notice(get_letter(tx, each), TICKET) for each in tx.scalars(select(notice.c.id).order_by("id"))]


def become(chat: Chat, who: str, role: Role, **scope: Any) -> None:
    """Bind a WeChat account to a role."""
    with chat.db.writing() as tx:
        code = invite_staff(tx, role, chat.keys, chat.now, **scope)
    assert "绑定成功" in chat.say(who, f"绑定 {code}")


# --- the policies, in both directions --------------------------------------------------------------------------------


def test_below_the_limit_readers_sign_up_and_see_how_far_they_are(chat: Chat) -> None:
    missing(chat, 2)
    said = chat.say("a", "我的信用")
    assert "90天内2次（满3次将暂停报名）" in said
    assert "《活动21》未到场也未取消" in said and "「申诉 " in said
    assert "报名成功" in chat.say("a", "报名 23 1人")


def test_at_the_limit_readers_see_it_before_they_try_and_are_refused_with_rule_events_and_end(chat: Chat) -> None:
    missing(chat, 3)
    for looked_at in ("我的", "24", "详情 24"):
        said = chat.say("a", looked_at)
        assert "您目前暂停报名" in said and "6月28日" in said, looked_at
    for tried in ("报名 24", "报名 24 张三 13800138000 1人", "候补 24"):
        said = chat.say("a", tried)
        assert "暂停报名" in said and "90天内有3次" in said and "6月28日" in said, tried
        assert all(f"《活动{number}》" in said for number in (21, 22, 23))
        assert f"「申诉 {code_of(chat.db)} 原因」" in said
    assert "暂停报名" in chat.say("a", "信用")


def test_a_suspended_stranger_to_the_form_is_told_before_any_question(chat: Chat) -> None:
    """Who has not agreed yet is asked for nothing: the refusal comes at the first 报名."""
    season = missing(chat, 3)
    with chat.db.writing() as tx:
        withdraw_consent(tx, season.readers["a"], chat.now)
    said = chat.say("a", "报名 24")
    assert "暂停报名" in said and "同意" not in said


def test_others_see_nothing_of_it_and_after_the_end_sign_up_is_open_again(chat: Chat) -> None:
    missing(chat, 3)
    assert "暂停报名" not in chat.say("stranger", "24")
    chat.now = NOW + timedelta(days=33)
    assert "暂停" not in chat.say("a", "我的")
    assert "报名成功" in chat.say("a", "报名 24 1人")


@pytest.mark.parametrize(
    ("rules", "times", "suspended"),
    [
        ({"standing": "none"}, 3, False),
        ({"ban_after": 1}, 1, True),
        ({"ban_after": 4}, 3, False),
        ({"ban_window_days": 1}, 3, False),
        ({"ban_days": 1}, 3, True),
        ({"standing": "points", "points_start": 30}, 3, True),
        ({"standing": "points", "points_start": 31}, 3, False),
        ({"standing": "points", "points_no_show": 5}, 3, False),
        ({"standing": "points", "points_no_show": 34}, 3, True),
    ],
)
def test_each_rule_of_the_policies_has_its_effect_in_both_directions(
    chat: Chat, rules: dict[str, Any], times: int, suspended: bool
) -> None:
    missing(chat, times, **rules)
    said = chat.say("a", f"报名 {21 + times} 1人")
    assert ("暂停报名" in said) is suspended
    assert ("报名成功" in said) is not suspended


def test_points_are_shown_with_what_each_record_cost(chat: Chat) -> None:
    season = missing(chat, 1, standing="points")
    season.hold(1, present=["a"])
    season.settle(NOW + timedelta(days=3))
    chat.now = NOW + timedelta(days=3)
    said = chat.say("a", "信用分")
    assert "信用分：95分（满分100分" in said
    assert "未到场也未取消，-10分" in said and "按时参加，+5分" in said


def test_readers_without_marks_are_told_that_all_is_well(chat: Chat) -> None:
    missing(chat, 1)
    for who in ("b", "somebody"):
        assert "没有爽约记录" in chat.say(who, "爽约记录")
        assert "无需申诉" in chat.say(who, "申诉")


# --- notices ---------------------------------------------------------------------------------------------------------


def test_notices_name_the_rule_how_near_it_is_and_how_to_appeal(chat: Chat) -> None:
    missing(chat, 3)
    first, second, last = told(chat.db)
    assert "没有签到记录" in first and "90天内第1次，满3次将暂停报名" in first and "「申诉 " in first
    assert "第2次" in second
    assert "【暂停报名】" in last and "《活动21》、《活动22》、《活动23》" in last and "6月28日" in last
    assert code_of(chat.db) in last
    with chat.db.reading() as tx:
        assert "暂停报名" in word_in_short(get_letter(tx, 3))


def test_points_notices_say_what_was_taken_and_what_is_left(chat: Chat) -> None:
    missing(chat, 2, standing="points", points_start=20)
    first, last = told(chat.db)
    assert "信用分扣10分，现有10分" in first
    assert "信用分已扣完" in last and "重新计算" in last


# --- appeal ----------------------------------------------------------------------------------------------------------


def test_an_appeal_goes_to_a_person_who_lifts_and_the_reader_signs_up_again(chat: Chat) -> None:
    missing(chat, 3)
    code = code_of(chat.db)
    said = chat.say("a", f"申诉 {code} 那天孩子发烧，没来得及取消")
    assert "申诉已收到" in said and "工作人员核对" in said and "6月2日" in said
    assert "暂停报名" in chat.say("a", "报名 24 1人")  # nothing is decided by itself
    become(chat, "boss", Role.ORGANISER)
    listed = chat.say("boss", "申诉")
    assert code in listed and "张*" in listed
    assert "《活动21》、《活动22》、《活动23》" in listed
    assert "那天孩子发烧" in listed and "13800138000" not in listed and "张三" not in listed
    done = chat.say("boss", f"解除暂停 {code.lower()} 情况属实")
    assert "已解除暂停" in done
    answer = told(chat.db)[-1]
    assert "【申诉结果】" in answer and "已为您恢复报名" in answer and "情况属实" in answer
    assert "报名成功" in chat.say("a", "报名 24 1人")
    assert "没有爽约记录" in chat.say("a", "我的信用")  # starts clean
    assert "没有待处理" in chat.say("boss", "申诉")
    with chat.db.reading() as tx:
        actions = tx.scalars(select(audit.c.action)).all()
        assert "lift_suspension" in actions and actions.count("void_mark") == 3
        row = tx.execute(select(suspension.c.reason, suspension.c.staff_id, suspension.c.lifted_at)).one()
        assert (row.reason, row.lifted_at) == ("情况属实", chat.now) and row.staff_id is not None


def test_an_appeal_may_be_upheld_with_a_reason_and_then_the_suspension_stays(chat: Chat) -> None:
    missing(chat, 3)
    code = code_of(chat.db)
    chat.say("a", "申诉 我明明到了")
    become(chat, "boss", Role.MANAGER)
    assert "写明原因" in chat.say("boss", f"维持 {code}")
    assert "维持原处理" in chat.say("boss", f"维持 {code} 签到记录已核对")
    assert "核对后维持原来的处理" in told(chat.db)[-1] and "签到记录已核对" in told(chat.db)[-1]
    assert "暂停报名" in chat.say("a", "报名 24 1人")
    assert "没有待处理" in chat.say("boss", f"维持 {code} 再说一次")
    assert len([each for each in told(chat.db) if "申诉结果" in each]) == 1


def test_a_second_decision_finds_that_it_was_decided(chat: Chat) -> None:
    """Seen to fail without the two looks for an earlier decision: the second was told 「已解除暂停」 as well."""
    missing(chat, 3)
    code = code_of(chat.db)
    chat.say("a", "申诉 我明明到了")
    become(chat, "one", Role.ORGANISER)
    become(chat, "two", Role.ORGANISER)
    assert "已解除暂停" in chat.say("one", f"解除暂停 {code}")
    assert "已经有人处理过" in chat.say("two", f"解除暂停 {code}")
    assert "已经有人处理过" in chat.say("two", f"维持 {code} 不同意")
    with chat.db.reading() as tx:
        kinds = tx.scalars(select(notice.c.kind)).all()
    assert kinds.count(NoticeKind.APPEAL_ANSWERED) == 1


def test_a_single_no_show_can_be_appealed_by_the_code_in_its_notice(chat: Chat) -> None:
    missing(chat, 2)
    with chat.db.reading() as tx:
        letter = get_letter(tx, 1)
    assert "申诉已收到" in chat.say("a", f"申诉 {letter.short_code} 我到场了")
    become(chat, "boss", Role.ORGANISER)
    assert letter.short_code in chat.say("boss", "申诉")
    assert "已撤销这条记录" in chat.say("boss", f"解除暂停 {letter.short_code} 纸质名单上有")
    assert "已撤销这次爽约记录" in told(chat.db)[-1]
    assert "90天内1次" in chat.say("a", "我的信用")


def test_an_appeal_without_a_code_is_against_what_hurts_now_and_needs_a_reason(chat: Chat) -> None:
    missing(chat, 3)
    said = chat.say("a", "申诉")
    assert "请写明情况" in said and code_of(chat.db) in said
    assert code_of(chat.db) in chat.say("a", "申诉 K7P2QX 不是我的编号")  # a foreign code belongs to the words
    become(chat, "boss", Role.ORGANISER)
    assert "K7P2QX 不是我的编号" in chat.say("boss", "申诉")


def test_an_appeal_with_nothing_to_appeal_is_passed_on_so_that_nothing_is_lost(chat: Chat) -> None:
    missing(chat, 1)
    assert "已转工作人员" in chat.say("b", "申诉 你们的空调太冷")
    with chat.db.reading() as tx:
        assert tx.scalars(select(request_note.c.kind)).all() == ["person"]


def test_many_appeals_of_one_reader_are_not_piled_up_and_long_ones_are_cut(chat: Chat) -> None:
    missing(chat, 3)
    for number in range(5):
        assert "申诉已收到" in chat.say("a", f"申诉 理由{number} " + "很长" * 2000)
    assert "已在处理中" in chat.say("a", "申诉 理由6")
    become(chat, "boss", Role.ORGANISER)
    assert "待处理的申诉（5条）" in chat.say("boss", "申诉")


def test_only_organisers_in_charge_decide_and_nobody_about_themselves(chat: Chat) -> None:
    season = missing(chat, 3)
    code = code_of(chat.db)
    chat.say("a", "申诉 我明明到了")
    with chat.db.writing() as tx:
        row = {"code": "b", "name": "分馆", "aliases": [], "level": "branch"}
        branch = int(tx.execute(insert(library).values(**row)).inserted_primary_key[0])  # type: ignore[index]
    become(chat, "door", Role.VENUE)
    become(chat, "elsewhere", Role.ORGANISER, library_id=branch)
    become(chat, "here", Role.ORGANISER, library_id=season.house.library_id)
    become(chat, "a", Role.MANAGER)
    for who in ("stranger", "door", "elsewhere", "a"):
        for order in (f"解除暂停 {code}", f"维持 {code} 不同意"):
            assert "没有权限" in chat.say(who, order), who
    assert "没有待处理" in chat.say("elsewhere", "申诉")
    assert "没有找到" in chat.say("here", "解除暂停 ZZZZZZ")
    assert "已解除暂停" in chat.say("here", f"解除暂停 {code}")


def test_words_of_an_appeal_are_sealed_and_go_with_the_person(chat: Chat) -> None:
    missing(chat, 3)
    chat.say("a", "申诉 张三的孩子发烧")
    with chat.db.reading() as tx:
        assert "发烧".encode() not in tx.scalars(select(request_note.c.words_enc)).one()
    chat.say("a", "注销")
    assert "已注销" in chat.say("a", "确认")
    with chat.db.reading() as tx:
        for table in (request_note, mark, suspension):
            assert tx.execute(select(table)).all() == []
        assert all(facts == {} for facts in tx.scalars(select(notice.c.facts)))


def test_lifting_without_an_appeal_is_told_as_what_it_is(chat: Chat) -> None:
    missing(chat, 3)
    become(chat, "boss", Role.ORGANISER)
    chat.say("boss", f"解除暂停 {code_of(chat.db)} 参加了志愿服务")
    assert "【恢复报名】" in told(chat.db)[-1] and "申诉" not in told(chat.db)[-1]


def test_readers_in_line_before_keep_their_place(chat: Chat) -> None:
    """What was promised before the suspension is kept; only new sign-ups are refused."""
    season = missing(chat, 2)
    with chat.db.writing() as tx:
        full = add_occurrence(tx, season.house, 60, starts_at=NOW + timedelta(days=50))
    assert "报名成功" in chat.say("a", "报名 60 1人")
    season.hold(2, absent=["a"])
    season.settle(NOW + timedelta(days=3))
    chat.now = NOW + timedelta(days=3)
    said = chat.say("a", "我的")
    assert "暂停报名" in said and f"{full.number}. " in said and "入场码" in said
    with chat.db.writing() as tx:
        tx.execute(update(suspension).values(lifted_at=chat.now))
    assert "暂停报名" not in chat.say("a", "我的")


def test_what_is_held_is_named_among_the_readers_own_data(chat: Chat) -> None:
    missing(chat, 2)
    assert "爽约记录：2条" in chat.say("a", "我的信息")
    assert "爽约记录" not in chat.say("somebody", "我的信息")


@pytest.mark.parametrize(
    "typed",
    ["我的信用", "信用", "爽约记录", "我的信用怎么样", "我为什么被暂停报名了", "請問我的爽約記錄", "信用！"],
)
def test_standing_is_asked_for_in_many_ways(chat: Chat, typed: str) -> None:
    missing(chat, 1)
    assert "90天内1次" in chat.say("a", typed), typed


@pytest.mark.parametrize(
    "typed",
    [
        "申诉 {code} 到场了",
        "申诉：{code}，到场了",
        "我要申诉 {lower} 到场了",
        "申訴{code}到场了",
        "你好，我想申诉，我到场了",
    ],
)
def test_appeals_are_understood_as_they_are_typed(chat: Chat, typed: str) -> None:
    missing(chat, 3)
    code = code_of(chat.db)
    assert f"编号 {code}" in chat.say("a", typed.format(code=code, lower=code.lower())), typed
    become(chat, "boss", Role.ORGANISER)
    assert "到场了" in chat.say("boss", "申诉")
