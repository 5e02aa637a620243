"""A campaign that is over, with figures, staff and a way of drawing that takes no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert

from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.report_material import Material
from bot.domain.tally_words import TallyEntry, parse_tally
from bot.press import Press
from bot.reports.drawing import Progress
from bot.services.tallies import record_tally
from bot.store.checkins import add_walk_ins
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import StaffMember, get_or_add_person
from bot.store.staff_tables import staff
from bot.store.tables import library
from tests.factories import NOW, House, add_house, add_occurrence

AFTER = datetime(2026, 6, 3, 2, 0, tzinfo=UTC)
"""The morning after the last day, ten o'clock in China."""

HOUR = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
"""The usual hour of the freeze: six in the evening in China."""


@dataclass(frozen=True)
class Week:
    """A campaign of two libraries: 80 walk-ins at one occurrence, 3000 leaflets at the other."""

    house: House
    branch_id: int
    city: OccurrenceFacts
    branch: OccurrenceFacts
    venue: StaffMember
    organiser: StaffMember
    manager: StaffMember


def add_week(db: Database) -> Week:
    """The rows."""
    with db.writing() as tx:
        house = add_house(tx)
        branch_id = int(
            tx.execute(
                insert(library).values(
                    code="cx", name="苍溪县图书馆", aliases=["苍溪馆"], level="county", parent_id=house.library_id
                )
            ).inserted_primary_key[0]  # type: ignore[index]
        )
        city = add_occurrence(tx, house, 12, title="亲子阅读", starts_at=NOW)
        branch = add_occurrence(
            tx, House(branch_id, house.campaign_id, house.venue_id), 15, title="广场咨询", starts_at=NOW
        )
        members = {
            role: add_staff(tx, role, library_id)
            for role, library_id in ((Role.VENUE, None), (Role.ORGANISER, branch_id), (Role.MANAGER, None))
        }
        week = Week(house, branch_id, city, branch, members[Role.VENUE], members[Role.ORGANISER], members[Role.MANAGER])
        add_walk_ins(tx, city.id, 80, week.venue.id, NOW)
        note(tx, "宣传单 3000份", branch, week.venue)
    return week


def add_staff(tx: Connection, role: Role, library_id: int | None = None, openid: str = "") -> StaffMember:
    """Somebody with a role, who writes under the role's name."""
    person = get_or_add_person(tx, openid or str(role), NOW)
    row = {"reader_id": person.id, "role": role, "library_id": library_id, "label": f"{role}-1", "created_at": NOW}
    staff_id = tx.execute(insert(staff).values(**row)).inserted_primary_key[0]  # type: ignore[index]
    return StaffMember(int(staff_id), role, library_id, f"{role}-1")


def note(tx: Connection, words: str, facts: OccurrenceFacts, member: StaffMember) -> int:
    """A tally at an occurrence."""
    entry = parse_tally(words)
    assert isinstance(entry, TallyEntry)
    now = NOW + timedelta(hours=1)
    return record_tally(tx, entry, occurrence_id=facts.id, staff_id=member.id, now=now).tally_id


def figures_as_files(material: Material, progress: Progress) -> Mapping[str, bytes]:
    """Two small files that say what they were drawn from."""
    progress("report.txt", 0, 1)
    total = material.summary.total
    leaflets = {each.metric: each.number for each in total.tallies}.get("leaflets_distributed", 0)
    told = f"{material.version} {total.counts.person_times} {leaflets} {sorted(material.slots.items())}"
    return {"report.txt": told.encode(), "public.docx": material.scope.encode()}


@dataclass
class Moving:
    """A clock that tests move."""

    now: datetime = AFTER

    def __call__(self) -> datetime:
        return self.now


def press_of(db: Database, keys: Keys, clock: Moving) -> Press:
    """A press that draws in no time."""
    return Press(db, keys, clock, lambda key: f"https://lib.example/staff/reports/{key}", figures_as_files)
