"""Promise I4: one push delivered several times has one effect and gets the same answer each time."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import delete, func, select

from bot.store.database import Database
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.store.redis import open_redis
from bot.store.tables import audit, inbox
from bot.texts.apology import something_broke, still_working
from bot.wechat.account import Mode
from bot.wechat.parser import read_push
from bot.wechat.xml import read_xml
from tests.conftest import TEST_SECRET
from tests.wechat.conftest import MakePost, Post
from tests.wechat.conversations import CountingTurn, in_parallel, wait_until
from tests.wechat.pushes import fields_of, opened, sealed, signed, text_push


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
    assert post.talk.remembered == ["+1"]


def test_three_copies_at_once_get_equal_bytes_and_one_effect(post: Post, db: Database) -> None:
    """Seen to fail with `Inbox.claim` always FRESH and `save_answer` always True: three effects."""
    push = signed(text_push("+1"))
    answers = in_parallel(*[lambda: post.send(push).data] * 3)
    assert len(set(answers)) == 1
    assert fields_of(answers[0])["Content"] == "+1 第1次"
    assert count_effects(db) == 1


def test_three_copies_at_once_without_redis_get_equal_bytes_and_one_effect(make_post: MakePost, db: Database) -> None:
    """Seen to fail with `save_answer` always True."""
    post = make_post(inbox=Inbox(open_redis("unix:///nowhere/redis.sock")))
    push = signed(text_push("+1"))
    answers = in_parallel(*[lambda: post.send(push).data] * 3)
    assert len(set(answers)) == 1
    assert count_effects(db) == 1
    assert post.inbox.failures >= 1


def test_repeat_waits_for_the_answer_of_the_first(post: Post) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(turn: CountingTurn) -> None:
        begun.set()
        assert may_end.wait(10)

    post.talk.before = slow
    push = signed(text_push("帮助"))

    def second() -> bytes:
        assert begun.wait(10)
        threading.Timer(0.2, may_end.set).start()
        return post.send(push).data

    answers = in_parallel(lambda: post.send(push).data, second)
    assert answers[0] == answers[1]
    assert len(post.talk.heard) == 1


def test_repeat_gives_up_in_time_when_the_first_does_not_end(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.wechat.delivery.WAIT_S", 0.2)
    begun, may_end = threading.Event(), threading.Event()

    def slow(turn: CountingTurn) -> None:
        begun.set()
        assert may_end.wait(10)

    post.talk.before = slow
    push = signed(text_push("帮助"))
    first = threading.Thread(target=lambda: post.send(push))
    first.start()
    assert begun.wait(10)
    assert fields_of(post.send(push).data)["Content"] == still_working()
    may_end.set()
    first.join(10)
    assert fields_of(post.send(push).data)["Content"] == "帮助 第0次"  # the apology was not kept


def test_repeat_that_waits_takes_the_place_of_an_attempt_that_died(post: Post, redis: Redis, db: Database) -> None:
    """Seen to fail with a mark that outlives the wait: the reader was left in silence."""
    push = signed(text_push("+1"))
    key = read_push(read_xml(push.body)).key
    assert Inbox(redis).claim(key, "o-x", b"memory").state == "fresh"  # and then its process died
    assert fields_of(post.send(push).data)["Content"] == "+1 第1次"
    assert count_effects(db) == 1


def test_flushed_redis_changes_nothing_for_the_repeat(post: Post, redis: Redis, db: Database) -> None:
    """Seen to fail with `save_answer` not called: the repeat counted again."""
    push = signed(text_push("+1"))
    first = post.send(push).data
    redis.flushall()
    assert post.send(push).data == first
    assert count_effects(db) == 1


def test_flush_between_two_parallel_copies_leaves_one_effect(post: Post, redis: Redis, db: Database) -> None:
    both_inside = threading.Barrier(2, timeout=1)

    def flush(turn: CountingTurn) -> None:
        redis.flushall()
        try:
            both_inside.wait()  # PostgreSQL: both are past the filter and in their transactions
        except threading.BrokenBarrierError:
            return  # SQLite: writers stand in line

    post.talk.before = flush
    push = signed(text_push("+1"))
    answers = in_parallel(*[lambda: post.send(push).data] * 2)
    assert answers[0] == answers[1]
    assert count_effects(db) == 1


def test_redis_that_comes_back_is_used_again(post: Post, redis: Redis) -> None:
    now = 0.0
    filtered = Inbox(open_redis("unix:///nowhere/redis.sock"), monotonic=lambda: now)
    assert filtered.claim(b"k", "o", b"memory").state == "unfiltered"
    filtered.claim(b"k", "o", b"memory")
    assert filtered.failures == 1  # left alone for a second
    now = 1.1
    filtered.claim(b"k", "o", b"memory")
    assert filtered.failures == 2


def test_connection_that_was_closed_meanwhile_is_opened_again(redis: Redis) -> None:
    filtered = Inbox(redis)
    assert filtered.claim(b"1", "o", b"memory").state == "fresh"
    filtered.remember(b"1", b"answer")
    redis.client_kill_filter(_type="normal", skipme=True)
    assert filtered.claim(b"2", "o", b"memory").state == "fresh"
    assert filtered.failures == 0


def test_claim_brings_what_was_kept_for_the_conversation(redis: Redis) -> None:
    filtered = Inbox(redis)
    assert filtered.claim(b"1", "o", b"memory").memory is None
    redis.set("memory", b"kept")
    assert filtered.claim(b"2", "o", b"memory").memory == b"kept"


DYING = """
import os, sys
from bot.domain.clock import utc_now
from bot.store.database import open_database
from bot.store.inbox import Inbox
from bot.store.pii import Keys
from bot.store.redis import open_redis
from bot.wechat.delivery import Delivery
from bot.wechat.parser import read_push
from bot.wechat.xml import read_xml
from tests.wechat.conversations import CountingConversation, CountingTurn

