"""Which menus stand on the platform, and who bears the tag that shows the menu of staff.

A row without a digest is a claim: whoever wrote it is publishing, or died doing so, which its age tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.staff_tables import staff
from bot.store.tables import reader
from bot.store.wechat_tables import menu_tag, published_menu

CLAIM_LASTS = timedelta(seconds=90)
"""Longer than the calls of one publication may take, all timeouts together."""

PENDING = 0
"""Tag of a row whose call is under way or was cut off; the platform gives this id to no tag of an account's own."""

REFUSED = -1
"""Tag of a row whose person the platform does not take: no follower, or with twenty tags already."""

TRY_AGAIN = timedelta(days=1)


class MenuName(StrEnum):
    """Which menu."""

    READERS = "readers"  # the default one
    STAFF = "staff"  # personalised, by tag


@dataclass(frozen=True, slots=True)
class PublishedMenu:
    """A menu on the platform; while it is published anew the digest is empty."""

    name: MenuName
    digest: str
    menu_id: str
    tag_id: int | None
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody to be given the tag or to lose it. Their openid is no word for a log."""

    reader_id: int
    openid: str


def find_published(tx: Connection) -> dict[MenuName, PublishedMenu]:
    """The rows of all menus."""
    rows = tx.execute(select(published_menu)).mappings()
    return {
        MenuName(row["name"]): PublishedMenu(
            MenuName(row["name"]), row["digest"], row["menu_id"], row["tag_id"], row["published_at"]
        )
        for row in rows
    }


def claim_menu(tx: Connection, name: MenuName, seen: PublishedMenu | None, now: datetime) -> bool:
    """Whether this caller may publish: nobody else does, and the row is still as it was seen."""
    if seen is None:
        row = {"name": name.value, "digest": "", "menu_id": "", "published_at": now}
        fresh = _insert(tx, published_menu).values(row).on_conflict_do_nothing().returning(published_menu.c.name)
        return tx.execute(fresh).first() is not None
    if not seen.digest and seen.published_at > now - CLAIM_LASTS:
        return False
    unchanged = (
        (published_menu.c.name == name.value)
        & (published_menu.c.digest == seen.digest)
        & (published_menu.c.published_at == seen.published_at)
    )
    return tx.execute(update(published_menu).where(unchanged).values(digest="", published_at=now)).rowcount == 1


def save_published(
    tx: Connection, name: MenuName, claimed_at: datetime, digest: str, menu_id: str, tag_id: int | None, now: datetime
) -> bool:
    """The claim made at `claimed_at` is fulfilled; False when it was taken over or the row is gone."""
    mine = (
        (published_menu.c.name == name.value)
        & (published_menu.c.digest == "")
        & (published_menu.c.published_at == claimed_at)
    )
    values = {"digest": digest, "menu_id": menu_id, "tag_id": tag_id, "published_at": now}
    return tx.execute(update(published_menu).where(mine).values(values)).rowcount == 1


def note_gone(tx: Connection, names: Sequence[MenuName]) -> int:
    """These menus stand on the platform no more, or may not be relied on; how many did. They are published again."""
    named = published_menu.c.name.in_([name.value for name in names])
    return tx.execute(delete(published_menu).where(named)).rowcount


def _is_serving(now: datetime) -> Any:
    """The condition of a role that holds, as `find_person` sees it."""
    return staff.c.ended_at.is_(None) & or_(staff.c.ends_at.is_(None), staff.c.ends_at > now)


def list_untagged(tx: Connection, tag_id: int, now: datetime, most: int) -> list[Bearer]:
    """Staff who should bear the tag and do not, as far as is known."""
    tried = and_(menu_tag.c.tag_id == REFUSED, menu_tag.c.tagged_at > now - TRY_AGAIN)
    is_missing = or_(menu_tag.c.reader_id.is_(None), and_(menu_tag.c.tag_id != tag_id, ~tried))
    query = (
        select(reader.c.id, reader.c.openid)
        .select_from(
            staff.join(reader, reader.c.id == staff.c.reader_id).outerjoin(
                menu_tag, menu_tag.c.reader_id == reader.c.id
            )
        )
        .where(_is_serving(now), reader.c.openid.is_not(None), is_missing)
        .order_by(reader.c.id)
        .limit(most)
    )
    return [Bearer(row.id, row.openid) for row in tx.execute(query)]


def list_overtagged(tx: Connection, now: datetime, most: int) -> list[Bearer]:
    """Who bears the tag, or may, without a role that holds."""
    query = (
        select(reader.c.id, reader.c.openid)
        .select_from(
            menu_tag.join(reader, reader.c.id == menu_tag.c.reader_id).outerjoin(
                staff, and_(staff.c.reader_id == reader.c.id, _is_serving(now))
            )
        )
        .where(staff.c.id.is_(None), reader.c.openid.is_not(None))
        .order_by(reader.c.id)
        .limit(most)
    )
    return [Bearer(row.id, row.openid) for row in tx.execute(query)]


def note_tags(tx: Connection, bearers: Sequence[Bearer], tag_id: int, now: datetime) -> None:
    """Write which tag they bear: PENDING before the call, then the tag, or REFUSED.

    Written before the call, so that after a crash in between the tag is put on again, or taken off: never forgotten.
    """
    # Locked, for who leaves meanwhile must not keep a row: erasure begins with the reader's own.
    ids = [bearer.reader_id for bearer in bearers]
    found = select(reader.c.id).where(reader.c.id.in_(ids), reader.c.openid.is_not(None)).order_by(reader.c.id)
    for row in tx.execute(found.with_for_update()).all():
        upsert = _insert(tx, menu_tag).values(reader_id=row.id, tag_id=tag_id, tagged_at=now)
        fresh = {"tag_id": tag_id, "tagged_at": now}
        tx.execute(upsert.on_conflict_do_update(index_elements=["reader_id"], set_=fresh))


def confirm_tags(tx: Connection, bearers: Sequence[Bearer], tag_id: int, now: datetime) -> None:
    """The platform has put the tag on (or REFUSED); who was erased meanwhile has no row and gets none."""
    ids = [bearer.reader_id for bearer in bearers]
    tx.execute(update(menu_tag).where(menu_tag.c.reader_id.in_(ids)).values(tag_id=tag_id, tagged_at=now))


def forget_tags(tx: Connection, bearers: Sequence[Bearer]) -> None:
    """The platform has taken the tag off."""
    tx.execute(delete(menu_tag).where(menu_tag.c.reader_id.in_([bearer.reader_id for bearer in bearers])))


def doubt_all_tags(tx: Connection, now: datetime) -> None:
    """The tag was made anew, or the account is another one: everybody is to be given it again."""
    tx.execute(update(menu_tag).values(tag_id=PENDING, tagged_at=now))


def list_tagged_openids(tx: Connection, tag_id: int) -> set[str]:
    """Who is known to bear the tag."""
    query = select(reader.c.openid).join(menu_tag, menu_tag.c.reader_id == reader.c.id)
    return {row.openid for row in tx.execute(query.where(menu_tag.c.tag_id == tag_id, reader.c.openid.is_not(None)))}


def doubt_tags_of(tx: Connection, openids: Sequence[str], now: datetime) -> None:
    """These do not bear the tag after all."""
    meant = menu_tag.c.reader_id.in_(select(reader.c.id).where(reader.c.openid.in_(openids)))
    tx.execute(update(menu_tag).where(meant).values(tag_id=PENDING, tagged_at=now))


def _insert(tx: Connection, table: Any) -> Any:
    return {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name].insert(table)
