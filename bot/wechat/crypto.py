"""The platform's message encryption: AES-256-CBC over 16 random bytes, length, text and appid, padded to 32 bytes.

The initial vector is the first half of the key and the padding is PKCS#7 to 32 bytes, as the platform does it. Every
fault is the same `DecryptionError`, so that an answer tells a forger nothing.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
_RANDOM = 16
_HEAD = _RANDOM + 4


class DecryptionError(Exception):
    """The ciphertext was not made for this account with one of its keys."""


@dataclass(frozen=True, slots=True)
class Decrypted:
    """A clear body and the box that opened it; the answer goes out through the same box."""

    clear: bytes
    box: CipherBox


class CipherBox:
    """One EncodingAESKey of one account."""

    def __init__(self, aes_key: str, appid: str) -> None:
        """Raise ValueError when the key is not an EncodingAESKey: 43 characters that stand for 32 bytes."""
        try:
            key = base64.b64decode(aes_key + "=", validate=True)
        except binascii.Error as error:
            raise ValueError("the EncodingAESKey is not base64") from error
        if len(key) != BLOCK:
            raise ValueError("the EncodingAESKey does not stand for 32 bytes")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._appid = appid.encode()

    def encrypt(self, clear: bytes) -> str:
        """The ciphertext in base64; differs at every call."""
        framed = secrets.token_bytes(_RANDOM) + len(clear).to_bytes(4, "big") + clear + self._appid
        padding = BLOCK - len(framed) % BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(framed + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def decrypt(self, ciphertext: str) -> bytes:
        """The clear text; raise DecryptionError when base64, padding, length or appid are not as they must be."""
        try:
            raw = base64.b64decode(ciphertext.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raise DecryptionError from None
        if not raw or len(raw) % BLOCK:
            raise DecryptionError
        decryptor = self._cipher.decryptor()
        framed = _without_padding(decryptor.update(raw) + decryptor.finalize())
        end = _HEAD + int.from_bytes(framed[_RANDOM:_HEAD], "big")
        if len(framed) < _HEAD or framed[end:] != self._appid:
            raise DecryptionError
        return framed[_HEAD:end]


def decrypt_with_any(boxes: tuple[CipherBox, ...], ciphertext: str) -> Decrypted:
    """Try the current key, then the previous one (the platform may still use it while a key is being changed)."""
    for box in boxes:
        try:
            return Decrypted(box.decrypt(ciphertext), box)
        except DecryptionError:
            continue
    raise DecryptionError


def _without_padding(padded: bytes) -> bytes:
    count = padded[-1]
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise DecryptionError
    return padded[:-count]
