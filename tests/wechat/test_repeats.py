"""Promise I4: one push delivered several times has one effect and gets the same answer each time."""

from __future__ import annotations

import threading

from redis import Redis
from sqlalchemy import func, select

from bot.store.database import Database
from bot.store.tables import audit, inbox
from tests.wechat.conftest import MakePost, Post
from tests.wechat.conversations import in_parallel, wait_until
from tests.wechat.pushes import fields_of, signed, text_push


def count_effects(db: Database) -> int:
    """How often the conversation did something."""
    with db.reading() as tx:
        return tx.execute(select(func.count()).select_from(audit)).scalar_one()


def test_three_copies_one_after_the_other_get_equal_bytes_and_one_effect(post: Post, db: Database) -> None:
    push = signed(text_push("+1"))
    answers = {post.send(push).data for _ in range(3)}
    assert len(answers) == 1
    assert fields_of(answers.pop())["Content"] == "+1 第1次"
    assert count_effects(db) == 1
