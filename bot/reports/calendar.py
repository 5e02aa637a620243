"""Calendar entries (RFC 5545), so that a phone's own calendar reminds too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vText, vUri

from bot.domain.clock import local_day

PRODUCT = "-//Shuqian//Shuqian//ZH"


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """What an entry says. `uid` stays the same for the same registration, so that adding twice changes one entry."""

    uid: str
    title: str
    place: str
    note: str
    url: str
    starts_at: datetime
    ends_at: datetime | None
    all_day: bool
    cancelled: bool
    now: datetime


def calendar_entry(facts: CalendarFacts) -> bytes:
    """One event in UTC, folded and escaped by the library."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_entry(facts))
    return bytes(calendar.to_ical())


def _entry(facts: CalendarFacts) -> Event:
    entry = Event()
    entry.add("uid", facts.uid)
    entry.add("dtstamp", facts.now)
    _add_times(entry, facts)
    entry.add("summary", vText(facts.title))
    entry.add("location", vText(facts.place))
    entry.add("description", vText(facts.note))
    entry.add("url", vUri(facts.url))
    entry.add("status", "CANCELLED" if facts.cancelled else "CONFIRMED")
    entry.add("sequence", 1 if facts.cancelled else 0)
    return entry


def _add_times(entry: Event, facts: CalendarFacts) -> None:
    if not facts.all_day:
        entry.add("dtstart", facts.starts_at)
        if facts.ends_at is not None:
            entry.add("dtend", facts.ends_at)
        return
    last = facts.ends_at or facts.starts_at
    entry.add("dtstart", local_day(facts.starts_at))
    entry.add("dtend", local_day(last) + timedelta(days=1))  # the end day is exclusive
