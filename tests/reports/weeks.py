"""Weeks for tests of tables: built from facts, as the store would give them. Nobody and nothing here is real."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.domain.audience import Audience
from bot.domain.counting import DEFAULT_RULES, CountingRules
from bot.domain.coverage import MediaItem, Medium
from bot.domain.kinds import Category, Exactness, Mode, OccurrenceStatus, SignUp
from bot.domain.summary import Summary, build_summary
from bot.domain.summary_facts import (
    AgeCount,
    CampaignWindow,
    CheckinCount,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    LineCount,
    Place,
    PlaceCount,
    RatingCount,
    SummaryFacts,
    UsedCount,
    Visit,
    WalkInCount,
)
from bot.domain.tally import TallyFacts

START = datetime(2026, 5, 25, 1, 0, tzinfo=UTC)
"""Nine in the morning of the first day."""
AFTER = datetime(2026, 6, 2, 1, 0, tzinfo=UTC)
WINDOW = CampaignWindow(1, "2026", "图书馆服务宣传周", "共读好书", 1, date(2026, 5, 25), date(2026, 5, 31))
_NAMES = ("市图书馆", "利州馆", "昭化馆", "朝天馆", "旺苍馆", "青川馆", "剑阁馆", "苍溪馆")
_KINDS = ("讲座", "展览", "培训班", "读书会", "街头咨询", "新媒体推送")


@dataclass
class Held:
    """One occurrence with its numbers. Those who used their places are checked in, all of them."""

    library: int
    category: Category
    registered: int = 0
    used: int = 0
    walked_in: int = 0
    waited: int = 0
    promoted: int = 0
    ratings: int = 0
    satisfied: int = 0
    children: int = 0
    persons: int = 0
    mode: Mode = Mode.ONSITE
    audience: Audience = Audience.GENERAL
    capacity: int | None = 100
    title: str = ""
    speaker: str = ""
    day: int = 0
    partners: tuple[int, ...] = ()


@dataclass
class Week:
    """What a test says of a week."""

    held: list[Held]
    libraries: int = 3
    tallies: list[TallyFacts] = field(default_factory=list)
    media: list[MediaItem] = field(default_factory=list)
    rules: CountingRules = DEFAULT_RULES
    population: int | None = 500_000

    def facts(self) -> SummaryFacts:
        """The week as facts."""
        numbered = list(enumerate(self.held, 1))
        day = START.date()
        return SummaryFacts(
            campaign=WINDOW,
            libraries=tuple(
                CountedLibrary(
                    number, f"l{number}", library_name(number), "city", 1 if number > 1 else None, (), self.population
                )
                for number in range(1, self.libraries + 1)
            ),
            events=tuple(_event(number, each) for number, each in numbered),
            occurrences=tuple(_occurrence(number, each) for number, each in numbered),
            places=tuple(
                count
                for number, each in numbered
                for count in (
                    PlaceCount(number, Place.REGISTERED, each.registered, each.registered),
                    PlaceCount(number, Place.WAITLISTED, each.waited - each.promoted, each.waited - each.promoted),
                )
                if count.people
            ),
            used=tuple(UsedCount(number, each.used, each.used) for number, each in numbered if each.used),
            checkins=tuple(CheckinCount(number, day, each.used, each.used) for number, each in numbered if each.used),
            walk_ins=tuple(WalkInCount(number, day, each.walked_in) for number, each in numbered if each.walked_in),
            visits=tuple(
                Visit(bytes([number % 250, who % 250]), number, day)
                for number, each in numbered
                for who in range(each.persons)
            ),
            tallies=tuple(self.tallies),
            lines=tuple(LineCount(number, each.waited, each.promoted) for number, each in numbered if each.waited),
            ratings=tuple(
                RatingCount(number, each.ratings, each.ratings * 4, each.satisfied)
                for number, each in numbered
                if each.ratings
            ),
            ages=tuple(AgeCount(number, each.children, 0) for number, each in numbered if each.children),
            media=tuple(self.media),
            rules=self.rules,
        )

    def summary(self) -> Summary:
        """The week summed up after its end."""
        return build_summary(self.facts(), AFTER)


def library_name(number: int) -> str:
    """The name of a library by its number, from 1."""
    return _NAMES[number - 1]


def _event(number: int, each: Held) -> CountedEvent:
    return CountedEvent(
        id=number,
        key=f"e{number}",
        title=each.title or f"活动{number}",
        category=each.category,
        kind=_KINDS[list(Category).index(each.category) % len(_KINDS)],
        library_id=each.library,
        parent_id=None,
        partner_library_ids=tuple(library for library in each.partners if library != each.library),
        partners=(),
        audience=("少儿",) if each.audience is Audience.MINORS else (),
        speaker=each.speaker,
        sign_up=SignUp.REQUIRED,
        audience_class=each.audience,
    )


def _occurrence(number: int, each: Held) -> CountedOccurrence:
    start = START + timedelta(days=each.day)
    return CountedOccurrence(
        id=number,
        number=number,
        key=f"o{number}",
        event_id=number,
        label="",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        all_day=False,
        date_text="",
        venues=("一楼报告厅",),
        capacity=each.capacity,
        mode=each.mode,
        status=OccurrenceStatus.SCHEDULED,
    )


def noted(number: int, metric: str, amount: int | Decimal | None, unit: str, **values: object) -> TallyFacts:
    """A tally with the usual values of what a test does not say."""
    told: dict[str, object] = {
        "id": number,
        "campaign_id": 1,
        "library_id": 1,
        "event_id": None,
        "occurrence_id": None,
        "parent_id": None,
        "key": None,
        "metric": metric,
        "number": None if amount is None else Decimal(amount),
        "unit": unit,
        "exactness": Exactness.EXACT,
        "wording": "",
        "part": "",
        "noted_at": START,
    }
    return TallyFacts(**{**told, **values})  # type: ignore[arg-type]


def covered(number: int, **values: object) -> MediaItem:
    """An entry of the media log."""
    told: dict[str, object] = {
        "id": number,
        "library_id": 1,
        "event_id": None,
        "day": START.date(),
        "medium": Medium.NEWSPAPER,
        "outlet": "广元日报",
        "title": "书香满城",
        "link": "https://example.org/1",
        "place": "",
    }
    return MediaItem(**{**told, **values})  # type: ignore[arg-type]
