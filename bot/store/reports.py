"""Versions of reports with their documents, what people wrote into them, and the locks of the freeze."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from bot.domain.closing import Closing
from bot.store.tables import campaign

_CLOSING: Select[Any] = select(
    campaign.c.id,
    campaign.c.key,
    campaign.c.title,
    campaign.c.ends_on,
    campaign.c.freezes_at,
    campaign.c.frozen_at,
)


def get_closing(tx: Connection, campaign_id: int) -> Closing:
    """How a campaign stands with its freeze; raises NoResultFound."""
    return _closing(tx.execute(_CLOSING.where(campaign.c.id == campaign_id)).one())


def lock_closing(tx: Connection, campaign_id: int, *, alone: bool) -> Closing:
    """The same, and nobody freezes the campaign before this transaction ends; `alone`: nobody else has the lock.

    On SQLite nobody else writes anyway.
    """
    locked = _CLOSING.where(campaign.c.id == campaign_id).with_for_update(read=not alone, key_share=alone)
    return _closing(tx.execute(locked).one())


def _closing(row: Row[Any]) -> Closing:
    return Closing(row.id, row.key, row.title, row.ends_on, row.freezes_at, row.frozen_at)
