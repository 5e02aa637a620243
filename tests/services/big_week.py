"""A large campaign as raw rows, the same for the same seed: 350 occurrences, 80,000 sign-ups and seven libraries.

With all that happens in such a week: duplicates, scans taken back, uploads that come days later, corrected tallies,
called-off occurrences, lines, hybrid and online ones, exhibitions over days and venues that begin before the window,
events of several libraries, parts of series, meetings of the staff, events without a date, tallies of all exactness,
readers who were erased and came back, and another campaign beside it. Nobody here is real.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import Connection

FIRST_DAY, LAST_DAY = date(2026, 5, 25), date(2026, 5, 31)
CAMPAIGN, OTHER = 1, 2
_MIDNIGHT = datetime(2026, 5, 24, 16)  # noqa: DTZ001 - in UTC, as columns hold it: 00:00 of the first day in China
_DAY = 24 * 60
_NAMES = (
    "广元市图书馆",
    "苍溪县图书馆",
    "旺苍县图书馆",
    "剑阁县图书馆",
    "青川县图书馆",
    "朝天区图书馆",
    "昭化区图书馆",
)
_KINDS = ("绘本故事会", "健康讲座", "书法体验课", "主题书展", "送书进校园", "诗歌朗诵会", "数字阅读体验", "业务培训会")
_CATEGORIES = ("reading_promotion", "lecture", "training", "exhibition", "outreach_service", "publicity", "internal")
_AUDIENCES = ([], ["少儿"], ["老年读者"], ["读者", "儿童"], ["视障读者"])
_EXACTNESS = ("exact", "exact", "exact", "more_than", "just_under", "about", "cumulative", "doubtful")
_STATES = ("confirmed", "cancelled", "waitlisted", "offered", "expired", "declined", "entered", "pending", "held")
_SHARES = (780, 90, 60, 15, 20, 10, 10, 10, 5)

Row = tuple[Any, ...]
COLUMNS = {
    "library": "id code name aliases level parent_id contact rules population position",
    "venue": "id library_id name address inside",
    "campaign": "id key title theme library_id addressee basis starts_on ends_on",
    "event": "id campaign_id key title summary category kind audience speaker library_id parent_id partners sign_up"
    " template rules questions notes position",
    "event_library": "event_id library_id",
    "occurrence": "id campaign_id event_id key number label starts_at ends_at all_day date_text venue_id extra_venues"
    " capacity overbooking mode status",
    "reader": "id openid reminders created_at erased_at",
    "registration": "id occurrence_id reader_id status adults children seats short_code created_at confirmed_at"
    " queued_at promoted_at held_until offer_until cancelled_at person_hash",
    "checkin": "id occurrence_id registration_id code_hash people counted_as result door client_id device_at"
    " received_at forced undone_at",
    "walk_in": "id occurrence_id people audience client_id noted_at received_at undone_at",
    "tally": "id campaign_id library_id event_id occurrence_id parent_id metric number unit exactness wording written"
    " part noted_at undone_at",
    "correction": "id subject subject_id field old new reason corrected_at",
    "rating": "id reader_id occurrence_id stars rated_at",
    "media_item": "id campaign_id library_id event_id day medium outlet title link place noted_at undone_at",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    occurrences: int = 350
    sign_ups: int = 80_000
    libraries: int = 7

    @property
    def readers(self) -> int:
        """Accounts; on average each signs up for two occurrences."""
        return max(50, self.sign_ups // 2)


FULL = Size()
SMALL = Size(occurrences=60, sign_ups=900, libraries=4)


@cache
def moment(minutes: int) -> str:
    """A moment so many minutes after the first day's beginning in China, as both databases take it: in UTC."""
    return (_MIDNIGHT + timedelta(minutes=minutes)).isoformat(" ", "microseconds")


def build_big_week(tx: Connection, hash_of: Callable[[str], bytes], size: Size = FULL, seed: int = 1) -> None:
    """Write the rows. `hash_of`: how an erased person of `CAMPAIGN` is told from others (registration.person_hash)."""
    week = _Week(size, seed, hash_of)
    for table, rows in week.rows.items():
        write_rows(tx, table, COLUMNS[table].split(), rows)


