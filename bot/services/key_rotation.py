"""Replacing the secret under which personal data is sealed: what one run did, and what still needs the previous key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.services.audit import note_audit
from bot.store import rotation
from bot.store.pii import Keys


@dataclass(frozen=True, slots=True)
class RotationState:
    """What still rests on the previous key. `damaged` rows hold a value that opens under neither key."""

    damaged: int
    cards: int
    invitations: int

    @property
    def is_done(self) -> bool:
        """Whether the previous key can be dropped."""
        return self == RotationState(0, 0, 0)


def finish_rotation(tx: Connection, keys: Keys, renewed: int, now: datetime) -> RotationState:
    """After all batches: rename returned persons, note the rotation, and tell what still needs the previous key."""
    persons = rotation.rename_persons(tx, keys)
    state = RotationState(
        damaged=sum(rotation.count_old(tx, table, keys) for table in rotation.sealed_tables()),
        cards=rotation.count_old_cards(tx, keys),
        invitations=rotation.count_old_invitations(tx, keys, now),
    )
    counts = {"rows": renewed, "persons": persons, "damaged": state.damaged, "cards": state.cards}
    note_audit(tx, "command", "rotate_keys", "keys", counts, now)
    return state
