"""Personal data at rest: AES-256-GCM per value, bound to its table, column and row; keyed hashes for searching.

The same value encrypted twice differs; a value moved to another row does not open (GB/T 35273, PIPL Art. 51).

Every sealed value and every hash begins with one byte that tells its key. So two keys can be in use while one replaces
the other (`bot.services.key_rotation`): new values are written under the present key, old ones still open.
"""

from __future__ import annotations

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_HASH_BYTES = 16


class _Ring:
    """The keys that follow from one secret of the deployment, a key for each purpose (HKDF labels)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._persons: dict[int, bytes] = {}
        self.data = AESGCM(self.derive("personal data"))
        self.search = self.derive("search")
        self.ticket = self.derive("ticket")
        self.venue = self.derive("venue")
        self.copy = self.derive("copy of personal data")
        self.id = self.derive("key id")[:1]

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose."""
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"shuqian {purpose}".encode()).derive(self._secret)

    def hash(self, key: bytes, value: str) -> bytes:
        """The key's id and 16 bytes that follow from the value."""
        return self.id + hmac.digest(key, value.encode(), "sha256")[:_HASH_BYTES]

    def persons(self, campaign_id: int) -> bytes:
        """The key by which persons are told apart inside one campaign, and in no other."""
        key = self._persons.get(campaign_id)
        if key is None:
            key = self._persons[campaign_id] = self.derive(f"persons of campaign {campaign_id}")
        return key


class Keys:
    """The keys of the present secret, and while one replaces the other those of the previous one as well.

    Raises ValueError when both secrets happen to have the same id (one chance in 256): another one must be made.
    """

    def __init__(self, secret: str, previous: str | None = None) -> None:
        self._now = _Ring(secret)
        self._rings: tuple[_Ring, ...] = (self._now,) if previous is None else (self._now, _Ring(previous))
        self._by_id = {ring.id: ring for ring in self._rings}
        if len(self._by_id) < len(self._rings):
            raise ValueError("SECRET_KEY cannot follow SECRET_KEY_PREVIOUS: make another one")
        self.ticket = self._now.ticket
        self.venue = self._now.venue
        self.copy = self._now.copy
        self.tickets = tuple(ring.ticket for ring in self._rings)
        self.venues = tuple(ring.venue for ring in self._rings)
        self.copies = tuple(ring.copy for ring in self._rings)

    @property
    def is_rotating(self) -> bool:
        """Whether a previous secret still opens what it sealed."""
        return len(self._rings) > 1

    @property
    def present_id(self) -> bytes:
        """The byte with which everything of the present secret begins."""
        return self._now.id

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key of the present secret for one purpose."""
        return self._now.derive(purpose)

    def derive_previous(self, purpose: str) -> bytes | None:
        """The same of the previous secret, if there is one."""
        return self._rings[1].derive(purpose) if self.is_rotating else None

    def is_current(self, value: bytes) -> bool:
        """Whether a sealed value or a hash was made under the present secret."""
        return value[:1] == self._now.id

    def seal(self, value: str, place: str) -> bytes:
        """Encrypt a value for a place such as `reader.name:17`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self._now.id + nonce + self._now.data.encrypt(nonce, value.encode(), place.encode())

    def unseal(self, sealed: bytes, place: str) -> str:
        """Decrypt; raise ValueError when the value is damaged or belongs elsewhere, or its key is not here."""
        ring = self._by_id.get(sealed[:1])
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if ring is not None:
                return ring.data.decrypt(nonce, body, place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise ValueError("sealed value does not open here") from error
        raise ValueError("sealed value does not open here")

    def search_hash(self, value: str) -> bytes:
        """A keyed hash for finding equal values without storing them."""
        return self._now.hash(self._now.search, value)

    def search_hashes(self, value: str) -> tuple[bytes, ...]:
        """The hashes under which an equal value may stand: the present key's first, then the previous one's."""
        return tuple(ring.hash(ring.search, value) for ring in self._rings)

    def person_hashes(self, campaign_id: int, openid: str) -> tuple[bytes, ...]:
        """How a person is told from others inside one campaign: under the present key, then under the previous one."""
        return tuple(ring.hash(ring.persons(campaign_id), openid) for ring in self._rings)