def write_rows(tx: Connection, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """All rows of a table in one go, past everything that would take time."""
    names = ", ".join(columns)
    driver: Any = tx.connection.driver_connection
    if tx.dialect.name == "sqlite":
        driver.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@dataclass(frozen=True, slots=True)
class _Place:
    """An occurrence as far as what happens at it depends on it; minutes after the first day's beginning."""

    id: int
    event: int
    library: int
    start: int | None
    end: int | None
    is_off: bool
    is_online: bool

    def some_time(self, luck: int) -> int:
        """When somebody came: around the start, and at what goes on for days on any of them."""
        if self.start is None or self.end is None:
            return luck * 37 % (7 * _DAY)
        if self.end - self.start > _DAY:
            return self.start - 30 + luck * 41 % (self.end - self.start + 60)
        return self.start - 30 + luck * 7 % 100


class _Week:
    def __init__(self, size: Size, seed: int, hash_of: Callable[[str], bytes]) -> None:
        self.size, self.dice, self.hash_of = size, random.Random(seed), hash_of
        self.rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self.ids = {table: count(1) for table in COLUMNS}
        self.devices = count(1)
        self.came: list[tuple[int, int]] = []
        self.in_dialogue: set[int] = set()
        self._libraries()
        events = self._events()
        places = [self._occurrence(events) for _ in range(size.occurrences)]
        self._readers()
        self._sign_ups([place for place in places if self.dice.random() < 0.8])
        for place in places:
            self._walk_ins(place)
            self._tallies(place)
        self._ratings()
        self._beside(events)

    def add(self, table: str, *values: Any) -> int:
        """A row with the next id; gives that."""
        key = next(self.ids[table])
        self.rows[table].append((key, *values))
        return key

    # --- the programme

    def _libraries(self) -> None:
        """A city, its counties, and one branch below a county."""
        for at in range(self.size.libraries):
            name = _NAMES[at] if at < len(_NAMES) else f"第{at}街道图书馆"
            parent = None if at == 0 else 2 if 1 < at == self.size.libraries - 1 else 1
            level = "city" if at == 0 else "county"
            self.add("library", f"l{at}", name, "[]", level, parent, "", "{}", 100_000 + 7_000 * at, at)
            for hall in ("报告厅", "展厅", "文化广场"):
                self.add("venue", at + 1, hall, "", hall != "文化广场")
        for key, first, last in (("week", FIRST_DAY, LAST_DAY), ("other", LAST_DAY, LAST_DAY + timedelta(7))):
            self.add("campaign", key, "图书馆服务宣传周", "", 1, "", "[]", first.isoformat(), last.isoformat())

    def _events(self) -> list[tuple[int, int, str]]:
        """Events with their library and category; the last one is of the other campaign."""
        made = []
        for at in range(max(14, self.size.occurrences // 3)):
            category = _CATEGORIES[at % 7] if at % 3 else "reading_promotion"
            lead = self.dice.randrange(self.size.libraries) + 1
            key = self._event(at, lead, category, made[-1][0] if made and at % 11 == 0 else None)
            made.append((key, lead, category))
            if at % 9 == 0:
                partners = {self.dice.randrange(self.size.libraries) + 1 for _ in range(2)} - {lead}
                self.rows["event_library"] += [(key, partner) for partner in sorted(partners)]
        made.append((self._event(len(made), 1, "lecture", None, OTHER), 1, "lecture"))
        return made

    def _event(self, at: int, lead: int, category: str, parent: int | None, campaign: int = CAMPAIGN) -> int:
        kind = _KINDS[at % len(_KINDS)]
        audience = json.dumps(_AUDIENCES[at % len(_AUDIENCES)])
        sign_up = "none" if category in ("exhibition", "publicity") else "required"
        about = (campaign, f"e{at}", f"{kind}（{at + 1}）", "", category, kind, audience, "", lead, parent)
        return self.add("event", *about, "[]", sign_up, "", "{}", "[]", "", at)

    def _occurrence(self, events: list[tuple[int, int, str]]) -> _Place:
        dice, number = self.dice, len(self.rows["occurrence"]) + 1
        event, lead, category = events[-1] if number % 40 == 0 else dice.choice(events[:-1])
        start: int | None = dice.randrange(7) * _DAY + dice.choice((510, 540, 600, 870, 900, 1140, 1380))
        length = dice.choice((60, 90, 120, 150))
        if category == "exhibition" or dice.random() < 0.03:
            start, length = dice.randrange(-10 * _DAY, 6 * _DAY), dice.choice((2, 5, 20)) * _DAY
        if dice.random() < 0.04 and event != events[-1][0]:
            start = None
        end = None if start is None else start + length
        off = dice.random() < 0.05
        mode = dice.choices(("onsite", "online", "hybrid"), (80, 10, 10))[0]
        extra = json.dumps(dice.choice(([], [], ["火车站广场"], ["火车站广场", "东城实验小学"])))
        venue = None if dice.random() < 0.05 else 3 * (lead - 1) + dice.randrange(3) + 1
        times = tuple(None if at is None else moment(at) for at in (start, end))
        campaign = OTHER if event == events[-1][0] else CAMPAIGN
        about = (campaign, event, str(number), number, "", *times, False, "", venue, extra)
        seats = dice.choice((None, 30, 60, 300, 900))
        key = self.add("occurrence", *about, seats, 0, mode, "cancelled" if off else "scheduled")
        return _Place(key, event, lead, start, end, off, mode == "online")

    # --- who signed up and who came

    def _readers(self) -> None:
        """Accounts; every fiftieth was erased, and every second of these is back as the account before it."""
        for at in range(1, self.size.readers + 1):
            gone = at % 50 == 0
            self.add("reader", None if gone else f"o{at}", True, moment(-_DAY), moment(_DAY) if gone else None)

    def _person_hash(self, reader: int) -> bytes | None:
        if reader % 50:
            return None
        return self.hash_of(f"o{reader - 1}" if reader % 100 else f"gone{reader}")

    def _sign_ups(self, places: list[_Place]) -> None:
        weights = [self.dice.choice((1, 2, 3, 5, 12)) for _ in places]
        for place, weight in zip(places, weights, strict=True):
            how_many = min(self.size.sign_ups * weight // sum(weights), self.size.readers)
            step = 7919 if self.size.readers % 7919 else 7907
            first = self.dice.randrange(self.size.readers)
            states = self.dice.choices(_STATES, _SHARES, k=how_many)
            luck = self.dice.randbytes(3 * how_many)
            for at, state in enumerate(states):
                who = (first + at * step) % self.size.readers + 1
                self._sign_up(place, who, state, luck[3 * at : 3 * at + 3])

    def _sign_up(self, place: _Place, who: int, state: str, luck: bytes) -> None:
        if state == "held":  # one place at a time is held for a reader
            state = "expired" if who in self.in_dialogue else state
            self.in_dialogue.add(who)
        adults, children = 1 + (luck[0] > 200), (luck[0] % 8 == 0) + (luck[0] % 16 == 0)
        made = -_DAY + 5 * luck[1]
        waited = state in ("waitlisted", "offered") or luck[2] % 19 == 0
        had_place = state == "confirmed" or (state == "cancelled" and luck[2] % 5 != 0)
        key = self.add(
            *("registration", place.id, who, state, adults, children, adults + children),
            f"{len(self.rows['registration']):06d}",
            moment(made),
            moment(made + 1) if had_place else None,
            moment(made) if waited else None,
            moment(made + 1) if waited and state == "confirmed" else None,
            moment(made) if state == "held" else None,
            moment(made) if state == "offered" else None,
            moment(made + 9) if state == "cancelled" else None,
            self._person_hash(who),
        )
        if state == "cancelled" and luck[2] % 3 == 0:
            self._sign_up(place, who, "confirmed", luck[::-1])  # thought better of it
        elif not place.is_off and place.start is not None and luck[1] < 185:
            self._come(place, key, who, state, adults + children, luck)

    def _come(self, place: _Place, ticket: int, who: int, state: str, party: int, luck: bytes) -> None:
        """What the doors wrote of one party: a row that counts, and beside it what does not."""
        at = place.some_time(luck[2] + 256 * luck[0])
        late = luck[2] % 7 == 0
        if state == "waitlisted" and luck[2] % 4 == 0:
            self._scan(place, ticket, party, "walk_in", "waitlisted", at, late=late)
        if state != "confirmed":
            self._scan(place, ticket, 0, None, "cancelled", at, late=late)
            return
        if luck[0] % 29 == 0:  # taken back, and for some scanned again
            self._scan(place, ticket, party, None, "ok", at, late=late, undone=True)
            if luck[0] % 2:
                return
        people = party if luck[1] % 6 else 1
        self._scan(place, ticket, people, "registered", "ok", at, late=late)
        self.came.append((who, place.id))
        if luck[1] % 23 == 0:
            self._scan(place, ticket, 0, None, "already", at + 3, late=False)
        if luck[1] % 31 == 0:
            self._scan(place, ticket, 1, None, "duplicate", at + 1, late=True)

    def _scan(
        self,
        place: _Place,
        ticket: int | None,
        people: int,
        counted: str | None,
        result: str,
        at: int,
        *,
        late: bool,
        undone: bool = False,
        code: bytes | None = None,
    ) -> None:
        device = f"c{next(self.devices)}" if late else None
        seen, brought = (moment(at), moment(at + 3 * _DAY)) if late else (None, moment(at))
        taken_back = moment(at + 2) if undone else None
        door = "web" if late else "chat_scan"
        self.add(
            *("checkin", place.id, ticket, code, people, counted, result, door, device, seen, brought),
            *(False, taken_back),
        )

    def _walk_ins(self, place: _Place) -> None:
        if place.is_off:
            return
        for at in range(self.dice.randrange(6)):
            when, people = place.some_time(self.dice.randrange(9999)), self.dice.choice((1, 10, 10, 35))
            late = self.dice.random() < 0.3
            device, brought = (f"c{next(self.devices)}", moment(when + _DAY)) if late else (None, None)
            taken_back = moment(when + 5) if self.dice.random() < 0.1 else None
            kind = self.dice.choice(("", "", "adult", "child", "senior"))
            self.add("walk_in", place.id, people, kind, device, moment(when), brought, taken_back)
            if at == 0:  # a code that nobody knows was let in
                code = place.id.to_bytes(8, "big")
                self._scan(place, None, 2, "walk_in", "unknown", when, late=True, code=code)

    # --- what was noted

    def _tally(self, where: tuple[int | None, int | None, int | None], what: Row, at: int, **more: Any) -> int:
        """`where`: library, event, occurrence; `what`: metric, number, unit, exactness."""
        metric, number, unit, exactness = what
        said = (metric, None if exactness == "doubtful" else number, unit, exactness, "", "", more.get("part", ""))
        undone = moment(at + 3) if more.get("undone") else None
        return self.add("tally", CAMPAIGN, *where, more.get("of"), *said, moment(at), undone)

    def _tallies(self, place: _Place) -> None:
        if place.event == len(self.rows["event"]):
            return
        dice, here = self.dice, (place.library, place.event, place.id)
        at = place.some_time(dice.randrange(9999))
        if dice.random() < 0.5:
            number, unit = dice.choice((8, 60, 300, 2500)), dice.choice(("人次", "人次", "名", "场"))
            self._tally(here, ("attendance", number, unit, dice.choice(_EXACTNESS)), at, undone=dice.random() < 0.1)
        if dice.random() < 0.1:
            event_wide = (place.library, place.event, None)
            self._tally(event_wide, ("attendance", dice.choice((20, 4000)), "人次", dice.choice(_EXACTNESS)), at)
        if dice.random() < 0.4:
            undone = dice.random() < 0.1
            what = ("leaflets_distributed", 1000, "份", dice.choice(_EXACTNESS[:6]))
            whole = self._tally(here, what, at, undone=undone)
            for part, number in (("借阅指南", 600), ("活动预告", 400)):
                self._tally(here, (what[0], number, "份", "exact"), at, of=whole, part=part)
        if place.is_online:
            self._tally(here, ("online_live", dice.randrange(5000), "人次", "exact"), at)
            self._tally(here, ("online_views", dice.randrange(9000), "次", dice.choice(_EXACTNESS)), at)
        if dice.random() < 0.15:
            self._tally((place.library, None, None), ("attendance", 25, "人次", "exact"), at)
            self._tally(here, ("cash_per_person", 50, "元", "exact"), at)
            self._correct()

    def _correct(self) -> None:
        """The last tally had another number before: the row has the right one, the correction tells of it."""
        self.add("correction", "tally", len(self.rows["tally"]), "number", "8000", "50", "笔误", moment(6 * _DAY))

    def _ratings(self) -> None:
        rated = dict.fromkeys(self.came[::9])
        for who, place in rated:
            self.add("rating", who, place, self.dice.choice((1, 3, 4, 4, 5, 5, 5)), moment(6 * _DAY))

    def _beside(self, events: list[tuple[int, int, str]]) -> None:
        """What is said of the whole campaign, and the media."""
        for exactness in ("exact", "more_than"):
            self._tally((None, None, None), ("attendance", 99_999, "人次", exactness), 6 * _DAY)
        for at in range(self.size.libraries * 6):
            event, lead, _ = events[at % (len(events) - 1)]
            said = ("newspaper", "广元日报", f"书香满城（{at}）", "", "", moment(at), None)
            self.add("media_item", CAMPAIGN, lead, event, (FIRST_DAY + timedelta(at % 7)).isoformat(), *said)
