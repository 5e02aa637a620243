"""What is done beside the answer, and what is said about pushes that nobody knows: neither costs the answer anything."""

from __future__ import annotations

import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from bot.wechat.effects import Beside
from bot.wechat.pushes import DeliveryReport, News
from bot.wechat.unknown import MOST_KINDS, UnknownKinds
from tests.wechat.conftest import MakePost
from tests.wechat.pushes import READER, event_push, signed

REPORT = DeliveryReport(1, "failed:user block")


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """Nothing here reaches a database."""
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    return f"sqlite:///{tmp_path / 'shuqian.db'}"


def test_work_that_hangs_holds_the_answer_up_for_less_than_a_second(make_post: MakePost) -> None:
    """Seen to fail with the work done by the thread that answers."""
    free, done = threading.Event(), list[News]()

    def hang(news: News) -> None:
        free.wait(20)
        done.append(news)

    post = make_post(listen=Beside(hang))
    sent = signed(event_push("TEMPLATESENDJOBFINISH", MsgID=1, Status=REPORT.status))
    began = time.monotonic()
    assert post.send(sent).data == b"success"
    assert time.monotonic() - began < 1
    free.set()
    deadline = time.monotonic() + 10
    while not done and time.monotonic() < deadline:
        time.sleep(0.01)
    assert done == [REPORT]


def test_work_that_fails_is_answered_and_logged_without_what_it_was_about(
    make_post: MakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(news: News) -> None:
        raise RuntimeError(f"{news} {READER}")

    post = make_post(listen=Beside(fail))
    sent = signed(event_push("TEMPLATESENDJOBFINISH", MsgID=1, Status=REPORT.status))
    assert post.send(sent).data == b"success"
    logged = capsys.readouterr()
    assert "news_not_written" in logged.out + logged.err
    assert READER not in logged.out + logged.err


def test_work_without_end_is_lost_aloud_and_does_not_pile_up(capsys: pytest.CaptureFixture[str]) -> None:
    free, done = threading.Event(), list[News]()

    def hang(news: News) -> None:
        free.wait(20)
        done.append(news)

    beside = Beside(hang, patience=0.01, most=3)
    for _ in range(5):
        beside(REPORT)
    logged = capsys.readouterr()
    assert (logged.out + logged.err).count("news_lost") == 2
    free.set()
    beside.close()
    assert len(done) == 3


def test_each_unknown_kind_is_logged_once_and_no_word_of_what_was_in_it(
    make_post: MakePost, capsys: pytest.CaptureFixture[str]
) -> None:
    post = make_post()
    for event in ("hologram_seen", "Hologram_Seen", "张三 13800138000", "李四", ""):
        sent = signed(event_push(event, EventKey="13800138000", Content="张三"))
        assert post.send(sent).data == b"success"
    logged = capsys.readouterr()
    words = logged.out + logged.err
    assert words.count("hologram_seen") == 1
    assert words.count("without a proper name") == 1
    for canary in ("13800138000", "张三", "李四", READER):
        assert canary not in words


def test_kinds_without_end_are_neither_kept_nor_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """Seen to fail without the limit."""
    kinds = UnknownKinds()
    for number in range(3 * MOST_KINDS):
        kinds.note(f"event kind_{number}" + "x" * 500)
    logged = capsys.readouterr()
    words = logged.out + logged.err
    assert len(re.findall(r"unknown_push\b", words)) == MOST_KINDS  # in whichever form another test has set the log
    assert "x" * 100 not in words
