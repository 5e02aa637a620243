"""The whole chat contract at every level of rights, over the whole line: a phone in the sandbox, signed pushes, answers
read as strictly as WeChat reads them.

The dialogues are those that specify the chat; as many of them as it takes to hear every phrase of the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import delete

from bot.domain.capability import LEVEL_OF, Capability, CapabilityState, Level
from bot.sandbox.settings import Level as SandboxLevel
from bot.store.capabilities import save_states
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import metadata, programme_edition
from tests.conversation.play import Dialogue, Play, read_dialogues
from tests.conversation.test_dialogues import CONTRACT
from tests.conversation.town import add_programme
from tests.factories import NOW
from tests.journeys.line import LineChat, open_line

SECRET = "secret-of-the-tests"


def _said(steps: Dialogue) -> str:
    return " ".join(str(step.get(name, "")) for step in steps for name in ("答", "通知"))


def _cover() -> dict[str, Dialogue]:
    """Dialogues in which every phrase of the contract is heard, the richest first."""
    left, chosen, dialogues = set(CONTRACT), {}, dict(read_dialogues())
    heard = {name: {phrase for phrase in CONTRACT if phrase in _said(steps)} for name, steps in dialogues.items()}
    while left:
        best = max(heard, key=lambda name: len(heard[name] & left))
        assert heard[best] & left, left
        chosen[best] = dialogues[best]
        left -= heard[best]
    return chosen


CHOSEN = _cover()


@pytest.fixture
def chat(
    database_url: str, db: Database, keys: Keys, redis_url: str, redis: Redis, tmp_path: Path
) -> Iterator[LineChat]:
    """Over a database of each kind."""
    with open_line(database_url, db, keys, redis_url, redis, tmp_path) as line:
        yield line


@pytest.mark.parametrize("level", list(Level), ids=lambda level: level.name)
def test_every_phrase_of_the_contract_is_heard_at_every_level(chat: LineChat, level: Level) -> None:
    chat.box.set_level(SandboxLevel(level))
    for name, steps in CHOSEN.items():
        begin_anew(chat, level)
        Play(chat, f"{level.name} {name}").run(steps)


def begin_anew(chat: LineChat, level: Level) -> None:
    """The programme, the rights of a level, and nothing that an earlier dialogue left."""
    chat.now = NOW
    chat.redis.flushall()
    chat.box.db.run("DELETE FROM people")
    with chat.db.writing() as tx:
        for table in reversed(metadata.sorted_tables):
            if table is not programme_edition:
                tx.execute(delete(table))
        add_programme(tx, chat.keys)
        save_states(tx, [_state(each, level) for each in Capability], NOW)


def _state(capability: Capability, level: Level) -> tuple[Capability, CapabilityState, str]:
    granted = level >= LEVEL_OF[capability]
    return capability, CapabilityState.GRANTED if granted else CapabilityState.REFUSED, "test"
