"""Answers of a broken or hostile API side: each call ends soon, takes little memory, and tells nothing that was put in."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from bot.store.tokens import TokenStore
from bot.wechat import bounded
from bot.wechat import gateway as gateway_module
from bot.wechat.account import Account
from bot.wechat.errors import GatewayError, OutcomeUnknownError, WeChatError
from bot.wechat.gateway import Gateway, gateway_of
from tests.wechat.pushes import APPID, TOKEN

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

Act = Callable[[socket.socket], None]


@contextmanager
def side_that(act: Act) -> Iterator[str]:
    """An API side that reads what comes first and then does as told, until the other end has enough."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(65536)
                try:
                    act(taken)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def told(content: bytes) -> Act:
    """An ordinary answer with this body."""
    return lambda taken: taken.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(content) + content)


def dripping(start: bytes, drop: bytes) -> Act:
    """An answer of which a little comes again and again."""

    def act(taken: socket.socket) -> None:
        taken.sendall(start)
        for _ in range(60):
            taken.sendall(drop)
            time.sleep(0.05)

    return act


def flooding(start: bytes, wave: bytes) -> Act:
    """An answer that does not end for a long while."""

    def act(taken: socket.socket) -> None:
        taken.sendall(start)
        for _ in range(4000):
            taken.sendall(wave)

    return act


@pytest.fixture
def gateway(redis: Redis) -> Callable[[str], Gateway]:
    """A gateway to an address, with its token at hand."""
    TokenStore(redis, APPID).get(lambda: ("t", 7200))
    return lambda url: gateway_of(Account(APPID, TOKEN, secret="s"), redis, url)


@pytest.mark.parametrize(
    "act",
    [
        dripping(b"", b"H"),
        dripping(HEAD, b"X-More: 1\r\n"),
        dripping(CHUNKED, b"1\r\n \r\n"),
        dripping(HEAD + b"Content-Length: 9999\r\n\r\n", b" "),
    ],
    ids=["first line", "head", "chunks", "body"],
)
def test_dripping_answer_ends_with_the_deadline(
    gateway: Callable[[str], Gateway], monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    """Seen to fail with the timeout of `requests` alone: all three seconds were waited for."""
    monkeypatch.setattr(gateway_module, "READ_TIMEOUT_S", 0.3)
    with side_that(act) as url:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            gateway(url).send_text("o-1", "x")
        assert time.monotonic() - began < 1.0


def test_endless_and_packed_answers_are_read_no_further_than_the_longest(
    gateway: Callable[[str], Gateway], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with the whole body read: 64 MB each, and the call took them for an answer."""
    monkeypatch.setattr(bounded, "MAX_ANSWER", 100_000)
    wave = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    packed = gzip.compress(b" " * 64_000_000 + b"{}")
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    for act in (flooding(CHUNKED, wave), lambda taken: taken.sendall(head + packed)):
        with side_that(act) as url, pytest.raises(OutcomeUnknownError, match="TooLong"):
            gateway(url).send_text("o-1", "x")


@pytest.mark.parametrize(
    "content",
    [
        b'{"errcode": Infinity}',
        b'{"errcode": 1e999}',
        b'{"errcode": NaN}',
        b'{"errcode": [40001]}',
        b'{"errcode": {"a": 1}}',
        b'{"errcode": "forty"}',
        b'{"errcode": %s}' % (b"9" * 4000),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{}",
        b"",
        b"null",
    ],
)
def test_answer_of_no_known_shape_has_an_unknown_outcome(gateway: Callable[[str], Gateway], content: bytes) -> None:
    """Seen to fail for numbers without end (OverflowError), and a code of 4000 digits was passed on."""
    with side_that(told(content)) as url, pytest.raises(OutcomeUnknownError):
        gateway(url).send_text("o-1", "x")


@pytest.mark.parametrize("rid", ["x" * 100_000, "a b\n[31m", ["64f-1"], {"a": 1}, "编号", 7])
def test_number_of_a_refusal_is_told_only_where_it_looks_like_one(
    gateway: Callable[[str], Gateway], rid: object
) -> None:
    """Seen to fail: whatever stood there went into logs and alarms, a hundred thousand letters too."""
    content = json.dumps({"errcode": 45015, "errmsg": ["m"], "rid": rid}).encode()
    with side_that(told(content)) as url, pytest.raises(WeChatError) as caught:
        gateway(url).send_text("o-1", "x")
    assert caught.value.rid in ("", "a")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("number", ["x", [1], {"a": 1}, None, 10**30, -1])
def test_template_message_without_a_number_was_accepted_all_the_same(
    gateway: Callable[[str], Gateway], number: object
) -> None:
    """Seen to fail with TypeError and ValueError, after which a message that was sent counted as not sent."""
    with side_that(told(json.dumps({"errcode": 0, "msgid": number}).encode())) as url:
        assert gateway(url).send_template("o-1", "T", {}, url="", client_msg_id="n-1") == 0


@pytest.mark.parametrize("life", [0, -5, True, 10**30, "7200", 1.5, None])
def test_token_of_no_plausible_life_is_not_taken(redis: Redis, life: object) -> None:
    """Seen to fail for 0, -5, True and 10**30 with any whole number taken: the token was kept, for ever with the last."""
    content = json.dumps({"access_token": "t", "expires_in": life}).encode()
    with side_that(told(content)) as url, pytest.raises(GatewayError):
        gateway_of(Account(APPID, TOKEN, secret="s"), redis, url).send_text("o-1", "x")
    assert not redis.exists(f"shuqian:token:{APPID}")
