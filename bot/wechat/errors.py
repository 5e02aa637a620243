"""What can come of a call to the platform besides success."""

from __future__ import annotations

from wechatpy.constants import WeChatErrorCode

_NAMES = {int(member): member.name.lower() for member in WeChatErrorCode}

TOKEN_CODES = frozenset({40001, 40014, 42001})
"""The token is invalid or has ended (40001 also: the secret is wrong)."""

TEMPORARY = frozenset({-1, 45009, 45011, *TOKEN_CODES})
"""Busy, quota or frequency: the same call may succeed later."""

CONFIGURATION = frozenset({40013, 40125, 40164, 61004, 40243, 48004, 50002})
"""Appid, secret, allow-list, frozen or banned: nothing works until a keeper has acted."""

UNREACHABLE = frozenset({40003, 43004, 43019})
"""The person does not follow the account, or is blocked."""


class GatewayError(Exception):
    """A call had no success. Carries nothing secret and nothing personal."""


class WeChatError(GatewayError):
    """The platform refused. `rid` is its own number for the refusal, for asking its support."""

    def __init__(self, code: int, message: str, rid: str = "") -> None:
        super().__init__(f"{code} {_NAMES.get(code, '')} {rid}".strip())
        self.code = code
        self.message = message
        self.rid = rid

    @property
    def permanent(self) -> bool:
        """Whether the same call will be refused again."""
        return self.code not in TEMPORARY


class NotReachedError(GatewayError):
    """The request never left: the outcome is known, nothing happened."""


class CircuitOpenError(NotReachedError):
    """Not tried: a fault of the settings or of the account stands in the way until a keeper has acted."""


class QuotaSpentError(NotReachedError):
    """Not tried: the day's calls of this API are used up; it opens again at midnight in China."""


class OutcomeUnknownError(GatewayError):
    """The request left and no answer came back: it may have happened."""
