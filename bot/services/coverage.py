"""Noting what stands beside the numbers: media, words for the writer, photos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.closing import FiguresFrozen
from bot.domain.coverage import LONGEST_CAPTION, LONGEST_NOTE, CoverageNoted, MediaEntry, NoPhotoYet
from bot.domain.occurrence import OccurrenceFacts
from bot.services.audit import note_audit
from bot.services.campaigns import find_current_campaign
from bot.services.closing import ensure_open
from bot.store import campaigns
from bot.store import coverage as store
from bot.store.libraries import get_library_name
from bot.store.readers import StaffMember
from bot.store.report_tables import media_item, note, photo

CAPTION_WITHIN = timedelta(minutes=30)


def note_media(
    tx: Connection, entry: MediaEntry, member: StaffMember, facts: OccurrenceFacts | None, now: datetime
) -> CoverageNoted | FiguresFrozen | None:
    """Store an entry of the media log, of an occurrence's event or of the member's library; None without a campaign."""
    at = _place(tx, member, facts, now)
    if at is None or isinstance(at, FiguresFrozen):
        return at
    values = {
        **at,
        "medium": entry.medium.value,
        "outlet": entry.outlet,
        "title": entry.title,
        "link": entry.link,
        "place": entry.place,
        "day": entry.day,
        "staff_id": member.id,
        "noted_at": now,
    }
    values.pop("occurrence_id")
    return _noted(tx, "media_item", store.insert_entry(tx, media_item, values), at, facts, member, now)


def keep_note(
    tx: Connection, words: str, member: StaffMember, facts: OccurrenceFacts | None, now: datetime
) -> CoverageNoted | FiguresFrozen | None:
    """Store words for the writer of the report; None without a campaign."""
    at = _place(tx, member, facts, now)
    if at is None or isinstance(at, FiguresFrozen):
        return at
    row = {**at, "words": words[:LONGEST_NOTE], "staff_id": member.id, "noted_at": now}
    return _noted(tx, "note", store.insert_entry(tx, note, row), at, facts, member, now)


def take_photo(
    tx: Connection, source: str, member: StaffMember, facts: OccurrenceFacts | None, now: datetime
) -> CoverageNoted | FiguresFrozen | None:
    """Store where the platform holds a picture that staff sent; the worker fetches it. None without a campaign."""
    at = _place(tx, member, facts, now)
    if at is None or isinstance(at, FiguresFrozen):
        return at
    row = {**at, "source": source, "staff_id": member.id, "noted_at": now}
    return _noted(tx, "photo", store.insert_entry(tx, photo, row), at, facts, member, now)


def caption_photo(
    tx: Connection, caption: str, member: StaffMember, facts: OccurrenceFacts, now: datetime
) -> CoverageNoted | FiguresFrozen | NoPhotoYet:
    """Say what the photos of the last half hour show, and where they were taken."""
    ids = store.list_uncaptioned(tx, member.id, now - CAPTION_WITHIN)
    if not ids:
        return NoPhotoYet()
    at = _open_at(tx, member, _at(facts))
    if isinstance(at, FiguresFrozen):
        return at
    store.caption_photos(tx, ids, {**at, "caption": caption[:LONGEST_CAPTION]})
    return _noted(tx, "photo", ids[-1], at, facts, member, now)


def keep_picture_of(
    tx: Connection,
    picture: tuple[bytes, int, int, str],
    caption: str,
    member: StaffMember,
    facts: OccurrenceFacts,
    now: datetime,
) -> CoverageNoted | FiguresFrozen:
    """Store an uploaded photo: JPEG bytes, width, height and digest (reports.photos made them)."""
    content, width, height, digest = picture
    at = _open_at(tx, member, _at(facts))
    if isinstance(at, FiguresFrozen):
        return at
    row = {**at, "caption": caption[:LONGEST_CAPTION], "picture": content, "width": width, "height": height}
    row |= {"digest": digest, "staff_id": member.id, "noted_at": now}
    return _noted(tx, "photo", store.insert_entry(tx, photo, row), at, facts, member, now)


def _at(facts: OccurrenceFacts) -> dict[str, object]:
    return {
        "campaign_id": facts.campaign_id,
        "library_id": facts.library_id,
        "event_id": facts.event_id,
        "occurrence_id": facts.id,
    }


def _place(
    tx: Connection, member: StaffMember, facts: OccurrenceFacts | None, now: datetime
) -> dict[str, object] | FiguresFrozen | None:
    if facts is not None:
        return _open_at(tx, member, _at(facts))
    campaign_id = find_current_campaign(tx, now)
    if campaign_id is None:
        return None
    issuer = campaigns.get_campaign(tx, campaign_id).library_id
    library_id = member.library_id or issuer
    at = {"campaign_id": campaign_id, "library_id": library_id, "event_id": None, "occurrence_id": None}
    return _open_at(tx, member, at)


def _open_at(tx: Connection, member: StaffMember, at: dict[str, object]) -> dict[str, object] | FiguresFrozen:
    """The place, unless the figures of its campaign are frozen for this member."""
    campaign_id = at["campaign_id"]
    assert isinstance(campaign_id, int)
    return ensure_open(tx, campaign_id, member) or at


def _noted(
    tx: Connection,
    kind: str,
    row_id: int,
    at: Mapping[str, object],
    facts: OccurrenceFacts | None,
    member: StaffMember,
    now: datetime,
) -> CoverageNoted:
    note_audit(tx, f"staff:{member.id}", "note_coverage", f"{kind}:{row_id}", {}, now)
    if facts is not None:
        return CoverageNoted(row_id, facts.number, facts.name, facts.campaign_id)
    library_id, campaign_id = at["library_id"], at["campaign_id"]
    assert isinstance(library_id, int)
    assert isinstance(campaign_id, int)
    return CoverageNoted(row_id, None, get_library_name(tx, library_id), campaign_id)
