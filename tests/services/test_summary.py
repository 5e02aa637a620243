"""The summary against an independent recount, its invariants, and the counting rules one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select

from bot.domain.clock import local_day
from bot.domain.kinds import Exactness
from bot.domain.summary import Figures, Summary
from bot.domain.summary_facts import Counts
from bot.reports.summary_json import to_dict
from bot.services.summary import summarize
from bot.store.database import Database
from bot.store.door_tables import checkin, walk_in
from bot.store.pii import Keys
from bot.store.tables import (
    event,
    event_library,
    metadata,
    occurrence,
    programme_edition,
    reader,
    registration,
    tally,
)
from bot.texts.summary import campaign_lines, today_lines
from tests.conftest import TEST_SECRET
from tests.factories import NOW, add_event, add_house, add_occurrence, counted_statements
from tests.services.random_week import Crowd, add_branch, build_random_week, insert_row

AFTER = datetime(2026, 7, 1, tzinfo=UTC)
KEYS = Keys(TEST_SECRET)
COUNT_NAMES = [field.name for field in fields(Counts)]


# --- the recount: row by row, with none of the product's queries


class _Recount:
    def __init__(self, tx: Connection, now: datetime) -> None:
        self.now = now
        self.events = {row.id: row for row in tx.execute(select(event))}
        self.places = {row.id: row for row in tx.execute(select(occurrence).order_by(occurrence.c.number))}
        self.tickets = {row.id: row for row in tx.execute(select(registration))}
        self.scans = list(tx.execute(select(checkin)))
        self.walk_ins = list(tx.execute(select(walk_in)))
        self.sessions = self._sessions()

    def _sessions(self) -> Counter[int]:
        sessions: Counter[int] = Counter()
        shown = set()
        for place in sorted(self.places.values(), key=lambda row: (row.starts_at is None, row.starts_at or 0, row.id)):
            held = place.starts_at <= self.now if place.starts_at else local_day(self.now) > date(2026, 6, 2)
            category = self.events[place.event_id].category
            if not held or place.status == "cancelled" or category == "internal":
                continue
            if category != "exhibition":
                sessions[place.id] += 1
                continue
            for name in ["一楼报告厅", *place.extra_venues]:
                if (place.event_id, name) not in shown:
                    shown.add((place.event_id, name))
                    sessions[place.id] += 1
        return sessions

    def day(self, place: Any, at: datetime | None = None) -> date | None:
        if place.starts_at is None:
            return None
        first, last = local_day(place.starts_at), local_day(place.ends_at)
        if at is not None and first != last and first <= local_day(at) <= last:
            return local_day(at)
        start = date(2026, 5, 27)
        return start if first < start <= last else first

    def is_meeting(self, place: Any) -> bool:
        return bool(self.events[place.event_id].category == "internal")

    def count(self, holds: Any) -> tuple[dict[str, int], int]:
        """Numbers and persons over everything for which holds(place, day)."""
        found: Counter[str] = Counter(dict.fromkeys(COUNT_NAMES, 0))
        persons = set()
        for place in self.places.values():
            if holds(place, self.day(place)):
                self._count_programme(place, found)
        for scan in self.scans:
            if scan.result == "ok" and scan.undone_at is None:
                place = self.places[scan.occurrence_id]
                if holds(place, self.day(place, scan.received_at)):
                    found["checkins"] += 1
                    found["checked_in_people"] += scan.people
                    found["online_people"] += scan.people if place.mode == "online" else 0
                    found["hybrid_people"] += scan.people if place.mode == "hybrid" else 0
                    if self.is_meeting(place):
                        found["internal_people"] += scan.people if place.mode != "online" else 0
                    else:
                        persons.add(self.tickets[scan.registration_id].reader_id)
        for noted in self.walk_ins:
            place = self.places[noted.occurrence_id]
            if noted.undone_at is None and holds(place, self.day(place, noted.noted_at)):
                found["walk_ins"] += noted.people
                found["online_people"] += noted.people if place.mode == "online" else 0
                found["hybrid_people"] += noted.people if place.mode == "hybrid" else 0
                if self.is_meeting(place):
                    found["internal_people"] += noted.people if place.mode != "online" else 0
        return dict(found), len(persons)

    def _count_programme(self, place: Any, found: Counter[str]) -> None:
        is_off = place.status == "cancelled"
        found["called_off" if is_off else "occurrences"] += 1
        found["sessions"] += self.sessions[place.id]
        if place.mode in ("online", "hybrid"):
            found[f"{place.mode}_sessions"] += self.sessions[place.id]
        found["capacity"] += 0 if is_off else place.capacity or 0
        used = {scan.registration_id for scan in self.scans if scan.result == "ok" and scan.undone_at is None}
        for ticket in self.tickets.values():
            if ticket.occurrence_id != place.id:
                continue
            people = ticket.adults + ticket.children
            names = {
                "confirmed": ("registrations", "registered_people"),
                "waitlisted": ("waitlisted", "waitlisted_people"),
                "offered": ("waitlisted", "waitlisted_people"),
                "cancelled": ("cancelled", "cancelled_people"),
            }.get(ticket.status)
            if names:
                found[names[0]] += 1
                found[names[1]] += people
            self._count_line(ticket, found)
            came = sum(scan.people for scan in self.scans if scan.registration_id == ticket.id and scan.counted_as)
            found["children"] += min(ticket.children, came) if came else 0
            over = place.ends_at is not None and place.ends_at <= self.now
            if ticket.status == "confirmed" and not is_off:
                found["filled_people"] += people if place.capacity is not None else 0
                found["settled_people"] += people if over else 0
                found["used_people"] += people if over and ticket.id in used else 0
            if ticket.status == "confirmed" and over and not is_off and ticket.id not in used:
                found["no_shows"] += 1
                found["no_show_people"] += people

    @staticmethod
    def _count_line(ticket: Any, found: Counter[str]) -> None:
        if ticket.queued_at is not None or ticket.status in ("waitlisted", "offered"):
            found["waited"] += 1
            found["promoted"] += 1 if ticket.promoted_at or ticket.confirmed_at else 0


def _plain(figures: Figures) -> tuple[dict[str, int], int]:
    return {name: getattr(figures.counts, name) for name in COUNT_NAMES}, figures.persons


def _assert_is_recounted(summary: Summary, recount: _Recount) -> None:
    owner = {key: row.library_id for key, row in recount.events.items()}
    city = next(part.library.id for part in summary.libraries if part.library.parent_id is None)
    assert _plain(summary.total) == recount.count(lambda place, day: True)
    for part in summary.occurrences:
        assert _plain(part.figures) == recount.count(lambda place, day, key=part.occurrence.id: place.id == key)
    for one in summary.events:
        assert _plain(one.figures) == recount.count(lambda place, day, key=one.event.id: place.event_id == key)
    for branch in summary.libraries:
        key = branch.library.id
        own = recount.count(lambda place, day, key=key: owner[place.event_id] == key)
        assert _plain(branch.own) == own
        assert _plain(branch.with_branches) == (_plain(summary.total) if key == city else own)
    for on in summary.days:
        assert _plain(on.figures) == recount.count(lambda place, day, key=on.day: day == key)
    for kind in summary.categories:
        name = kind.category
        assert _plain(kind.figures) == recount.count(
            lambda place, day, name=name: recount.events[place.event_id].category == name
        )


def _assert_parts_make_the_whole(summary: Summary) -> None:
    whole = summary.total.counts
    groups = {
        "occurrences": [part.figures for part in summary.occurrences],
        "events": [part.figures for part in summary.events],
        "libraries": [part.own for part in summary.libraries],
        "categories": [part.figures for part in summary.categories],
        "days": [part.figures for part in summary.days],
    }
    for name, parts in groups.items():
        assert Counts.sum_of([part.counts for part in parts]) == whole, name
        assert sum(part.counts.person_times for part in parts) == whole.person_times
    for name in ("libraries", "categories"):
        assert sum(part.activities for part in groups[name]) == summary.total.activities


@pytest.mark.parametrize("now", [NOW, AFTER])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_summary_equals_a_recount_row_by_row(db: Database, seed: int, now: datetime) -> None:
    with db.writing() as tx:
        house = build_random_week(tx, seed)
    with db.reading() as tx:
        recount = _Recount(tx, now)
        summary = summarize(tx, house.campaign_id, KEYS, now)
        _assert_is_recounted(summary, recount)
        _assert_parts_make_the_whole(summary)
        assert summary.total.counts.checkins > 0
        assert summary.total.counts.online_people > 0
        for part in summary.days:
            if part.day is not None:
                of_day = summarize(tx, house.campaign_id, KEYS, now, day=part.day)
                assert _plain(of_day.total) == _plain(part.figures)
        for branch in summary.libraries:
            of_library = summarize(tx, house.campaign_id, KEYS, now, library_id=branch.library.id)
            assert _plain(of_library.total) == _plain(branch.with_branches)
            _assert_parts_make_the_whole(of_library)


def test_signing_up_is_not_coming(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        place = add_occurrence(tx, house, 1, starts_at=NOW, capacity=10).id
        crowd = Crowd(tx)
        ticket = crowd.sign_up(place, crowd.reader(), 1, 2)
        crowd.sign_up(place, crowd.reader(), 2)
        crowd.check_in(place, ticket, 3)
        crowd.walk_in(place, 8)
        running = summarize(tx, house.campaign_id, KEYS, NOW)
        over = summarize(tx, house.campaign_id, KEYS, AFTER)
    counts = running.total.counts
    assert (counts.registrations, counts.registered_people) == (2, 5)
    assert (counts.checkins, counts.checked_in_people, counts.walk_ins, counts.person_times) == (1, 3, 8, 11)
    assert running.total.persons == 1
    assert counts.no_shows == 0
    assert (over.total.counts.no_shows, over.total.counts.no_show_people) == (1, 2)


def test_nobody_fails_to_show_up_at_what_the_library_called_off(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        place = add_occurrence(tx, house, 1, status="cancelled").id
        crowd = Crowd(tx)
        crowd.sign_up(place, crowd.reader())
        counts = summarize(tx, house.campaign_id, KEYS, AFTER).total.counts
    assert (counts.no_shows, counts.sessions, counts.capacity, counts.called_off) == (0, 0, 0, 1)


def test_one_person_at_two_libraries_is_two_person_times_and_one_person(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        branch = add_branch(tx, house, "cx")
        crowd = Crowd(tx)
        who = crowd.reader()
        for number, owner in ((1, house.library_id), (2, branch)):
            event_id = add_event(tx, house, f"活动{number}", library_id=owner)
            place = add_occurrence(tx, house, number, event_id=event_id, starts_at=NOW).id
            crowd.check_in(place, crowd.sign_up(place, who), 1)
        summary = summarize(tx, house.campaign_id, KEYS, NOW)
    assert (summary.total.counts.person_times, summary.total.persons) == (2, 1)
    assert [part.own.persons for part in summary.libraries] == [1, 1]
    assert summary.libraries[0].with_branches.persons == 1


def test_a_partner_shows_what_the_lead_library_counts(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        branch = add_branch(tx, house, "cx")
        event_id = add_event(tx, house, "联办讲座", category="lecture")
        tx.execute(insert(event_library).values(event_id=event_id, library_id=branch))
        add_occurrence(tx, house, 1, event_id=event_id, starts_at=NOW)
        summary = summarize(tx, house.campaign_id, KEYS, AFTER)
    lead, partner = summary.libraries
    assert (lead.own.counts.sessions, partner.own.counts.sessions) == (1, 0)
    assert [shown.title for shown in partner.co_hosts] == ["联办讲座"]
    assert summary.total.counts.sessions == 1


def test_stocks_rates_and_doubtful_figures_stand_beside_the_totals(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        place = add_occurrence(tx, house, 1, starts_at=NOW)
        common = {"campaign_id": house.campaign_id, "library_id": house.library_id, "noted_at": NOW}
        for metric, number, unit, exactness in (
            ("volumes_donated", 200, "册", "exact"),
            ("volumes_donated", 50, "套", "more_than"),
            ("volumes_donated", 30, "册", "just_under"),
            ("valid_cards_cumulative", 600, "张", "cumulative"),
            ("attendance", None, "人次", "doubtful"),
            ("cash_per_person", 200, "元", "exact"),
        ):
            row = {"metric": metric, "number": number, "unit": unit, "exactness": exactness}
            insert_row(tx, tally, **common, **row, event_id=place.event_id, occurrence_id=place.id)
        insert_row(tx, tally, **common, metric="volumes_donated", number=1, unit="册", exactness="exact", undone_at=NOW)
        insert_row(tx, tally, **common, metric="宣传车", number=2, unit="台", exactness="exact")
        summary = summarize(tx, house.campaign_id, KEYS, NOW)
    totals = {(one.metric, one.unit): (one.number, one.exactness) for one in summary.total.tallies}
    assert totals == {
        ("volumes_donated", "册"): (230, Exactness.JUST_UNDER),
        ("volumes_donated", "套"): (50, Exactness.MORE_THAN),
        ("宣传车", "台"): (2, Exactness.EXACT),
    }
    assert {one.metric for one in summary.total.unsummed} == {"valid_cards_cumulative", "attendance", "cash_per_person"}
    (owner,) = summary.libraries
    assert owner.own.tallies == summary.total.tallies
    data = to_dict(summary)
    assert [part["name"] for part in data["categories"]] == ["阅读推广", "未归类"]
    assert "【数据待核】人次" in {one["words"] for one in data["total"]["unsummed"]}


def test_a_long_exhibition_counts_people_on_the_day_they_came(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        event_id = add_event(tx, house, "图片展", category="exhibition", sign_up="none")
        start = datetime(2026, 5, 14, 16, 0, tzinfo=UTC)
        place = add_occurrence(
            tx, house, 1, event_id=event_id, starts_at=start, ends_at=start + timedelta(days=60), all_day=True
        ).id
        crowd = Crowd(tx)
        crowd.walk_in(place, 30, datetime(2026, 5, 28, 15, 59, tzinfo=UTC))
        crowd.walk_in(place, 40, datetime(2026, 5, 28, 16, 0, tzinfo=UTC))
        summary = summarize(tx, house.campaign_id, KEYS, NOW)
        second = summarize(tx, house.campaign_id, KEYS, NOW, day=date(2026, 5, 28))
    people = {part.day: (part.figures.counts.sessions, part.figures.counts.walk_ins) for part in summary.days}
    assert people == {date(2026, 5, 27): (1, 0), date(2026, 5, 28): (0, 30), date(2026, 5, 29): (0, 40)}
    assert [part.occurrence.number for part in second.occurrences] == [1]


def test_chat_says_one_of_n(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        place = add_occurrence(tx, house, 12, starts_at=NOW, title="亲子阅读").id
        crowd = Crowd(tx)
        add_occurrence(tx, house, 13, starts_at=NOW, event_id=add_event(tx, house, "图片展", sign_up="none"))
        add_occurrence(tx, house, 14)
        ticket = crowd.sign_up(place, crowd.reader())
        for _ in range(3):
            crowd.sign_up(place, crowd.reader())
        crowd.check_in(place, ticket, 1)
        today = today_lines(summarize(tx, house.campaign_id, KEYS, NOW, day=local_day(NOW)))
        week = campaign_lines(summarize(tx, house.campaign_id, KEYS, NOW))
        empty = today_lines(summarize(tx, house.campaign_id, KEYS, NOW, day=date(2026, 6, 1)))
    assert "12. 亲子阅读：签到 1/4" in today
    assert "13. 图片展：现场 0 人" in today
    assert any("签到 1/4 人" in line for line in week)
    assert any("已举办 2 场，还有 1 场未开始" in line for line in week)
    assert any("没有场次" in line for line in empty)


def test_a_big_week_is_counted_with_as_many_statements_as_a_small_one(db: Database) -> None:
    small = count_week(db, 2, 20)
    with db.writing() as tx:
        for table in reversed(metadata.sorted_tables):
            if table is not programme_edition:
                tx.execute(delete(table))
    assert count_week(db, 350, 10_000) == small


def count_week(db: Database, places: int, tickets: int) -> int:
    """Fill a week, count it, and tell how many statements that took."""
    with db.writing() as tx:
        house = add_house(tx)
        ids = [add_occurrence(tx, house, number, starts_at=NOW).id for number in range(1, places + 1)]
        readers = [{"id": key, "created_at": NOW} for key in range(1, 20_001)]
        tx.execute(insert(reader), readers)
        rows = [
            {
                "id": key,
                "occurrence_id": ids[key % places],
                "reader_id": key // places * 87 % 20_000 + 1,
                "status": "confirmed",
                "adults": 1,
                "children": 1,
                "seats": 2,
                "short_code": f"{key:06d}",
                "created_at": NOW,
                "confirmed_at": NOW,
            }
            for key in range(1, tickets + 1)
        ]
        tx.execute(insert(registration), rows)
        scans = [
            {
                "occurrence_id": row["occurrence_id"],
                "registration_id": row["id"],
                "people": 2,
                "result": "ok",
                "counted_as": "registered",
                "door": "chat_scan",
                "received_at": NOW,
            }
            for row in rows
        ]
        tx.execute(insert(checkin), scans)
    with db.reading() as tx, counted_statements(tx) as seen:
        summary = summarize(tx, house.campaign_id, KEYS, AFTER)
    assert summary.total.counts.person_times == 2 * tickets
    return len(seen)
