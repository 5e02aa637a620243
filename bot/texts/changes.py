"""What is said to the library about a change that it made to an occurrence."""

from __future__ import annotations

from bot.domain.change import (
    Changed,
    EndsBeforeStart,
    NothingChanged,
    SeatsExceededError,
    SeatsTaken,
    TooLateToChange,
    UnknownVenue,
)
from bot.domain.kinds import OccurrenceStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import place_words, time_words


def change_done(outcome: Changed | NothingChanged) -> str:
    """How it is now, and who will hear of it."""
    facts = outcome.facts
    if isinstance(outcome, NothingChanged):
        return f"没有变化：{_as_it_is(facts)}"
    promoted = f"，候补递补 {outcome.promoted} 组" if outcome.promoted else ""
    return f"已更改：{_as_it_is(facts)}\n将通知 {outcome.told} 位读者{promoted}。"


def _as_it_is(facts: OccurrenceFacts) -> str:
    off = "（已取消）" if facts.status is OccurrenceStatus.CANCELLED else ""
    seats = "不限" if facts.seats is None else str(facts.seats)
    return f"{facts.number}. {facts.name}{off} {time_words(facts)}，{place_words(facts)}，名额 {seats}"


def change_refused(outcome: TooLateToChange | EndsBeforeStart | UnknownVenue | SeatsTaken) -> str:
    """Why nothing was changed, and what would do."""
    match outcome:
        case SeatsTaken(taken):
            return f"没有更改：名额不能少于已占的 {taken} 座。请改为 {taken} 或更多。"
        case TooLateToChange(facts):
            return f"没有更改：{_as_it_is(facts)} 已结束，或改后的时间已过。请核对编号和时间。"
        case EndsBeforeStart():
            return "没有更改：结束时间早于开始时间。请核对 --start 和 --end。"
        case UnknownVenue(names):
            return f"没有更改：没有找到这个场地，或有几个同名。本馆的场地：{'、'.join(names) or '无'}。"


def unit_leaves_no_room(error: SeatsExceededError) -> str:
    """A changed unit of the quota, and more people in than seats."""
    return (
        f"没有导入：{error.number} 号场次按新的计数单位已占 {error.taken} 座，而名额只有 {error.seats}。"
        f"请把名额改为 {error.taken} 或更多，或保留原来的计数单位。"
    )
