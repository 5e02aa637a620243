"""Entering the seven real weeks through the public ways: by file, and by what staff and readers send."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.domain.campaign_file import CampaignImported
from bot.domain.clock import at_local
from bot.domain.kinds import Role
from bot.domain.summary import Summary
from bot.domain.tally import TalliesImported
from bot.reports.summary_json import to_dict
from bot.services.campaigns import choose_campaign, import_campaign_file
from bot.services.staff import invite_staff
from bot.services.summary import summarize
from bot.services.tally_files import import_tally_file
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import campaign, event, occurrence
from tests.conversation.conftest import Chat
from tests.journeys.seed_figures import SeedFigure, of_week

SAMPLES = Path(__file__).parents[2] / "config" / "samples"
LATER = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""When the reports are written: long after all of the weeks."""
STAFF = "馆员"


def import_week(db: Database, week: str, kind: str = "yaml", now: datetime = LATER) -> None:
    """The programme alone."""
    with db.writing() as tx:
        done = import_campaign_file(tx, (SAMPLES / f"{week}.{kind}").read_bytes(), now)
        assert isinstance(done, CampaignImported), done


def import_figures(db: Database, week: str, kind: str = "yaml", now: datetime = LATER) -> None:
    """The figures, as the sample's second file has them."""
    file = SAMPLES / f"{week}-tallies.{kind}"
    if file.exists():
        with db.writing() as tx:
            done = import_tally_file(tx, file.read_bytes(), now)
            assert isinstance(done, TalliesImported), done


def send_week(chat: Chat, week: str, figures: Iterable[SeedFigure] | None = None) -> dict[str, str]:
    """Import the programme and let staff send every figure on the last day of the week; the answers by figure."""
    with chat.db.reading() as tx:
        known = tx.scalar(select(campaign.c.id).where(campaign.c.key == week))
    if known is None:
        import_week(chat.db, week)
    with chat.db.writing() as tx:
        last = tx.execute(select(campaign.c.ends_on).where(campaign.c.key == week)).scalar_one()
        chat.now = at_local(last, time(9))
        code = invite_staff(tx, Role.MANAGER, chat.keys, chat.now)
    assert "绑定成功" in chat.say(STAFF, f"绑定 {code}")
    answers = {}
    for figure in of_week(week) if figures is None else figures:
        if figure.source == "tally" and not figure.part:
            chat.now += timedelta(seconds=20)
            number = number_of(chat.db, week, figure.event) if figure.event else None
            answers[figure.id] = chat.say(STAFF, figure.said(number))
    return answers


def number_of(db: Database, week: str, event_key: str) -> int:
    """The public number of an event's first occurrence."""
    with db.reading() as tx:
        query = select(occurrence.c.number).join(event, event.c.id == occurrence.c.event_id)
        query = query.join(campaign, campaign.c.id == event.c.campaign_id)
        found = tx.scalar(query.where(campaign.c.key == week, event.c.key == event_key).order_by(occurrence.c.id))
        assert found is not None, (week, event_key)
        return int(found)


def summary_of(db: Database, week: str, keys: Keys, now: datetime = LATER) -> Summary:
    """The figures of a week."""
    with db.reading() as tx:
        return summarize(tx, choose_campaign(tx, week), keys, now)


def summary_json(db: Database, week: str, keys: Keys) -> dict[str, Any]:
    """What `summary --json` prints."""
    return to_dict(summary_of(db, week, keys))
