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

from bot.domain.capability import CapabilityState, Level, level_of
from bot.sandbox.settings import Level as SandboxLevel
from bot.store.capabilities import list_rights
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import metadata, programme_edition
from bot.store.wechat_tables import capability
from bot.wechat.probing import probe_account
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
    probe_at(chat, level)
    for name, steps in CHOSEN.items():
        begin_anew(chat)
        Play(chat, f"{level.name} {name}").run(steps)


def probe_at(chat: LineChat, level: Level) -> None:
    """Set the sandbox to the level, and have the account looked at as the worker does."""
    world = chat.services
    chat.box.set_level(SandboxLevel(level))
    probe_account(world.db, world.redis, world.account, world.probing_gateway(), oauth_on=False, clock=world.clock)
    with world.db.reading() as tx:
        assert level_of([each.capability for each in list_rights(tx) if each.state is CapabilityState.GRANTED]) is level


def begin_anew(chat: LineChat) -> None:
    """The programme, and nothing that an earlier dialogue left but what is known of the account."""
    chat.now = NOW
    chat.redis.flushall()
    chat.box.db.run("DELETE FROM people")
    with chat.db.writing() as tx:
        for table in reversed(metadata.sorted_tables):
            if table not in (programme_edition, capability):
                tx.execute(delete(table))
        add_programme(tx, chat.keys)
