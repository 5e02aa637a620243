"""Marks off a paper list and what follows from them for readers."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from bot.domain.door import Stamp
from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.paper import MarkResult
from bot.services.paper import mark_line
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import StaffMember, get_or_add_person
from bot.store.staff import save_role
from tests.factories import NOW
from tests.services.standing_rows import HOURS, SETTLED, Season, open_season
from tests.services.test_standing import POINTS, marks, notices, suspended_until


def mark_off_paper(season: Season, facts: OccurrenceFacts, name: str, at: datetime) -> None:
    """A manager brings in one line of the sheet."""
    place = season.place_of(facts, name)
    with season.db.writing() as tx:
        staff_id = save_role(tx, get_or_add_person(tx, "o-manager", NOW).id, Role.MANAGER, None, NOW)
        member = StaffMember(staff_id, Role.MANAGER, None, "")
        marked = mark_line(tx, member, place, None, Stamp(str(uuid4()), "paper", at), season.keys, at)
    assert marked.result is MarkResult.MARKED


def test_a_line_that_is_brought_in_a_day_later_takes_the_no_show_back(db: Database, keys: Keys) -> None:
    season = open_season(db, keys, ban_after=1)
    facts = season.hold(0, absent=["a"])
    season.settle(NOW + SETTLED)
    assert suspended_until(season, "a", NOW + SETTLED) is not None
    mark_off_paper(season, facts, "a", NOW + timedelta(days=1))
    season.settle(NOW + timedelta(days=1, hours=1))
    assert marks(db) == []
    assert suspended_until(season, "a", NOW + timedelta(days=2)) is None
    assert notices(db) == []


def test_who_signed_on_paper_is_not_late_because_the_list_was_typed_during_the_event(db: Database, keys: Keys) -> None:
    """Paper does not say when they signed. Seen to fail while the moment of typing was taken for theirs: two points lost."""
    season = open_season(db, keys, **POINTS, late_after_minutes=15)
    facts = season.hold(0, absent=["a"])
    mark_off_paper(season, facts, "a", NOW + HOURS)
    season.settle(NOW + SETTLED)
    assert sorted(marks(db)) == [("attended", 5), ("attended", 5)]
