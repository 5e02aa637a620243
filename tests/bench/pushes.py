"""Signed pushes as whole HTTP requests, ready to be sent."""

from __future__ import annotations

import json
import secrets
import time
from itertools import count
from uuid import uuid4

from bot.web.staff_session import COOKIE
from tests.wechat.pushes import event_push, sha1_of, text_push

TOKEN = "a-token-of-the-bench"
_numbers = count(10_000_000_000)


def typed(words: str, openid: str) -> bytes:
    """A reader types; every message has its own number."""
    return _request(text_push(words, sender=openid, number=next(_numbers)))


def scanned(result: str, openid: str) -> bytes:
    """Staff scan with the chat's scanner."""
    info = {"ScanType": "qrcode", "ScanResult": result}
    return _request(event_push("scancode_waitmsg", sender=openid, EventKey="SCAN", ScanCodeInfo=info))


def act(code: str, occurrence: int, secret: str) -> bytes:
    """A scan of the web scanner, by a browser with this session."""
    now = int(time.time() * 1000)
    scan = {"id": str(uuid4()), "kind": "scan", "occurrence": occurrence, "code": code, "at": now, "way": "camera"}
    body = json.dumps({"device": "bench", "now": now, "acts": [scan]}).encode()
    head = (
        "POST /staff/api/acts HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nX-Shuqian: 1\r\n"
        f"Cookie: {COOKIE}={secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _request(body: bytes) -> bytes:
    timestamp, nonce = str(int(time.time())), secrets.token_hex(5)
    query = f"signature={sha1_of(TOKEN, timestamp, nonce)}&timestamp={timestamp}&nonce={nonce}&openid=o"
    head = (
        f"POST /wechat?{query} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
