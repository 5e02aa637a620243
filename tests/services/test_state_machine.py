"""Promises I1, I2, I5, I8 and I9 under rules drawn by chance: a machine plays with a small campaign, and books of our own
are compared after every step.

`MACHINE_EXAMPLES=2000 pytest tests/services/test_state_machine.py` plays longer, and by chance each time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection

from bot.domain.party import Party
from bot.services.amendments import Wish, change_party, move_registration, sign_up_together
from bot.services.approvals import approve, reject
from bot.services.changes import Move, cancel_occurrence, change_seats, move_occurrence, restore_occurrence
from bot.services.checkins import check_in_short_code
from bot.services.erasure import erase_reader, withdraw_consent, withdraw_guardian_consent
from bot.services.registrations import cancel_registration, hold_place, join_waitlist, release_holds, sign_up
from bot.services.retention import strip_expired_data
from bot.services.waitlists import accept_offer, decline_offer, move_in_line
from bot.store.database import Database, open_database
from bot.store.pii import Keys
from tests.conftest import TEST_SECRET, PostgresServer
from tests.factories import NOW
from tests.services.machine.books import (
    ACTIVE,
    Books,
    list_children_without_consent,
    list_doubled_notices,
    list_lapsed_notices,
    read_books,
)
from tests.services.machine.plans import ANY, CAMPAIGNS, HOURS, PARTIES, PARTY, PASSING, PATCHES, PLACE, READER, SEATS
from tests.services.machine.promises import Step, check_step
from tests.services.machine.town import Account, Campaign, open_campaign

TASKS = ("holds", "offers", "pending", "release", "draw", "settle", "remind")
PHASES = [Phase.generate] if os.environ.get("MACHINE_UNSHRUNK") else [Phase.generate, Phase.shrink]
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "0"))


def has(*states: str) -> Callable[[Any], bool]:
    """Whether there is any registration in these states."""
    return lambda machine: any(row.status in states for row in machine.books.rows.values())


class Machine(RuleBasedStateMachine):
    """People, tasks and organisers in any order."""

    def __init__(self, new_database: Callable[[], tuple[Database, Callable[[], None]]]) -> None:
        super().__init__()
        self.db, self._drop = new_database()
        self.keys = Keys(TEST_SECRET)
        self.now = self.latest = NOW
        self.gone: list[tuple[int, str]] = []
        self.line_was_left = False
        self.books = Books({}, {}, {})
        self.town: Campaign

    @initialize(plans=CAMPAIGNS)
    def open(self, plans: tuple[dict[str, Any], ...]) -> None:
        """The campaign, with nobody in it."""
        self.town = open_campaign(self.db, self.keys, plans)
        with self.db.reading() as tx:
            self.books = read_books(tx)

    def teardown(self) -> None:
        """At the end nothing of those who left is there, whatever came after."""
        if self.gone:
            with self.db.reading() as tx:
                for reader_id, openid in self.gone:
                    self.town.check_forgotten(tx, reader_id, openid)
        self.db.dispose()
        self._drop()

    # --- looking -----------------------------------------------------------------------------------------------------

    @contextmanager
    def step(self, name: str, *who: Account, **marks: Any) -> Iterator[tuple[Connection, list[int]]]:
        """One transaction, and a look at the books after it."""
        with self.db.writing() as tx:
            readers = [self.town.known(tx, each, self.now) for each in who]
            yield tx, readers
        self.look(name, set(readers), **marks)

    def look(self, name: str, readers: set[int] | None = None, **marks: Any) -> None:
        """Compare the books with those before."""
        with self.db.reading() as tx:
            after = read_books(tx)
            assert list_doubled_notices(tx) == [], "I5"
            lapsed = [after.rows[each] for each in list_lapsed_notices(tx)]
            assert [row for row in lapsed if row.status != "expired"] == [], "lapsed and more"
            assert list_children_without_consent(tx) == [], "I9"
        left = self.line_was_left
        check_step(self.books, after, Step(name, self.now, self.latest, readers or set(), line_was_left=left, **marks))
        self.books = after

    def account(self, number: int) -> Account:
        """One of the six."""
        return self.town.people[number]

    def pick(self, number: int, *states: str) -> Any:
        """One of the registrations in these states."""
        found = [row for row in self.books.rows.values() if row.status in states]
        return found[number % len(found)]

    def own(self, who: Account, number: int, *states: str) -> int:
        """Where a person has something in these states; else anywhere."""
        own = [row for row in self.books.rows.values() if row.reader_id == who.reader_id and row.status in states]
        return own[number % len(own)].occurrence_id if own else self.town.places[number % len(self.town.places)]

    # --- signing up --------------------------------------------------------------------------------------------------

    @rule(number=READER, place=PLACE, party=PARTY, flavour=ANY)
    def sign_up(self, number: int, place: int, party: Party, flavour: int) -> None:
        """At once, without a hold before."""
        self._come(sign_up, number, self.town.places[place], party, flavour)

    @rule(number=READER, place=PLACE, party=PARTY, flavour=ANY)
    def queue(self, number: int, place: int, party: Party, flavour: int) -> None:
        """Stand in line, or get the place after all."""
        self._come(join_waitlist, number, self.town.places[place], party, flavour)

    @rule(place=PLACE, parties=PARTIES, flavour=ANY)
    def rush(self, place: int, parties: tuple[Party, ...], flavour: int) -> None:
        """Everybody wants the same."""
        for number, party in enumerate(parties):
            self._come(join_waitlist, number, self.town.places[place], party, flavour)

    def _come(self, by: Any, number: int, place: int, party: Party, flavour: int) -> None:
        with self.step(by.__name__, self.account(number), group=flavour % 7 == 6) as (tx, (reader_id,)):
            details = self.town.details(tx, reader_id, party, flavour, self.now)
            facts, contact = self.town.facts(tx, place), self.town.contact(flavour)
            by(tx, reader_id, facts, party, contact, self.keys, self.now, details)

    @rule(number=READER, place=PLACE, party=PARTY)
    def hold(self, number: int, place: int, party: Party) -> None:
        """A dialogue begins."""
        with self.step("hold", self.account(number)) as (tx, (reader_id,)):
            hold_place(tx, reader_id, self.town.facts(tx, self.town.places[place]), party, self.keys, self.now)

    @precondition(has("held"))
    @rule(which=ANY, party=PARTY, flavour=ANY, gives_up=ANY)
    def finish(self, which: int, party: Party, flavour: int, gives_up: int) -> None:
        """A dialogue ends: with a place, or without."""
        held = self.pick(which, "held")
        number = next((at for at, who in enumerate(self.town.people) if who.reader_id == held.reader_id), None)
        if number is None:
            return
        if gives_up % 5 == 4:
            with self.step("give up", self.account(number)) as (tx, (reader_id,)):
                release_holds(tx, reader_id, self.now)
        else:
            self._come(sign_up, number, held.occurrence_id, party, flavour)

    @rule(number=READER, first=PLACE, second=PLACE, party=PARTY)
    def come_together(self, number: int, first: int, second: int, party: Party) -> None:
        """Siblings: both or none."""
        places = sorted({self.town.places[first], self.town.places[second]})
        with self.step("together", self.account(number)) as (tx, (reader_id,)):
            details = self.town.details(tx, reader_id, party, 0, self.now)
            wishes = tuple(Wish(self.town.facts(tx, place), party, details) for place in places)
            sign_up_together(tx, reader_id, wishes, self.keys, self.now)

    # --- changing one's mind -----------------------------------------------------------------------------------------

    @rule(number=READER, which=ANY)
    def cancel(self, number: int, which: int) -> None:
        """Give something back."""
        who = self.account(number)
        place = self.own(who, which, *ACTIVE)
        with self.step("cancel", who) as (tx, (reader_id,)):
            cancel_registration(tx, self.town.facts(tx, place), reader_id, self.now)

    @precondition(has("offered"))
    @rule(which=ANY, accepts=ANY)
    def answer_offer(self, which: int, accepts: int) -> None:
        """Yes or no to an offer, in time or not."""
        offered = self.pick(which, "offered")
        who = next((each for each in self.town.people if each.reader_id == offered.reader_id), None)
        if who is not None:
            with self.step("answer", who) as (tx, (reader_id,)):
                answer = accept_offer if accepts % 3 else decline_offer
                answer(tx, offered.occurrence_id, reader_id, self.now)

    @rule(number=READER, which=ANY, place=PLACE)
    def go_elsewhere(self, number: int, which: int, place: int) -> None:
        """Another occurrence instead."""
        who = self.account(number)
        here, there = self.own(who, which, "confirmed", "waitlisted", "pending"), self.town.places[place]
        if here != there:
            with self.step("move", who) as (tx, (reader_id,)):
                facts = self.town.facts(tx, here), self.town.facts(tx, there)
                move_registration(tx, reader_id, *facts, self.keys, self.now)

    @rule(number=READER, which=ANY, party=PARTY, flavour=ANY)
    def come_with_others(self, number: int, which: int, party: Party, flavour: int) -> None:
        """Another party."""
        who = self.account(number)
        place = self.own(who, which, *ACTIVE)
        with self.step("party", who) as (tx, (reader_id,)):
            members = self.town.details(tx, reader_id, party, flavour, self.now).members
            change_party(tx, reader_id, self.town.facts(tx, place), party, members, self.keys, self.now)

    # --- time and tasks ----------------------------------------------------------------------------------------------

    @rule(by=PASSING)
    def pass_time(self, by: timedelta) -> None:
        """Time goes by, or a clock is set."""
        self._set_clock(by)

    @rule(place=PLACE, minutes=ANY)
    def go_to_doors(self, place: int, minutes: int) -> None:
        """To about the moment when the doors of an occurrence open."""
        about = self.books.places[self.town.places[place]].doors + timedelta(minutes=minutes % 80 - 10)
        if about > self.now:
            self._set_clock(about - self.now)

    def _set_clock(self, by: timedelta) -> None:
        self.now += by
        self.latest = max(self.latest, self.now)

    @rule()
    def run_tasks(self) -> None:
        """All of them, each in its own transaction."""
        for name in TASKS:
            self.run_task(name)
        self.line_was_left = False
        self.look("rest")

    @rule(name=st.sampled_from(TASKS))
    def run_task(self, name: str) -> None:
        """One of them."""
        with self.step(name) as (tx, _):
            self.town.run_task(tx, name, self.now)

    @rule()
    def deliver(self) -> None:
        """Send what is due."""
        with self.step("deliver") as (tx, _):
            self.town.deliver(tx, self.now)

    # --- the library -------------------------------------------------------------------------------------------------

    @rule(place=PLACE, by=SEATS)
    def add_or_take_seats(self, place: int, by: int | None) -> None:
        """More or fewer seats, or no limit."""
        place_id = self.town.places[place]
        with self.step("seats") as (tx, _):
            facts = self.town.facts(tx, place_id)
            capacity = None if by is None else max(0, (facts.capacity or 3) + by)
            change_seats(tx, place_id, capacity, None, "command", self.now)

    @rule(place=PLACE)
    def call_off_or_hold_after_all(self, place: int) -> None:
        """An occurrence is called off; one that was is held."""
        place_id = self.town.places[place]
        change = cancel_occurrence if self.books.places[place_id].is_on else restore_occurrence
        with self.step("status") as (tx, _):
            change(tx, place_id, "讲师生病", "command", self.now)

    @rule(place=PLACE, hours=HOURS)
    def move_occurrence(self, place: int, hours: int) -> None:
        """Held earlier or later."""
        place_id = self.town.places[place]
        with self.step("moved") as (tx, _):
            start = self.books.places[place_id].starts_at + timedelta(hours=hours)
            move_occurrence(tx, place_id, Move(starts_at=start), "command", self.now)

    @rule(place=PLACE, patch=PATCHES)
    def change_rules(self, place: int, patch: dict[str, Any]) -> None:
        """The campaign file is imported again with other rules."""
        self.town.change_rules(self.town.places[place], patch, self.now)
        self.look("rules")

    @precondition(has("pending"))
    @rule(which=ANY, approves=ANY)
    def decide(self, which: int, approves: int) -> None:
        """Approve or reject."""
        row = self.pick(which, "pending")
        with self.step("decide", decides={row.id}) as (tx, _):
            if approves % 3:
                approve(tx, self.town.manager, row.short_code, self.keys, self.now)
            else:
                reject(tx, self.town.manager, row.short_code, "", self.keys, self.now)

    @precondition(has("waitlisted"))
    @rule(which=ANY, to=HOURS)
    def move_in_line(self, which: int, to: int) -> None:
        """A person changes the order."""
        code = self.pick(which, "waitlisted").short_code
        with self.step("move_in_line") as (tx, _):
            move_in_line(tx, self.town.manager, code, abs(to), "老人", self.now)

    @precondition(has("confirmed", "waitlisted"))
    @rule(which=ANY, people=ANY)
    def check_in(self, which: int, people: int) -> None:
        """Somebody stands at the door."""
        code = self.pick(which, "confirmed", "waitlisted").short_code
        with self.step("check_in") as (tx, _):
            check_in_short_code(tx, self.town.manager, code, self.keys, self.now, people=people % 3 or None)

    # --- forgetting --------------------------------------------------------------------------------------------------

    @rule(number=READER)
    def erase(self, number: int) -> None:
        """注销: nothing is left, no figure changes. Whoever acts again with this account is new to us."""
        who = self.account(number)
        if who.reader_id is None:
            return
        before = self.town.figures(self.now)
        with self.db.writing() as tx:
            erase_reader(tx, who.reader_id, self.keys, self.now)
        assert self.town.figures(self.now) == before, "I8: the figures changed"
        with self.db.reading() as tx:
            self.town.check_forgotten(tx, who.reader_id, who.openid)
        self.gone.append((who.reader_id, who.openid))
        self.line_was_left = True
        self.look("erase", {who.reader_id})
        who.reader_id = None

    @rule(number=READER, guardian=ANY)
    def withdraw(self, number: int, guardian: int) -> None:
        """撤回同意, or only that of the guardian."""
        who = self.account(number)
        if who.reader_id is None:
            return
        before = self.town.figures(self.now)
        with self.db.writing() as tx:
            act = withdraw_guardian_consent if guardian % 2 else withdraw_consent
            act(tx, who.reader_id, self.now)
        assert self.town.figures(self.now) == before, "I8: the figures changed"
        self.look("withdraw")

    @rule()
    def retention(self) -> None:
        """The nightly deletion changes no figure."""
        before = self.town.figures(self.now)
        with self.step("retention") as (tx, _):
            strip_expired_data(tx, self.now + timedelta(days=31))
        assert self.town.figures(self.now) == before, "I8: the figures changed"


def new_sqlite(template: Path) -> Callable[[], tuple[Database, Callable[[], None]]]:
    """Makes fresh SQLite databases in memory's file system, where there is one."""

    def make() -> tuple[Database, Callable[[], None]]:
        memory = Path("/dev/shm")
        folder = Path(tempfile.mkdtemp(prefix="sq-machine-", dir=memory if memory.is_dir() else None))
        shutil.copy(template, folder / "shuqian.db")
        return open_database(f"sqlite:///{folder / 'shuqian.db'}"), lambda: shutil.rmtree(folder)

    return make


def new_postgres(server: PostgresServer) -> Callable[[], tuple[Database, Callable[[], None]]]:
    """Makes fresh PostgreSQL databases."""

    def make() -> tuple[Database, Callable[[], None]]:
        name = f"m_{uuid4().hex[:12]}"
        server.run(f"CREATE DATABASE {name} TEMPLATE template_shuqian")
        return open_database(server.address(name)), lambda: server.run(f"DROP DATABASE {name} WITH (FORCE)")

    return make


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 60), ("postgresql", 12)])
def test_promises_hold_under_any_rules_and_in_any_order(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    """Promises I1, I2, I5, I8, I9."""
    if kind == "sqlite":
        make = new_sqlite(request.getfixturevalue("sqlite_template"))
    else:
        make = new_postgres(request.getfixturevalue("postgres"))
    profile = settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=40,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        phases=PHASES,
    )
    run_state_machine_as_test(lambda: Machine(make), settings=profile)
