"""Wishes for a ticket's picture in the chat, and the pictures that lie on the platform.

All of it may be lost: the words with the link have been answered, and a picture can be uploaded again.
"""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from bot.store.redis_lines import pack

MEDIA_LIVES_S = int(2.5 * 86_400)
"""The platform keeps an uploaded picture for three days; a margin, for what is sent may be looked at a while later."""

_WISHES, _SEEN, _MEDIA = "shuqian:ticket:wishes", "shuqian:ticket:wished:", "shuqian:ticket:media:"
_SEEN_S = 3600
_MOST_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose ticket, and the message that asked."""

    registration_id: int
    message: str


def wished(registration_id: int, message: bytes) -> bytes:
    """The packed command that adds a wish."""
    return pack(b"RPUSH", _WISHES.encode(), b"%d %b" % (registration_id, message.hex().encode()))


class TicketPictures:
    """The worker's side. Methods need Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def take(self) -> Wish | None:
        """The next wish, once: a push that was delivered again, even when its answer was lost, wishes nothing more."""
        while (found := self._redis.lpop(_WISHES)) is not None:
            number, _, message = str(found, "ascii").partition(" ")  # type: ignore[arg-type]
            if self._redis.set(f"{_SEEN}{message}", 1, nx=True, ex=_SEEN_S):
                return Wish(int(number), message)
        return None

    def cut_back(self) -> None:
        """Nobody can wish without end, also while no worker runs or the account has lost the right."""
        self._redis.ltrim(_WISHES, -_MOST_WAITING, -1)

    def find_media(self, digest: str) -> str | None:
        """The uploaded picture with this content, while the platform surely has it."""
        found = self._redis.get(_MEDIA + digest)
        return None if found is None else str(found, "utf-8")  # type: ignore[arg-type]

    def save_media(self, digest: str, media_id: str) -> None:
        """It was uploaded just now."""
        self._redis.set(_MEDIA + digest, media_id, ex=MEDIA_LIVES_S)

    def forget_media(self, digest: str) -> None:
        """The platform does not know it."""
        self._redis.delete(_MEDIA + digest)
