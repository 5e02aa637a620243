"""What follows when a programme changes: readers are told, freed seats go to the waitlist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.campaign_file import CampaignImported
from bot.domain.kinds import NoticeKind
from bot.services.notices import queue_notice
from bot.services.waitlists import promote_waitlist
from bot.store.occurrences import get_occurrence
from bot.store.registrations import list_active


def follow_up_import(tx: Connection, imported: CampaignImported, now: datetime) -> int:
    """Queue a notice for everybody whose occurrence moved or was cancelled; serve the waitlists of widened ones.

    The number of notices queued.
    """
    told = tell_readers(tx, imported.moved, NoticeKind.OCCURRENCE_CHANGED, now)
    told += tell_readers(tx, imported.cancelled, NoticeKind.OCCURRENCE_CANCELLED, now)
    for occurrence_id in imported.widened:
        promote_waitlist(tx, occurrence_id, now)
    return told


def tell_readers(tx: Connection, occurrence_ids: Sequence[int], kind: NoticeKind, now: datetime) -> int:
    """Queue one notice of this kind for each active registration; a second change is a second moment."""
    told = 0
    for occurrence_id in occurrence_ids:
        facts = get_occurrence(tx, occurrence_id)
        for registration in list_active(tx, occurrence_id):
            told += queue_notice(
                tx,
                kind=kind,
                registration_id=registration.id,
                reader_id=registration.reader_id,
                moment=f"{kind.value}@{now:%Y%m%dT%H%M%S}"[-32:],
                facts={},
                due_at=now,
                not_after=facts.ends_at or facts.starts_at,
                now=now,
            )
    return told
