"""Which posters there are: of the coming occurrences that somebody organises."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot.domain.occurrence import OccurrenceFacts
from bot.services.staff import serves
from bot.store.occurrences import list_upcoming
from bot.store.readers import StaffMember
from bot.store.tables import campaign


def list_posted(tx: Connection, member: StaffMember, now: datetime) -> list[OccurrenceFacts]:
    """The coming occurrences of a member's library, by start."""
    return sorted((each for each in list_upcoming(tx, now) if serves(tx, member, each)), key=_by_start)


def list_of_campaign(tx: Connection, key: str, now: datetime) -> list[OccurrenceFacts]:
    """The coming occurrences of a campaign, by start."""
    wanted = tx.execute(select(campaign.c.id).where(campaign.c.key == key)).scalar()
    return sorted((each for each in list_upcoming(tx, now) if each.campaign_id == wanted), key=_by_start)


def dates_of(tx: Connection, facts: OccurrenceFacts, now: datetime) -> tuple[OccurrenceFacts, ...]:
    """All coming occurrences of the same event, by start; at least the one that was given."""
    found = sorted((each for each in list_upcoming(tx, now) if each.event_id == facts.event_id), key=_by_start)
    return tuple(found) or (facts,)


def theme_of(tx: Connection, facts: OccurrenceFacts) -> str:
    """The title of the campaign."""
    return str(tx.execute(select(campaign.c.title).where(campaign.c.id == facts.campaign_id)).scalar() or "")


def _by_start(facts: OccurrenceFacts) -> tuple[bool, str, int]:
    return facts.starts_at is None, facts.starts_at.isoformat() if facts.starts_at else "", facts.number
