"""The desk for quantities, media, notes and photos: what is noted of a campaign, and taking one of it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.closing import FiguresFrozen
from bot.domain.coverage import MediaItem, NoteFacts, PhotoFacts
from bot.domain.kinds import may_correct, may_organise
from bot.domain.tally import TallyFacts
from bot.services.audit import note_audit
from bot.services.closing import ensure_open
from bot.store.corrections import add_correction
from bot.store.coverage import claim_take_back
from bot.store.readers import StaffMember
from bot.store.summary_beside import list_media, list_notes, list_photos
from bot.store.tallies import list_tallies

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Noted:
    """Everything noted of a campaign that this member looks after."""

    tallies: tuple[TallyFacts, ...]
    media: tuple[MediaItem, ...]
    notes: tuple[NoteFacts, ...]
    photos: tuple[PhotoFacts, ...]


@dataclass(frozen=True, slots=True)
class EntryTakenBack:
    """It counts no more; `campaign_id` says where."""

    campaign_id: int


@dataclass(frozen=True, slots=True)
class NoSuchEntry:
    """There is none, it was taken back already, or it is another library's."""


@dataclass(frozen=True, slots=True)
class ReasonNeededHere:
    """Nobody takes back what others noted without saying why."""


def list_noted(tx: Connection, member: StaffMember, campaign_id: int) -> Noted:
    """What a campaign has, of the member's library, or of all for who looks after all."""

    def own(library_id: int | None) -> bool:
        return member.library_id in (None, library_id) or may_correct(member.role)

    return Noted(
        tuple(each for each in list_tallies(tx, campaign_id) if own(each.library_id)),
        tuple(each for each in list_media(tx, campaign_id) if own(each.library_id)),
        tuple(each for each in list_notes(tx, campaign_id) if own(each.library_id)),
        tuple(each for each in list_photos(tx, campaign_id) if own(each.library_id)),
    )


def take_back_entry(
    tx: Connection, member: StaffMember, campaign_id: int, kind: str, entry_id: int, reason: str, now: datetime
) -> EntryTakenBack | NoSuchEntry | ReasonNeededHere | FiguresFrozen:
    """Take back a tally (with its parts), a media entry, a note or a photo, at any time, for a reason that is kept.

    It leaves a correction and an audit row (promise I10).
    """
    if not may_organise(member.role):
        return NoSuchEntry()
    why = reason.strip()[:LONGEST_REASON]
    if not why:
        return ReasonNeededHere()
    frozen = ensure_open(tx, campaign_id, member)
    if frozen is not None:
        return frozen
    library_id = None if may_correct(member.role) else member.library_id
    taken = claim_take_back(tx, kind, campaign_id, entry_id, library_id, now)
    if taken is None:
        return NoSuchEntry()
    add_correction(
        tx,
        {
            "subject": kind,
            "subject_id": entry_id,
            "field": "undone_at",
            "old": taken,
            "new": "",
            "reason": why,
            "staff_id": member.id,
            "corrected_at": now,
        },
    )
    note_audit(tx, f"staff:{member.id}", "take_back", f"{kind}:{entry_id}", {"reason": why}, now)
    return EntryTakenBack(campaign_id)
