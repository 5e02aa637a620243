"""What libraries said about their figures. Rows are only added; the latest of each library speaks."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from bot.domain.confirmation import Said
from bot.store.report_tables import figure_confirmation


def add_confirmation(tx: Connection, values: Mapping[str, object]) -> None:
    """Write down that a library confirmed its figures."""
    tx.execute(insert(figure_confirmation).values(**values))


def latest_confirmations(tx: Connection, campaign_id: int) -> dict[int, Said]:
    """The latest word of each library, by library id."""
    query = (
        select(figure_confirmation.c.library_id, figure_confirmation.c.digest, figure_confirmation.c.confirmed_at)
        .where(figure_confirmation.c.campaign_id == campaign_id)
        .order_by(figure_confirmation.c.id)
    )
    return {row.library_id: Said(row.digest, row.confirmed_at) for row in tx.execute(query)}
