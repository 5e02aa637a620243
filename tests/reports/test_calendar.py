from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Component

from bot.reports.calendar import CalendarFacts, calendar_entry

STARTS_AT = datetime(2026, 5, 30, 1, 30, tzinfo=UTC)
FACTS = CalendarFacts(
    uid="abc@library.example",
    title="亲子绘本共读, 第三场; 很长的题目" * 4,
    place="少儿阅览室",
    note="到场请出示入场码\nK7P2QX",
    url="https://library.example/T/ABC",
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + timedelta(minutes=90),
    all_day=False,
    cancelled=False,
    now=STARTS_AT - timedelta(days=3),
)


def _entry(facts: CalendarFacts) -> Component:
    (entry,) = Calendar.from_ical(calendar_entry(facts)).walk("VEVENT")
    return entry


def test_entry_reads_back_as_written() -> None:
    entry = _entry(FACTS)
    assert entry["summary"] == FACTS.title
    assert entry["description"] == FACTS.note
    assert entry.decoded("dtstart") == FACTS.starts_at
    assert entry.decoded("dtend") == FACTS.ends_at
    assert (entry["status"], entry["uid"]) == ("CONFIRMED", FACTS.uid)


def test_lines_are_folded_at_75_octets_and_end_as_the_standard_says() -> None:
    lines = calendar_entry(FACTS).split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert lines[-1] == b""


def test_time_is_written_in_utc() -> None:
    assert b"DTSTART:20260530T013000Z" in calendar_entry(FACTS)


def test_whole_day_covers_its_local_days() -> None:
    midnight = datetime(2026, 5, 29, 16, tzinfo=UTC)
    entry = _entry(replace(FACTS, starts_at=midnight, ends_at=midnight + timedelta(hours=40), all_day=True))
    assert entry.decoded("dtstart") == date(2026, 5, 30)
    assert entry.decoded("dtend") == date(2026, 6, 1)


def test_open_end_leaves_the_end_out() -> None:
    assert "dtend" not in _entry(replace(FACTS, ends_at=None))


def test_cancelled_entry_outranks_the_one_added_before() -> None:
    entry = _entry(replace(FACTS, cancelled=True))
    assert (entry["status"], entry["sequence"]) == ("CANCELLED", 1)
