"""Every counting rule of library-domain 3.2: what the default counts, and what the other choice makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.counting import DEFAULT_RULES, RULE_NAMES, changed_rules, choices_of, read_rules
from bot.domain.kinds import Category, Exactness, Mode, OccurrenceStatus, SignUp
from bot.domain.summary import Summary, build_summary
from bot.domain.summary_facts import (
    CampaignWindow,
    CheckinCount,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    SummaryFacts,
    Visit,
    WalkInCount,
)
from bot.domain.tally import TallyFacts

NOON = datetime(2026, 5, 28, 4, tzinfo=UTC)
DAY = date(2026, 5, 28)
AFTER = datetime(2026, 7, 1, tzinfo=UTC)
CITY, BRANCH, OTHER = 1, 2, 3


def an_event(key: int, category: Category = Category.READING_PROMOTION, **values: Any) -> CountedEvent:
    facts: dict[str, Any] = {
        "title": f"活动{key}",
        "kind": "",
        "library_id": CITY,
        "parent_id": None,
        "partner_library_ids": (),
        "partners": (),
        "audience": (),
        "speaker": "",
        "sign_up": SignUp.NONE,
    }
    return CountedEvent(id=key, key=str(key), category=category, **(facts | values))


def an_occurrence(key: int, event_id: int, **values: Any) -> CountedOccurrence:
    facts: dict[str, Any] = {
        "label": "",
        "starts_at": NOON,
        "ends_at": None,
        "all_day": False,
        "date_text": "",
        "venues": ("报告厅",),
        "capacity": None,
        "mode": Mode.ONSITE,
        "status": OccurrenceStatus.SCHEDULED,
    }
    return CountedOccurrence(id=key, number=key, key=str(key), event_id=event_id, **(facts | values))


def a_tally(key: int, metric: str, number: int, unit: str, **values: Any) -> TallyFacts:
    facts: dict[str, Any] = {
        "id": key,
        "campaign_id": 1,
        "library_id": CITY,
        "event_id": None,
        "occurrence_id": None,
        "key": None,
        "metric": metric,
        "number": Decimal(number),
        "unit": unit,
        "exactness": Exactness.EXACT,
        "written": str(number),
        "part": "",
        "parent_id": None,
        "recipient": "",
        "wording": "",
        "noted_at": NOON,
    }
    return TallyFacts(**(facts | values))


def count(
    events: list[CountedEvent],
    occurrences: list[CountedOccurrence],
    rules: dict[str, str] | None = None,
    now: datetime = AFTER,
    **values: Any,
) -> Summary:
    """The summary of these, by these rules beside the default ones."""
    facts = SummaryFacts(
        campaign=CampaignWindow(1, "w", "周", "", CITY, date(2026, 5, 27), date(2026, 6, 2)),
        libraries=(
            CountedLibrary(CITY, "gy", "市馆", "city", None),
            CountedLibrary(BRANCH, "cx", "苍溪馆", "county", CITY),
            CountedLibrary(OTHER, "wc", "旺苍馆", "county", CITY),
        ),
        events=tuple(events),
        occurrences=tuple(occurrences),
        places=(),
        used=(),
        checkins=(),
        walk_ins=(),
        visits=(),
        tallies=(),
        rules=read_rules(rules or {}),
    )
    return build_summary(replace(facts, **values), now)


def test_the_defaults_are_those_of_the_table_and_an_unknown_name_or_choice_is_refused() -> None:
    assert read_rules({}) == DEFAULT_RULES
    assert all(choices_of(rule)[0] == DEFAULT_RULES.as_data()[rule] for rule in RULE_NAMES)
    assert changed_rules({}, {"hybrid": "apart", "undated": "held"}) == {"hybrid": ["onsite", "apart"]}
    for wrong in ({"colour": "green"}, {"hybrid": "green"}):
        with pytest.raises(ValueError, match=r"colour|green"):
            read_rules(wrong)


def test_a_weekly_event_over_four_weeks_is_four_sessions_and_a_cancelled_one_is_none() -> None:
    weekly = [an_occurrence(n, 1, starts_at=NOON + timedelta(days=n - 1)) for n in range(1, 5)]
    off = an_occurrence(5, 1, status=OccurrenceStatus.CANCELLED)
    total = count([an_event(1)], [*weekly, off]).total
    assert (total.counts.sessions, total.counts.called_off, total.activities) == (4, 1, 1)


def test_a_session_to_which_nobody_came_counts_unless_told_otherwise() -> None:
    places = [an_occurrence(1, 1), an_occurrence(2, 1), an_occurrence(3, 1)]
    came: dict[str, Any] = {
        "walk_ins": (WalkInCount(1, DAY, 5),),
        "tallies": (a_tally(1, "attendance", 40, "人次", event_id=1, occurrence_id=2),),
    }
    assert count([an_event(1)], places, **came).total.counts.sessions == 3
    assert count([an_event(1)], places, {"empty_session": "left_out"}, **came).total.counts.sessions == 2


def test_an_exhibition_is_one_for_each_venue_or_one_in_all_whatever_its_days() -> None:
    days = [an_occurrence(n, 1, starts_at=NOON + timedelta(days=n), venues=("展厅",)) for n in range(1, 4)]
    tour = an_occurrence(4, 1, starts_at=NOON + timedelta(days=4), venues=("广场", "展厅"))
    show = [an_event(1, Category.EXHIBITION)]
    assert count(show, [*days, tour]).total.counts.sessions == 2
    assert count(show, [*days, tour], {"exhibition": "event"}).total.counts.sessions == 1


def test_a_course_is_one_class_with_its_lessons_and_the_attendances_of_all() -> None:
    lessons = [an_occurrence(n, 1, starts_at=NOON + timedelta(days=n)) for n in range(3)]
    walk_ins = tuple(WalkInCount(n, DAY, 10) for n in range(3))
    total = count([an_event(1, Category.TRAINING)], lessons, walk_ins=walk_ins).total
    assert (total.activities, total.counts.sessions, total.counts.person_times) == (1, 3, 30)


def test_online_and_hybrid_stand_apart_and_watching_is_never_added_to_coming() -> None:
    places = [an_occurrence(n, 1, mode=mode) for n, mode in enumerate(Mode, 1)]
    watched = [a_tally(1, "online_live", 5000, "人次"), a_tally(2, "online_views", 200, "次")]
    summary = count(
        [an_event(1)],
        places,
        checkins=tuple(CheckinCount(n, DAY, 1, 10 * n) for n in (1, 2, 3)),
        tallies=tuple(replace(each, event_id=1, occurrence_id=2) for each in watched),
    )
    by_mode = {part.mode: part.figures.counts for part in summary.modes}
    numbers = {place.id: place.mode for place in places}
    assert {mode: counts.checked_in_people for mode, counts in by_mode.items()} == {
        mode: 10 * key for key, mode in numbers.items()
    }
    assert by_mode[Mode.ONLINE].person_times == 0
    total = summary.total.counts
    online = next(10 * key for key, mode in numbers.items() if mode is Mode.ONLINE)
    assert (total.person_times, total.online_people) == (60 - online, online)
    assert (total.online_live, total.online_views) == (5000, 200)
    assert (total.hybrid_sessions, total.online_sessions, total.sessions) == (1, 1, 3)


@pytest.mark.parametrize(("rule", "partner"), [("lead", 0), ("each", 1)])
def test_a_co_hosted_event_counts_for_its_lead_or_for_each_and_once_in_the_roll_up(rule: str, partner: int) -> None:
    shared = an_event(1, library_id=BRANCH, partner_library_ids=(OTHER,))
    summary = count([shared], [an_occurrence(1, 1)], {"co_hosted": rule})
    own = {part.library.id: part.own.counts.sessions for part in summary.libraries}
    assert own == {CITY: 0, BRANCH: 1, OTHER: partner}
    assert summary.libraries[0].with_branches.counts.sessions == 1
    assert summary.total.counts.sessions == 1
    assert [event.id for event in summary.libraries[2].co_hosts] == [1]


@pytest.mark.parametrize(("rule", "counted"), [("left_out", (0, 0, 0, 0)), ("counted", (1, 1, 12, 1))])
def test_meetings_of_the_staff_are_told_and_not_counted(rule: str, counted: tuple[int, ...]) -> None:
    """Seen to fail with `internal_people` taken out of the person-times."""
    summary = count(
        [an_event(1, Category.INTERNAL)],
        [an_occurrence(1, 1)],
        {"internal": rule},
        checkins=(CheckinCount(1, DAY, 1, 2),),
        visits=(Visit(b"a", 1, DAY),),
        tallies=(a_tally(1, "attendance", 12, "人次", event_id=1, occurrence_id=1),),
    )
    total = summary.total
    assert (total.activities, total.counts.sessions, total.counts.person_times, total.persons) == counted
    assert summary.occurrences[0].figures.counts.checked_in_people == 2, "the door goes on counting"


@pytest.mark.parametrize(("rule", "sessions"), [("each_window", 1), ("start", 0)])
def test_what_began_before_the_window_counts_in_it_or_where_it_began(rule: str, sessions: int) -> None:
    before = an_occurrence(1, 1, starts_at=NOON - timedelta(days=20), ends_at=NOON + timedelta(days=2))
    summary = count(
        [an_event(1, Category.EXHIBITION)], [before], {"overlap": rule}, walk_ins=(WalkInCount(1, DAY, 30),)
    )
    total = summary.total
    assert (total.counts.sessions, total.activities, total.counts.person_times) == (sessions, sessions, 30)
    assert {part.day for part in summary.days if part.figures.counts.walk_ins} == {DAY}


@pytest.mark.parametrize(("rule", "sessions"), [("counted", 2), ("left_out", 1)])
def test_banners_and_screens_are_activities_unless_told_otherwise(rule: str, sessions: int) -> None:
    events = [an_event(1, Category.PUBLICITY), an_event(2, Category.OUTREACH_SERVICE)]
    total = count(events, [an_occurrence(1, 1), an_occurrence(2, 2)], {"publicity": rule}).total
    assert (total.counts.sessions, total.activities) == (sessions, sessions)


def test_an_event_without_a_date_is_held_when_the_window_has_passed_unless_told_otherwise() -> None:
    undated = [an_occurrence(1, 1, starts_at=None)]
    during = count([an_event(1)], undated, now=NOON)
    after = count([an_event(1)], undated)
    assert (during.total.counts.sessions, after.total.counts.sessions) == (0, 1)
    assert [part.day for part in after.days] == [None]
    assert count([an_event(1)], undated, {"undated": "left_out"}).total.counts.sessions == 0


def test_people_counted_at_the_door_are_person_times_and_no_persons_unless_told_otherwise() -> None:
    came: dict[str, Any] = {
        "checkins": (CheckinCount(1, DAY, 1, 3),),
        "visits": (Visit(b"a", 1, DAY), Visit(b"a", 1, DAY)),
    }
    walk_ins = (WalkInCount(1, DAY, 7),)
    place = an_occurrence(1, 1)
    facts = count([an_event(1)], [place], **came).total
    assert (facts.counts.person_times, facts.persons) == (3, 1)
    both = {**came, "walk_ins": walk_ins}
    total = count([an_event(1)], [place], **both).total
    assert (total.counts.person_times, total.persons) == (10, 1)
    assert count([an_event(1)], [place], {"walk_ins": "left_out"}, **both).total.counts.person_times == 3


@pytest.mark.parametrize(("rule", "activities"), [("part", 1), ("own", 2)])
def test_parts_of_an_event_are_activities_of_their_own_only_by_the_rule(rule: str, activities: int) -> None:
    events = [an_event(1), an_event(2, parent_id=1)]
    total = count(events, [an_occurrence(1, 1), an_occurrence(2, 2)], {"parts": rule}).total
    assert (total.activities, total.counts.sessions) == (activities, 2)


def test_who_was_checked_in_or_counted_is_not_counted_again_by_what_staff_noted_afterwards() -> None:
    place = an_occurrence(1, 1)
    scans = (CheckinCount(1, DAY, 1, 30),)
    for noted, people in ((25, 30), (60, 60)):
        tally = a_tally(1, "attendance", noted, "人次", event_id=1, occurrence_id=1)
        assert count([an_event(1)], [place], checkins=scans, tallies=(tally,)).total.counts.person_times == people


def test_stocks_doubtful_figures_and_parts_of_a_total_are_not_added() -> None:
    tallies = (
        a_tally(1, "cards_new", 20, "张"),
        a_tally(2, "cards_new", 600, "张", exactness=Exactness.CUMULATIVE),
        a_tally(3, "cards_new", 8, "张", exactness=Exactness.DOUBTFUL),
        a_tally(4, "cards_new", 5, "张", part="少儿", parent_id=1),
    )
    total = count([an_event(1)], [], tallies=tallies).total
    assert [(each.number, each.exactness) for each in total.tallies] == [(Decimal(20), Exactness.EXACT)]
    assert {each.id for each in total.unsummed} == {2, 3}
