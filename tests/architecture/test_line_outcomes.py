"""Every way in which an offer, a decision, a move in line and a change of an occurrence can end has words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from bot.conversation.handlers import approvals, line, offers
from bot.domain.approval import DecisionOutcome
from bot.domain.change import Changed, ChangeOutcome, NothingChanged
from bot.domain.kinds import RegistrationStatus
from bot.domain.rules import Rules, WaitlistFit
from bot.domain.waitlist import MoveOutcome, OfferOutcome
from bot.texts import changes, waitlist
from tests.architecture.test_outcomes import FACTS, SAMPLES, is_a_sentence, sample, talk

SAMPLES.update(
    before=3,
    after=1,
    served=False,
    status=RegistrationStatus.CONFIRMED,
    told=4,
    promoted=1,
    names=("一楼报告厅",),
    taken=5,
)


@pytest.mark.parametrize("outcome", get_args(OfferOutcome), ids=lambda outcome: outcome.__name__)
def test_every_end_of_an_offer_has_words(outcome: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "get_occurrence", lambda *_: FACTS)
    talked = talk()
    talked.tx = None
    assert is_a_sentence(offers._say(talked, FACTS, sample(outcome)))


@pytest.mark.parametrize("outcome", get_args(MoveOutcome), ids=lambda outcome: outcome.__name__)
@pytest.mark.parametrize("served", [False, True])
def test_every_end_of_a_move_in_line_has_words(outcome: type, served: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SAMPLES, "served", served)
    assert is_a_sentence(line._say(sample(outcome), "K7P2QX"))


@pytest.mark.parametrize("outcome", get_args(DecisionOutcome), ids=lambda outcome: outcome.__name__)
@pytest.mark.parametrize("status", list(RegistrationStatus))
def test_every_end_of_a_decision_has_words(
    outcome: type, status: RegistrationStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SAMPLES, "status", status)
    assert is_a_sentence(approvals._say(talk(), sample(outcome), "K7P2QX"))


@pytest.mark.parametrize("outcome", get_args(ChangeOutcome), ids=lambda outcome: outcome.__name__)
def test_every_end_of_a_change_has_words(outcome: type) -> None:
    done: Any = sample(outcome)
    said = changes.change_done(done) if outcome in (Changed, NothingChanged) else changes.change_refused(done)
    assert is_a_sentence(said)


@pytest.mark.parametrize("fit", list(WaitlistFit))
@pytest.mark.parametrize("hours", [0, 4])
@pytest.mark.parametrize("approval", [False, True])
def test_every_rule_of_a_line_is_said(fit: WaitlistFit, hours: int, approval: bool) -> None:
    """Each of the three can be read off the sentence."""

    def said(rules: Rules) -> str:
        return waitlist.line_rule(replace(FACTS, rules=rules))

    rules = Rules(waitlist_fit=fit, offer_within_hours=hours, approval=approval)
    other = replace(rules, waitlist_fit=WaitlistFit.PASS if fit is WaitlistFit.WAIT else WaitlistFit.WAIT)
    assert said(rules) != said(other)
    assert said(rules) != said(replace(rules, approval=not approval))
    assert ("「确认」" in said(rules)) == (hours > 0 and not approval)
