"""What can come of a call to the platform besides success (wechat-platform.md section 5)."""

from __future__ import annotations

import re
from enum import StrEnum

from wechatpy.constants import WeChatErrorCode

_NAMES = {int(member): member.name.lower() for member in WeChatErrorCode}
_RID = re.compile(r"\brid: ?([0-9A-Za-z-]{1,60})\b")
# What a keeper needs to mend it: the template's field (47003), or the address for the allow-list (40164, 61004).
_CLUE = re.compile(r"\bdata\.(\w{1,32})\b|\bip:? (\d{1,3}(?:\.\d{1,3}){3})\b")


class Action(StrEnum):
    """What follows from an error code."""

    RETRY = "retry"  # with growing pauses, at most three times
    REFRESH_TOKEN = "refresh_token"  # once, if the stored token is still the failing one; then one retry
    OPEN_CIRCUIT = "open_circuit"  # nothing works until a keeper acts
    UNREACHABLE = "unreachable"  # this person, over every channel
    REUPLOAD = "reupload"  # once
    TELL_KEEPER = "tell_keeper"  # a template or page of ours does not fit; no retry
    OPT_OUT = "opt_out"  # this person, over this channel
    STOP_TODAY = "stop_today"  # this API, until midnight in China
    SLOW_DOWN = "slow_down"  # this API, for a moment
    NEXT_CHANNEL = "next_channel"
    SHORTEN = "shorten"
    REPUBLISH = "republish"  # the menu
    LOSE_RIGHT = "lose_right"  # look at the account's rights again, tell the keeper
    REFUSE = "refuse"  # not in the table: no retry


MEANINGS: dict[int, tuple[str, Action]] = {
    -1: ("the platform is busy", Action.RETRY),
    40001: ("the token is invalid, or the secret is wrong", Action.REFRESH_TOKEN),
    40014: ("the token is invalid", Action.REFRESH_TOKEN),
    42001: ("the token has ended", Action.REFRESH_TOKEN),
    40013: ("the appid is wrong", Action.OPEN_CIRCUIT),
    40125: ("the secret is wrong", Action.OPEN_CIRCUIT),
    40164: ("this server's address is not on the allow-list", Action.OPEN_CIRCUIT),
    61004: ("this server's address is not on the allow-list", Action.OPEN_CIRCUIT),
    40243: ("the secret is frozen", Action.OPEN_CIRCUIT),
    40003: ("not a follower of this account", Action.UNREACHABLE),
    43004: ("needs a follower", Action.UNREACHABLE),
    40007: ("the uploaded picture is unknown or expired", Action.REUPLOAD),
    40037: ("the template does not exist", Action.TELL_KEEPER),
    47003: ("a field of the template does not fit", Action.TELL_KEEPER),
    41030: ("the page of the template does not exist", Action.TELL_KEEPER),
    43019: ("blocked by the account", Action.OPT_OUT),
    48002: ("the reader refuses messages", Action.OPT_OUT),
    43101: ("the reader refused, or no leave is left", Action.OPT_OUT),
    45009: ("the day's calls are used up", Action.STOP_TODAY),
    45011: ("too many calls in a minute", Action.SLOW_DOWN),
    45015: ("outside of the reader's window", Action.NEXT_CHANNEL),
    45047: ("the messages of the window are used up", Action.NEXT_CHANNEL),
    45002: ("the text is too long", Action.SHORTEN),
    45008: ("too many articles", Action.SHORTEN),
    46003: ("no menu is published", Action.REPUBLISH),
    65303: ("no default menu is published", Action.REPUBLISH),
    65316: ("the menu leads to too many hosts", Action.REPUBLISH),
    65320: ("the menu's rule is not allowed any more", Action.REPUBLISH),
    48001: ("the account has no right to this", Action.LOSE_RIGHT),
    48004: ("this API is banned for the account", Action.LOSE_RIGHT),
    50002: ("the account is limited", Action.LOSE_RIGHT),
}
"""Every code with a branch of its own: what it means, and what follows."""

TEMPORARY = frozenset({Action.RETRY, Action.REFRESH_TOKEN, Action.STOP_TODAY, Action.SLOW_DOWN})
"""After these the same call may succeed later, without anybody's doing."""


def _codes(action: Action) -> frozenset[int]:
    return frozenset(code for code, (_, follows) in MEANINGS.items() if follows is action)


TOKEN_CODES = _codes(Action.REFRESH_TOKEN)
CONFIGURATION = _codes(Action.OPEN_CIRCUIT)
UNREACHABLE = _codes(Action.UNREACHABLE)
OPT_OUT = _codes(Action.OPT_OUT)
RIGHT_LOST = _codes(Action.LOSE_RIGHT)


class GatewayError(Exception):
    """A call had no success. Carries nothing secret and nothing personal."""


class WeChatError(GatewayError):
    """The platform refused.

    `rid` is its own number for the refusal, for asking its support; it comes at the end of `message` ("… rid: 64f-1").
    `clue` is the field or address that it complains of, where the message names one. `message` itself is in nobody's
    hands and stays out of the text of the error.
    """

    def __init__(self, code: int, message: str, rid: str = "") -> None:
        meaning, self.action = MEANINGS.get(code, (_NAMES.get(code, "refused"), Action.REFUSE))
        named, clue = _RID.search(f"rid: {rid} {message}"), _CLUE.search(message)
        self.code = code
        self.meaning = meaning
        self.message = message[:200]
        self.rid = named[1] if named else ""
        self.clue = next((part for part in clue.groups() if part), "") if clue else ""
        self.is_repeated = False
        """Whether the gateway goes on trying: then it has counted as a call and is no news yet."""
        notes = [part for part in (self.clue, f"rid {self.rid}" if self.rid else "") if part]
        super().__init__(f"{code} {meaning}" + (f" ({', '.join(notes)})" if notes else ""))

    @property
    def permanent(self) -> bool:
        """Whether the same call will be refused again until somebody has mended something."""
        return self.action not in TEMPORARY

    @property
    def temporary(self) -> bool:
        """Whether the same call may succeed later, without anybody's doing."""
        return self.action in TEMPORARY


class NotReachedError(GatewayError):
    """The request never left: the outcome is known, nothing happened."""


class CircuitOpenError(NotReachedError):
    """Not tried: a fault of the settings or of the account stands in the way until a keeper has acted."""


class QuotaSpentError(NotReachedError):
    """Not tried: the day's calls of this API are used up; it opens again at midnight in China."""


class SlowDownError(NotReachedError):
    """Not tried: the platform has just asked for fewer calls of this API."""


class NotServedError(NotReachedError):
    """There is no such API at this address (HTTP 404 and its kind): nothing happened."""


class OutcomeUnknownError(GatewayError):
    """The request left and no answer came back: it may have happened."""
