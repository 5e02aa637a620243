"""What staff do with reports: look at versions, take documents, write into slots. Each is scoped, and audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.kinds import may_correct, may_organise
from bot.domain.report_difference import Difference
from bot.services.audit import note_audit, note_look
from bot.services.reports import load_differences
from bot.store import reports as store
from bot.store.campaigns import get_issuer
from bot.store.readers import StaffMember
from bot.store.reports import Slot, Version

LONGEST_SLOT = 20_000
LONGEST_SLOT_NAME = 60


@dataclass(frozen=True, slots=True)
class NotForThisRole:
    """Reports are for organisers and managers."""


@dataclass(frozen=True, slots=True)
class NoSuchDocument:
    """There is no such version, or it has no such file (yet)."""


@dataclass(frozen=True, slots=True)
class NoSuchSlot:
    """Nobody had written anything there."""


@dataclass(frozen=True, slots=True)
class SlotTooLong:
    """More words, or a longer name, than a slot takes."""

    most: int = LONGEST_SLOT


@dataclass(frozen=True, slots=True)
class SlotWritten:
    """The words stand, and the draft will be made again with them."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class SlotCleared:
    """The generated words stand again."""


@dataclass(frozen=True, slots=True)
class VersionShown:
    """A version with the names of its files (none yet: they are being drawn) and what it changed."""

    version: Version
    files: tuple[str, ...]
    differences: tuple[Difference, ...]


def may_read(staff: StaffMember) -> bool:
    """Whether a member of staff reads reports: organisers and above. Figures are no secret between libraries."""
    return may_organise(staff.role)


def may_write(tx: Connection, staff: StaffMember, campaign_id: int, library_id: int | None) -> bool:
    """Whether they write into a report: managers into all, organisers into their own library's.

    The campaign's own report belongs to the issuing library.
    """
    if may_correct(staff.role):
        return True
    owner = get_issuer(tx, campaign_id) if library_id is None else library_id
    return may_organise(staff.role) and staff.library_id in (None, owner)


def list_versions(
    tx: Connection, staff: StaffMember, campaign_id: int, library_id: int | None = None
) -> list[VersionShown] | NotForThisRole:
    """The versions of a report, newest first; the draft stands last."""
    if not may_read(staff):
        return NotForThisRole()
    return [
        VersionShown(version, tuple(store.list_documents(tx, version.id)), load_differences(tx, version.id))
        for version in store.list_versions(tx, campaign_id, library_id)
    ]


def read_document(
    tx: Connection, staff: StaffMember, campaign_id: int, library_id: int | None, number: int, name: str, now: datetime
) -> bytes | NoSuchDocument | NotForThisRole:
    """One file of a version; who took it is noted. In a writing transaction."""
    if not may_read(staff):
        return NotForThisRole()
    version = store.find_version(tx, campaign_id, library_id, number)
    content = store.read_document(tx, version.id, name) if version else None
    if version is None or content is None:
        return NoSuchDocument()
    note_look(tx, staff, f"read {name}", f"report_version:{version.id}", now)
    return content


def list_slots(
    tx: Connection, staff: StaffMember, campaign_id: int, library_id: int | None = None
) -> list[Slot] | NotForThisRole:
    """What people wrote into a report, by name of the slot."""
    return store.list_slots(tx, campaign_id, library_id) if may_read(staff) else NotForThisRole()


def set_slot(
    tx: Connection,
    staff: StaffMember,
    campaign_id: int,
    library_id: int | None,
    name: str,
    words: str,
    now: datetime,
) -> SlotWritten | SlotCleared | NoSuchSlot | SlotTooLong | NotForThisRole:
    """Write into a slot, or clear it with no words."""
    if not may_write(tx, staff, campaign_id, library_id):
        return NotForThisRole()
    return edit_slot(tx, campaign_id, library_id, name, words, staff.id, now)


def edit_slot(
    tx: Connection,
    campaign_id: int,
    library_id: int | None,
    name: str,
    words: str,
    staff_id: int | None,
    now: datetime,
) -> SlotWritten | SlotCleared | NoSuchSlot | SlotTooLong:
    """The same by whoever may (a command: `staff_id` None). The words are kept when the report is built again."""
    text = words.replace("\r\n", "\n").strip()
    if len(text) > LONGEST_SLOT or not 0 < len(name) <= LONGEST_SLOT_NAME:
        return SlotTooLong()
    actor = f"staff:{staff_id}" if staff_id is not None else "command"
    detail = {"slot": name, "library": library_id, "letters": len(text)}
    if not text:
        if not store.delete_slot(tx, campaign_id, library_id, name):
            return NoSuchSlot()
        note_audit(tx, actor, "clear_slot", f"campaign:{campaign_id}", detail, now)
        return SlotCleared()
    slot = Slot(name, text, staff_id, now)
    store.save_slot(tx, campaign_id, library_id, slot)
    note_audit(tx, actor, "write_slot", f"campaign:{campaign_id}", detail, now)
    return SlotWritten(slot)
