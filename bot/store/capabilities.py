"""The account's rights as they were last found, kept in SQL and for seconds in each process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import Connection, case, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.capability import Capability, CapabilityState, Right
from bot.store.wechat_tables import capability as table

REMEMBERED_S = 5.0


class Capabilities:
    """Answers what features ask; one look at the database every few seconds."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._granted: frozenset[Capability] = frozenset()
        self._asked = False
        self._until = -1.0

    def asked(self, tx: Connection) -> bool:
        """Whether the platform was ever asked; before that it is better to wait than to take nothing for granted."""
        self._look(tx)
        return self._asked

    def has(self, tx: Connection, capability: Capability) -> bool:
        """Whether the account has this right, as far as is known; what nobody could ask yet it has not."""
        self._look(tx)
        return capability in self._granted

    def _look(self, tx: Connection) -> None:
        if self._now() >= self._until:
            rights = list_rights(tx)
            self._granted = frozenset(each.capability for each in rights if each.state is CapabilityState.GRANTED)
            self._asked = bool(rights)
            self._until = self._now() + REMEMBERED_S


def list_rights(tx: Connection) -> list[Right]:
    """All rights that were ever looked for, in the order of `Capability`."""
    found = {row["name"]: row for row in tx.execute(select(table)).mappings()}
    return [
        Right(each, CapabilityState(row["state"]), row["evidence"], row["checked_at"], row["changed_at"])
        for each in Capability
        if (row := found.get(each.value)) is not None
    ]


def save_states(
    tx: Connection, states: Sequence[tuple[Capability, CapabilityState, str]], now: datetime
) -> list[tuple[Capability, CapabilityState]]:
    """Write down what was found, with its evidence (at most 200 characters); the ones that are new or other now."""
    before = {each.capability: each.state for each in list_rights(tx)}
    dialect: Any = {"sqlite": sqlite, "postgresql": postgresql}[tx.dialect.name]
    for capability, state, evidence in states:
        fresh = {"state": state.value, "evidence": evidence[:200], "checked_at": now}
        upsert = dialect.insert(table).values(name=capability.value, changed_at=now, **fresh)
        changed_at = case((table.c.state == state.value, table.c.changed_at), else_=upsert.excluded.changed_at)
        tx.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={**fresh, "changed_at": changed_at}))
    return [(capability, state) for capability, state, _ in states if before.get(capability) is not state]
