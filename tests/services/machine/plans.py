"""What Hypothesis may draw: the rules of three events, their occurrences, parties, and how time passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.party import Party

EVENTS, EACH, READERS = 3, 2, 6

_WHO = (
    {},
    {"party_limit": 2},
    {"party_limit": 2, "group_limit": 4},
    {"party_limit": 4, "adults_min": 1, "children_min": 1},
    {"one_adult_per_child": True, "adults_min": 1},
    {"party_limit": 3, "adults_max": 1, "guardian_under": 10},
)
_HOW_MANY: tuple[dict[str, Any], ...] = (
    {"per_event": None, "overlap": True},
    {},
    {"per_event": None},
    {"per_event": 2, "per_day": 1},
    {"one_per_family": True},
    {"one_per_family": True, "per_event": None, "overlap": True},
    {"per_event": None, "per_campaign": 2},
)
_LINE = (
    {},
    {"waitlist_fit": "pass"},
    {"waitlist_limit": 2},
    {"offer_within_hours": 200},
    {"offer_within_hours": 300, "offer_minutes": 45},
    {"offer_within_hours": 200, "offer_minutes": 60},
    {"offer_within_hours": 200, "offer_minutes": 30, "waitlist_fit": "pass"},
    {"offer_within_hours": 30, "waitlist_limit": 3},
    {"waitlist": False},
)
_GIVING_BACK = (
    {},
    {"cancel_until_minutes": 0, "release_after_minutes": 10},
    {"cancel_until_minutes": 1500, "late_cancel": "refused"},
    {"cancel_until_minutes": 1500, "release_after_minutes": 10},
)
_LOTS = (
    *({},) * 5,
    {"allocation": "lottery", "confirm_hours": 12},
    {"allocation": "lottery", "lottery_set": "暑期"},
)
_STANDING = ({}, {"ban_after": 1}, {"standing": "points", "points_start": 10}, {"standing": "none"})


def _one_of_each(draw: st.DrawFn) -> dict[str, Any]:
    rules: dict[str, Any] = {"quota_unit": draw(st.sampled_from(("persons", "families", "children")))}
    for choices in (_WHO, _HOW_MANY, _LINE, _GIVING_BACK, _LOTS, _STANDING):
        rules |= draw(st.sampled_from(choices))
    return rules | ({"approval": True} if draw(st.integers(0, 4)) == 4 else {})


@st.composite
def event_plans(draw: st.DrawFn) -> dict[str, Any]:
    """The rules of an event, and of each occurrence capacity, overbooking, hours after the first, opening."""
    occurrences = [
        {
            "capacity": draw(st.sampled_from((2, 1, 3, 4, None))),
            "overbooking": draw(st.sampled_from((0, 0, 1))),
            "hours": draw(st.sampled_from((0, 1, 3, 24))),
            "opens": draw(st.sampled_from((False, False, False, True))),
        }
        for _ in range(EACH)
    ]
    return {"rules": _one_of_each(draw), "occurrences": occurrences}


CAMPAIGNS = st.tuples(*(event_plans() for _ in range(EVENTS)))
READER = st.integers(0, READERS - 1)
PLACE = st.sampled_from((0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5))
"""More often the first ones, so that people meet there."""
PARTIES = (Party(1, 0), Party(1, 1), Party(2, 0), Party(2, 2), Party(0, 1), Party(1, 3))
ANY = st.integers(0, 999)
"""Which of several, whose number is not known beforehand."""
PASSING = tuple(timedelta(minutes=each) for each in (1, 9, 11, 31, 60, 121, 700, 1440, -60, -60, 60, -1))
PATCHES: tuple[dict[str, Any], ...] = (
    {"quota_unit": "persons"},
    {"quota_unit": "families"},
    {"quota_unit": "children"},
    {"waitlist_fit": "pass"},
    {"waitlist_fit": "wait"},
    {"offer_within_hours": 200, "offer_minutes": 60},
    {"offer_within_hours": 0},
    {"approval": True},
    {"approval": False},
    {"waitlist": True},
    {"one_per_family": True},
    {"per_day": 1},
)
