"""Telling persons apart in figures without keeping who they are: keyed hashes that hold inside one campaign only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection, select, update

from bot.store.pii import Keys
from bot.store.tables import occurrence, reader, registration


def keep_person_hashes(tx: Connection, reader_id: int, registrations: Sequence[int], keys: Keys) -> None:
    """Before the openid goes: leave on the reader's registrations what tells one person from another in each campaign.

    So somebody who leaves and comes back is one person in the figures, and the figures do not change by leaving.
    """
    openid = tx.execute(select(reader.c.openid).where(reader.c.id == reader_id)).scalar()
    if openid is None:
        return
    own = (
        select(occurrence.c.campaign_id)
        .join(registration, registration.c.occurrence_id == occurrence.c.id)
        .where(registration.c.id.in_(registrations))
        .distinct()
    )
    for campaign_id in list(tx.scalars(own)):
        held_there = select(occurrence.c.id).where(occurrence.c.campaign_id == campaign_id)
        tx.execute(
            update(registration)
            .where(registration.c.id.in_(registrations), registration.c.occurrence_id.in_(held_there))
            .values(person_hash=keys.person_hashes(campaign_id, openid)[0])
        )


class PersonNames:
    """Names of the persons of one campaign, the same for the same person; no openid leaves this module."""

    def __init__(self, campaign_id: int, keys: Keys, left: set[bytes]) -> None:
        self._campaign_id = campaign_id
        self._keys = keys
        self._left = left
        self._known: dict[int, bytes] = {}

    def name_of(self, reader_id: int, openid: str | None, person_hash: bytes | None) -> bytes:
        """What stands for the person of a registration."""
        if person_hash is not None:
            return person_hash
        name = self._known.get(reader_id)
        if name is None:
            name = self._known[reader_id] = self._new_name(reader_id, openid)
        return name

    def _new_name(self, reader_id: int, openid: str | None) -> bytes:
        if openid is None:
            return b"reader %d" % reader_id
        hashes = self._keys.person_hashes(self._campaign_id, openid)
        # While keys change, who left under the previous key and came back is still one person.
        return next((each for each in hashes if each in self._left), hashes[0])


def name_visits(
    rows: Iterable[tuple[int, str | None, bytes | None, int, date]], campaign_id: int, keys: Keys
) -> list[tuple[bytes, int, date]]:
    """Visits (reader, openid, hash, occurrence, day) with the person's name in place of the first three."""
    visits = list(rows)
    names = PersonNames(campaign_id, keys, {visit[2] for visit in visits if visit[2] is not None})
    return [(names.name_of(reader_id, openid, left), place, day) for reader_id, openid, left, place, day in visits]
