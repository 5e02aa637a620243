"""Reports of the platform that may come before the message they are about is settled: it can be faster than our commit.

A report is kept here first and then looked for in SQL; a sender settles first and then looks here. Whichever comes
second finds the other.
"""

from __future__ import annotations

from redis import Redis

from bot.store.redis import RedisUnavailable

KEPT_S = 600
"""Longer than any letter takes from its call to its settlement."""


class EarlyReports:
    """Failures by the platform's number of the message. Without Redis only reports that come later count."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def keep(self, message_id: int, status: str) -> None:
        """Remember why a message did not arrive."""
        try:
            self._redis.set(_name(message_id), status, ex=KEPT_S)
        except RedisUnavailable:
            return

    def find(self, message_id: int) -> str | None:
        """Why a message did not arrive, if that was reported."""
        try:
            status = self._redis.get(_name(message_id))
        except RedisUnavailable:
            return None
        return status.decode() if isinstance(status, bytes) else None


def _name(message_id: int) -> str:
    return f"shuqian:report:{message_id}"
