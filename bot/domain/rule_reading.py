"""From the cells of a campaign file to sign-up rules and questions, with the faults that only all levels show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any

from bot.domain.campaign_file import EventEntry, Fault, FaultKind, KnownNames, Row, RuleSetEntry
from bot.domain.cards import plain_card
from bot.domain.cells import UNLIMITED, Cells
from bot.domain.eligibility import has_possible_party
from bot.domain.questions import Question, QuestionKind
from bot.domain.rules import TEMPLATES, Patch, RuleFault, Rules, kinds, rules_of

LONGEST_NAME = 40
MOST_QUESTIONS = 10
MOST_OPTIONS = 10
_AGES = re.compile(r"(\d{1,3})?-(\d{1,3})?")
_OLDEST = 120
_DAY = 24 * 60
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "party_limit": (1, 50),
    "adults_min": (0, 50),
    "adults_max": (0, 50),
    "children_min": (0, 50),
    "children_max": (0, 50),
    "guardian_under": (1, 18),
    "group_limit": (1, 1_000),
    "age_min": (0, _OLDEST),
    "age_max": (0, _OLDEST),
    "per_event": (1, 100),
    "per_day": (1, 100),
    "per_campaign": (1, 1_000),
    "waitlist_limit": (1, 10_000),
    "offer_within_hours": (0, 90 * 24),
    "offer_minutes": (1, 7 * _DAY),
    "confirm_hours": (0, 30 * 24),  # 0: winners need not confirm
    "cancel_until_minutes": (0, 90 * _DAY),
    "check_in_before_minutes": (0, _DAY),  # store.occurrences.EARLIEST_CHECK_IN
    "check_in_after_minutes": (0, 7 * _DAY),
    "release_after_minutes": (0, 7 * _DAY),
    "ban_after": (1, 100),
    "ban_window_days": (1, 730),
    "ban_days": (1, 730),
    "late_after_minutes": (0, 7 * _DAY),
    "points_start": (1, 10_000),
    "points_freeze_days": (1, 730),
}
_POINTS = (0, 10_000)
_SPANS = ("_minutes", "_hours", "_days")


def bounds_of(rule: str) -> tuple[int, int]:
    """The least and the most that a rule that is a number can be; nothing in real notices goes beyond."""
    return _BOUNDS.get(rule, _POINTS)


def read_rules(cells: Cells) -> dict[str, Any]:
    """The rules that a row sets, as plain values (`domain.rules.Patch`). An empty cell sets nothing and inherits."""
    patch: dict[str, Any] = {}
    for rule, (kind, is_optional) in kinds().items():
        if cells.has(rule):
            read = _read_rule(cells, rule, kind, is_optional=is_optional)
            if not isinstance(read, _Faulty):
                patch[rule] = read
    _read_ages(cells, patch)
    return patch


class _Faulty:
    """A cell that gave a fault and no value."""


_FAULTY = _Faulty()


def _read_rule(cells: Cells, rule: str, kind: type, *, is_optional: bool) -> Any:
    is_unlimited = cells.text(rule, 1_000) == UNLIMITED
    if kind is bool:
        return cells.flag(rule, default=False)
    if kind is int:
        if is_unlimited and is_optional:
            return None
        number = _read_number(cells, rule)
        return _FAULTY if number is None else number
    if issubclass(kind, StrEnum):
        return cells.choice(rule, kind, next(iter(kind))).value
    if kind is str:
        return "" if is_unlimited else cells.text(rule, LONGEST_NAME)
    if is_unlimited:
        return []
    return _read_masks(cells, rule) if rule == "card_masks" else list(cells.names(rule, LONGEST_NAME))


def _read_number(cells: Cells, rule: str) -> int | None:
    text = cells.text(rule, 40)
    is_number = text.lstrip("-").isdecimal() or isinstance(cells.raw(rule), int | float)
    if rule.endswith(_SPANS) and not is_number:
        cells.fault(FaultKind.BAD_SPAN, rule, text)
        return None
    if text == UNLIMITED:
        cells.fault(FaultKind.BAD_NUMBER, rule, text)
        return None
    return cells.whole(rule, *bounds_of(rule))


def _read_masks(cells: Cells, rule: str) -> list[str]:
    masks = [plain_card(mask) for mask in cells.names(rule, LONGEST_NAME)]
    for mask in masks:
        if "#" not in mask and "@" not in mask:
            cells.fault(FaultKind.BAD_MASK, rule, mask)
    return masks


def _read_ages(cells: Cells, patch: dict[str, Any]) -> None:
    """Both bounds in one cell: 5-8, 6-, -14, or no limit."""
    if not cells.has("age"):
        return
    if cells.has("age_min") or cells.has("age_max"):
        cells.fault(FaultKind.TWICE_TOLD, "age", cells.text("age", LONGEST_NAME))
        return
    text = cells.text("age", LONGEST_NAME)
    if text == UNLIMITED:
        patch |= {"age_min": None, "age_max": None}
        return
    match = None if isinstance(cells.raw("age"), date | time) else _AGES.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        cells.fault(FaultKind.BAD_AGES, "age", text)
        return
    low, high = (int(bound) if bound else None for bound in match.groups())
    if max(low or 0, high or 0) > _OLDEST:
        cells.fault(FaultKind.TOO_BIG, "age", _OLDEST)
    patch |= {"age_min": low, "age_max": high}


def read_rule_sets(rows: tuple[Row, ...], libraries: Iterable[str], faults: list[Fault]) -> tuple[RuleSetEntry, ...]:
    """The sheet of rules; `libraries` are the codes that its rows name, in the same order. Libraries come first."""
    found: list[RuleSetEntry] = []
    seen: set[tuple[str, str]] = set()
    for row, library in zip(rows, libraries, strict=True):
        cells = Cells(row, faults)
        template = cells.text("template", LONGEST_NAME)
        if bool(template) == cells.has("library"):
            cells.fault(FaultKind.ONE_OF_TWO, "template")
        elif (template or library) and (template, library) in seen:
            cells.fault(FaultKind.DUPLICATE, "template" if template else "library", template or library)
        seen.add((template, library))
        entry = RuleSetEntry(template, library, read_rules(cells), row.number)
        base = TEMPLATES.get(template, {})
        _combine(cells, (base, entry.rules))
        found.append(entry)
    return tuple(sorted(found, key=lambda entry: bool(entry.template)))


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The levels above an event: rules of libraries by code, and the campaign's named sets."""

    libraries: Mapping[str, Patch] = field(default_factory=dict)
    templates: Mapping[str, Patch] = field(default_factory=dict)

    @classmethod
    def of(cls, sets: Iterable[RuleSetEntry], known: KnownNames, campaign: str) -> RuleBook:
        """What the file says, and for the rest what is stored."""
        sets = tuple(sets)
        return cls(
            {**known.library_rules, **{entry.library: entry.rules for entry in sets if entry.library}},
            {**known.templates.get(campaign, {}), **{entry.template: entry.rules for entry in sets if entry.template}},
        )

    def rules_of(self, event: EventEntry) -> Rules:
        """The rules that hold for an event; raises RuleFault when its levels contradict each other."""
        return rules_of(*self._above(event), event.rules)

    def check(self, event: EventEntry, cells: Cells) -> None:
        """Note what is wrong with the rules of an event when all levels are put together."""
        if event.template and event.template not in TEMPLATES and event.template not in self.templates:
            cells.fault(
                FaultKind.NO_SUCH_RULES, "template", event.template, names=tuple({**TEMPLATES, **self.templates})
            )
        _combine(cells, (*self._above(event), event.rules))

    def _above(self, event: EventEntry) -> tuple[Patch, ...]:
        return (
            self.libraries.get(event.library, {}),
            TEMPLATES.get(event.template, {}),
            self.templates.get(event.template, {}),
        )


