"""From the rows of a campaign file to its entries, or to the list of all its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from bot.domain.campaign_file import (
    CampaignEntry,
    CampaignFile,
    EventEntry,
    Fault,
    FaultKind,
    KnownNames,
    LibraryEntry,
    Row,
    Sheet,
    Sheets,
    VenueEntry,
)
from bot.domain.cells import Cells, duplicates
from bot.domain.counting import RULE_NAMES, choices_of
from bot.domain.kinds import Category, LibraryLevel, SignUp
from bot.domain.occurrence_reading import Defaults, Places, read_occurrences
from bot.domain.report_style import CHOICES, LONGEST_ISSUER
from bot.domain.rule_reading import LONGEST_NAME, RuleBook, read_questions, read_rule_sets, read_rules

USUAL_FREEZE = time(18)
"""When a day alone is given for the freeze."""
LONGEST_CAMPAIGN = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ReadCampaign:
    """The file's content, or None with the faults that stand against it."""

    content: CampaignFile | None
    faults: tuple[Fault, ...]


def read_campaign(sheets: Sheets, known: KnownNames) -> ReadCampaign:
    """Read a whole file. Nothing of it is usable while a single fault remains."""
    faults = list(sheets.faults)
    for sheet in (Sheet.CAMPAIGN, Sheet.EVENTS):
        if not sheets.of(sheet):
            faults.append(Fault(FaultKind.SHEET_MISSING, sheet))
    libraries = _read_libraries(sheets.of(Sheet.LIBRARIES), known, faults)
    names = _LibraryNames(libraries, known)
    campaign = _read_campaign_row(sheets.of(Sheet.CAMPAIGN), names, faults)
    if campaign is None:
        return ReadCampaign(None, tuple(faults))
    year = campaign.starts_on.year
    venues = _read_venues(sheets.of(Sheet.VENUES), names, faults)
    rule_rows = sheets.of(Sheet.RULES)
    named = [names.read(Cells(row, faults), "library", needed=False) for row in rule_rows]
    rule_sets = read_rule_sets(rule_rows, named, faults)
    book = RuleBook.of(rule_sets, known, campaign.key)
    events = _read_events(sheets, names, book, faults)
    defaults = {event.key: Defaults(event, row) for event, row in zip(events, sheets.of(Sheet.EVENTS), strict=True)}
    places = Places(venues, names.find)
    occurrences = read_occurrences(sheets.of(Sheet.OCCURRENCES), defaults, places, campaign, year, faults)
    content = CampaignFile(campaign, libraries, venues, events, occurrences, rule_sets)
    return ReadCampaign(None if faults else content, _in_order(faults))


class _LibraryNames:
    """Any name of a library to its code."""

    def __init__(self, libraries: Iterable[LibraryEntry], known: KnownNames) -> None:
        self._codes = dict(known.libraries)
        for library in libraries:
            for name in (*library.aliases, library.name, library.code):
                self._codes[name] = library.code

    def find(self, name: str) -> str | None:
        return self._codes.get(name)

    def read(self, cells: Cells, column: str, *, needed: bool = True) -> str:
        """The code of the library that a cell names."""
        name = cells.text(column, 80, needed=needed)
        code = self.find(name) if name else ""
        if code is None:
            cells.fault(FaultKind.UNKNOWN_NAME, column, name)
        return code or ""


def _read_libraries(rows: tuple[Row, ...], known: KnownNames, faults: list[Fault]) -> tuple[LibraryEntry, ...]:
    read = []
    for row in rows:
        cells = Cells(row, faults)
        read.append(
            LibraryEntry(
                code=cells.text("code", 40, needed=True),
                name=cells.text("name", 80, needed=True),
                aliases=cells.names("aliases", 40),
                level=cells.choice("level", LibraryLevel, LibraryLevel.BRANCH),
                parent=cells.text("parent", 80),
                contact=cells.text("contact", 200),
                population=cells.whole("population", 1, 100_000_000),
            )
        )
    _check_unique(rows, [library.code for library in read], "code", faults)
    names = [name for library in read for name in dict.fromkeys((library.name, *library.aliases))]
    for row, library in zip(rows, read, strict=True):
        if shared := duplicates(names) & {library.name, *library.aliases}:
            faults.append(Fault(FaultKind.DUPLICATE, row.sheet, row.number, "name", names=tuple(sorted(shared))))
    lookup = _LibraryNames(read, known)
    resolved = [
        replace(library, parent=lookup.read(Cells(row, faults), "parent", needed=False))
        for row, library in zip(rows, read, strict=True)
    ]
    _check_circles(rows, {library.code: library.parent for library in resolved}, "code", faults)
    return tuple(resolved)


def _read_campaign_row(rows: tuple[Row, ...], names: _LibraryNames, faults: list[Fault]) -> CampaignEntry | None:
    if not rows:
        return None
    for extra in rows[1:]:
        Cells(extra, faults).fault(FaultKind.ONE_CAMPAIGN, "key")
    cells = Cells(rows[0], faults)
    starts_on, ends_on = cells.day("starts_on", needed=True), cells.day("ends_on", needed=True)
    if starts_on and ends_on and ends_on < starts_on:
        cells.fault(FaultKind.END_BEFORE_START, "ends_on", ends_on)
    elif starts_on and ends_on and ends_on - starts_on > LONGEST_CAMPAIGN:
        cells.fault(FaultKind.TOO_BIG, "ends_on", ends_on)
    stand_in = date(2000, 1, 1)  # only so that the other sheets can be read for their faults too
    return CampaignEntry(
        key=cells.text("key", 60, needed=True),
        title=cells.text("title", 200, needed=True),
        theme=cells.text("theme", 200),
        library=names.read(cells, "library"),
        addressee=cells.text("addressee", 120),
        basis=cells.names("basis", 200, enumerated=False),
        starts_on=starts_on or stand_in,
        ends_on=ends_on or starts_on or stand_in,
        freezes_at=cells.moment("freezes_at", None, at=USUAL_FREEZE),
        counting=_read_counting(cells),
        wording=_read_wording(cells),
    )


