"""Opening a push and closing its answer: mode, signatures, freshness, encryption.

The mode comes from configuration alone. If the request could choose, leaving `<Encrypt>` out would choose the check
that does not cover the body.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.wechat.account import Account, Mode
from bot.wechat.crypto import CipherBox, DecryptionError, decrypt_with_any
from bot.wechat.parser import Push, read_push
from bot.wechat.replies import SUCCESS, render_encrypted
from bot.wechat.signature import is_fresh, is_signed, sign
from bot.wechat.xml import MalformedXmlError, read_xml


class ForgedError(Exception):
    """Not from the platform, too old, or in another mode than the configured one. `reason` is safe to log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine push, and the box for its answer when it came encrypted."""

    push: Push
    box: CipherBox | None


class Envelopes:
    """Opens and closes for one account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._boxes = tuple(CipherBox(key, account.appid) for key in account.aes_keys)

    def check(self, query: Mapping[str, str], now: datetime) -> None:
        """The check that every request must pass before its body is read; raise ForgedError."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not is_signed(query.get("signature", ""), self._account.token, timestamp, nonce):
            raise ForgedError("signature")
        if not is_fresh(timestamp, now):
            raise ForgedError("timestamp")

    def open(self, query: Mapping[str, str], body: bytes) -> Opened:
        """Read a body whose query was checked; raise ForgedError or MalformedXmlError."""
        fields = read_xml(body)
        if self._account.mode is Mode.PLAIN:
            if "Encrypt" in fields or query.get("encrypt_type", "raw") != "raw":
                raise ForgedError("encrypted push in plain mode")
            return Opened(read_push(fields), None)
        ciphertext = fields.get("Encrypt")
        if not isinstance(ciphertext, str):
            raise ForgedError("push without ciphertext")
        signed = (self._account.token, query.get("timestamp", ""), query.get("nonce", ""), ciphertext)
        if not is_signed(query.get("msg_signature", ""), *signed):
            raise ForgedError("message signature")
        try:
            decrypted = decrypt_with_any(self._boxes, ciphertext)
        except DecryptionError:
            raise ForgedError("ciphertext") from None
        return Opened(read_push(read_xml(decrypted.clear)), decrypted.box)

    def close(self, rendered: str, box: CipherBox | None, now: datetime) -> bytes:
        """The bytes of an answer. Nothing to say stays the bare word: encrypted, it would no longer be empty."""
        if not rendered:
            return SUCCESS
        if box is None:
            return rendered.encode()
        ciphertext, timestamp, nonce = box.encrypt(rendered.encode()), str(int(now.timestamp())), secrets.token_hex(8)
        signature = sign(self._account.token, timestamp, nonce, ciphertext)
        return render_encrypted(ciphertext, signature, timestamp, nonce).encode()


__all__ = ["Envelopes", "ForgedError", "MalformedXmlError", "Opened"]
