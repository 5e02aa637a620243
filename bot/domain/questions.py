"""An event's own questions at sign-up: text, number or choice, some shown only after a certain answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

LONGEST_ANSWER = 100


class QuestionKind(StrEnum):
    """What an answer looks like."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Question:
    """`only_if` names an earlier question and the answer after which this one is asked."""

    key: str
    text: str
    kind: QuestionKind = QuestionKind.TEXT
    options: tuple[str, ...] = ()
    only_if: tuple[str, str] | None = None


def questions_of(stored: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions as the store keeps them."""
    return tuple(
        Question(
            key=each["key"],
            text=each["text"],
            kind=QuestionKind(each["kind"]),
            options=tuple(each["options"]),
            only_if=(each["only_if"][0], each["only_if"][1]) if each["only_if"] else None,
        )
        for each in stored
    )


def plain_questions(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The same as JSON values."""
    return [
        {**asdict(each), "options": list(each.options), "only_if": list(each.only_if) if each.only_if else None}
        for each in questions
    ]


def next_question(questions: Sequence[Question], answers: Mapping[str, str]) -> Question | None:
    """The first question that applies and has no answer; None when all is answered."""
    for question in questions:
        if question.key not in answers and _applies(question, answers):
            return question
    return None


def asked_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to those questions that apply, in their order; what a changed answer made pointless is left out."""
    kept: dict[str, str] = {}
    for question in questions:
        if question.key in answers and _applies(question, kept):
            kept[question.key] = answers[question.key]
    return kept


def _applies(question: Question, answers: Mapping[str, str]) -> bool:
    return question.only_if is None or answers.get(question.only_if[0]) == question.only_if[1]
