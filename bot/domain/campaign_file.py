"""What a campaign file says: entries without database keys, the raw rows they come from, and the faults in them.

The same entries are read from a file, compared with the store, and written to a file again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from bot.domain.kinds import Category, LibraryLevel, Mode, OccurrenceStatus, SignUp
from bot.domain.questions import Question
from bot.domain.rules import Patch

Cell = str | int | float | bool | date | datetime | time | list[str] | None


class Sheet(StrEnum):
    """A table of a campaign or tally file."""

    CAMPAIGN = "campaign"
    LIBRARIES = "libraries"
    VENUES = "venues"
    RULES = "rules"
    EVENTS = "events"
    QUESTIONS = "questions"
    OCCURRENCES = "occurrences"
    TALLIES = "tallies"
    MEDIA = "media"
    NOTES = "notes"
    PHOTOS = "photos"


class FaultKind(StrEnum):
    """What is wrong with a file."""

    # with the file as a whole
    NOT_A_TABLE_FILE = "not_a_table_file"
    OLD_EXCEL = "old_excel"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    BAD_YAML = "bad_yaml"
    YAML_ALIAS = "yaml_alias"
    # with a sheet
    SHEET_MISSING = "sheet_missing"
    TOO_MANY_ROWS = "too_many_rows"
    UNKNOWN_COLUMN = "unknown_column"
    DUPLICATE_COLUMN = "duplicate_column"
    NOT_ROWS = "not_rows"
    # with a cell
    MISSING = "missing"
    TOO_LONG = "too_long"
    FORMULA = "formula"
    CELL_ERROR = "cell_error"
    UNKNOWN_VALUE = "unknown_value"
    UNKNOWN_NAME = "unknown_name"
    BAD_DATE = "bad_date"
    BAD_TIME = "bad_time"
    BAD_MOMENT = "bad_moment"
    BAD_NUMBER = "bad_number"
    TOO_SMALL = "too_small"
    TOO_BIG = "too_big"
    END_BEFORE_START = "end_before_start"
    DUPLICATE = "duplicate"
    ONE_CAMPAIGN = "one_campaign"
    CIRCLE = "circle"
    KEY_NEEDED = "key_needed"
    DATE_NEEDED = "date_needed"
    NO_DAYS = "no_days"
    PARTS_DIFFER = "parts_differ"
    BAD_LINK = "bad_link"
    NO_PICTURE = "no_picture"
    BAD_SLOTS = "bad_slots"
    # with sign-up rules
    ONE_OF_TWO = "one_of_two"
    BAD_SPAN = "bad_span"
    BAD_AGES = "bad_ages"
    TWICE_TOLD = "twice_told"
    BOUNDS_CROSSED = "bounds_crossed"
    NO_SUCH_RULES = "no_such_rules"
    NO_PARTY_POSSIBLE = "no_party_possible"
    BAD_MASK = "bad_mask"
    # with questions
    TOO_MANY_QUESTIONS = "too_many_questions"
    OPTIONS_NEEDED = "options_needed"
    NO_OPTIONS_HERE = "no_options_here"
    BAD_CONDITION = "bad_condition"
    NOT_ASKED_BEFORE = "not_asked_before"
    NOT_AN_OPTION = "not_an_option"
    # with a list of reader cards
    BAD_CARD = "bad_card"
    CARD_SHAPE = "card_shape"
    CARD_CHECK = "card_check"
    ROUNDED_NUMBER = "rounded_number"
    NO_CARDS = "no_cards"
    # with what is stored already
    BELOW_SEATS_TAKEN = "below_seats_taken"
    UNIT_BELOW_SEATS = "unit_below_seats"
    BREAKS_EVENT = "breaks_event"
    NUMBER_IN_USE = "number_in_use"
    NO_SUCH_CAMPAIGN = "no_such_campaign"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong, and where: sheet, row as counted in the file, column; `names` where several are meant."""

    kind: FaultKind
    sheet: Sheet | None = None
    row: int | None = None
    column: str = ""
    detail: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its number in the file and its cells by field name."""

    sheet: Sheet
    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Sheets:
    """All rows of a file, and the faults met while reading it."""

    rows: Mapping[Sheet, tuple[Row, ...]]
    faults: tuple[Fault, ...] = ()

    def of(self, sheet: Sheet) -> tuple[Row, ...]:
        """The rows of a sheet; none when it is missing."""
        return self.rows.get(sheet, ())


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """The window with its theme and the formal side of its report."""

    key: str
    title: str
    theme: str
    library: str  # code of the issuing library
    addressee: str
    basis: tuple[str, ...]
    starts_on: date
    ends_on: date
    freezes_at: datetime | None = None  # null: the usual hour
    counting: Mapping[str, str] = field(default_factory=dict)  # rules that the file sets (domain.counting)
    wording: Mapping[str, str | bool] = field(default_factory=dict)  # what it sets of the style (domain.report_style)


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A library of the tree."""

    code: str
    name: str
    aliases: tuple[str, ...]
    level: LibraryLevel
    parent: str  # code; empty at the top
    contact: str
    population: int | None = None  # inhabitants that it serves


