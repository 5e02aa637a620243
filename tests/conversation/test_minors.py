"""Minors' data in the chat of staff: a reason, another person's approval, a day, and a row for every look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.kinds import ConsentKind, Role
from bot.domain.party import Party
from bot.domain.registration import Registered
from bot.services.registrations import sign_up
from bot.services.staff import invite_staff
from bot.store.amendments import find_consent
from bot.store.companions import Member, add_dependant, add_members
from bot.store.readers import add_consent
from bot.store.sign_up_tables import minor_access
from bot.store.tables import audit, registration
from bot.texts.consent import GUARDIAN_VERSION
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_house, add_occurrence, add_reader


@pytest.fixture
def staffed(chat: Chat) -> Chat:
    """Occurrence 12 with 乐乐 (7) and a child without nickname (5), 13 with nobody; venue staff for 12, two managers."""
    with chat.db.writing() as tx:
        house = add_house(tx)
        facts = add_occurrence(tx, house, 12)
        add_occurrence(tx, house, 13)
        guardian = add_reader(tx, "guardian", chat.keys)
        place = sign_up(tx, guardian, facts, Party(1, 2), None, chat.keys, NOW)
        assert isinstance(place, Registered)
        add_consent(tx, guardian, ConsentKind.GUARDIAN, GUARDIAN_VERSION, NOW)
        consent_id = find_consent(tx, guardian, ConsentKind.GUARDIAN, GUARDIAN_VERSION)
        assert consent_id is not None
        child = add_dependant(tx, guardian, "乐乐", 2019, consent_id, chat.keys)
        add_members(tx, place.registration.id, [Member(7, consent_id, child.id), Member(5, consent_id)])
        codes = {
            "venue": invite_staff(tx, Role.VENUE, chat.keys, NOW, occurrence_ids=[facts.id]),
            "manager": invite_staff(tx, Role.MANAGER, chat.keys, NOW),
            "other": invite_staff(tx, Role.MANAGER, chat.keys, NOW),
        }
    for who, code in codes.items():
        assert "绑定成功" in chat.say(who, f"绑定 {code}")
    return chat


def looks(chat: Chat) -> list[str]:
    """What the audit trail says of minors' data."""
    with chat.db.reading() as tx:
        actions = tx.scalars(select(audit.c.action).order_by(audit.c.id))
        return [action for action in actions if action.endswith("_minors")]


def test_from_asking_to_looking(staffed: Chat) -> None:
    assert "原因" in staffed.say("venue", "查看名单 12")
    assert "申请号 1" in staffed.say("venue", "查看名单 12 按年龄分组")
    assert "还没有批准" in staffed.say("venue", "查看名单 12")
    assert "原因：按年龄分组" in staffed.say("manager", "批准名单")
    assert "已批准申请 1" in staffed.say("manager", "批准名单 1")
    said = staffed.say("venue", "查看名单 12")
    assert "1. 乐乐，7岁" in said
    assert "2. 未留小名，5岁" in said
    assert "张三" not in said
    assert "138" not in said
    staffed.say("venue", "查看名单 12")
    assert looks(staffed) == ["ask_minors", "approve_minors", "look_minors", "look_minors"]


def test_the_approval_ends_after_a_day(staffed: Chat) -> None:
    staffed.say("venue", "查看名单 12 分组")
    staffed.say("manager", "批准名单 1")
    staffed.now += timedelta(hours=23, minutes=59)
    assert "乐乐" in staffed.say("venue", "查看名单 12")
    staffed.now += timedelta(minutes=1)
    assert "乐乐" not in staffed.say("venue", "查看名单 12")


def test_nobody_approves_their_own_request(staffed: Chat) -> None:
    """Neither by message nor by writing the row: the schema refuses it as well."""
    staffed.say("manager", "查看名单 12 想看看")
    assert "不能批准自己的申请" in staffed.say("manager", "批准名单 1")
    assert "乐乐" not in staffed.say("manager", "查看名单 12")
    with pytest.raises(IntegrityError), staffed.db.writing() as tx:
        tx.execute(update(minor_access).values(approved_by=minor_access.c.staff_id))
    assert "已批准" in staffed.say("other", "批准名单 1")
    assert "乐乐" in staffed.say("manager", "查看名单 12")


def test_only_managers_approve_and_only_staff_ask(staffed: Chat) -> None:
    staffed.say("manager", "查看名单 12 想看看")
    assert "没有权限" in staffed.say("venue", "批准名单 1")
    assert "没有权限" in staffed.say("venue", "批准名单")
    assert "没有权限" in staffed.say("guardian", "查看名单 12 想看看")
    assert "没有权限" in staffed.say("guardian", "批准名单 1")
    assert looks(staffed) == ["ask_minors"]


def test_staff_see_only_the_occurrence_they_serve_and_that_was_approved(staffed: Chat) -> None:
    assert "不是您负责的场次" in staffed.say("venue", "查看名单 13 分组")
    staffed.say("other", "查看名单 12 分组")
    staffed.say("manager", "批准名单 1")
    assert "乐乐" not in staffed.say("venue", "查看名单 12")
    assert "乐乐" in staffed.say("other", "查看名单 12")


def test_a_request_is_approved_once_and_old_ones_not_at_all(staffed: Chat) -> None:
    staffed.say("venue", "查看名单 12 分组")
    assert "申请号 1" in staffed.say("venue", "查看名单 12 分组再问")  # the same request, not another
    staffed.say("manager", "批准名单 1")
    assert "没有这个待批准的申请" in staffed.say("other", "批准名单 1")
    staffed.say("other", "查看名单 12 分组")
    staffed.now += timedelta(days=7)
    assert "没有这个待批准的申请" in staffed.say("manager", "批准名单 2")
    assert "没有待批准" in staffed.say("manager", "批准名单")


def test_cancelled_places_and_withdrawn_children_are_not_on_the_list(staffed: Chat) -> None:
    staffed.say("venue", "查看名单 12 分组")
    staffed.say("manager", "批准名单 1")
    with staffed.db.writing() as tx:
        tx.execute(update(registration).values(status="cancelled"))
    assert "没有登记儿童信息" in staffed.say("venue", "查看名单 12")
    with staffed.db.writing() as tx:
        tx.execute(update(registration).values(status="confirmed"))
    staffed.say("guardian", "撤回监护人同意")
    assert "没有登记儿童信息" in staffed.say("venue", "查看名单 12")


def test_the_answer_says_how_to_ask(staffed: Chat) -> None:
    assert "「查看名单 编号 原因」" in staffed.say("venue", "查看名单")
    assert "99" in staffed.say("manager", "查看名单 99 分组")


def test_a_request_needs_a_row_of_staff(staffed: Chat) -> None:
    with pytest.raises(IntegrityError), staffed.db.writing() as tx:
        tx.execute(insert(minor_access).values(staff_id=4711, occurrence_id=1, reason="x", asked_at=NOW))
