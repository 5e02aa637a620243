"""A reader's leave for one message about a registration (one-time subscription message, wechat-platform 3).

The slot (`scene`, 0 to 10000) is the public number of the occurrence. A reader has at most one active registration for
an occurrence (promise I2), and public numbers are unique over everything that has not ended, so no two registrations of
one reader that are still of use share a slot. Numbers above 10000 get no slot, and nothing is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from bot.domain.kinds import RegistrationStatus
from bot.domain.signed_words import read_words, sign_words
from bot.services.reader_sessions import page_keys
from bot.store.leaves import ONCE, find_asker, has_leave
from bot.store.pii import Keys
from bot.store.subscriptions import grant

LAST_SCENE = 10_000
ASKED_FOR = timedelta(minutes=30)
"""How long the platform's page may stay open before the answer counts for nothing."""

_PURPOSE = "once"
_WORTH_ASKING = (
    RegistrationStatus.CONFIRMED,
    RegistrationStatus.WAITLISTED,
    RegistrationStatus.PENDING,
    RegistrationStatus.ENTERED,
)


class Answer(StrEnum):
    """What came back from the platform's page."""

    GRANTED = "granted"
    REFUSED = "refused"
    LAPSED = "lapsed"  # too late, or not what we asked
    OTHER = "other"  # another account than the registration's answered


@dataclass(frozen=True, slots=True)
class Question:
    """A registration whose reader may be asked now: by which slot, with what the platform brings back. `granted`: the
    leave is there already.
    """

    scene: int
    reserved: str
    granted: bool


def find_question(tx: Connection, registration_id: int, template_id: str, keys: Keys, now: datetime) -> Question | None:
    """What to ask the reader of a registration; None where a message would be of no use."""
    asker = find_asker(tx, registration_id)
    if asker is None or asker.openid is None or asker.status not in _WORTH_ASKING or asker.number > LAST_SCENE:
        return None
    words = f"{registration_id} {asker.number} {int(now.timestamp())}"
    reserved = sign_words(_PURPOSE, words, now + ASKED_FOR, page_keys(keys)[0])
    return Question(asker.number, reserved, has_leave(tx, asker.reader_id, template_id, asker.number))


@dataclass(frozen=True, slots=True)
class Brought:
    """What the platform sends a reader back with."""

    reserved: str
    openid: str
    scene: str
    template_id: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of it; `registration_id` is known unless it lapsed."""

    answer: Answer
    registration_id: int | None


def is_asked(brought: Brought, template_id: str, keys: Keys, now: datetime) -> bool:
    """Whether this answers a question of ours; looks nothing up."""
    return _read(brought, template_id, keys, now) is not None


def _read(brought: Brought, template_id: str, keys: Keys, now: datetime) -> tuple[int, int, int] | None:
    words = read_words(_PURPOSE, brought.reserved, page_keys(keys), now)
    if words is None:
        return None
    registration_id, scene, asked_at = (int(each) for each in words.split(" "))
    is_same = brought.scene == str(scene) and brought.template_id == template_id
    return (registration_id, scene, asked_at) if is_same else None


def take_answer(tx: Connection, brought: Brought, template_id: str, keys: Keys, now: datetime) -> Answered:
    """Write the leave down. The page loaded again changes nothing, also after the message was sent: the leave bears the
    moment of our question, and is there once.

    The address is only as good as whoever types it: with a ticket and an openid somebody could claim a leave that the
    platform does not know. It refuses the message then (43101), and another way is taken.
    """
    asked = _read(brought, template_id, keys, now)
    if asked is None:
        return Answered(Answer.LAPSED, None)
    registration_id, scene, asked_at = asked
    if not brought.agreed:
        return Answered(Answer.REFUSED, registration_id)
    asker = find_asker(tx, registration_id)
    if asker is None or asker.openid is None or asker.openid != brought.openid:
        return Answered(Answer.OTHER, registration_id)
    grant(tx, asker.reader_id, ONCE, template_id, scene, datetime.fromtimestamp(asked_at, UTC))
    return Answered(Answer.GRANTED, registration_id)
