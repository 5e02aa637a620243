"""Ticket token and short code.

Token: 1 byte that tells the key, 8 bytes registration id, 10 bytes of HMAC-SHA-256, base32 in upper case without
padding. That is 31 characters, so that a QR of the whole address stays in alphanumeric mode at a low version and old
phones read it. Nothing personal is in it. The signature only filters noise; the registration's row decides.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence

SHORT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 O 1 I L: what people mix up when they read a code aloud."""

SHORT_LENGTH = 6

_MAC_BYTES = 10
_TOKEN_LENGTH = 31
_IN_TEXT = re.compile(r"(?:^|/T/)([A-Z2-7]{31})(?:\.(?:PNG|ICS))?(?:[?#].*)?$")


def issue_token(registration_id: int, key: bytes) -> str:
    """The token of a registration, the same at every call."""
    body = _id_of(key) + registration_id.to_bytes(8, "big")
    return base64.b32encode(body + _mac(body, key)).decode().rstrip("=")


def ticket_url(public_url: str, token: str) -> str:
    """The address of a ticket's page, under the address where readers reach us."""
    return f"{public_url.rstrip('/')}/T/{token}"


INVITATION_LENGTH = 8


def invitation_url(public_url: str, code: str) -> str:
    """The address that an invitation's QR opens."""
    return f"{public_url.rstrip('/')}/J/{code}"


def read_invitation(typed: str) -> str | None:
    """A code that may be an invitation's, in upper case. Whether it is one shows only when it is used."""
    code = typed.upper()
    return code if len(code) == INVITATION_LENGTH and all(letter in SHORT_ALPHABET for letter in code) else None


def read_token(token: str, keys: Sequence[bytes]) -> int | None:
    """The registration id of a genuine token in any case, signed under one of the keys; else None."""
    if len(token) != _TOKEN_LENGTH:
        return None
    try:
        raw = base64.b32decode(token.upper() + "=")
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:9], raw[9:]
    if not any(body[:1] == _id_of(key) and hmac.compare_digest(mac, _mac(body, key)) for key in keys):
        return None
    if base64.b32encode(raw).decode().rstrip("=") != token.upper():  # base32 has spare bits; one spelling only
        return None
    return int.from_bytes(body[1:], "big")


def find_token(scanned: str) -> str | None:
    """The token inside what a scanner read: the whole address, or the bare token."""
    match = _IN_TEXT.search(scanned.strip().upper())
    return match.group(1) if match else None


def read_short_code(text: str) -> str | None:
    """A typed short code, forgiving case, spaces and hyphens; None when it cannot be one."""
    code = re.sub(r"[\s\-]", "", text).upper()
    return code if len(code) == SHORT_LENGTH and all(letter in SHORT_ALPHABET for letter in code) else None


def _id_of(key: bytes) -> bytes:
    return hmac.digest(key, b"key id", "sha256")[:1]


def _mac(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC_BYTES]
