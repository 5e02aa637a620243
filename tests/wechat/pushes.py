"""Pushes as the platform sends them, signed and, where asked, encrypted; written without the product's own code."""

from __future__ import annotations

import base64
import hashlib
import secrets
import struct
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "a-token-of-the-tests"
APPID = "wx0123456789abcdef"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
OTHER_AES_KEY = base64.b64encode(bytes(range(100, 132))).decode().rstrip("=")
READER = "o-reader-of-the-tests"
GHID = "gh_tests"


def sha1_of(*parts: str) -> str:
    """The platform's signature."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(clear: bytes, key: str = AES_KEY, appid: str = APPID) -> str:
    """The platform's encryption."""
    raw_key = base64.b64decode(key + "=")
    framed = secrets.token_bytes(16) + struct.pack(">I", len(clear)) + clear + appid.encode()
    pad = 32 - len(framed) % 32
    return base64.b64encode(raw_encrypt(framed + bytes([pad]) * pad, raw_key)).decode()


def raw_encrypt(padded: bytes, raw_key: bytes) -> bytes:
    """AES-CBC with the first half of the key as initial vector."""
    encryptor = Cipher(algorithms.AES(raw_key), modes.CBC(raw_key[:16])).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def decrypt(ciphertext: str, key: str = AES_KEY) -> bytes:
    """The platform's decryption of an answer."""
    raw_key = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES(raw_key), modes.CBC(raw_key[:16])).decryptor()
    framed = decryptor.update(base64.b64decode(ciphertext)) + decryptor.finalize()
    framed = framed[: -framed[-1]]
    (length,) = struct.unpack(">I", framed[16:20])
    assert framed[20 + length :] == APPID.encode()
    return framed[20 : 20 + length]


def xml_of(**fields: object) -> bytes:
    """A push in the platform's form; a dictionary becomes a nested element."""

    def inner(value: object) -> str:
        if isinstance(value, dict):
            return "".join(f"<{name}>{inner(part)}</{name}>" for name, part in value.items())
        return str(value) if isinstance(value, int) else f"<![CDATA[{value}]]>"

    return f"<xml>{inner(fields)}</xml>".encode()


def text_push(words: str = "帮助", *, sender: str = READER, at: int | None = None, number: int | None = None) -> bytes:
    """A reader types."""
    return xml_of(
        ToUserName=GHID,
        FromUserName=sender,
        CreateTime=int(time.time()) if at is None else at,
        MsgType="text",
        Content=words,
        MsgId=secrets.randbits(62) if number is None else number,
    )


def event_push(event: str, *, sender: str = READER, at: int | None = None, **more: object) -> bytes:
    """Something happens."""
    when = int(time.time()) if at is None else at
    return xml_of(ToUserName=GHID, FromUserName=sender, CreateTime=when, MsgType="event", Event=event, **more)


@dataclass
class Sent:
    """One request: body and query."""

    body: bytes
    query: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Path and query."""
        return "/wechat?" + urlencode(self.query)


def signed(body: bytes, *, token: str = TOKEN, timestamp: str | None = None, nonce: str = "n0nce") -> Sent:
    """A push in plain mode."""
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    signature = sha1_of(token, timestamp, nonce)
    return Sent(body, {"signature": signature, "timestamp": timestamp, "nonce": nonce, "openid": READER})


def sealed(body: bytes, *, key: str = AES_KEY, appid: str = APPID, clear_beside: bool = False) -> Sent:
    """A push in safe mode, or in compatible mode with `clear_beside`."""
    return seal_ciphertext(encrypt(body, key, appid), body if clear_beside else b"")


def seal_ciphertext(ciphertext: str, clear: bytes = b"") -> Sent:
    """A signed envelope round any ciphertext."""
    envelope = f"<ToUserName><![CDATA[{GHID}]]></ToUserName>" if not clear else ""
    inside = clear.decode().removeprefix("<xml>").removesuffix("</xml>")
    sent = signed(f"<xml>{envelope}{inside}<Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode())
    sent.query["encrypt_type"] = "aes"
    sent.query["msg_signature"] = sha1_of(TOKEN, sent.query["timestamp"], sent.query["nonce"], ciphertext)
    return sent


def fields_of(answer: bytes) -> dict[str, Any]:
    """The nodes of an answer."""
    root = ElementTree.fromstring(answer)
    assert root.tag == "xml"
    return {child.tag: child.text for child in root}


def opened(answer: bytes, key: str = AES_KEY) -> bytes:
    """The clear text of an encrypted answer, whose signature must hold."""
    envelope = fields_of(answer)
    parts = (TOKEN, envelope["TimeStamp"], envelope["Nonce"], envelope["Encrypt"])
    assert envelope["MsgSignature"] == sha1_of(*parts)
    return decrypt(envelope["Encrypt"], key)