@dataclass(frozen=True, slots=True)
class VenueEntry:
    """A place that a library holds occurrences at."""

    library: str
    name: str
    address: str
    inside: bool


@dataclass(frozen=True, slots=True)
class RuleSetEntry:
    """Rules that hold for several events: those of a library, or a named set of this campaign; one of the two names."""

    template: str  # a built-in name is laid over the built-in set
    library: str  # code
    rules: Patch
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EventEntry:
    """What is announced."""

    key: str
    title: str
    summary: str
    category: Category
    kind: str
    audience: tuple[str, ...]
    speaker: str
    library: str
    partner_libraries: tuple[str, ...]
    partners: tuple[str, ...]
    parent: str  # event key; empty at the top
    sign_up: SignUp
    notes: str
    template: str = ""  # name of a set of rules: built in, or the campaign's own
    rules: Patch = field(default_factory=dict)  # those that the event sets itself
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class VenueName:
    """A venue by its library and name."""

    library: str
    name: str


@dataclass(frozen=True, slots=True)
class OccurrenceEntry:
    """A held instance; moments are UTC, `capacity` None is without limit."""

    event: str
    key: str
    label: str
    starts_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    date_text: str
    venue: VenueName | None
    extra_venues: tuple[str, ...]
    capacity: int | None
    overbooking: int
    mode: Mode
    status: OccurrenceStatus
    opens_at: datetime | None
    closes_at: datetime | None
    row: int | None = field(default=None, compare=False)  # where it stands in the file, for faults met later


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """A whole campaign as a file says it."""

    campaign: CampaignEntry
    libraries: tuple[LibraryEntry, ...]
    venues: tuple[VenueEntry, ...]
    events: tuple[EventEntry, ...]
    occurrences: tuple[OccurrenceEntry, ...]
    rule_sets: tuple[RuleSetEntry, ...] = ()

    def library_rules(self) -> dict[str, Patch]:
        """The defaults of libraries that the file sets, by code."""
        return {entry.library: entry.rules for entry in self.rule_sets if entry.library}

    def template_rules(self) -> dict[str, Patch]:
        """The named sets of the file."""
        return {entry.template: entry.rules for entry in self.rule_sets if entry.template}


@dataclass(frozen=True, slots=True)
class SheetCounts:
    """What an import did to the entries of one sheet."""

    created: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class CampaignImported:
    """What came of importing a file. Ids are of occurrences; what was dropped from the file stays in the store.

    `moved` (time or place), `cancelled`, `widened` (more seats, or other rules) and `restored` (held after all) name
    only occurrences that are not over: readers are to be told of all but `widened`, whose waitlist is to be served.
    """

    campaign_id: int
    key: str
    title: str
    counts: Mapping[Sheet, SheetCounts]
    dropped_events: tuple[str, ...] = ()
    dropped_numbers: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    cancelled: tuple[int, ...] = ()
    widened: tuple[int, ...] = ()
    restored: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FileRefused:
    """Nothing was imported, for these reasons."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What the store knows already and a file may name without repeating it.

    `libraries`: any name to its code; `library_rules` by code; `templates`: the named sets of rules of each campaign.
    """

    libraries: Mapping[str, str] = field(default_factory=dict)
    library_rules: Mapping[str, Patch] = field(default_factory=dict)
    templates: Mapping[str, Mapping[str, Patch]] = field(default_factory=dict)
