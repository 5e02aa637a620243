"""Neither the token nor the secret is told by an error, a trace or a log, whatever breaks."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator

import pytest
import requests
import structlog
from celery import Celery
from redis import Redis

from bot.store.tokens import TokenStore
from bot.wechat import gateway as gateway_module
from bot.wechat.account import Account
from bot.wechat.errors import GatewayError, WeChatError
from bot.wechat.gateway import Gateway, Upload, gateway_of
from config.log import configure_logging
from tests.wechat.platform import CUT, Platform, open_platform
from tests.wechat.pushes import APPID, TOKEN
from tests.wechat.test_gateway import free_port

SECRET = "secret-canary-of-the-tests"
ACCESS = "91_" + "TokenCanary" * 8
CODE = "oauth-code-canary"
CANARIES = (SECRET, ACCESS, "TokenCanary", CODE, TOKEN)
ACCOUNT = Account(APPID, TOKEN, secret=SECRET)


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The stand-in, whose token is easily known again."""
    with open_platform() as opened:
        opened.next("stable_token", *[{"access_token": ACCESS, "expires_in": 7200}] * 9)
        yield opened


def send(gateway: Gateway) -> None:
    gateway.send_text("o-1", "x")


def upload(gateway: Gateway) -> None:
    gateway.call("media/upload", params={"type": "image"}, file=Upload("t.png", b"\x89PNG", "image/png"))


def exchange(gateway: Gateway) -> None:
    gateway.exchange_code(CODE)


def break_connection(platform: Platform, redis: Redis) -> Gateway:
    TokenStore(redis, APPID).get(lambda: (ACCESS, 7200))
    return gateway_of(ACCOUNT, redis, f"http://127.0.0.1:{free_port()}")


def break_token_fetch(platform: Platform, redis: Redis) -> Gateway:
    return gateway_of(ACCOUNT, redis, f"http://127.0.0.1:{free_port()}")


def cut_answers(platform: Platform, redis: Redis) -> Gateway:
    for api in ("message/custom/send", "media/upload", "/sns/oauth2/access_token"):
        platform.next(api, CUT)
    return gateway_of(ACCOUNT, redis, platform.url)


def answer_too_late(platform: Platform, redis: Redis) -> Gateway:
    platform.before = lambda path: time.sleep(0.15) if path != "stable_token" else None
    return gateway_of(ACCOUNT, redis, platform.url)


def refuse(platform: Platform, redis: Redis) -> Gateway:
    for api in ("message/custom/send", "media/upload", "/sns/oauth2/access_token"):
        platform.next(api, *[{"errcode": 40001, "errmsg": "invalid credential rid: 64f-1"}] * 2)
    return gateway_of(ACCOUNT, redis, platform.url)


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Leaves logging as it was."""
    root, theirs = logging.getLogger(), logging.getLogger("urllib3.connectionpool")
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    theirs.setLevel(logging.NOTSET)
    structlog.reset_defaults()


@pytest.mark.parametrize("make", [break_connection, break_token_fetch, cut_answers, answer_too_late, refuse])
@pytest.mark.parametrize("call", [send, upload, exchange])
def test_failed_call_tells_no_secret(
    call: Callable[[Gateway], None],
    make: Callable[[Platform, Redis], Gateway],
    platform: Platform,
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not in the error, not in the trace with all its variables, and no error of the library hangs on to ours.

    Seen to fail with `raise … from None` within `except`: the library's error, with the address, was the context. Seen to
    fail without `Hidden`: the variables of the trace told the token.
    """
    if make is answer_too_late:
        monkeypatch.setattr(gateway_module, "READ_TIMEOUT_S", 0.05)
    if call is exchange and make is answer_too_late:
        monkeypatch.setattr(platform, "before", lambda path: time.sleep(0.15))
    with pytest.raises(GatewayError) as caught:
        call(make(platform, redis))
    error = caught.value
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in trace.stack if "/bot/" in frame.filename]
    assert len(frames) >= 3
    told = [str(error), repr(error), *traceback.format_exception(error)]
    told += [text for frame in frames for text in (frame.locals or {}).values()]
    for words in told:
        assert not any(canary in words for canary in CANARIES), words
    assert error.__context__ is None or isinstance(error.__context__, WeChatError)


@pytest.mark.usefixtures("logging_restored")
def test_logs_of_the_libraries_tell_no_secret(platform: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    """Their own errors with a whole trace, Celery's log of a failed task, and the addresses that urllib3 tells."""
    configure_logging("DEBUG")
    logging.getLogger("urllib3.connectionpool").setLevel(logging.DEBUG)  # as somebody in search of a fault might
    address = f"{platform.url}/cgi-bin/token?appid=wx&secret={SECRET}&access_token={ACCESS}"
    requests.get(address, timeout=5)
    requests.post(address, json={}, timeout=5)
    unreachable = f"http://127.0.0.1:{free_port()}/cgi-bin/x?access_token={ACCESS}&secret={SECRET}"
    try:
        requests.get(unreachable, timeout=1)
    except requests.ConnectionError:
        structlog.get_logger("ours").exception("failed")
        logging.getLogger("theirs").exception("failed")
        logging.getLogger("theirs").error("token in words: %s", ACCESS)
    worker = Celery("w", broker="memory://", set_as_current=False)

    @worker.task(name="t")
    def fail() -> None:
        requests.get(unreachable, timeout=1)

    fail.apply()
    written = capsys.readouterr().err
    assert "urllib3.connectionpool" in written and "celery.app.trace" in written
    assert written.count("Traceback") >= 3
    assert not any(canary in written for canary in CANARIES)


@pytest.mark.usefixtures("logging_restored")
def test_a_line_that_cannot_be_written_is_not_written_raw(capsys: pytest.CaptureFixture[str]) -> None:
    """Seen to fail with the standard library's `handleError`: it prints message and arguments as they are."""
    configure_logging("INFO")
    logging.getLogger("theirs").warning("%d", f"https://h/x?access_token={ACCESS}")
    written = capsys.readouterr().err
    assert "not_logged" in written and "theirs" in written
    assert "TokenCanary" not in written
