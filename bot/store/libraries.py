"""Libraries by the names that people use."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.store.tables import campaign, library


def find_library(tx: Connection, typed: str) -> int | None:
    """The library whose code, name or alias was typed, or the only one whose name contains it."""
    rows = tx.execute(select(library.c.id, library.c.code, library.c.name, library.c.aliases)).all()
    exact = [row.id for row in rows if typed in (row.code, row.name, *row.aliases)]
    near = [row.id for row in rows if any(typed in name for name in (row.name, *row.aliases))]
    found = exact or near
    return int(found[0]) if len(found) == 1 else None


def find_account_contact(tx: Connection) -> str:
    """The contact line of the library that issued the newest campaign; empty when there is none."""
    issuer = (
        select(library.c.contact)
        .join(campaign, campaign.c.library_id == library.c.id)
        .order_by(campaign.c.starts_on.desc(), campaign.c.id.desc())
        .limit(1)
    )
    return tx.execute(issuer).scalar() or ""
