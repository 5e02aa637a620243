"""今日 tells those who can act that notices did not reach their readers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.domain.kinds import NoticeKind, Role
from bot.services.staff import invite_staff
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import notice
from tests.conversation.conftest import Chat
from tests.factories import NOW
from tests.services.notices_rows import add_registrations, queue


@pytest.fixture
def occurrence_id(db: Database, keys: Keys) -> int:
    """Three notices, of which one failed and one is of unknown outcome."""
    with db.writing() as tx:
        occurrence_id, registrations = add_registrations(tx, keys, 3)
        for one in registrations:
            queue(tx, one, NoticeKind.PROMOTED)
        for number, state in ((1, "failed"), (2, "unknown")):
            tx.execute(update(notice).where(notice.c.id == number).values(state=state))
    return occurrence_id


def bind(chat: Chat, db: Database, keys: Keys, role: Role) -> None:
    with db.writing() as tx:
        code = invite_staff(tx, role, keys, NOW)
    chat.say("o-staff", f"绑定 {code}")


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.MANAGER, Role.KEEPER])
def test_organisers_and_above_are_told(chat: Chat, db: Database, keys: Keys, occurrence_id: int, role: Role) -> None:
    bind(chat, db, keys, role)
    assert "通知未送达 2 条" in chat.say("o-staff", "今日")


def test_venue_staff_are_not_and_nobody_once_it_has_begun(
    chat: Chat, db: Database, keys: Keys, occurrence_id: int
) -> None:
    bind(chat, db, keys, Role.VENUE)
    assert "通知未送达" not in chat.say("o-staff", "今日")
    chat.unfollow("o-staff")
    bind(chat, db, keys, Role.ORGANISER)
    chat.now += timedelta(days=2)
    assert "通知未送达" not in chat.say("o-staff", "今日")
