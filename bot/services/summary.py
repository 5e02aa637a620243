"""The counts of a campaign, for page, file, chat and command alike."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from bot.domain.summary import Summary, build_summary
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
