"""Noting what stands beside the numbers: media, words for the writer, photos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.coverage import LONGEST_CAPTION, LONGEST_NOTE, CoverageNoted, MediaEntry, NoPhotoYet
from bot.domain.occurrence import OccurrenceFacts
from bot.services.audit import note_audit
from bot.services.campaigns import find_current_campaign
from bot.store import campaigns
from bot.store import coverage as store
from bot.store.libraries import find_library_name
from bot.store.readers import StaffMember
from bot.store.report_tables import media_item, note, photo

CAPTION_WITHIN = timedelta(minutes=30)


def note_media(
    tx: Connection, entry: MediaEntry, member: StaffMember, facts: OccurrenceFacts | None, now: datetime
) -> CoverageNoted | None:
    """Store an entry of the media log, of an occurrence's event or of the member's library; None without a campaign."""
    at = _place(tx, member, facts, now)
    if at is None:
        return None
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
) -> CoverageNoted | None:
    """Store words for the writer of the report; None without a campaign."""
    at = _place(tx, member, facts, now)
    if at is None:
        return None
    row = {**at, "words": words[:LONGEST_NOTE], "staff_id": member.id, "noted_at": now}
    return _noted(tx, "note", store.insert_entry(tx, note, row), at, facts, member, now)


def take_photo(
    tx: Connection, source: str, member: StaffMember, facts: OccurrenceFacts | None, now: datetime
) -> CoverageNoted | None:
    """Store where the platform holds a picture that staff sent; the worker fetches it. None without a campaign."""
    at = _place(tx, member, facts, now)
    if at is None:
        return None
    row = {**at, "source": source, "staff_id": member.id, "noted_at": now}
    return _noted(tx, "photo", store.insert_entry(tx, photo, row), at, facts, member, now)


def caption_photo(
    tx: Connection, caption: str, member: StaffMember, facts: OccurrenceFacts, now: datetime
) -> CoverageNoted | NoPhotoYet:
    """Say what the photos of the last half hour show, and where they were taken."""
    ids = store.list_uncaptioned(tx, member.id, now - CAPTION_WITHIN)
    if not ids:
        return NoPhotoYet()
    at = _at(facts)
    store.caption_photos(tx, ids, {**at, "caption": caption[:LONGEST_CAPTION]})
    return _noted(tx, "photo", ids[-1], at, facts, member, now)


def keep_picture_of(
    tx: Connection,
    picture: tuple[bytes, int, int, str],
    caption: str,
    member: StaffMember,
    facts: OccurrenceFacts,
    now: datetime,
) -> CoverageNoted:
    """Store an uploaded photo: JPEG bytes, width, height and digest (reports.photos made them)."""
    content, width, height, digest = picture
    at = _at(facts)
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
) -> dict[str, object] | None:
    if facts is not None:
        return _at(facts)
    campaign_id = find_current_campaign(tx, now)
    if campaign_id is None:
        return None
    issuer = campaigns.get_campaign(tx, campaign_id).library_id
    library_id = member.library_id or issuer
    return {"campaign_id": campaign_id, "library_id": library_id, "event_id": None, "occurrence_id": None}


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
        return CoverageNoted(row_id, facts.number, facts.name)
    library_id = at["library_id"]
    return CoverageNoted(row_id, None, find_library_name(tx, library_id if isinstance(library_id, int) else None))