class Dying(CountingTurn):
    def memo(self):
        os.kill(os.getpid(), 9)

database, redis, secret = sys.argv[1:]
talk = CountingConversation()
talk.prepare = lambda message, memory: Dying(talk, message)
push = read_push(read_xml(sys.stdin.buffer.read()))
delivery = Delivery(
    db=open_database(database), inbox=Inbox(open_redis(redis)), keys=Keys(secret), conversation=talk, clock=utc_now
)
delivery.answer(push, push.content)
"""


def test_death_between_commit_and_answer_changes_nothing_for_the_repeat(
    post: Post, database_url: str, db: Database, redis: Redis, redis_url: str
) -> None:
    """A process commits and is gone before it answers (promise I3). Seen to fail with `save_answer` not called."""
    push = signed(text_push("+1"))
    dead = subprocess.run(
        [sys.executable, "-c", DYING, database_url, redis_url, TEST_SECRET],
        input=push.body,
        cwd=Path(__file__).parents[2],
        timeout=30,
    )
    assert dead.returncode == -9
    assert count_effects(db) == 1
    redis.flushall()  # as if five seconds had passed
    assert fields_of(post.send(push).data)["Content"] == "+1 第1次"
    assert count_effects(db) == 1


def test_repeats_in_safe_mode_get_the_same_clear_text(make_post: MakePost, db: Database) -> None:
    post = make_post(Mode.SAFE)
    body = text_push("+1")
    answers = [post.send(sealed(body)).data for _ in range(3)]
    assert len({opened(answer) for answer in answers}) == 1
    assert count_effects(db) == 1


def test_same_words_sent_again_are_a_new_message(post: Post, db: Database) -> None:
    assert post.send(signed(text_push("+1"))).data != post.send(signed(text_push("+1"))).data
    assert count_effects(db) == 2


def test_effect_and_answer_are_undone_together(post: Post, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> str:
        raise ValueError("the renderer is broken")

    with monkeypatch.context() as patch:
        patch.setattr("bot.wechat.delivery.Delivery._seal", fail)
        assert post.send(signed(text_push("+1"))).status_code == 200
    assert count_effects(db) == 0


def test_answers_are_not_kept_in_the_clear(post: Post, db: Database, redis: Redis) -> None:
    post.send(signed(text_push("+王五的名字")))
    with db.reading() as tx:
        stored = tx.execute(select(inbox.c.reply)).scalar_one()
    kept = [redis.get(key) for key in redis.keys("shuqian:inbox:*")]
    assert len(kept) == 1
    for copy in (stored, *kept):
        assert isinstance(copy, bytes) and "王五".encode() not in copy


def test_answer_sealed_under_a_secret_of_before_is_no_fault(make_post: MakePost, db: Database) -> None:
    """What only reads is answered anew. What has changed something is not done again. Seen to raise ValueError."""
    read, changed = signed(text_push("帮助")), signed(text_push("+1"))
    before = make_post()
    before.send(read)
    before.send(changed)
    after = make_post(keys=Keys("the secret that came after"))
    assert fields_of(after.send(read).data)["Content"] == "帮助 第1次"
    assert fields_of(after.send(changed).data)["Content"] == something_broke()
    assert count_effects(db) == 1


def test_answer_whose_row_is_gone_is_no_endless_loop(post: Post, db: Database) -> None:
    push = signed(text_push("+1"))
    post.send(push)
    with db.writing() as tx:
        tx.execute(delete(inbox))
    assert post.send(push).status_code == 200
    wait_until(lambda: count_effects(db) == 1)
