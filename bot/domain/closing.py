"""When a campaign's figures are closed, and what that means for whom.

The hour is the campaign's own (`freezes_at`), else the usual one. From the freeze on only managers change figures
(library-domain 3.2: corrections after that are versioned); what devices noted before it is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import quote

from bot.domain.clock import at_local
from bot.domain.kinds import Role, may_correct, may_organise

USUAL_HOUR = time(18)
"""Of the day after the last day: branches have a working day to confirm their figures."""

ENTERED_LATE_STAYS_OPEN = timedelta(days=7)
"""A campaign that is entered after its usual hour, such as one of last year, stays open for that long."""

DRAFT_AGAIN_AFTER = timedelta(minutes=10)
"""A draft is not made again more often than this."""

DRAFT = 0
"""Number of the version that is made again as figures change."""

FIRST = 1
"""Number of the version that the freeze makes."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How a campaign stands with its freeze. `freezes_at`: the hour that somebody set."""

    campaign_id: int
    key: str
    title: str
    ends_on: date
    freezes_at: datetime | None
    frozen_at: datetime | None

    @property
    def due_at(self) -> datetime:
        """When the figures are frozen."""
        return self.freezes_at or usual_freeze(self.ends_on)

    def has_ended(self, now: datetime) -> bool:
        """Whether the last day is over."""
        return now >= at_local(self.ends_on + timedelta(days=1), time(0))

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be frozen now."""
        return self.frozen_at is None and now >= self.due_at


@dataclass(frozen=True, slots=True)
class FiguresFrozen:
    """The figures of this campaign are closed, and whoever wants to change them is no manager."""

    title: str
    frozen_at: datetime


@dataclass(frozen=True, slots=True)
class NotCorrecting:
    """The role corrects no figures."""


def usual_freeze(ends_on: date) -> datetime:
    """The usual hour: six in the evening of the day after the end."""
    return at_local(ends_on + timedelta(days=1), USUAL_HOUR)


def freeze_of_new(ends_on: date, now: datetime) -> datetime | None:
    """The hour to set for a campaign that is entered now: the usual one needs none."""
    return None if now < usual_freeze(ends_on) else now + ENTERED_LATE_STAYS_OPEN


def is_draft_due(made_at: datetime | None, now: datetime) -> bool:
    """Whether a draft with other figures may be made now; None: there is none yet."""
    return made_at is None or now >= made_at + DRAFT_AGAIN_AFTER


def may_change(role: Role, frozen_at: datetime | None) -> bool:
    """Whether a role changes what others noted: managers always, organisers until the freeze."""
    return may_correct(role) or (frozen_at is None and may_organise(role))


def report_url(public_url: str, key: str) -> str:
    """The page of a campaign's report."""
    return f"{public_url.rstrip('/')}/staff/reports/{quote(key, safe='')}"
