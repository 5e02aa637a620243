"""Lists of reader cards. Only keyed hashes are kept: nobody can read the numbers back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from bot.domain.card_list import CardListed
from bot.domain.rules import Patch
from bot.store.sign_up_tables import allowed_card
from bot.store.tables import library

_AT_ONCE = 500


def find_library_rules(tx: Connection, library_id: int) -> tuple[str, Patch]:
    """Code of a library and the rules it sets for its events. Its lists stay locked: imports follow one another."""
    row = tx.execute(
        select(library.c.code, library.c.rules).where(library.c.id == library_id).with_for_update(key_share=True)
    ).one()
    return row.code, row.rules


def list_hashes(tx: Connection, library_id: int, group: str) -> set[bytes]:
    """What is on a list."""
    return {
        bytes(card_hash) for card_hash in tx.scalars(select(allowed_card.c.card_hash).where(*_on(library_id, group)))
    }


def add_hashes(tx: Connection, library_id: int, group: str, hashes: Iterable[bytes]) -> None:
    """Put cards on a list that are not on it."""
    rows = [{"library_id": library_id, "reader_group": group, "card_hash": each} for each in hashes]
    for start in range(0, len(rows), _AT_ONCE):
        tx.execute(insert(allowed_card), rows[start : start + _AT_ONCE])


def remove_hashes(tx: Connection, library_id: int, group: str, hashes: Iterable[bytes]) -> None:
    """Take cards off a list."""
    gone = list(hashes)
    for start in range(0, len(gone), _AT_ONCE):
        some = allowed_card.c.card_hash.in_(gone[start : start + _AT_ONCE])
        tx.execute(delete(allowed_card).where(*_on(library_id, group), some))


def list_card_lists(tx: Connection) -> list[CardListed]:
    """All lists, by library and name."""
    query = (
        select(library.c.code, allowed_card.c.reader_group, func.count())
        .join(library, library.c.id == allowed_card.c.library_id)
        .group_by(library.c.code, allowed_card.c.reader_group)
        .order_by(library.c.code, allowed_card.c.reader_group)
    )
    return [CardListed(*row) for row in tx.execute(query)]


def _on(library_id: int, group: str) -> tuple[Any, Any]:
    return allowed_card.c.library_id == library_id, allowed_card.c.reader_group == group
