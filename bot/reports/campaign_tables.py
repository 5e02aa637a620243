"""A campaign as the tables of a file: field names and plain values, with Chinese words where files have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from bot.domain.campaign_file import CampaignFile, EventEntry, LibraryEntry, OccurrenceEntry, Sheet
from bot.domain.clock import local
from bot.texts.campaign_files import word_of

Value = str | int | date | time | datetime | list[str]
Tables = Mapping[Sheet, list[dict[str, Value]]]
"""The rows of each sheet by field name; empty cells are left out. Moments are naive local time, as written."""


def tables_of(content: CampaignFile) -> Tables:
    """The sheets that, imported, give this content again. Repeated occurrences are written out one by one."""
    campaign = content.campaign
    libraries = {event.key: event.library for event in content.events}
    return {
        Sheet.CAMPAIGN: [
            _filled(
                key=campaign.key,
                title=campaign.title,
                theme=campaign.theme,
                library=campaign.library,
                addressee=campaign.addressee,
                basis=list(campaign.basis),
                starts_on=campaign.starts_on,
                ends_on=campaign.ends_on,
            )
        ],
        Sheet.LIBRARIES: [_library(entry) for entry in content.libraries],
        Sheet.VENUES: [
            _filled(
                library=entry.library,
                name=entry.name,
                address=entry.address,
                inside=word_of("inside", "true" if entry.inside else "false"),
            )
            for entry in content.venues
        ],
        Sheet.EVENTS: [_event(entry) for entry in content.events],
        Sheet.OCCURRENCES: [_occurrence(entry, libraries[entry.event]) for entry in content.occurrences],
    }


def _library(entry: LibraryEntry) -> dict[str, Value]:
    return _filled(
        code=entry.code,
        name=entry.name,
        aliases=list(entry.aliases),
        level=word_of("level", entry.level),
        parent=entry.parent,
        contact=entry.contact,
    )


def _event(entry: EventEntry) -> dict[str, Value]:
    return _filled(
        key=entry.key,
        title=entry.title,
        category=word_of("category", entry.category),
        kind=entry.kind,
        library=entry.library,
        partner_libraries=list(entry.partner_libraries),
        partners=list(entry.partners),
        parent=entry.parent,
        audience=list(entry.audience),
        speaker=entry.speaker,
        summary=entry.summary,
        sign_up=word_of("sign_up", entry.sign_up),
        party_limit=entry.party_limit,
        notes=entry.notes,
    )


def _occurrence(entry: OccurrenceEntry, library: str) -> dict[str, Value]:
    venue = entry.venue
    first = [venue.name if venue.library == library else f"{venue.library}/{venue.name}"] if venue else []
    return _filled(
        event=entry.event,
        key=entry.key,
        label=entry.label,
        date_text=entry.date_text,
        venues=[*first, *entry.extra_venues],
        mode=word_of("mode", entry.mode),
        status=word_of("status", entry.status),
        capacity=entry.capacity,
        overbooking=entry.overbooking or None,
        opens=_local_moment(entry.opens_at),
        closes=_local_moment(entry.closes_at),
        **_times(entry),
    )


def _times(entry: OccurrenceEntry) -> dict[str, Value | None]:
    if entry.starts_at is None or entry.ends_at is None:
        return {}
    start, end = local(entry.starts_at), local(entry.ends_at)
    return {
        "start_date": start.date(),
        "end_date": end.date() if end.date() != start.date() else None,
        "start_time": None if entry.all_day else start.time(),
        "end_time": None if entry.all_day else end.time(),
    }


def _local_moment(moment: datetime | None) -> datetime | None:
    return None if moment is None else local(moment).replace(tzinfo=None)


def _filled(**cells: Value | None) -> dict[str, Value]:
    return {field: value for field, value in cells.items() if value is not None and value != "" and value != []}
