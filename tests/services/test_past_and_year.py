"""Figures over several campaigns: a month and a year before, and the year of the national form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from bot.domain.national import NationalFigures
from bot.services.national import count_year
from bot.services.summary import summarize, with_past
from bot.store.database import Database
from bot.store.door_tables import walk_in
from bot.store.pii import Keys
from bot.store.tables import campaign, event, tally
from tests.conftest import TEST_SECRET
from tests.factories import House, add_event, add_house, add_occurrence
from tests.services.random_week import Crowd, add_branch, insert_row

KEYS = Keys(TEST_SECRET)
AFTER = datetime(2026, 7, 1, tzinfo=UTC)


def at(month: int, day: int, year: int = 2026) -> datetime:
    """Noon of a local day."""
    return datetime(year, month, day, 4, tzinfo=UTC)


def add_campaign(tx: Connection, house: House, key: str, first: date, last: date) -> House:
    """Another campaign of the same library."""
    row = dict(tx.execute(select(campaign).where(campaign.c.id == house.campaign_id)).one()._mapping)
    row |= {"key": key, "starts_on": first, "ends_on": last, "counting": {}}
    del row["id"]
    return House(house.library_id, insert_row(tx, campaign, **row), house.venue_id)


class Desk:
    """Holds events in any campaign."""

    def __init__(self, tx: Connection) -> None:
        self.tx, self.crowd, self.number = tx, Crowd(tx), 0

    def hold(self, house: House, day: datetime | None, people: int, title: str = "讲座", **values: Any) -> int:
        """An occurrence with that many walk-ins; its id."""
        self.number += 1
        owner = values.pop("library_id", house.library_id)
        place_values = {name: values.pop(name) for name in ("extra_venues", "ends_at", "mode") if name in values}
        key = add_event(self.tx, house, title, key=f"e{self.number}", library_id=owner, **values)
        place = add_occurrence(self.tx, house, self.number, event_id=key, starts_at=day, **place_values)
        self.crowd.walk_in(place.id, people, day or AFTER - timedelta(days=25))
        return key

    def note(self, house: House, metric: str, number: int, at: datetime, **values: Any) -> None:
        """A tally of the library alone."""
        facts = {"library_id": house.library_id, "unit": "人次", "exactness": "exact", "noted_at": at}
        insert_row(self.tx, tally, campaign_id=house.campaign_id, metric=metric, number=number, **(facts | values))


def test_a_week_is_held_against_the_same_days_a_month_before_and_the_week_of_the_year_before(db: Database) -> None:
    """Library by library, over all campaigns, and what libraries noted of no event is among it."""
    with db.writing() as tx:
        house = add_house(tx)
        branch = add_branch(tx, house, "cx")
        reading_day = add_campaign(tx, house, "april", date(2026, 4, 20), date(2026, 5, 10))
        last_year = add_campaign(tx, house, "2025", date(2025, 5, 20), date(2025, 5, 26))
        desk = Desk(tx)
        desk.hold(house, at(5, 28), 50)
        desk.hold(reading_day, at(4, 28), 7, library_id=branch)
        desk.hold(reading_day, at(4, 23), 1000)
        desk.note(reading_day, "attendance", 11, at(4, 29))
        desk.hold(last_year, at(5, 21, 2025), 30)
        desk.hold(last_year, None, 3, library_id=branch)
    with db.reading() as tx:
        summary = with_past(tx, summarize(tx, house.campaign_id, KEYS, AFTER), KEYS, AFTER)
        of_branch = with_past(tx, summarize(tx, house.campaign_id, KEYS, AFTER, library_id=branch), KEYS, AFTER)
        of_day = with_past(tx, summarize(tx, house.campaign_id, KEYS, AFTER, day=date(2026, 5, 28)), KEYS, AFTER)
    month, year = summary.month_before, summary.year_before
    assert month is not None
    assert year is not None
    assert (month.starts_on, month.ends_on) == (date(2026, 4, 27), date(2026, 5, 2))
    assert {key: counts.person_times for key, counts in month.figures.items() if counts.person_times} == {
        None: 18,
        branch: 7,
        house.library_id: 11,
    }
    assert (year.starts_on, year.ends_on) == (date(2025, 5, 20), date(2025, 5, 26))
    assert year.figures[None].person_times == 33, "what has no date is of the week"
    assert (year.figures[branch].sessions, year.figures[house.library_id].sessions) == (1, 1)
    assert of_branch.month_before is not None
    assert of_branch.month_before.figures[None].person_times == 7
    assert of_day.month_before is not None
    assert of_day.month_before.figures[None].person_times == 7
    assert of_day.year_before is None, "nothing was held on that day"


def test_without_a_past_there_is_no_comparison(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        add_campaign(tx, house, "empty", date(2026, 4, 1), date(2026, 5, 10))
        Desk(tx).hold(house, at(5, 28), 50)
    with db.reading() as tx:
        summary = with_past(tx, summarize(tx, house.campaign_id, KEYS, AFTER), KEYS, AFTER)
    assert (summary.month_before, summary.year_before) == (None, None)


def test_the_year_adds_up_all_campaigns_by_class_and_library(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        branch = add_branch(tx, house, "cx")
        desk = Desk(tx)
        desk.hold(house, at(5, 28), 182, category="lecture", audience=["老年读者"])
        course = desk.hold(house, at(5, 28), 20, "书法班", category="training", audience=["少儿"])
        desk.hold(house, at(5, 29), 25, "书法班第二课", category="training", parent_id=course)
        desk.hold(house, at(5, 29), 9, "读书会", library_id=branch, audience=["视障读者"])
        desk.hold(house, at(5, 29), 40, "云讲座", category="lecture", mode="online")
        desk.hold(house, at(5, 29), 12, "工作会", category="internal")
        desk.note(house, "online_views", 300, at(5, 30), unit="次")
        tx.execute(update(walk_in).where(walk_in.c.people == 25).values(audience="child"))
        insert_row(
            tx,
            tally,
            campaign_id=house.campaign_id,
            library_id=None,
            metric="attendance",
            number=9999,
            unit="人次",
            exactness="just_under",
            noted_at=AFTER,
        )
    with db.reading() as tx:
        counted = count_year(tx, 2026, KEYS, AFTER)
        whole = summarize(tx, house.campaign_id, KEYS, AFTER).total.counts
        before = count_year(tx, 2025, KEYS, AFTER)
    assert (counted.year, counted.until) == (2026, date(2026, 7, 1))
    expected = NationalFigures(
        lectures=2,
        lecture_people=182,
        classes=1,
        lessons=2,
        training_people=45,
        others=1,
        other_people=9,
        online_people=340,
        minors=45,
        elderly=182,
        disabled=9,
    )
    assert counted.total == expected
    assert counted.total.people == whole.person_times
    assert NationalFigures.sum_of(figures for _, figures in counted.by_library) == counted.total
    assert [(library.code, figures.others) for library, figures in counted.by_library] == [("gy", 0), ("cx", 1)]
    assert before.total == NationalFigures()


def test_an_exhibition_that_crosses_two_windows_counts_in_each_and_once_in_the_year_at_each_venue(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        spring = add_campaign(tx, house, "spring", date(2026, 4, 20), date(2026, 4, 30))
        desk = Desk(tx)
        show: dict[str, Any] = {"category": "exhibition", "ends_at": at(6, 1)}
        desk.hold(spring, at(4, 25), 10, "图片展", **show)
        desk.hold(house, at(4, 25), 15, "图片展", extra_venues=["广场"], **show)
        desk.hold(house, at(5, 28), 5, "另一个展", **show)
    with db.reading() as tx:
        each = [summarize(tx, one.campaign_id, KEYS, AFTER).total.counts.sessions for one in (spring, house)]
        year = count_year(tx, 2026, KEYS, AFTER).total
    assert each == [1, 3]
    assert (year.exhibitions, year.exhibition_people) == (3, 30)


def test_a_campaign_over_new_year_is_cut_in_two(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        winter = add_campaign(tx, house, "winter", date(2025, 12, 25), date(2026, 1, 7))
        desk = Desk(tx)
        desk.hold(winter, at(12, 28, 2025), 100)
        key = desk.hold(winter, at(1, 3), 10)
        desk.hold(winter, None, 1)
        tx.execute(update(event).where(event.c.id == key).values(category="lecture"))
        desk.note(winter, "attendance", 30, at(1, 4), event_id=key)
    with db.reading() as tx:
        first, second = (count_year(tx, year, KEYS, AFTER).total for year in (2025, 2026))
    assert (first.others, first.other_people, first.lectures) == (2, 101, 0)
    assert (second.others, second.lectures, second.lecture_people) == (0, 1, 30)
