"""What devices bring after the freeze: done before it, it is never lost; done after it, a manager does it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from bot.domain.kinds import Role
from bot.services.reports import VersionLeft, freeze, leave_version
from bot.store.database import Database
from bot.store.door_tables import checkin, walk_in
from bot.store.occurrences import get_occurrence
from bot.store.pii import Keys
from bot.store.reports import read_figures
from bot.store.tables import tally
from tests.web.doors.phones import Phone, ms, sign_in
from tests.web.stage import AT_THE_DOOR, Stage, StageClock

FREEZE = AT_THE_DOOR + timedelta(hours=1)
LATER = FREEZE + timedelta(hours=1)


@pytest.fixture
def frozen(db: Database, keys: Keys, stage: Stage, place: int, phone: Phone, clock: StageClock) -> int:
    """The campaign, frozen while the phone was in the basement; it is later now."""
    with db.writing() as tx:
        campaign_id = get_occurrence(tx, place).campaign_id
        freeze(tx, campaign_id, keys, FREEZE, actor="task", at_once=True)
    clock.now = LATER
    return campaign_id


def walk_ins(phone: Phone, act_id: str, minutes: int, people: int = 8) -> dict[str, Any]:
    """Counted so many minutes after the start of the door."""
    at = ms(AT_THE_DOOR + timedelta(minutes=minutes))
    return {"id": act_id, "kind": "walk_in", "occurrence": phone.number, "people": people, "at": at}


def counted(db: Database) -> int:
    """Walk-ins that stand."""
    with db.reading() as tx:
        standing = select(func.coalesce(func.sum(walk_in.c.people), 0)).where(walk_in.c.undone_at.is_(None))
        return int(tx.execute(standing).scalar_one())


def test_what_was_done_before_the_freeze_is_taken_after_it_and_waits_for_a_manager(
    db: Database, keys: Keys, stage: Stage, place: int, phone: Phone, frozen: int
) -> None:
    ticket = stage.registration(place)
    tally_act = {"id": "late-tally-1", "kind": "tally", "occurrence": phone.number, "at": ms(AT_THE_DOOR)}
    answers = phone.send(
        phone.scan(stage.token(ticket), admitted=True),
        walk_ins(phone, "late-walk-in-1", 5),
        tally_act | {"words": "宣传单 300份"},
        now=LATER,
    )
    assert [answer["result"] for answer in answers] == ["ok", "ok", "ok"]
    assert counted(db) == 8
    with db.writing() as tx:
        assert tx.execute(select(func.count()).where(checkin.c.counted_as == "registered")).scalar_one() == 1
        left = leave_version(tx, frozen, None, "补传", keys, LATER)
        assert isinstance(left, VersionLeft)
        assert left.number == 2
        assert {each.field for each in left.differences} >= {"walk_ins", "checkins", "leaflets_distributed"}


def test_version_one_does_not_change_by_what_comes_late(db: Database, keys: Keys, phone: Phone, frozen: int) -> None:
    with db.reading() as tx:
        before = read_figures(tx, 1)
    phone.send(walk_ins(phone, "late-walk-in-1", 5), now=LATER)
    with db.reading() as tx:
        assert read_figures(tx, 1) == before


def test_an_undo_of_before_the_freeze_holds_though_it_comes_after_it(db: Database, phone: Phone, frozen: int) -> None:
    undo = {"id": "late-undo-1", "kind": "undo", "of": "late-walk-in-1", "at": ms(AT_THE_DOOR + timedelta(minutes=6))}
    answers = phone.send(walk_ins(phone, "late-walk-in-1", 5), undo, now=LATER)
    assert [answer["result"] for answer in answers] == ["ok", "undone"]
    assert counted(db) == 0


def test_what_is_done_after_the_freeze_is_refused_in_words_and_the_device_need_not_keep_it(
    db: Database, phone: Phone, frozen: int
) -> None:
    after = {"id": "new-tally-1", "kind": "tally", "occurrence": phone.number, "at": ms(LATER), "words": "宣传单 3份"}
    for answer in phone.send(walk_ins(phone, "new-walk-in-1", 90), after, now=LATER):
        assert (answer["result"], answer["tone"]) == ("not_allowed", "red")
        assert "本次活动数据已定稿" in answer["detail"]
        assert "请联系主管" in answer["detail"]
    assert counted(db) == 0
    with db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(tally)).scalar_one() == 0


def test_a_managers_device_may(app: Flask, db: Database, keys: Keys, phone: Phone, frozen: int) -> None:
    boss = sign_in(app, db, keys, phone.number, name="boss", role=Role.MANAGER, now=LATER)
    (answer,) = boss.send(walk_ins(boss, "boss-walk-in-1", 90), now=LATER)
    assert answer["result"] == "ok"
    assert counted(db) == 8
