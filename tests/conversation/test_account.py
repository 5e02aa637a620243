"""A reader's own data by message: seeing, correcting, withdrawing, deleting, unfollowing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.party import Party
from bot.services.registrations import sign_up
from bot.store.tables import audit, metadata, reader, request_note
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_house, add_occurrence, add_reader


@pytest.fixture
def known(chat: Chat) -> int:
    """A reader called "a" with a registration."""
    with chat.db.writing() as tx:
        house = add_house(tx)
        facts = add_occurrence(tx, house, 12)
        add_occurrence(tx, house, 13, starts_at=NOW + timedelta(days=3))
        reader_id = add_reader(tx, "a", chat.keys)
        sign_up(tx, reader_id, facts, Party(1, 0), None, chat.keys, NOW)
    return reader_id


def _actions(chat: Chat) -> list[str]:
    with chat.db.reading() as tx:
        return list(tx.scalars(select(audit.c.action)))


def test_everything_held_is_shown(chat: Chat, known: int) -> None:
    said = chat.say("a", "我的信息")
    assert "张三" in said
    assert "13800138000" in said
    assert "1项" in said


def test_names_given_for_one_registration_and_notes_are_shown_too(chat: Chat, known: int) -> None:
    assert "报名成功" in chat.say("a", "报名 13 李四 13900139000 1人")
    chat.say("a", "人工 想问停车")
    said = chat.say("a", "我的信息")
    assert "13号报名另填的联系人：李四" in said
    assert "留言：1条" in said


def test_a_stranger_has_nothing_on_record(chat: Chat) -> None:
    assert "未保存" in chat.say("nobody", "我的信息")


def test_phone_and_name_can_be_corrected(chat: Chat, known: int) -> None:
    assert "已更正" in chat.say("a", "修改 电话 13900139000")
    assert "13900139000" in chat.say("a", "我的信息")
    assert "已更正" in chat.say("a", "修改 姓名 李四")
    assert "李四" in chat.say("a", "我的信息")
    assert _actions(chat).count("amend") == 2


def test_withdrawn_consent_forgets_and_asks_again(chat: Chat, known: int) -> None:
    assert "已撤回" in chat.say("a", "撤回同意")
    assert "未保存" in chat.say("a", "我的信息")
    assert "您已报名" in chat.say("a", "报名 12")  # the place itself stays
    assert "「同意」" in chat.say("a", "报名 13")
    assert "withdraw" in _actions(chat)


def test_deleting_asks_first_and_leaves_no_personal_data(chat: Chat, known: int) -> None:
    assert "「确认」" in chat.say("a", "注销")
    assert "没有注销" in chat.say("a", "返回")
    chat.say("a", "注销")
    assert "已注销" in chat.say("a", "确认")
    assert "erase" in _actions(chat)
    _assert_nothing_personal(chat)


def test_unfollowing_leaves_no_personal_data(chat: Chat, known: int) -> None:
    chat.say("a", "人工 请打电话给张三")
    assert chat.unfollow("a") == ""
    _assert_nothing_personal(chat)


def _assert_nothing_personal(chat: Chat) -> None:
    with chat.db.reading() as tx:
        row = tx.execute(select(reader)).mappings().first()
        assert row is not None
        assert (row["openid"], row["name_enc"], row["phone_enc"], row["phone_hash"]) == (None, None, None, None)
        assert tx.execute(select(request_note)).all() == []
        everything = " ".join(str(tx.execute(select(table)).all()) for table in metadata.sorted_tables)
    for personal in ("张三", "13800138000"):
        assert personal not in everything


def test_reminders_can_be_switched(chat: Chat, known: int) -> None:
    assert "提醒已关闭" in chat.say("a", "提醒 关")
    assert "提醒：关" in chat.say("a", "我的信息")
    assert "提醒已开启" in chat.say("a", "提醒 开")


def test_a_person_is_called_and_the_words_are_sealed(chat: Chat, known: int) -> None:
    said = chat.say("a", "人工 我要投诉")
    assert "已转工作人员" in said
    assert "0839-3262000" in said
    with chat.db.reading() as tx:
        sealed = tx.execute(select(request_note.c.words_enc)).scalar_one()
    assert "投诉".encode() not in sealed


def test_a_lost_child_is_not_left_to_office_hours(chat: Chat, known: int) -> None:
    said = chat.say("a", "人工 孩子走丢了")
    assert "110" in said
    assert "上班时间" not in said


def test_a_stranger_is_not_said_to_be_kept(chat: Chat) -> None:
    assert "微信标识" not in chat.say("nobody", "我的信息")
