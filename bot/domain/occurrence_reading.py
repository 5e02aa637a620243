"""From the rows of the sheet of occurrences to entries: single, all-day, undated, or repeated by a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.campaign_file import (
    CampaignEntry,
    EventEntry,
    Fault,
    FaultKind,
    OccurrenceEntry,
    Row,
    VenueEntry,
    VenueName,
)
from bot.domain.cells import LAST_MINUTE, Cells, duplicates
from bot.domain.clock import at_local, local
from bot.domain.kinds import Mode, OccurrenceStatus
from bot.domain.recurrence import MOST_REPEATS, days_of, weekdays_of

MOST_SEATS = 100_000
MOST_SLOTS = 100
MOST_SLOT_MINUTES = 24 * 60
ONLY_KEY = "1"
"""Key of an occurrence that is the only row of its event and has none of its own."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """An event with its row: capacity and sign-up window written there hold for each of its occurrences."""

    event: EventEntry
    row: Row


class Places:
    """Venues by the names that rows use: `name`, or `library/name` where the name alone is not clear."""

    def __init__(self, venues: tuple[VenueEntry, ...], library_of: Callable[[str], str | None]) -> None:
        self._venues = {(venue.library, venue.name) for venue in venues}
        self._library_of = library_of

    def find(self, name: str, library: str) -> VenueName | None:
        """The venue of that name: of this library, else the only one of that name anywhere."""
        if (library, name) in self._venues:
            return VenueName(library, name)
        owner, slash, rest = name.partition("/")
        if slash and (code := self._library_of(owner)) and (code, rest) in self._venues:
            return VenueName(code, rest)
        matches = [VenueName(*venue) for venue in self._venues if venue[1] == name]
        return matches[0] if len(matches) == 1 else None


@dataclass(frozen=True, slots=True)
class _Times:
    """When one row takes place, before it is repeated."""

    first: date | None
    last: date | None
    start: time | None
    end: time | None
    weekdays: frozenset[int] | None
    slot: timedelta | None = None  # length of the slots that it is divided into, each with places of its own


@dataclass(frozen=True, slots=True)
class _Time:
    """One time that a row takes place; the suffix makes its key, the label its name."""

    suffix: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False
    label: str = ""


def read_occurrences(
    rows: tuple[Row, ...],
    defaults: Mapping[str, Defaults],
    places: Places,
    campaign: CampaignEntry,
    year: int,
    faults: list[Fault],
) -> tuple[OccurrenceEntry, ...]:
    """Read all rows; repeated ones become one entry for each day."""
    events = [Cells(row, []).text("event", 60) for row in rows]
    with_several = duplicates(events)
    found: list[OccurrenceEntry] = []
    seen: set[tuple[str, str]] = set()
    for row, event_key in zip(rows, events, strict=True):
        cells = Cells(row, faults, year)
        cells.text("event", 60, needed=True)
        owner = defaults.get(event_key)
        if owner is None:
            if event_key:
                cells.fault(FaultKind.UNKNOWN_NAME, "event", event_key)
            continue
        key = cells.text("key", 60)
        if not key and event_key in with_several:
            cells.fault(FaultKind.KEY_NEEDED, "key", event_key)
        for entry in _read_row(cells, owner, key or ONLY_KEY, places, campaign, year, faults):
            if (entry.event, entry.key) in seen:
                cells.fault(FaultKind.DUPLICATE, "key", entry.key)
            seen.add((entry.event, entry.key))
            found.append(entry)
    return tuple(found)


def _read_row(
    cells: Cells,
    owner: Defaults,
    key: str,
    places: Places,
    campaign: CampaignEntry,
    year: int,
    faults: list[Fault],
) -> Iterator[OccurrenceEntry]:
    times = _read_times(cells, campaign)
    venue, extra_venues = _read_places(cells, owner.event.library, places)
    label, date_text = cells.text("label", 80), cells.text("date_text", 80)
    mode = cells.choice("mode", Mode, Mode.ONSITE)
    status = cells.choice("status", OccurrenceStatus, OccurrenceStatus.SCHEDULED)
    capacity, overbooking = _read_seats(cells, owner, faults)
    if times.first is None and not date_text and not cells.has("start_date"):
        cells.fault(FaultKind.DATE_NEEDED, "start_date")
    for held in (slot for span in _moments(cells, times) for slot in _slots(span, times.slot)):
        opens_at, closes_at = _read_window(cells, owner, held.starts_at, year, faults)
        yield OccurrenceEntry(
            event=owner.event.key,
            key=key + held.suffix,
            label=f"{label} {held.label}".strip(),
            starts_at=held.starts_at,
            ends_at=held.ends_at,
            all_day=held.all_day,
            date_text=date_text,
            venue=venue,
            extra_venues=extra_venues,
            capacity=capacity,
            overbooking=overbooking,
            mode=mode,
            status=status,
            opens_at=opens_at,
            closes_at=closes_at,
            row=cells.row,
        )


def _read_times(cells: Cells, campaign: CampaignEntry) -> _Times:
    rule = cells.text("repeat", 40)
    weekdays = weekdays_of(rule) if rule else None
    if rule and weekdays is None:
        cells.fault(FaultKind.UNKNOWN_VALUE, "repeat", rule)
    first, last = cells.day("start_date"), cells.day("end_date")
    if rule:  # a rule without dates runs over the whole window
        first, last = first or campaign.starts_on, last or campaign.ends_on
    elif first is None and last is not None:
        cells.fault(FaultKind.MISSING, "start_date")
    start, end = cells.clock("start_time"), cells.clock("end_time")
    if (start is None) != (end is None):
        cells.fault(FaultKind.MISSING, "end_time" if end is None else "start_time")
    if first and last and last < first:
        cells.fault(FaultKind.END_BEFORE_START, "end_date", last)
    elif start and end and end <= start and (rule or not last or last == first):
        cells.fault(FaultKind.END_BEFORE_START, "end_time", f"{end:%H:%M}")
    if first is None and start is not None and not cells.has("start_date"):
        cells.fault(FaultKind.MISSING, "start_date")
    slot = _read_slot(cells, start, end, is_one_day=bool(rule) or last is None or last == first)
    return _Times(first, last or first, start, end, weekdays, slot)


def _read_slot(cells: Cells, start: time | None, end: time | None, *, is_one_day: bool) -> timedelta | None:
    """The length of the slots: the time from start to end holds a whole number of them."""
    minutes = cells.whole("slot_minutes", 1, MOST_SLOT_MINUTES)
    if minutes is None or (end and start and end <= start):
        return None
    day, slot = date(2000, 1, 1), timedelta(minutes=minutes)
    length = datetime.combine(day, end) - datetime.combine(day, start) if start and end else timedelta()
    if not length or length % slot or length // slot > MOST_SLOTS or not is_one_day:
        cells.fault(FaultKind.BAD_SLOTS, "slot_minutes", minutes)
        return None
    return slot


def _read_places(cells: Cells, library: str, places: Places) -> tuple[VenueName | None, tuple[str, ...]]:
    """The first venue and the names of further ones, which belong to the same library."""
    found: list[VenueName] = []
    for name in cells.names("venues"):
        venue = places.find(name, found[0].library if found else library)
        if venue is None or (found and venue.library != found[0].library):
            cells.fault(FaultKind.UNKNOWN_NAME, "venues", name)
        elif venue not in found:
            found.append(venue)
    return (found[0] if found else None), tuple(venue.name for venue in found[1:])


def _read_seats(cells: Cells, owner: Defaults, faults: list[Fault]) -> tuple[int | None, int]:
    source = cells if cells.has("capacity") else Cells(owner.row, faults)
    capacity = source.whole("capacity", 0, MOST_SEATS)
    return capacity, cells.whole("overbooking", 0, MOST_SEATS) or 0


def _read_window(
    cells: Cells, owner: Defaults, starts_at: datetime | None, year: int, faults: list[Fault]
) -> tuple[datetime | None, datetime | None]:
    event_cells = Cells(owner.row, faults, year)
    undated = starts_at is None  # what the event says of days before the start does not reach these
    opening = cells if undated or cells.has("opens") else event_cells
    closing = cells if undated or cells.has("closes") else event_cells
    opens_at = opening.moment("opens", starts_at, at=time(0))
    closes_at = closing.moment("closes", starts_at, at=LAST_MINUTE)
    if opens_at and closes_at and closes_at <= opens_at:
        closing.fault(FaultKind.END_BEFORE_START, "closes")
    return opens_at, closes_at


def _slots(span: _Time, length: timedelta | None) -> Iterator[_Time]:
    """The span itself, or one after the other the slots that it is divided into."""
    if length is None or span.starts_at is None or span.ends_at is None:
        yield span
        return
    start = span.starts_at
    while start < span.ends_at:
        end = start + length
        yield _Time(f"{span.suffix}-{local(start):%H%M}", start, end, label=f"{local(start):%H:%M}–{local(end):%H:%M}")
        start = end


def _moments(cells: Cells, times: _Times) -> Iterator[_Time]:
    """Each time that the row takes place."""
    if times.first is None or times.last is None or times.last < times.first:
        yield _Time()
        return
    if times.weekdays is None:
        yield _Time("", *_span(times.first, times.last, times))
        return
    if times.last - times.first > timedelta(days=MOST_REPEATS):
        cells.fault(FaultKind.TOO_BIG, "end_date", MOST_REPEATS)
        return
    days = list(days_of(times.weekdays, times.first, times.last))
    if not days:
        cells.fault(FaultKind.NO_DAYS, "repeat")
    for day in days:
        yield _Time(f"-{day:%Y%m%d}", *_span(day, day, times))


def _span(first: date, last: date, times: _Times) -> tuple[datetime, datetime, bool]:
    """A span ends within its last day, so that the day of its end is the day that people speak of."""
    if times.start is None or times.end is None:
        return at_local(first, time(0)), at_local(last, LAST_MINUTE), True
    starts_at, ends_at = at_local(first, times.start), at_local(last, times.end)
    return starts_at, max(starts_at, ends_at), False
