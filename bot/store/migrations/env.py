"""Alembic's entry: migrations run on the connection that `bot.store.migrate` hands over."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from bot.store import door_tables, report_tables, sign_up_tables, staff_tables, wechat_tables  # noqa: F401 - they join the same metadata
from bot.store.columns import UtcDateTime
from bot.store.tables import metadata


def _plain_types(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write the stored type, not our Python class, so that old migrations outlive the class."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_plain_types,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
