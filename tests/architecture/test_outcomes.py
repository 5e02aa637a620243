"""Every way in which signing up, cancelling and checking in can end has words: the unions are walked, not listed."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from bot.conversation.dialogue import Question, SigningUp
from bot.conversation.handlers import doors, own, sign_up_steps
from bot.domain.cards import CardFault
from bot.domain.checkin import Attendance, CheckInOutcome, ScanRefused
from bot.domain.eligibility import Overlaps, OwnPlace, PartyRule, Scope, Suspension
from bot.domain.kinds import Mode, OccurrenceStatus, RegistrationStatus, ScanResult, SignUp
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import AlreadyRegistered, CancelOutcome, Contact, Registration, SignUpOutcome
from bot.texts import checkins
from tests.factories import NOW

PLACE = Registration(1, 1, 1, RegistrationStatus.CONFIRMED, Party(1, 1), "K7P2QX", 2)
FACTS = OccurrenceFacts(
    1, 12, 1, 1, 1, "亲子阅读", "", "", "reading_promotion", (), "", "广元市图书馆", "0839-3262000",
    NOW, NOW + timedelta(hours=2), False, "", "一楼报告厅", "", 50, 0, Mode.ONSITE, OccurrenceStatus.SCHEDULED,
    SignUp.REQUIRED, None, None,
)  # fmt: skip
OTHER = OwnPlace(2, 1, 1, 15, "亲子阅读", NOW, NOW + timedelta(hours=1), False)
SAMPLES: dict[str, Any] = {
    "registration": PLACE,
    "was": RegistrationStatus.CONFIRMED,
    "party": PLACE.party,
    "facts": FACTS,
    "attendance": Attendance(1, 2, 0),
    "result": ScanResult.CANCELLED,
    "place": 3,
    "name": "张*",
    "by": "venue-1",
    "at": NOW,
    "opens_at": NOW,
    "closed_at": NOW,
    "people": 2,
    "limit": 5,
    "left": 0,
    "waiting": 2,
    "number": 17,
    "until": NOW,
    "drawn_at": NOW,
    "late": True,
    "from_line": True,
    "broken": PartyRule.GUARDIAN_UNDER,
    "age": 4,
    "age_min": 5,
    "age_max": 8,
    "fault": CardFault.CHECK,
    "groups": ("志愿者",),
    "scope": Scope.EVENT,
    "places": (OTHER,),
    "suspension": Suspension("K7P2QX", "ban", NOW, NOW + timedelta(days=30), ("亲子阅读",), 3, 90),
}
SPECIAL: dict[type, Any] = {Overlaps: Overlaps(OTHER)}


def sample(outcome: type) -> Any:
    """One of its kind."""
    if outcome in SPECIAL:
        return SPECIAL[outcome]
    return outcome(**{field.name: SAMPLES[field.name] for field in dataclasses.fields(outcome)})


def talk() -> Any:
    """As much of a talk as words need."""
    desk = SimpleNamespace(
        ticket_url=lambda number: f"https://lib.example/T/{number}", privacy_url="https://lib.example/privacy"
    )
    person = SimpleNamespace(id=1)
    contact = Contact("张三", "+8613800138000")
    return SimpleNamespace(
        tx=None, desk=desk, next=None, now=NOW, person=person, changed=False, contact=lambda: contact
    )


def is_a_sentence(words: Any) -> bool:
    """Chinese, and an end."""
    return isinstance(words, str) and len(words) > 8 and any("\u4e00" <= character <= "\u9fff" for character in words)


@pytest.mark.parametrize("outcome", get_args(SignUpOutcome), ids=lambda outcome: outcome.__name__)
@pytest.mark.parametrize("in_line", [False, True])
def test_every_end_of_signing_up_has_words(outcome: type, in_line: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_up_steps, "release_holds", lambda *_: False)
    request = SigningUp(1, Question.CONFIRM, "张三", "+8613800138000", 1, 1, in_line=in_line)
    assert is_a_sentence(sign_up_steps.say(talk(), FACTS, request, sample(outcome)))


def test_a_place_and_a_place_in_line_are_told_apart() -> None:
    request = SigningUp(1, Question.CONFIRM)
    assert "入场码" in sign_up_steps.say(talk(), FACTS, request, AlreadyRegistered(PLACE, None))
    assert "候补第3位" in sign_up_steps.say(talk(), FACTS, request, AlreadyRegistered(PLACE, 3))


@pytest.mark.parametrize("outcome", get_args(CheckInOutcome), ids=lambda outcome: outcome.__name__)
def test_every_end_of_checking_in_has_words_for_staff(outcome: type) -> None:
    assert is_a_sentence(doors._to_staff(sample(outcome)))


@pytest.mark.parametrize("result", [each for each in ScanResult if each not in (ScanResult.OK, ScanResult.ALREADY)])
@pytest.mark.parametrize("facts", [FACTS, None], ids=["known", "unknown"])
def test_every_refusal_at_the_door_has_words(result: ScanResult, facts: OccurrenceFacts | None) -> None:
    refused = ScanRefused(result, facts, NOW if result is ScanResult.TOO_EARLY else None)
    assert is_a_sentence(checkins.scan_refused(refused))
    assert is_a_sentence(checkins.self_refused(refused))


@pytest.mark.parametrize("outcome", get_args(CancelOutcome), ids=lambda outcome: outcome.__name__)
def test_every_end_of_cancelling_has_words(outcome: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "cancel_registration", lambda *_: sample(outcome))
    monkeypatch.setattr(own, "find_occurrence", lambda *_: FACTS)
    talked = SimpleNamespace(tx=None, person=SimpleNamespace(id=1), now=NOW, changed=False)
    assert is_a_sentence(own.confirm_cancel(talked, SimpleNamespace(occurrence_id=1)))  # type: ignore[arg-type]
