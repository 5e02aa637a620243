"""The sample campaign with its dates moved to now, for trying everything out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bot.domain.campaign_file import CampaignFile, FileRefused, KnownNames, OccurrenceEntry, VenueEntry, VenueName
from bot.domain.campaign_reading import read_campaign
from bot.domain.clock import local, local_day
from bot.domain.kinds import Mode, OccurrenceStatus, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rules import DEFAULTS
from bot.services.campaigns import import_campaign
from bot.store.campaign_files import read_sheets
from bot.store.campaigns import find_campaign
from bot.store.occurrences import list_open_for_check_in
from bot.store.reports import end_freeze
from bot.texts.demo import EXTRA_LABEL, EXTRA_VENUE, demo_title

DEMO_KEY = "guangyuan-demo"
SAMPLE = Path(__file__).resolve().parents[2] / "config" / "samples" / "guangyuan-2016.yaml"
EXTRA_EVENT = "A18"  # the film showings: the one event of the sample that readers come to every day
EXTRA_LENGTH = timedelta(hours=4)
EXTRA_SEATS = 30
STAYS_OPEN = timedelta(hours=1)  # an occurrence that ends sooner would be gone before it was tried


class BrokenSampleError(RuntimeError):
    """The sample cannot be imported; carries the refusal's faults."""


@dataclass(frozen=True, slots=True)
class DemoLoaded:
    """The demonstration stands. `open_now` are public numbers that take sign-ups and check-ins at this moment."""

    campaign_id: int
    key: str
    open_now: tuple[int, ...]


def load_demo(tx: Connection, now: datetime, sample: bytes | None = None) -> DemoLoaded:
    """Load the sample as a campaign of its own (`guangyuan-demo`), or keep it alive.

    The first load moves the week to begin today. Loading again within that week changes nothing but this: when no
    occurrence is open for sign-up and check-in for another hour, an extra film showing that begins soon is added. When
    the week is over, the same programme is added once more from today on. Nothing that exists is ever moved, so that
    registrations and check-ins made in the demonstration keep their meaning.
    """
    content = _read_sample(sample if sample is not None else SAMPLE.read_bytes())
    moved = _move(tx, content, now)
    campaign_id = _import(tx, moved, now)
    if local_day(now) <= moved.campaign.ends_on:
        end_freeze(tx, campaign_id)  # of the week before: what is noted from now on counts again
    if not _list_open(tx, campaign_id, now, for_another=STAYS_OPEN):
        _import(tx, _with_extra(moved, now), now)
    return DemoLoaded(campaign_id, DEMO_KEY, _list_open(tx, campaign_id, now, for_another=timedelta()))


def _read_sample(data: bytes) -> CampaignFile:
    read = read_campaign(read_sheets(data), KnownNames())
    if read.content is None:
        raise BrokenSampleError(read.faults)
    return read.content


def _import(tx: Connection, content: CampaignFile, now: datetime) -> int:
    outcome = import_campaign(tx, content, now)
    if isinstance(outcome, FileRefused):
        raise BrokenSampleError(outcome.faults)
    return outcome.campaign_id


def _move(tx: Connection, content: CampaignFile, now: datetime) -> CampaignFile:
    """The sample's programme, moved by whole days to the week of the demonstration that is on."""
    campaign, today = content.campaign, local_day(now)
    length = campaign.ends_on - campaign.starts_on
    stored = find_campaign(tx, DEMO_KEY)
    is_on = stored is not None and today <= stored.ends_on
    week = stored.ends_on - length if stored is not None and is_on else today
    shift = week - campaign.starts_on
    return replace(
        content,
        campaign=replace(
            campaign,
            key=DEMO_KEY,
            title=demo_title(campaign.title),
            starts_on=stored.starts_on if stored is not None else week,
            ends_on=week + length,
        ),
        occurrences=tuple(_shifted(entry, shift, week) for entry in content.occurrences),
    )


def _shifted(entry: OccurrenceEntry, shift: timedelta, week: date) -> OccurrenceEntry:
    if entry.starts_at is None or entry.ends_at is None:
        return entry
    key, dash, _ = entry.key.partition("-")
    starts_at = entry.starts_at + shift
    return replace(
        entry,
        key=f"{key}-{local_day(starts_at):%Y%m%d}" if dash else f"{key}@{week:%Y%m%d}",
        starts_at=starts_at,
        ends_at=entry.ends_at + shift,
        date_text="",  # what was said of the original date is wrong for the new one
        opens_at=entry.opens_at + shift if entry.opens_at else None,
        closes_at=entry.closes_at + shift if entry.closes_at else None,
    )


def _list_open(tx: Connection, campaign_id: int, now: datetime, *, for_another: timedelta) -> tuple[int, ...]:
    found = list_open_for_check_in(tx, now)
    return tuple(facts.number for facts in found if _is_open(facts, campaign_id, now, now + for_another))


def _is_open(facts: OccurrenceFacts, campaign_id: int, now: datetime, until: datetime) -> bool:
    sign_up_ends_at = facts.sign_up_ends_at
    return (
        facts.campaign_id == campaign_id
        and facts.sign_up is SignUp.REQUIRED
        and sign_up_ends_at is not None
        and sign_up_ends_at > until
        and (facts.opens_at is None or facts.opens_at <= now)
    )


def _with_extra(content: CampaignFile, now: datetime) -> CampaignFile:
    """The same with a showing whose check-in has just opened: the waitlist still moves, and readers are told of it."""
    event = next(entry for entry in content.events if entry.key == EXTRA_EVENT)
    latest = now + timedelta(minutes=DEFAULTS.check_in_before_minutes)
    starts_at = latest.replace(minute=latest.minute // 5 * 5, second=0, microsecond=0)
    extra = OccurrenceEntry(
        event=event.key,
        key=f"extra-{local(starts_at):%Y%m%d%H%M}",
        label=EXTRA_LABEL,
        starts_at=starts_at,
        ends_at=starts_at + EXTRA_LENGTH,
        all_day=False,
        date_text="",
        venue=VenueName(event.library, EXTRA_VENUE),
        extra_venues=(),
        capacity=EXTRA_SEATS,
        overbooking=0,
        mode=Mode.ONSITE,
        status=OccurrenceStatus.SCHEDULED,
        opens_at=starts_at - timedelta(days=1),
        closes_at=starts_at + EXTRA_LENGTH,
    )
    venue = VenueEntry(event.library, EXTRA_VENUE, "", inside=True)
    return replace(content, venues=(*content.venues, venue), occurrences=(*content.occurrences, extra))
