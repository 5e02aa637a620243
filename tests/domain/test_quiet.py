"""What waits for the end of the quiet hours, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.kinds import NoticeKind, OccurrenceStatus, RegistrationStatus
from bot.domain.notice import Letter, find_due_reminders, find_later_moment
from bot.domain.quiet import SPREAD_S, QuietHours, after_quiet_hours, reminder_moment

QUIET = QuietHours.parse("22:00-07:30")


def at(clock: str, day: int = 20) -> datetime:
    """A local clock time of May 2026, in UTC."""
    return datetime.fromisoformat(f"2026-05-{day:02d}T{clock}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "leaves"),
    [
        ("14:00", 1, at("13:00")),  # by day: at its moment
        ("09:00", 2, at("07:30")),  # at the end of the night
        ("08:00", 1, at("07:30")),  # half an hour is enough
        ("07:59", 1, at("21:30", 19)),  # less is not: the evening before
        ("06:00", 1, at("21:30", 19)),
        ("23:30", 1, at("21:30")),  # a night of stars: before the same night
        ("23:00", 1, at("21:30")),
        ("22:59", 1, at("21:59")),
    ],
)
def test_a_reminder_wakes_nobody_and_comes_in_time(start: str, hours: float, leaves: datetime) -> None:
    assert reminder_moment(at(start), at(start) - timedelta(hours=hours), QUIET) == leaves


def test_without_quiet_hours_a_reminder_leaves_at_its_moment() -> None:
    assert reminder_moment(at("06:00"), at("05:00"), None) == at("05:00")


def test_reminders_that_quiet_hours_move_to_one_moment_are_one() -> None:
    due = find_due_reminders(at("06:00"), [1, 2, 24], at("21:00", 19), all_day=False, quiet=QUIET)
    assert [(each.hours, each.due_at) for each in due] == [(1, at("21:30", 19)), (24, at("07:30", 19))]


def letter(kind: NoticeKind, **values: object) -> Letter:
    """A letter about an occurrence of the afternoon."""
    plain: dict[str, object] = {
        "id": 1,
        "kind": kind,
        "openid": "o-reader",
        "registration_id": 1,
        "reader_id": 7,
        "moment": "m",
        "facts": {},
        "created_at": at("23:00", 19),
        "due_at": at("23:00", 19),
        "not_after": None,
        "attempts": 0,
        "reminders": True,
        "registration_status": RegistrationStatus.CONFIRMED,
        "cancelled_at": None,
        "people": 2,
        "short_code": "K7P2QX",
        "number": 12,
        "title": "活动",
        "label": "",
        "starts_at": at("15:00"),
        "ends_at": at("16:00"),
        "all_day": False,
        "date_text": "",
        "occurrence_status": OccurrenceStatus.SCHEDULED,
        "venue": "",
        "address": "",
        "contact": "",
    }
    return Letter(**{**plain, **values})  # type: ignore[arg-type]


WAITS = [
    (NoticeKind.PROMOTED, {}),
    (NoticeKind.REMINDER, {}),
    (NoticeKind.OFFERED, {"facts": {"until": at("08:00").isoformat()}}),
    (NoticeKind.OCCURRENCE_CANCELLED, {"starts_at": at("09:30")}),
    (NoticeKind.OCCURRENCE_CHANGED, {"facts": {"was": at("10:00").isoformat()}}),
    (NoticeKind.NO_SHOW, {"starts_at": at("19:00", 19)}),
    (NoticeKind.SUSPENDED, {"starts_at": at("19:00", 19), "facts": {"until": at("06:00").isoformat()}}),
]
AT_ONCE = [
    (NoticeKind.PROMOTED, {"starts_at": at("07:45")}),
    (NoticeKind.REMINDER, {"not_after": at("07:59")}),
    (NoticeKind.OFFERED, {"facts": {"until": at("07:59").isoformat()}}),
    (NoticeKind.OCCURRENCE_CANCELLED, {"starts_at": at("09:29")}),
    (NoticeKind.OCCURRENCE_CHANGED, {"facts": {"was": at("09:00").isoformat()}}),  # moved away: they would come at nine
    (NoticeKind.OCCURRENCE_CHANGED, {"starts_at": at("08:00"), "facts": {"was": at("15:00").isoformat()}}),
    (NoticeKind.OCCURRENCE_CHANGED, {}),  # what it was is not known
]


@pytest.mark.parametrize(("kind", "values"), WAITS)
def test_what_can_wait_waits_for_the_morning(kind: NoticeKind, values: dict[str, object]) -> None:
    later = find_later_moment(letter(kind, **values), QUIET, at("23:00", 19))
    assert later is not None
    assert at("07:30") <= later < at("07:30") + timedelta(seconds=SPREAD_S)


@pytest.mark.parametrize(("kind", "values"), AT_ONCE)
def test_what_would_lose_its_sense_leaves_at_once(kind: NoticeKind, values: dict[str, object]) -> None:
    assert find_later_moment(letter(kind, **values), QUIET, at("23:00", 19)) is None


@pytest.mark.parametrize("now", [at("21:59", 19), at("07:30"), at("12:00")])
def test_by_day_nothing_waits(now: datetime) -> None:
    assert find_later_moment(letter(NoticeKind.PROMOTED), QUIET, now) is None
    assert find_later_moment(letter(NoticeKind.PROMOTED), None, at("23:00", 19)) is None


def test_what_waited_leaves_spread_over_the_first_minutes() -> None:
    moments = [after_quiet_hours(at("07:30"), number) for number in range(3 * SPREAD_S)]
    assert all(moments.count(moment) == 3 for moment in set(moments))
    assert len(set(moments)) == SPREAD_S
