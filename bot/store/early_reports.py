"""Reports of the platform that may come before the message they are about is settled: it can be faster than our commit.

A report is kept here first and then looked for in SQL; a sender settles first and then looks here. Whichever comes
second finds the other.
"""

from __future__ import annotations

import hashlib

from redis import Redis

from bot.store.redis import RedisUnavailable

KEPT_S = 600
"""Longer than any letter takes from its call to its settlement."""

ON_ITS_WAY_S = 30


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

    def keep_for(self, openid: str, status: str) -> None:
        """The same for a message whose sending gave no number: it can only be the one that is on its way just now."""
        try:
            self._redis.set(_name_of(openid), status, ex=ON_ITS_WAY_S)
        except RedisUnavailable:
            return

    def take_for(self, openid: str) -> str | None:
        """Why that message did not arrive, if that was reported; told once."""
        try:
            status = self._redis.getdel(_name_of(openid))
        except RedisUnavailable:
            return None
        return status.decode() if isinstance(status, bytes) else None


def _name_of(openid: str) -> str:
    return f"shuqian:report:of:{hashlib.sha256(openid.encode()).hexdigest()[:24]}"


def _name(message_id: int) -> str:
    return f"shuqian:report:{message_id}"
