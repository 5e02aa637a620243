"""The way from the platform to `/wechat`: signed pushes over HTTP, repeated with the same body while nothing answers."""

from __future__ import annotations

import http.client
import re
import secrets
import time
from dataclasses import dataclass, field
from threading import Lock

from tests.wechat.pushes import event_push, fields_of, signed, text_push

ANSWER_S = 5.0
"""The platform's patience with one attempt."""

CODE = re.compile("入场码：([0-9A-Z]{6})")


@dataclass
class Line:
    """One address. `slowest` is the longest that an answer took, in seconds; `unanswered` counts cut attempts."""

    port: int
    slowest: float = 0.0
    answered: int = 0
    unanswered: int = 0
    _lock: Lock = field(default_factory=Lock)

    def deliver(self, body: bytes) -> bytes | None:
        """One attempt: the answer's bytes, None when the connection was refused, cut or silent for five seconds."""
        sent = signed(body, nonce=secrets.token_hex(5))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        began = time.monotonic()
        try:
            connection.request("POST", sent.url, sent.body, {"Content-Type": "text/xml"})
            response = connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.unanswered += 1
            return None
        finally:
            connection.close()
        assert response.status == 200, (response.status, answer[:200])
        with self._lock:
            self.answered += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
        return answer

    def insist(self, body: bytes, seconds: float = 40.0) -> bytes:
        """The same push again and again until it is answered."""
        deadline = time.monotonic() + seconds
        while (answer := self.deliver(body)) is None:
            assert time.monotonic() < deadline, "nobody answers"
            time.sleep(0.05)
        return answer

    def say(self, who: str, words: str) -> str:
        """A typed message and the words of its answer."""
        return words_of(self.insist(text_push(words, sender=who)))


def scan_push(who: str, code: str) -> bytes:
    """Staff scan a code with the chat's own scanner."""
    return event_push(
        "scancode_waitmsg",
        sender=who,
        EventKey="SCAN",
        ScanCodeInfo={"ScanType": "qrcode", "ScanResult": code},
    )


def words_of(answer: bytes) -> str:
    """The words of a text answer; empty when it was only `success`."""
    return "" if answer == b"success" else str(fields_of(answer)["Content"])


def code_of(words: str) -> str:
    """The short code that a reader was told."""
    found = CODE.search(words)
    assert found, words
    return found[1]
