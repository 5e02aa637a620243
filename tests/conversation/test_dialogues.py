"""The specification of the chat: who says what, and what the answer contains (design section 5). See dialogues/*.yaml."""

from __future__ import annotations

import pytest

from tests.conversation.conftest import Chat
from tests.conversation.play import Dialogue, Play, read_dialogues
from tests.conversation.town import add_programme

DIALOGUES = dict(read_dialogues())


@pytest.mark.parametrize("steps", DIALOGUES.values(), ids=DIALOGUES.keys())
def test_dialogue(chat: Chat, steps: Dialogue) -> None:
    with chat.db.writing() as tx:
        add_programme(tx, chat.keys)
    Play(chat).run(steps)


def test_the_table_is_as_large_as_it_was_agreed() -> None:
    assert len(DIALOGUES) >= 150