def _combine(cells: Cells, patches: tuple[Patch, ...]) -> None:
    try:
        rules = rules_of(*patches)
    except RuleFault as fault:
        column = "age" if fault.field.startswith("age_m") and cells.has("age") else fault.field
        cells.fault(FaultKind.BOUNDS_CROSSED, column)
        return
    if not has_possible_party(rules):
        cells.fault(FaultKind.NO_PARTY_POSSIBLE, "party_limit")


def read_questions(
    rows: tuple[Row, ...], events: Iterable[str], faults: list[Fault]
) -> dict[str, tuple[Question, ...]]:
    """The sheet of questions, by event key, in the order of the rows."""
    keys = set(events)
    found: dict[str, list[Question]] = {}
    for row in rows:
        cells = Cells(row, faults)
        event = cells.text("event", 60, needed=True)
        if event and event not in keys:
            cells.fault(FaultKind.UNKNOWN_NAME, "event", event)
        before = found.setdefault(event, [])
        if len(before) == MOST_QUESTIONS:
            cells.fault(FaultKind.TOO_MANY_QUESTIONS, "key", MOST_QUESTIONS)
        before.append(_read_question(cells, before))
    return {event: tuple(questions) for event, questions in found.items()}


def _read_question(cells: Cells, before: list[Question]) -> Question:
    key = cells.text("key", LONGEST_NAME, needed=True)
    if key and key in {question.key for question in before}:
        cells.fault(FaultKind.DUPLICATE, "key", key)
    options = cells.names("options", LONGEST_NAME)
    kind = cells.choice("answer_kind", QuestionKind, QuestionKind.CHOICE if options else QuestionKind.TEXT)
    if kind is QuestionKind.CHOICE and len(options) < 2:
        cells.fault(FaultKind.OPTIONS_NEEDED, "options")
    elif kind is QuestionKind.CHOICE and len(options) > MOST_OPTIONS:
        cells.fault(FaultKind.TOO_BIG, "options", MOST_OPTIONS)
    elif kind is not QuestionKind.CHOICE and options:
        cells.fault(FaultKind.NO_OPTIONS_HERE, "options")
    text = cells.text("text", 120, needed=True)
    return Question(key, text, kind, options, _read_condition(cells, before))


def _read_condition(cells: Cells, before: list[Question]) -> tuple[str, str] | None:
    text = cells.text("only_if", 2 * LONGEST_NAME + 1)
    if not text:
        return None
    key, mark, answer = (part.strip() for part in text.partition("="))
    if not (key and mark and answer):
        cells.fault(FaultKind.BAD_CONDITION, "only_if", text)
        return None
    asked = next((question for question in before if question.key == key), None)
    if asked is None:
        cells.fault(FaultKind.NOT_ASKED_BEFORE, "only_if", key)
    elif asked.kind is QuestionKind.CHOICE and answer not in asked.options:
        cells.fault(FaultKind.NOT_AN_OPTION, "only_if", answer)
    return key, answer
