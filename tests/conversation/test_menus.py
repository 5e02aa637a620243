"""The numbered menu of accounts without one, the buttons of the menus, and the ticket's card."""

from __future__ import annotations

import pytest

from bot.conversation.engine import Conversation
from bot.conversation.intents import recognise
from bot.conversation.messages import NewsReply, TextMessage, TextReply
from bot.conversation.talk import Desk
from bot.domain.capability import Capability, CapabilityState
from bot.domain.kinds import Role
from bot.store.attempts import Attempts
from bot.store.capabilities import Capabilities, save_states
from bot.store.dialogues import Dialogues
from bot.store.readers import get_or_add_person
from bot.store.staff import save_role
from bot.texts.commands import Command
from tests.conversation.conftest import Chat
from tests.conversation.town import add_programme, register
from tests.factories import NOW

MENU = "01 看活动　02 我的报名　03 帮助"
STAFF_MENU = "04 今日　05 记录"


def grant(chat: Chat, *capabilities: Capability) -> None:
    """The account has these rights."""
    with chat.db.writing() as tx:
        save_states(tx, [(each, CapabilityState.GRANTED, "test") for each in capabilities], NOW)


def hire(chat: Chat, who: str) -> None:
    """A member of the venue's staff."""
    with chat.db.writing() as tx:
        save_role(tx, get_or_add_person(tx, who, NOW).id, Role.VENUE, None, NOW)


@pytest.mark.parametrize(
    ("said", "command", "number"),
    [
        ("01", Command.LIST, None),
        ("０１", Command.LIST, None),
        ("零一", Command.LIST, None),
        ("〇二", Command.MINE, None),
        ("0 2", Command.MINE, None),
        ("02。", Command.MINE, None),
        ("O3", Command.HELP, None),
        ("04", Command.TODAY, None),
        ("05", Command.TALLY, None),
        ("06", Command.STATS, None),
        ("07", Command.SCANNER, None),
        ("09", Command.HELP, None),
        ("1", Command.DETAIL, 1),
        ("12", Command.DETAIL, 12),
        ("012", Command.DETAIL, 12),
        ("零", Command.UNKNOWN, None),
        ("00", Command.UNKNOWN, None),
        ("0839", Command.DETAIL, 839),
        ("08393262000", Command.UNKNOWN, None),
    ],
)
def test_numbers_of_the_menu_begin_with_zero(said: str, command: Command, number: int | None) -> None:
    intent = recognise(said)
    assert (intent.command, intent.number) == (command, number)


def test_account_without_a_menu_shows_the_numbered_one(chat: Chat) -> None:
    hire(chat, "小李")
    for answer in (chat.follow("妈妈"), chat.say("妈妈", "你好"), chat.say("妈妈", "帮助"), chat.say("妈妈", "03")):
        assert MENU in answer
        assert STAFF_MENU not in answer
    assert STAFF_MENU in chat.say("小李", "你好")
    chat.say("小李", "帮助")
    assert STAFF_MENU in chat.say("小李", "更多")


def test_account_with_a_menu_shows_no_other_but_understands_it(chat: Chat) -> None:
    grant(chat, Capability.MENU)
    assert MENU not in chat.follow("妈妈") + chat.say("妈妈", "你好") + chat.say("妈妈", "帮助")
    assert chat.say("妈妈", "02") == chat.say("妈妈", "我的") == chat.tap("妈妈", "MINE")


def test_number_of_the_menu_is_an_answer_where_something_was_asked(chat: Chat) -> None:
    with chat.db.writing() as tx:
        add_programme(tx, chat.keys)
    chat.say("妈妈", "报名 3")
    assert "报名成功" not in chat.say("妈妈", "01")
    assert "同意" in chat.say("妈妈", "报名 3")


def test_button_for_records_says_how_and_readers_are_told_that_it_is_not_theirs(chat: Chat) -> None:
    hire(chat, "小李")
    for said in (chat.tap("小李", "RECORD"), chat.say("小李", "05"), chat.say("小李", "记录")):
        assert "「记录 宣传单 300 份 12」" in said
        assert "「现场 8 12」" in said
    for button in ("RECORD", "STATS", "SCANNER"):
        assert "没有权限" in chat.tap("妈妈", button)
    assert "没有权限" in chat.scan("妈妈", "K7P2QX")


def _ask_for_ticket(chat: Chat, public_url: str) -> tuple[object, bytes | None]:
    with chat.db.writing() as tx:
        add_programme(tx, chat.keys)
        register(tx, chat.keys, "妈妈", 3, "1大1小", NOW)
    desk = Desk(chat.keys, Attempts(chat.redis, chat.keys), public_url, capabilities=Capabilities())
    turn = Conversation(desk, Dialogues(chat.keys)).prepare(TextMessage("妈妈", NOW, b"a message", "票 3"), None)
    with chat.db.reading() as tx:
        return turn.run(tx, NOW), turn.wish()


def test_ticket_is_a_card_where_phones_can_load_our_picture(chat: Chat) -> None:
    reply, wish = _ask_for_ticket(chat, "https://lib.example")
    assert wish is None
    assert isinstance(reply, NewsReply)
    (card,) = reply.articles
    assert card.url.startswith("https://lib.example/T/")
    assert card.picture_url.startswith(card.url)
    assert card.title.startswith("入场码 · 3. ")
    for words in ("时间：", "地点：", "入场码 ", "「取消 3」"):
        assert words in card.description
    assert card.url in reply.instead


def test_ticket_is_words_where_they_cannot(chat: Chat) -> None:
    reply, wish = _ask_for_ticket(chat, "http://10.0.0.2:8000")
    assert isinstance(reply, TextReply)
    assert wish is None


def test_ticket_is_words_and_a_wish_where_the_account_sends_pictures(chat: Chat) -> None:
    grant(chat, Capability.CUSTOMER_SERVICE, Capability.MEDIA)
    reply, wish = _ask_for_ticket(chat, "https://lib.example")
    assert isinstance(reply, TextReply)
    assert "https://lib.example/T/" in reply.text
    assert wish is not None
