"""Libraries by the names that people use."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Select, select

from bot.store.tables import campaign, library


def find_library(tx: Connection, typed: str) -> int | None:
    """The library whose code, name or alias was typed, or the only one whose name contains it."""
    rows = tx.execute(select(library.c.id, library.c.code, library.c.name, library.c.aliases)).all()
    exact = [row.id for row in rows if typed in (row.code, row.name, *row.aliases)]
    near = [row.id for row in rows if any(typed in name for name in (row.name, *row.aliases))]
    found = exact or near
    return int(found[0]) if len(found) == 1 else None


def get_library_name(tx: Connection, library_id: int) -> str:
    """What a library is called; raises NoResultFound."""
    return str(tx.execute(select(library.c.name).where(library.c.id == library_id)).scalar_one())


def find_account_library(tx: Connection) -> str | None:
    """The name of the library that runs the account: issuer of the newest campaign, else the head of the tree."""
    head = (
        select(library.c.name).where(library.c.parent_id.is_(None)).order_by(library.c.position, library.c.id).limit(1)
    )
    return tx.execute(_of_issuer(library.c.name)).scalar() or tx.execute(head).scalar()


def find_account_contact(tx: Connection) -> str:
    """The contact line of the library that issued the newest campaign; empty when there is none."""
    return tx.execute(_of_issuer(library.c.contact)).scalar() or ""


def _of_issuer(column: Column[str]) -> Select[str]:
    newest_first = (campaign.c.starts_on.desc(), campaign.c.id.desc())
    return select(column).join(campaign, campaign.c.library_id == library.c.id).order_by(*newest_first).limit(1)


def find_library_name(tx: Connection, library_id: int | None) -> str:
    """The name of a library; empty for none."""
    return tx.execute(select(library.c.name).where(library.c.id == library_id)).scalar() or ""
