"""The national form's extract for a year to date."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from bot.domain.clock import local_day
from bot.domain.national import NationalYear, days_of, sum_year
from bot.domain.summary import build_summary
from bot.store.campaigns import list_campaigns_touching
from bot.store.pii import Keys
from bot.store.summary import load_summary_facts


def count_year(tx: Connection, year: int, keys: Keys, now: datetime) -> NationalYear:
    """All campaigns that touch a year, up to now (文旅基3表: from the first of January on)."""
    until = min(local_day(now), date(year, 12, 31))
    ids = list_campaigns_touching(tx, date(year, 1, 1), until)
    facts = (load_summary_facts(tx, campaign_id, keys, with_persons=False) for campaign_id in ids)
    summaries = (build_summary(each, now, within=days_of(year, each.campaign.starts_on)) for each in facts)
    return sum_year(year, until, summaries)
