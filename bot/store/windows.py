"""How many customer-service messages each reader may still be sent (wechat-platform.md section 3), counted in Redis.

A message of theirs opens 48 hours for five, a click, a scan or a follow one minute for three. What is lost with Redis
is learnt again: an unknown window is tried, and the platform's refusal says that it is closed.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum

from redis import Redis

from bot.store.redis import RedisUnavailable
from bot.store.redis_lines import pack

MESSAGE_S, MESSAGE_SENDS = 48 * 3600, 5
ACTION_S, ACTION_SENDS = 60, 3
MARGIN_S = 120
"""A window counts as closed this long before its end: what is sent then could come too late."""

_MESSAGE, _ACTION, _SINCE = b"shuqian:window:m:", b"shuqian:window:a:", b"shuqian:window:since"

_CLOSED = b"-1"  # by the platform, not counted down

_TAKE = """
for place = 1, 2 do
    local left = tonumber(redis.call('GET', KEYS[place]) or '0')
    if left > 0 then redis.call('DECR', KEYS[place]) return 1 end
end
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return 2 end
local now = tonumber(redis.call('TIME')[1])
redis.call('SET', KEYS[3], now, 'NX')
if now - tonumber(redis.call('GET', KEYS[3])) > tonumber(ARGV[1]) then return 3 end
return 4
"""


_GIVE_BACK = """
for place = 1, 2 do
    local left = tonumber(redis.call('GET', KEYS[place]) or '-1')
    if left >= 0 and left < tonumber(ARGV[place]) then redis.call('INCR', KEYS[place]) return 1 end
end
return 0
"""


class Window(IntEnum):
    """What is known before a message is sent."""

    OPEN = 1  # and one of its messages was taken
    USED_UP = 2
    CLOSED = 3
    UNKNOWN = 4  # Redis has not watched for long enough, or is away


def opened_by_message(sender: str) -> bytes:
    """The packed command that notes a reader's message."""
    return pack(b"SET", _MESSAGE + _mark(sender), b"%d" % MESSAGE_SENDS, b"EX", b"%d" % (MESSAGE_S - MARGIN_S))


def opened_by_action(sender: str) -> bytes:
    """The packed command that notes a click, a scan or a follow."""
    return pack(b"SET", _ACTION + _mark(sender), b"%d" % ACTION_SENDS, b"EX", b"%d" % (ACTION_S - 5))


def forgotten(sender: str) -> bytes:
    """The packed command that drops the windows of a reader who left."""
    return pack(b"DEL", _MESSAGE + _mark(sender), _ACTION + _mark(sender))


class Windows:
    """For the sender: takes one message of an open window at a time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def take(self, openid: str) -> Window:
        """Use one message of the window that closes first, or say why there is none."""
        names = (_ACTION + _mark(openid), _MESSAGE + _mark(openid), _SINCE)
        try:
            return Window(int(self._redis.eval(_TAKE, len(names), *names, str(MESSAGE_S))))
        except RedisUnavailable:
            return Window.UNKNOWN

    def give_back(self, openid: str) -> None:
        """The message that was taken did not leave, or was refused for another reason."""
        names = (_ACTION + _mark(openid), _MESSAGE + _mark(openid))
        try:
            self._redis.eval(_GIVE_BACK, len(names), *names, str(ACTION_SENDS), str(MESSAGE_SENDS))
        except RedisUnavailable:
            return

    def seconds_since_heard(self, openid: str) -> float | None:
        """How long ago the reader last wrote or acted; None when that is not known, or too long ago."""
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.get(_MESSAGE + _mark(openid))
                pipe.pttl(_MESSAGE + _mark(openid))
                pipe.pttl(_ACTION + _mark(openid))
                left, message, action = pipe.execute()
        except RedisUnavailable:
            return None
        ages = [ACTION_S - 5 - action / 1000] if action > 0 else []
        if message > 0 and left != _CLOSED:
            ages.append(MESSAGE_S - MARGIN_S - message / 1000)
        return min(ages, default=None)

    def close(self, openid: str) -> None:
        """The platform says that nothing may be sent until the reader writes again."""
        try:
            with self._redis.pipeline() as pipe:
                pipe.delete(_ACTION + _mark(openid))
                pipe.set(_MESSAGE + _mark(openid), _CLOSED, ex=MESSAGE_S)
                pipe.execute()
        except RedisUnavailable:
            return


def _mark(sender: str) -> bytes:
    """Not the openid itself: Redis keeps nobody's."""
    return hashlib.sha256(b"window:" + sender.encode()).digest()[:12]
