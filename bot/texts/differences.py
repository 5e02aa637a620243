"""What differs between two versions of a report, in words."""

from __future__ import annotations

from bot.domain.measure import Quantity
from bot.domain.report_difference import Amount, Difference, Level
from bot.texts.metrics import metric_name, words

_COUNTS = {
    "person_times": ("到场", "人次"),
    "persons": ("到场读者", "人"),
    "activities": ("活动", "项"),
    "occurrences": ("排期场次", "场"),
    "called_off": ("取消的场次", "场"),
    "sessions": ("已举办", "场"),
    "capacity": ("名额", "人"),
    "registrations": ("报名", "组"),
    "registered_people": ("报名人数", "人"),
    "waitlisted": ("候补", "组"),
    "waitlisted_people": ("候补人数", "人"),
    "cancelled": ("取消报名", "组"),
    "cancelled_people": ("取消报名人数", "人"),
    "checkins": ("签到", "组"),
    "checked_in_people": ("签到人数", "人次"),
    "walk_ins": ("现场参加", "人次"),
    "online_people": ("线上参加", "人次"),
    "no_shows": ("爽约", "组"),
    "no_show_people": ("爽约人数", "人"),
    "internal_people": ("内部活动参加", "人次"),
    "online_live": ("线上直播观看", "人次"),
    "online_views": ("线上点播观看", "次"),
    "tallied_people": ("台账补计到场", "人次"),
    "seniors": ("到场老年人", "人次"),
    "hybrid_sessions": ("线上线下同步", "场"),
    "online_sessions": ("线上", "场"),
    "hybrid_people": ("线上线下同步到场", "人次"),
    "children": ("签到儿童", "人次"),
    "filled_people": ("限额场次报名", "人"),
    "settled_people": ("已结束场次报名", "人"),
    "used_people": ("报名后到场", "人"),
    "waited": ("排过候补", "组"),
    "promoted": ("候补成功", "组"),
    "ratings": ("评价", "份"),
    "rating_stars": ("评价总分", "分"),
    "satisfied": ("满意的评价", "份"),
}
_DERIVED = frozenset({"filled_people", "settled_people", "used_people", "rating_stars", "hybrid_people"})
"""Bases of rates: they change with others and are told in the stored list, not in the chat."""

NONE = "无"


def difference_words(difference: Difference) -> str:
    """One line: where, what, old → new."""
    where = {Level.TOTAL: "合计", Level.HEADLINE: "全活动"}.get(difference.level) or difference.name
    name, unit = _named(difference)
    return f"{where} {name}：{_amount(difference.old, unit)} → {_amount(difference.new, unit)}"


def is_told(difference: Difference) -> bool:
    """Whether it is worth a line by itself."""
    return difference.field not in _DERIVED


def _named(difference: Difference) -> tuple[str, str]:
    if not difference.unit and difference.field in _COUNTS:
        return _COUNTS[difference.field]
    title = difference.part.partition("#")[0]
    return metric_name(difference.field) + (f"（{title}）" if title else ""), difference.unit


def _amount(amount: Amount | None, unit: str) -> str:
    return NONE if amount is None else words(Quantity(amount.number, unit, amount.exactness))
