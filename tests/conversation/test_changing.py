"""改 and 报名 together, as people who know every corner of the rules type them."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.sign_up_tables import registration_member
from bot.store.tables import registration
from tests.conversation.conftest import Chat
from tests.conversation.test_families import known, with_children
from tests.factories import add_event, add_house, add_occurrence


def open_event(chat: Chat, number: int = 12, **rules: object) -> None:
    with chat.db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, "重阳诗会", rules=rules)
        for each in (number, number + 3):
            add_occurrence(tx, house, each, event_id=event_id)


def test_no_name_and_no_phone_is_kept_after_consent_was_withdrawn(chat: Chat) -> None:
    """Seen to fail without the look at the consent: 改 stored both with the registration."""
    open_event(chat)
    known(chat)
    assert "报名成功" in chat.say("a", "报名 12 一大")
    chat.say("a", "撤回同意")
    said = chat.say("a", "改 12 李四 13900139000")
    assert "同意" in said
    with chat.db.reading() as tx:
        row = tx.execute(select(registration.c.name_enc, registration.c.phone_enc, registration.c.phone_hash)).one()
    assert tuple(row) == (None, None, None)


def test_ages_of_grown_ups_are_decided_upon_in_a_change_and_never_kept_as_childrens(chat: Chat) -> None:
    """The guardian's consent on record is about children."""
    open_event(chat, age_min=60, age_of="everyone")
    with_children(chat)
    chat.say("a", "报名 12 一大 65岁")
    chat.say("a", "确认")
    assert "年龄" in chat.say("a", "改 12 两大")
    assert "年龄不符" in chat.say("a", "改 12 两大 65岁和40岁")
    assert "已改好" in chat.say("a", "改 12 两大 65岁和70岁")
    with chat.db.reading() as tx:
        assert tx.execute(select(registration.c.adults)).scalar_one() == 2
        assert tx.execute(select(registration_member.c.age)).all() == []


def test_one_child_does_not_get_two_places_by_being_its_own_sibling(chat: Chat) -> None:
    open_event(chat, adults_min=1, children_min=1)
    with_children(chat)
    assert "一次" in chat.say("a", "报名 12 乐乐 15 乐乐")
    chat.say("a", "确认")
    with chat.db.reading() as tx:
        assert len(tx.execute(select(registration.c.id)).all()) <= 1
