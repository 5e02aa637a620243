"""Telling organisers and managers that there is a report to look at: once of the draft, once of the freeze."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.closing import Closing
from bot.domain.kinds import NoticeKind, Role
from bot.store.reports import Version
from bot.store.staff_notices import add_staff_notices, list_untold

_TOLD = (Role.ORGANISER, Role.MANAGER, Role.KEEPER)
_OF_USE = timedelta(days=30)


def is_draft_untold(tx: Connection, closing: Closing, now: datetime) -> bool:
    """Whether somebody who should know of the draft was not told of it."""
    return bool(list_untold(tx, NoticeKind.REPORT_DRAFTED, _moment(closing), _TOLD, now))


def tell_of_draft(tx: Connection, closing: Closing, link: str, now: datetime) -> None:
    """The draft stands; of use until the freeze. The caller holds the draft's lock."""
    add_staff_notices(
        tx,
        NoticeKind.REPORT_DRAFTED,
        _moment(closing),
        {"title": closing.title, "link": link, "until": closing.due_at.isoformat()},
        roles=_TOLD,
        not_after=closing.due_at,
        now=now,
    )


def _moment(closing: Closing) -> str:
    return f"campaign:{closing.campaign_id}:{closing.ends_on:%Y%m%d}"


def tell_of_version(tx: Connection, version: Version, closing: Closing, link: str, now: datetime) -> None:
    """The version of the freeze stands with its documents. The caller holds its lock."""
    facts = {"title": closing.title, "link": link, "number": str(version.number)}
    add_staff_notices(
        tx,
        NoticeKind.REPORT_FROZEN,
        f"version:{version.id}",
        facts,
        roles=_TOLD,
        not_after=now + _OF_USE,
        now=now,
    )
