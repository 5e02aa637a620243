"""The counts of a campaign, for page, file, chat and command alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from bot.domain.comparison import compare, is_same_season, part_of
from bot.domain.summary import Comparison, Summary, build_summary
from bot.domain.window import Window
from bot.store.campaigns import list_campaign_rows, list_campaigns_touching
from bot.store.pii import Keys
from bot.store.summary import load_summary_facts


def summarize(
    tx: Connection,
    campaign_id: int,
    keys: Keys,
    now: datetime,
    *,
    library_id: int | None = None,
    day: date | None = None,
) -> Summary:
    """Count a campaign up to now: all of it, one library with its branches, one local day, or both.

    Raises NoResultFound when there is no such campaign, KeyError when there is no such library.
    """
    return build_summary(load_summary_facts(tx, campaign_id, keys), now, library_id=library_id, day=day)


def with_past(tx: Connection, summary: Summary, keys: Keys, now: datetime) -> Summary:
    """The same summary with what was counted a month and a year before, where there is such a past.

    Both are counted over all campaigns that touch the earlier days, each by its own rules. A month before (环比): the
    same days of the calendar month before. A year before (同比): the days of the campaign of the same library that
    began in the same season, else the same days a year before. Of one day: that day a month and a year before.
    """
    window = Window(summary.campaign.starts_on, summary.campaign.ends_on)
    last_year = None
    if summary.day is not None:
        window = Window(summary.day, summary.day)
    else:
        last_year = _campaign_a_year_before(tx, summary)
    last_year = last_year or window.months_before(12)
    return replace(
        summary,
        month_before=_compare(tx, window.months_before(1), summary, keys, now),
        year_before=_compare(tx, last_year, summary, keys, now),
    )


def _campaign_a_year_before(tx: Connection, summary: Summary) -> Window | None:
    start = summary.campaign.starts_on
    found = [
        Window(row.starts_on, row.ends_on)
        for row in list_campaign_rows(tx)
        if row.library_id == summary.campaign.library_id and is_same_season(row.starts_on, start)
    ]
    return min(found, key=lambda window: (abs((start - window.first).days - 365), window.first), default=None)


def _compare(tx: Connection, window: Window, summary: Summary, keys: Keys, now: datetime) -> Comparison | None:
    """Over all campaigns; of one library with its branches where asked."""
    library_id = summary.library.id if summary.library else None
    counted = []
    for campaign_id in list_campaigns_touching(tx, window.first, window.last):
        facts = load_summary_facts(tx, campaign_id, keys, with_persons=False)
        within = part_of(window, facts.campaign.starts_on, facts.campaign.ends_on)
        counted.append(build_summary(facts, now, library_id=library_id, within=within))
    return compare(window, counted)
