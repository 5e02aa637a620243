"""Personal data at rest: AES-256-GCM per value, bound to its table, column and row; keyed hashes for searching.

The same value encrypted twice differs; a value moved to another row does not open (GB/T 35273, PIPL Art. 51).
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12


class Keys:
    """Keys for separate purposes, all derived from the one secret of the deployment (HKDF labels)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._data = AESGCM(self.derive("personal data"))
        self._search = self.derive("search")
        self.ticket = self.derive("ticket")
        self.venue = self.derive("venue")

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"shuqian {purpose}".encode()).derive(self._secret)

    def seal(self, value: str, place: str) -> bytes:
        """Encrypt a value for a place such as `reader.name:17`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._data.encrypt(nonce, value.encode(), place.encode())

    def unseal(self, sealed: bytes, place: str) -> str:
        """Decrypt; raise ValueError when the value is damaged or belongs elsewhere."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._data.decrypt(nonce, body, place.encode()).decode()
        except InvalidTag as error:
            raise ValueError("sealed value does not open here") from error

    def search_hash(self, value: str) -> bytes:
        """A 16-byte keyed hash for finding equal values without storing them."""
        return hmac.digest(self._search, value.encode(), "sha256")[:16]
