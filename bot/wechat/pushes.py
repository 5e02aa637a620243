"""What a push of the platform means to us: a message of a reader, or news for the account itself.

Readers' messages are free of any platform and stand in `bot.conversation.messages`. News is never answered in words; it
is the platform that tells it, also where a reader's openid stands as its sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.conversation.messages import Message


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The platform's word on a template message that it had accepted (push TEMPLATESENDJOBFINISH)."""

    message_id: int
    status: str


@dataclass(frozen=True, slots=True)
class SentReport:
    """The same on a subscription notice (push subscribe_msg_sent_event). `code` is 0 for one that arrived.

    `message_id` is None where the platform gave none that is a number; `status` is cut to 40 characters.
    """

    openid: str
    template_id: str
    message_id: int | None
    code: int
    status: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SentReports:
    """All that one push says about notices; seldom more than one."""

    reports: tuple[SentReport, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A reader's word on one template of subscription notices: leave for one notice, or no more of them."""

    template_id: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader chose at one moment (pushes subscribe_msg_popup_event, subscribe_msg_change_event)."""

    openid: str
    chosen_at: datetime
    choices: tuple[Choice, ...]


class Verification(StrEnum):
    """What the platform says of the account's verification; the values are its own words, in small letters."""

    EXPIRED = "verify_expired"
    ENDS_SOON = "annual_renew"
    QUALIFIED = "qualification_verify_success"
    NOT_QUALIFIED = "qualification_verify_fail"
    NAMED = "naming_verify_success"
    NOT_NAMED = "naming_verify_fail"

    @property
    def is_good(self) -> bool:
        """Whether the account has gained what it may have lacked."""
        return self in (Verification.QUALIFIED, Verification.NAMED)


@dataclass(frozen=True, slots=True)
class VerificationNews:
    """The account's verification changed, or will. `at`: when it ends, ended or was refused; None if not told."""

    what: Verification
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Farewell:
    """Somebody left, or withdrew a leave, and could not be forgotten with the push that said so: our stores were away.

    No push is read as this; the webhook makes it, because the platform says it only once.
    """

    openid: str


News = DeliveryReport | SentReports | Choices | VerificationNews | Farewell


@dataclass(frozen=True, slots=True)
class Push:
    """One push: addresses for the answer, and what it means. `content` is None when `success` is all it needs.

    Sender, recipient and the key of this delivery stand beside messages only: news is never answered, and what it
    changes is written so that a repeat changes nothing. `unknown` names a kind that is in no catalogue.
    """

    sender: str
    recipient: str
    key: bytes
    content: Message | News | None
    unknown: str = ""
