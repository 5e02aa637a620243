"""Acts as devices make them, for tests of the door."""

from __future__ import annotations

from datetime import datetime

from bot.domain.door import ScanAct, Stamp, UndoAct, WalkInAct, WalkInAudience, Way
from bot.domain.kinds import Role
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import StaffMember, get_or_add_person
from bot.store.staff import save_role
from tests.factories import NOW


def stamp(act_id: str, at: datetime, device: str = "phone-1") -> Stamp:
    """What a device puts to an act."""
    return Stamp(act_id, device, at)


def scan(
    act_id: str, code: str, at: datetime, *, people: int | None = None, admitted: bool = False, device: str = "phone-1"
) -> ScanAct:
    """A code in front of the camera."""
    return ScanAct(stamp(act_id, at, device), code, None, people, admitted, Way.CAMERA)


def walk_in(act_id: str, people: int, at: datetime, *, admitted: bool = False) -> WalkInAct:
    """People without registration."""
    return WalkInAct(stamp(act_id, at), people, WalkInAudience.ADULT, admitted)


def undo(act_id: str, of: str, at: datetime) -> UndoAct:
    """Taken back."""
    return UndoAct(stamp(act_id, at), of)


def at_the_door(db: Database, keys: Keys, name: str = "door", role: Role = Role.VENUE) -> StaffMember:
    """Somebody who scans at every occurrence of the house."""
    with db.writing() as tx:
        staff_id = save_role(tx, get_or_add_person(tx, f"o-{name}", NOW).id, role, None, NOW)
    return StaffMember(staff_id, role, None, f"{role.value}-{staff_id}")
