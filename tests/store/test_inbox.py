"""The SQL side of the inbox; how both sides work together is tried in tests/wechat/test_repeats.py."""

from __future__ import annotations

from datetime import timedelta

from bot.store.database import Database
from bot.store.inbox import find_answer, save_answer, sweep_answers
from tests.factories import NOW


def test_first_answer_stays(db: Database) -> None:
    with db.writing() as tx:
        assert save_answer(tx, b"key", None, b"first", NOW)
        assert not save_answer(tx, b"key", None, b"second", NOW)
        assert find_answer(tx, b"key") == b"first"
        assert find_answer(tx, b"other") is None


def test_answer_is_undone_with_its_transaction(db: Database) -> None:
    try:
        with db.writing() as tx:
            save_answer(tx, b"key", None, b"first", NOW)
            raise RuntimeError
    except RuntimeError:
        pass
    with db.reading() as tx:
        assert find_answer(tx, b"key") is None


def test_sweep_deletes_old_answers_only(db: Database) -> None:
    with db.writing() as tx:
        save_answer(tx, b"old", None, b"a", NOW - timedelta(days=1, seconds=1))
        save_answer(tx, b"new", None, b"b", NOW - timedelta(hours=23))
        assert sweep_answers(tx, NOW - timedelta(days=1)) == 1
        assert find_answer(tx, b"new") == b"b"
