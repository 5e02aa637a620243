"""The counting rules of library-domain 3.2 as named switches. A campaign may set others; its summary states them.

No Chinese public source fixes these to the letter: the defaults are those of library-domain 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum


class EmptySession(StrEnum):
    """A session that was held and to which nobody came."""

    COUNTED = "counted"  # it was meant for a group
    LEFT_OUT = "left_out"


class ExhibitionUnit(StrEnum):
    """What counts as one exhibition."""

    VENUE = "venue"  # one for each place it is shown at, whatever its days
    EVENT = "event"  # one, however many places


class HybridAs(StrEnum):
    """Where a session on-site and online at once stands in tables without a column for such."""

    ONSITE = "onsite"
    APART = "apart"


class CoHosted(StrEnum):
    """Whom a session of several libraries counts for."""

    LEAD = "lead"
    EACH = "each"  # in their own figures; the roll-up still counts it once


class Internal(StrEnum):
    """Meetings and training of the staff."""

    LEFT_OUT = "left_out"
    COUNTED = "counted"


class Overlap(StrEnum):
    """An event that crosses the window's ends."""

    EACH_WINDOW = "each_window"  # counts in each window that it touches, once in the year
    START = "start"  # only in the window in which it begins


class Publicity(StrEnum):
    """Screens, banners and posts as activities."""

    COUNTED = "counted"
    LEFT_OUT = "left_out"


class Undated(StrEnum):
    """Events of the campaign without a date."""

    HELD = "held"  # taken as held once the window has passed
    LEFT_OUT = "left_out"


class WalkIns(StrEnum):
    """People counted at the door who had no registration."""

    COUNTED = "counted"
    LEFT_OUT = "left_out"


class SeriesParts(StrEnum):
    """Events that are parts of another: are they activities (项) of their own?"""

    PART = "part"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class CountingRules:
    """Which rule a summary counts by; each field is the name of one rule."""

    empty_session: EmptySession = EmptySession.COUNTED
    exhibition: ExhibitionUnit = ExhibitionUnit.VENUE
    hybrid: HybridAs = HybridAs.ONSITE
    co_hosted: CoHosted = CoHosted.LEAD
    internal: Internal = Internal.LEFT_OUT
    overlap: Overlap = Overlap.EACH_WINDOW
    publicity: Publicity = Publicity.COUNTED
    undated: Undated = Undated.HELD
    walk_ins: WalkIns = WalkIns.COUNTED
    parts: SeriesParts = SeriesParts.PART

    def as_data(self) -> dict[str, str]:
        """Every rule by name, as it is stored and printed."""
        return {rule.name: str(getattr(self, rule.name)) for rule in fields(self)}


DEFAULT_RULES = CountingRules()
_KINDS: dict[str, type[StrEnum]] = {
    rule.name: type(getattr(DEFAULT_RULES, rule.name)) for rule in fields(CountingRules)
}
RULE_NAMES = tuple(_KINDS)


def choices_of(rule: str) -> tuple[StrEnum, ...]:
    """What a rule can be set to, its default first. Raises KeyError for a name that is no rule."""
    default = getattr(DEFAULT_RULES, rule, None)
    return (default, *(choice for choice in _KINDS[rule] if choice != default)) if default else tuple(_KINDS[rule])


def read_rules(stored: Mapping[str, str]) -> CountingRules:
    """The rules of a campaign: the defaults, but for those that it sets.

    Raises ValueError for a name or a value that there is not.
    """
    unknown = set(stored) - set(_KINDS)
    if unknown:
        raise ValueError(f"no such counting rule: {', '.join(sorted(unknown))}")
    return CountingRules(**{name: _KINDS[name](value) for name, value in stored.items()})  # type: ignore[arg-type]


def changed_rules(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    """The rules that differ, each with its old and new choice; a rule that is not set is the default.

    Raises ValueError for a name or a value that there is not.
    """
    old, new = read_rules(before).as_data(), read_rules(after).as_data()
    return {rule: [old[rule], new[rule]] for rule in RULE_NAMES if old[rule] != new[rule]}