def _read_counting(cells: Cells) -> dict[str, str]:
    """The counting rules that the file sets; an empty cell leaves a rule as it is."""
    found = {}
    for rule in RULE_NAMES:
        column = f"count_{rule}"
        if cells.has(column):
            kind = type(choices_of(rule)[0])
            found[rule] = cells.choice(column, kind, choices_of(rule)[0]).value
    return found


def _read_wording(cells: Cells) -> dict[str, str | bool]:
    """What the file sets of the report's style; an empty cell leaves it as it is."""
    found: dict[str, str | bool] = {}
    for name, kind in CHOICES.items():
        if cells.has(f"style_{name}"):
            found[name] = cells.choice(f"style_{name}", kind, next(iter(kind))).value
    if issuer := cells.text("style_issuer", LONGEST_ISSUER):
        found["issuer"] = issuer
    if cells.has("style_details"):
        found["details"] = cells.flag("style_details", default=False)
    return found


def _read_venues(rows: tuple[Row, ...], names: _LibraryNames, faults: list[Fault]) -> tuple[VenueEntry, ...]:
    read = []
    for row in rows:
        cells = Cells(row, faults)
        read.append(
            VenueEntry(
                library=names.read(cells, "library"),
                name=cells.text("name", 120, needed=True),
                address=cells.text("address", 200),
                inside=cells.flag("inside", default=True),
            )
        )
    _check_unique(rows, [f"{venue.library} {venue.name}" for venue in read], "name", faults)
    return tuple(read)


def _read_events(sheets: Sheets, names: _LibraryNames, book: RuleBook, faults: list[Fault]) -> tuple[EventEntry, ...]:
    rows = sheets.of(Sheet.EVENTS)
    events = tuple(_read_event(row, names, faults) for row in rows)
    _check_event_keys(rows, events, faults)
    for row, event in zip(rows, events, strict=True):
        book.check(event, Cells(row, faults))
    questions = read_questions(sheets.of(Sheet.QUESTIONS), [event.key for event in events], faults)
    return tuple(replace(event, questions=questions.get(event.key, ())) for event in events)


def _read_event(row: Row, names: _LibraryNames, faults: list[Fault]) -> EventEntry:
    cells = Cells(row, faults)
    partner_libraries = []
    for name in cells.names("partner_libraries"):
        code = names.find(name)
        if code is None:
            cells.fault(FaultKind.UNKNOWN_NAME, "partner_libraries", name)
        else:
            partner_libraries.append(code)
    library = names.read(cells, "library")
    return EventEntry(
        key=cells.text("key", 60, needed=True),
        title=cells.text("title", 200, needed=True),
        summary=cells.text("summary", 2000),
        category=cells.choice("category", Category),
        kind=cells.text("kind", 60),
        audience=cells.names("audience", 60),
        speaker=cells.text("speaker", 120),
        library=library,
        partner_libraries=tuple(sorted({code for code in partner_libraries if code != library})),
        partners=cells.names("partners"),
        parent=cells.text("parent", 60),
        sign_up=cells.choice("sign_up", SignUp, SignUp.NONE),
        notes=cells.text("notes", 2000),
        template=cells.text("template", LONGEST_NAME),
        rules=read_rules(cells),
    )


def _check_event_keys(rows: tuple[Row, ...], events: tuple[EventEntry, ...], faults: list[Fault]) -> None:
    _check_unique(rows, [event.key for event in events], "key", faults)
    keys = {event.key for event in events}
    for row, event in zip(rows, events, strict=True):
        if event.parent and event.parent not in keys:
            Cells(row, faults).fault(FaultKind.UNKNOWN_NAME, "parent", event.parent)
    _check_circles(rows, {event.key: event.parent for event in events}, "key", faults)


def _check_unique(rows: tuple[Row, ...], names: list[str], column: str, faults: list[Fault]) -> None:
    seen: set[str] = set()
    for row, name in zip(rows, names, strict=True):
        if name.strip() and name in seen:
            Cells(row, faults).fault(FaultKind.DUPLICATE, column, name)
        seen.add(name)


def _check_circles(rows: tuple[Row, ...], parents: dict[str, str], column: str, faults: list[Fault]) -> None:
    for row in rows:
        cells = Cells(row, [])
        start = cells.text(column, 60)
        seen, at = {start}, parents.get(start, "")
        while at and at not in seen:
            seen.add(at)
            at = parents.get(at, "")
        if at and at == start:
            Cells(row, faults).fault(FaultKind.CIRCLE, "parent", start)


def _in_order(faults: list[Fault]) -> tuple[Fault, ...]:
    sheets = [None, *Sheet]
    place: Callable[[Fault], tuple[int, int]] = lambda fault: (sheets.index(fault.sheet), fault.row or 0)  # noqa: E731
    return tuple(sorted(dict.fromkeys(faults), key=place))
