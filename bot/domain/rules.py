"""Sign-up rules as data: one frozen object per event, put together from defaults, library, template and event.

The rule space is what real notices of libraries ask for (library-domain section 2); the defaults are the ones proposed
there. A patch is the part of the rules that one level sets: plain JSON values by field name, as the store keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_type_hints

Patch = Mapping[str, Any]
"""Rules that one level sets: field name → JSON value."""


class QuotaUnit(StrEnum):
    """What the capacity of an occurrence counts."""

    PERSONS = "persons"
    CHILDREN = "children"  # grown-ups come along without a seat of the quota
    FAMILIES = "families"  # one registration is one, whoever comes


class AgeOf(StrEnum):
    """Whose age the bounds are about."""

    CHILDREN = "children"
    EVERYONE = "everyone"


class CardCheck(StrEnum):
    """How the last character of a reader-card number follows from the others."""

    NONE = "none"
    LUHN = "luhn"  # ISO/IEC 7812-1
    MOD11 = "mod11"  # ISO 7064 MOD 11-2, as on identity cards (GB 11643)


class Allocation(StrEnum):
    """Who gets the places."""

    FIRST_COME = "first_come"
    LOTTERY = "lottery"


class WaitlistFit(StrEnum):
    """What happens when free seats do not suffice for the party at the head of the line."""

    WAIT = "wait"  # all wait behind it
    PASS = "pass"  # smaller parties behind it may go first


class LateCancel(StrEnum):
    """What cancelling after the deadline does."""

    COUNTED = "counted"  # the place is given back, and the standing policy may count it
    REFUSED = "refused"


class StandingPolicy(StrEnum):
    """What follows from confirmed places that were neither used nor given back in time."""

    NONE = "none"
    BAN = "ban"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that an organiser may set for an event. None means: no limit. Minutes, hours and days are whole."""

    # what is counted
    quota_unit: QuotaUnit = QuotaUnit.PERSONS
    # who may come on one registration, in heads
    party_limit: int = 5
    adults_min: int = 0
    adults_max: int | None = None
    children_min: int = 0
    children_max: int | None = None
    one_adult_per_child: bool = False
    guardian_under: int | None = None  # a child younger than this, in whole years, comes with an adult
    group_limit: int | None = None  # heads of a teacher's group (library-domain P22); None: groups ask a person
    # age in whole years on the day of the occurrence, both bounds inclusive
    age_min: int | None = None
    age_max: int | None = None
    age_of: AgeOf = AgeOf.CHILDREN
    # who may sign up
    card: bool = False
    card_masks: tuple[str, ...] = ()  # '#' a digit, '@' a letter, anything else itself
    card_check: CardCheck = CardCheck.NONE
    reader_groups: tuple[str, ...] = ()  # names of allow-lists; the reader's card must be on one
    real_name: bool = False  # nicknames void the entry
    # how many places a reader may have at a time
    per_event: int | None = 1
    per_day: int | None = None
    per_campaign: int | None = None
    one_per_family: bool = False  # by phone: two accounts of one family get one place at the event
    overlap: bool = False  # may overlap with a place that the reader has elsewhere
    # how places are given
    allocation: Allocation = Allocation.FIRST_COME
    approval: bool = False  # a person decides about each registration
    # the waiting list
    waitlist: bool = True
    waitlist_fit: WaitlistFit = WaitlistFit.WAIT
    waitlist_limit: int | None = None  # parties in line
    offer_within_hours: int = 0  # freed later than so many hours before the start, a place is offered, not given
    offer_minutes: int = 120
    # the lottery
    confirm_hours: int = 24
    lottery_set: str = ""  # one win per family over all events that bear the same name
    # giving a place back
    cancel_until_minutes: int = 120
    late_cancel: LateCancel = LateCancel.COUNTED
    # at the door
    walk_ins: bool = True
    self_walk_ins: bool = False  # who has no place counts themselves in by the code of the screen, while there is room
    check_in_before_minutes: int = 30
    check_in_after_minutes: int | None = None  # after the start; None: until the end
    release_after_minutes: int | None = None  # seats of those who have not come are free for who stands there
    # no-shows
    standing: StandingPolicy = StandingPolicy.BAN
    ban_after: int = 3
    ban_window_days: int = 90
    ban_days: int = 30
    late_after_minutes: int | None = None  # checked in later than this after the start counts as late
    points_start: int = 100
    points_no_show: int = 10
    points_late: int = 2
    points_late_cancel: int = 2
    points_attend: int = 5
    points_day_cap: int = 10
    points_freeze_days: int = 60

    def __post_init__(self) -> None:
        """Raise ValueError for bounds that nothing can meet."""
        for low, high in (("age_min", "age_max"), ("adults_min", "adults_max"), ("children_min", "children_max")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and most < least:
                raise ValueError(f"{high} is below {low}")

    @property
    def asks_age(self) -> bool:
        """Whether the rules can only be applied when ages are known."""
        return self.age_min is not None or self.age_max is not None or self.guardian_under is not None

    def seats_of(self, adults: int, children: int) -> int:
        """Units of the quota that a party takes: at least one, so that every registration counts."""
        match self.quota_unit:
            case QuotaUnit.FAMILIES:
                return 1
            case QuotaUnit.CHILDREN:
                return max(1, children)
            case _:
                return max(1, adults + children)


DEFAULTS = Rules()

TEMPLATES: Mapping[str, Patch] = {
    "family": {
        "quota_unit": "families",
        "party_limit": 4,
        "adults_min": 1,
        "adults_max": 2,
        "children_min": 1,
        "children_max": 2,
        "guardian_under": 14,
        "one_per_family": True,
        "check_in_before_minutes": 30,
    },
    "lecture": {"party_limit": 3, "offer_within_hours": 4, "cancel_until_minutes": 120},
    "exhibition": {"party_limit": 10, "per_event": None, "overlap": True, "standing": "none", "waitlist": False},
    "training": {"party_limit": 1, "real_name": True, "cancel_until_minutes": 720, "late_after_minutes": 15},
    "outreach": {"party_limit": 10, "per_event": None, "overlap": True, "standing": "none", "walk_ins": True},
}
"""The named templates (亲子, 讲座, 展览, 培训, 流动服务) that every campaign knows; it may set them otherwise."""


class RuleFault(ValueError):
    """A patch that cannot be: `field` names the rule, `value` what was written there."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field}: {value!r}")
        self.field = field
        self.value = value


def rules_of(*patches: Patch) -> Rules:
    """The rules that result when each patch, the most general first, is laid over the defaults.

    Raises RuleFault for a value that its rule cannot have.
    """
    values = {name: _read(name, value) for patch in patches for name, value in patch.items() if name in _KINDS}
    try:
        return replace(DEFAULTS, **values)
    except ValueError as error:
        raise RuleFault(str(error).partition(" ")[0], "") from error


def patch_of(rules: Rules, base: Rules = DEFAULTS) -> dict[str, Any]:
    """The rules that differ from `base`, as JSON values."""
    return {
        field.name: _plain(getattr(rules, field.name))
        for field in fields(Rules)
        if getattr(rules, field.name) != getattr(base, field.name)
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value.value if isinstance(value, StrEnum) else value


def _read(name: str, value: Any) -> Any:
    kind, optional = _KINDS[name]
    if value is None and optional:
        return None
    if kind is tuple and isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    if kind in (bool, str) and type(value) is kind:
        return value
    if kind is int and type(value) is int and value >= 0:
        return value
    if issubclass(kind, StrEnum) and value in {member.value for member in kind}:
        return kind(value)
    raise RuleFault(name, value)


@cache
def kinds() -> Mapping[str, tuple[type, bool]]:
    """Each rule's type and whether it may be without limit; tuples hold strings."""
    found: dict[str, tuple[type, bool]] = {}
    for name, hint in get_type_hints(Rules).items():
        parts = [part for part in get_args(hint) if part is not type(None)]
        is_tuple = getattr(hint, "__origin__", None) is tuple
        found[name] = (tuple, False) if is_tuple else (parts[0], True) if parts else (hint, False)
    return found


_KINDS = kinds()
