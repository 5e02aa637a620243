"""Registrations that a person decides about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.approval import Decided, DecisionNotAllowed, NothingToDecide
from bot.domain.checkin import ScanRefused
from bot.domain.kinds import RegistrationStatus, Role, ScanResult
from bot.domain.party import Party
from bot.domain.registration import Cancelled, Pending
from bot.reports.summary_json import to_dict
from bot.services.approvals import approve, expire_pending, list_pending, reject
from bot.services.checkins import check_in_short_code
from bot.services.registrations import cancel_registration, hold_place, sign_up
from bot.services.summary import summarize
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.staff import save_role
from bot.store.tables import audit, notice
from tests.faults.town import all_at_once
from tests.services.lines import NOW, STARTS, Hall, notices, open_hall, seats_taken

PAIR = Party(2, 0)


@pytest.fixture
def hall(db: Database, keys: Keys) -> Hall:
    """Three seats, each given only after a person's yes."""
    return open_hall(db, keys, 3, approval=True)


def member(hall: Hall, role: Role = Role.ORGANISER) -> StaffMember:
    """Staff of the library that runs it."""
    with hall.db.writing() as tx:
        staff_id = save_role(tx, hall.reader(tx, role.value), role, hall.facts.library_id, NOW)
    return StaffMember(staff_id, role, hall.facts.library_id, "")


def ask(hall: Hall, who: str = "a") -> str:
    """Sign up for two; the code."""
    with hall.db.writing() as tx:
        outcome = sign_up(tx, hall.reader(tx, who), hall.facts, PAIR, None, hall.keys, NOW)
    assert isinstance(outcome, Pending)
    return outcome.registration.short_code


def test_signing_up_ends_pending_and_takes_the_seats(db: Database, hall: Hall) -> None:
    ask(hall)
    with db.writing() as tx:
        assert seats_taken(tx, hall.facts.id, NOW) == 2
        hold_place(tx, hall.reader(tx, "b"), hall.facts, Party(1, 0), hall.keys, NOW)
        done = sign_up(tx, hall.reader(tx, "b"), hall.facts, Party(1, 0), None, hall.keys, NOW)
        assert isinstance(done, Pending), "also after questions"
        assert hall.states(tx) == ["pending", "pending"]


def test_the_organiser_sees_what_waits_and_approves_it_once(db: Database, hall: Hall) -> None:
    boss, code = member(hall), ask(hall)
    with db.writing() as tx:
        waiting = list_pending(tx, boss, NOW)
        assert isinstance(waiting, list)
        assert [(row.detail.registration.short_code, row.since) for row in waiting] == [(code, NOW)]
        done = approve(tx, boss, code, hall.keys, NOW)
        assert done == Decided(hall.facts, RegistrationStatus.CONFIRMED, PAIR, "张*")
        again = approve(tx, boss, code, hall.keys, NOW)
        assert again == NothingToDecide(hall.facts, RegistrationStatus.CONFIRMED)
        assert list_pending(tx, boss, NOW) == []
        assert [kind for kind, _ in notices(tx)] == ["approved"]
        row = tx.execute(select(audit).where(audit.c.action == "approve")).one()
        assert (row.actor, row.detail) == (f"staff:{boss.id}", {})


def test_a_rejected_one_frees_its_seats_to_the_line_and_hears_why(db: Database, hall: Hall) -> None:
    boss, code = member(hall), ask(hall)
    with db.writing() as tx:
        waiting = hall.queue(tx, "b", 2)
        assert isinstance(reject(tx, boss, code, " 名额留给学生 ", hall.keys, NOW), Decided)
        assert hall.states(tx) == ["declined", "pending"]
        told = tx.execute(select(notice.c.kind, notice.c.facts)).all()
        assert [tuple(row) for row in told] == [("rejected", {"reason": "名额留给学生"})]
        row = tx.execute(select(audit.c.detail).where(audit.c.action == "reject")).scalar_one()
        assert row == {"reason": "名额留给学生"}
        assert isinstance(approve(tx, boss, waiting.short_code, hall.keys, NOW), Decided)


def test_others_do_not_decide(db: Database, hall: Hall) -> None:
    code = ask(hall)
    venue = member(hall, Role.VENUE)
    elsewhere = StaffMember(99_999, Role.ORGANISER, hall.facts.library_id + 1, "")
    with db.writing() as tx:
        for somebody in (venue, elsewhere):
            assert approve(tx, somebody, code, hall.keys, NOW) == DecisionNotAllowed()
            assert reject(tx, somebody, code, "", hall.keys, NOW) == DecisionNotAllowed()
        assert list_pending(tx, venue, NOW) == DecisionNotAllowed()
        assert list_pending(tx, elsewhere, NOW) == []
        assert hall.states(tx) == ["pending"]


def test_what_nobody_decided_about_ends_at_the_start(db: Database, hall: Hall) -> None:
    boss, code = member(hall), ask(hall)
    with db.writing() as tx:
        assert expire_pending(tx, STARTS - timedelta(seconds=1)) == 0
        late = approve(tx, boss, code, hall.keys, STARTS)
        assert late == NothingToDecide(hall.facts, RegistrationStatus.PENDING), "the moment counts, not the task"
        assert expire_pending(tx, STARTS) == 1
        assert hall.states(tx) == ["expired"]
        assert seats_taken(tx, hall.facts.id, STARTS) == 0


def test_a_pending_one_can_be_cancelled_and_lets_nobody_in(db: Database, hall: Hall) -> None:
    boss, code = member(hall), ask(hall)
    doors = STARTS - timedelta(minutes=5)
    with db.writing() as tx:
        refused = check_in_short_code(tx, boss, code, hall.keys, doors)
        assert refused == ScanRefused(ScanResult.PENDING, hall.facts)
        gone = cancel_registration(tx, hall.facts, hall.reader(tx, "a"), doors)
        assert isinstance(gone, Cancelled) and not gone.late, "it never was a place, so no deadline was missed"


def test_pending_ones_are_neither_registered_nor_waiting_until_somebody_said_yes(db: Database, hall: Hall) -> None:
    boss = member(hall)
    with db.reading() as tx:
        before = to_dict(summarize(tx, hall.facts.campaign_id, hall.keys, NOW))
    code = ask(hall)
    with db.writing() as tx:
        assert to_dict(summarize(tx, hall.facts.campaign_id, hall.keys, NOW)) == before
        approve(tx, boss, code, hall.keys, NOW)
        assert to_dict(summarize(tx, hall.facts.campaign_id, hall.keys, NOW)) != before


def test_two_who_decide_at_once_decide_once(db: Database, hall: Hall) -> None:
    """Seen to fail with `_IS_PENDING` taken out of `claim_rejection`: approved, and then declined."""
    boss, code = member(hall), ask(hall)

    def act(index: int) -> bool:
        with db.writing() as tx:
            if index:
                return isinstance(approve(tx, boss, code, hall.keys, NOW), Decided)
            return isinstance(reject(tx, boss, code, "", hall.keys, NOW), Decided)

    assert sum(all_at_once(2, act)) == 1
    with db.reading() as tx:
        assert len(notices(tx)) == 1
