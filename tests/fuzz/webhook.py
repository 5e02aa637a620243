"""The webhook under atheris (libFuzzer): signed, sealed and forged requests, from the real pushes onwards.

Run by hand, with atheris in an environment of its own, which the suite does not need:

    python3 -m venv /tmp/fuzz && /tmp/fuzz/bin/pip install atheris==3.0.0
    PYTHONPATH=.venv/lib/python3.11/site-packages:. /tmp/fuzz/bin/python -m tests.fuzz.webhook CORPUS -max_total_time=600

CORPUS is a folder, filled with the real pushes when it is empty. What the fuzzer holds against us: an exception, a status
or a body that no request may get, five seconds for one request, 512 MB in all. The conversation behind it says the
reader's words back, so that whatever can be read is also rendered, sealed and opened again.
"""

from __future__ import annotations

import base64
import io
import logging
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode
from xml.etree import ElementTree

import atheris  # type: ignore[import-not-found,unused-ignore]
import structlog

with atheris.instrument_imports(include=["bot.wechat", "bot.conversation.messages", "wechatpy"]):
    from bot.conversation.messages import TextMessage, TextReply
    from bot.wechat.account import Account, Mode
    from bot.wechat.envelope import Envelopes
    from bot.wechat.pushes import Push
    from bot.wechat.replies import render_reply
    from bot.wechat.webhook import Webhook

from tests.wechat.pushes import AES_KEY, APPID, OTHER_AES_KEY, TOKEN, encrypt, opened, raw_encrypt, sha1_of
from tests.wechat.real_pushes import EVERYTHING

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
STATUSES = {200, 400, 403, 411, 413}
OPTIONS = ("-max_len=3000", "-timeout=5", "-rss_limit_mb=512")


class Echo:
    """Says the words back, or the kind of what came."""

    def answer(self, push: Push, message: object) -> str:
        """A rendered reply."""
        words = message.text if isinstance(message, TextMessage) else repr(message)
        return render_reply(TextReply(words), to=push.sender, sender=push.recipient, now=NOW)


def _webhook(mode: Mode) -> Webhook:
    account = Account(APPID, TOKEN, mode=mode, aes_keys=(AES_KEY, OTHER_AES_KEY))
    echo: Any = Echo()
    return Webhook(Envelopes(account), echo, lambda news: None, lambda: NOW)


HOOKS = {mode: _webhook(mode) for mode in Mode}
TIMESTAMP = str(int(NOW.timestamp()))


def one_input(data: bytes) -> None:
    """One request; the first byte says of which kind."""
    if not data:
        return
    way, rest = data[0] % len(WAYS), data[1:]
    mode, query, body, more = WAYS[way](rest)
    environ = {"REQUEST_METHOD": "POST", "QUERY_STRING": query, "wsgi.input": io.BytesIO(body), **more}
    environ.setdefault("CONTENT_LENGTH", str(len(body)))
    status, _, answer = HOOKS[mode].answer(environ)
    _check(status, answer, is_sealed=mode is not Mode.PLAIN)


def _check(status: int, answer: bytes, *, is_sealed: bool) -> None:
    if status not in STATUSES:
        raise AssertionError(f"status {status}")
    if answer in (b"", b"success"):
        return
    if status != 200:
        raise AssertionError("a refusal with words")
    clear = opened(answer) if is_sealed and b"<Encrypt>" in answer else answer
    nodes = [node.tag for node in ElementTree.fromstring(clear)]
    if nodes != ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]:
        raise AssertionError(f"a forged reply: {nodes}")


Request = tuple[Mode, str, bytes, dict[str, Any]]


def _query(**more: str) -> str:
    signature = sha1_of(TOKEN, TIMESTAMP, "n")
    return urlencode({"signature": signature, "timestamp": TIMESTAMP, "nonce": "n", **more})


def _signed(body: bytes) -> Request:
    return Mode.PLAIN, _query(), body, {}


def _signed_ciphertext(ciphertext: str) -> Request:
    parts = (TOKEN, TIMESTAMP, "n", ciphertext)
    signature = sha1_of(*parts)
    body = f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode()
    return Mode.SAFE, _query(encrypt_type="aes", msg_signature=signature), body, {}


def _sealed(clear: bytes) -> Request:
    return _signed_ciphertext(encrypt(clear))


def _badly_framed(framed: bytes) -> Request:
    padded = framed + bytes(-len(framed) % 32)
    return _signed_ciphertext(base64.b64encode(raw_encrypt(padded, base64.b64decode(AES_KEY + "="))).decode())


def _any_ciphertext(data: bytes) -> Request:
    return _signed_ciphertext(data.decode("utf-8", "ignore"))


def _compatible(data: bytes) -> Request:
    mode, query, _, _ = _sealed(data)
    del mode
    return Mode.COMPATIBLE, query, data, {}


def _forged(data: bytes) -> Request:
    query, _, body = data.partition(b"\n")
    return Mode.PLAIN, quote_from_bytes(query, safe="&=%+[]"), body, {}


def _odd_request(data: bytes) -> Request:
    length, _, body = data.partition(b"\n")
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"} if length.startswith(b"c") else {}
    return Mode.PLAIN, _query(), body, {"CONTENT_LENGTH": length.decode("latin-1"), **chunked}


WAYS = (_signed, _sealed, _badly_framed, _any_ciphertext, _compatible, _forged, _odd_request)


def fill(corpus: Path) -> None:
    """Put the real pushes into an empty corpus: once in the open and once sealed."""
    corpus.mkdir(parents=True, exist_ok=True)
    if any(corpus.iterdir()):
        return
    for number, body in enumerate(EVERYTHING.values()):
        for way in (0, 1):
            (corpus / f"push-{number}-{way}").write_bytes(bytes([way]) + body)
    framed = secrets.token_bytes(16) + (4).to_bytes(4, "big") + b"text" + APPID.encode()
    (corpus / "framed").write_bytes(bytes([2]) + framed)
    (corpus / "ciphertext").write_bytes(bytes([3]) + encrypt(b"<xml/>").encode())


def main() -> None:
    """Run until libFuzzer's options say that it is enough, or until something is found."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    folders = [each for each in sys.argv[1:] if not each.startswith("-")]
    for folder in folders[:1]:
        fill(Path(folder))
    atheris.Setup([sys.argv[0], *OPTIONS, *sys.argv[1:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
