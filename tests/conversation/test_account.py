"""A reader's own data by message: seeing, correcting, withdrawing, deleting, unfollowing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.kinds import ConsentKind
from bot.domain.party import Party
from bot.services.consent import give_consent
from bot.services.reader_sessions import find_session, use_link
from bot.services.registrations import sign_up
from bot.store.amendments import find_consent, save_card
from bot.store.companions import Member, add_answers, add_dependant, add_members
from bot.store.tables import audit, consent, metadata, reader, registration, request_note
from bot.texts.consent import GUARDIAN_VERSION
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


def test_a_link_opens_the_readers_own_pages_and_only_the_last_one_is_good(chat: Chat, known: int) -> None:
    said = [chat.say("a", "网页"), chat.say("a", "我的网页")]
    tokens = [re.findall(r"https://lib.example/me/enter/([\w-]+)", words) for words in said]
    assert "只能用一次" in said[0]
    with chat.db.writing() as tx:
        assert use_link(tx, tokens[0][0], chat.keys, NOW) is None
        session = use_link(tx, tokens[1][0], chat.keys, NOW)
        assert session is not None
        reader = find_session(tx, session, chat.keys, NOW)
    assert reader is not None
    assert reader.id == known


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


def add_family(chat: Chat, reader_id: int) -> None:
    """A card, a child with the guardian's consent, its age on registration 12, and an answer there."""
    with chat.db.writing() as tx:
        save_card(tx, reader_id, "GY00012345", chat.keys)
        give_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION, chat.now)
        consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, GUARDIAN_VERSION)
        place = tx.execute(select(registration.c.id).where(registration.c.reader_id == reader_id)).scalar_one()
        assert consent_id is not None
        child = add_dependant(tx, reader_id, "乐乐", 2019, consent_id, chat.keys)
        add_members(tx, place, [Member(7, consent_id, child.id)])
        add_answers(tx, place, {"diet": "花生过敏"}, chat.keys)


def test_children_card_answers_and_consents_are_shown_too(chat: Chat, known: int) -> None:
    add_family(chat, known)
    said = chat.say("a", "我的信息")
    for held in ("读者证：******2345", "乐乐，2019年出生", "7岁", "花生过敏", f"监护人同意） {GUARDIAN_VERSION}版"):
        assert held in said
    assert "GY00012345" not in said


def test_a_link_to_the_full_copy_is_given_to_whoever_is_on_record(chat: Chat, known: int) -> None:
    assert re.search(r"https://lib\.example/my-data/[A-Z2-7]{40}", chat.say("a", "我的信息"))
    assert "/my-data/" not in chat.say("nobody", "我的信息")


def test_card_and_child_can_be_corrected(chat: Chat, known: int) -> None:
    assert "没有保存" in chat.say("a", "修改 读者证 GY00099999")
    add_family(chat, known)
    assert "已更正" in chat.say("a", "修改 读者证 GY00099999")
    assert "9999" in chat.say("a", "我的信息")
    assert "已更正" in chat.say("a", "修改 孩子 乐乐 2018")
    assert "乐乐，2018年出生" in chat.say("a", "我的信息")
    assert "没有找到这个孩子" in chat.say("a", "修改 孩子 天天 2018")
    assert "没有找到这个孩子" in chat.say("a", "修改 孩子 乐乐 1958")
    assert "没有认出读者证号" in chat.say("a", "修改 读者证")


def test_the_guardians_consent_can_be_taken_back_alone(chat: Chat, known: int) -> None:
    """The children go, the place and the reader's own data stay."""
    assert "没有保存孩子的信息" in chat.say("a", "撤回监护人同意")
    add_family(chat, known)
    assert "已撤回监护人同意" in chat.say("a", "撤回监护人同意")
    said = chat.say("a", "我的信息")
    for gone in ("乐乐", "7岁", GUARDIAN_VERSION + "版，5月27日（周三）09:00）"):
        assert gone not in said
    for kept in ("张三", "2345", "花生过敏", "1项"):
        assert kept in said
    assert "withdraw_guardian" in _actions(chat)


def test_withdrawing_everything_takes_the_children_along(chat: Chat, known: int) -> None:
    add_family(chat, known)
    assert "已撤回" in chat.say("a", "撤回同意")
    said = chat.say("a", "我的信息")
    for gone in ("张三", "2345", "乐乐", "7岁", "花生"):
        assert gone not in said
    assert "1项" in said


def test_a_new_version_of_the_notice_asks_again(chat: Chat, known: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Library-domain P3; and not again and again after the yes."""
    monkeypatch.setattr("bot.texts.consent.PRIVACY_VERSION", "2027-01")
    assert "「同意」" in chat.say("a", "报名 13")
    chat.say("a", "同意")
    assert "报名成功" in chat.say("a", "1人") + chat.say("a", "确认")
    with chat.db.reading() as tx:
        given = [row.version for row in tx.execute(select(consent.c.version).order_by(consent.c.id))]
    assert given[-1] == "2027-01"
    assert "「同意」" not in chat.say("a", "报名 13")


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
