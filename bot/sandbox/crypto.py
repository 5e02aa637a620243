"""WeChat's signature and message cipher, written from the platform's description alone.

Deliberately a second implementation: what the account's own code signs and seals is checked here by code that
shares no line with it.
"""

import base64
import binascii
import hmac
import secrets
import struct
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # the platform pads to 32 bytes, although the AES block has 16
RANDOM_PREFIX = 16
LENGTH_FIELD = 4


class BadCipherError(ValueError):
    """The sealed text was not made with this key for this account."""


def sign(token: str, timestamp: str, nonce: str, *more: str) -> str:
    """SHA-1 over the sorted parts, in hexadecimal; with the ciphertext as fourth part it is ``msg_signature``."""
    return sha1("".join(sorted((token, timestamp, nonce, *more))).encode()).hexdigest()


def same_signature(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def seal(clear: bytes, aes_key: str, appid: str) -> str:
    """Encrypt as the platform does: 16 random bytes, length, text and appid under AES-256-CBC, in base64."""
    framed = secrets.token_bytes(RANDOM_PREFIX) + struct.pack(">I", len(clear)) + clear + appid.encode()
    padding = BLOCK - len(framed) % BLOCK
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(framed + bytes([padding]) * padding) + encryptor.finalize()).decode()


def unseal(sealed: str, aes_key: str, appid: str) -> bytes:
    """Decrypt and check padding, length and appid; raise BadCipherError if anything is off."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise BadCipherError("the sealed text is not base64") from None
    if not raw or len(raw) % BLOCK:
        raise BadCipherError("the sealed text is not a multiple of 32 bytes")
    decryptor = _cipher(aes_key).decryptor()
    framed = _strip_padding(decryptor.update(raw) + decryptor.finalize())
    head = RANDOM_PREFIX + LENGTH_FIELD
    if len(framed) < head:
        raise BadCipherError("the sealed text is too short")
    (length,) = struct.unpack(">I", framed[RANDOM_PREFIX:head])
    if framed[head + length :] != appid.encode():
        raise BadCipherError("the sealed text belongs to another account")
    return framed[head : head + length]


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _strip_padding(padded: bytes) -> bytes:
    count = padded[-1]
    if not 1 <= count <= BLOCK or padded[-count:] != bytes([count]) * count:
        raise BadCipherError("the padding is wrong")
    return padded[:-count]
