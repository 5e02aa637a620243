"""评价: readers say how it was."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.rating import Rated, RatedBefore

_MOST_LISTED = 5


def rated(done: Rated) -> str:
    """Stored, with thanks."""
    and_words = "和您的话" if done.has_words else ""
    more = "" if done.has_words else "想多说几句，请发送「人工」加内容。"
    return f"谢谢您的评价！{done.facts.number}号「{done.facts.name}」：{done.stars}分{and_words}已记下。{more}\n发送「活动」看看近期活动。"


def rated_before(done: RatedBefore) -> str:
    """The first one stands."""
    return (
        f"{done.facts.number}号「{done.facts.name}」您已评价：{done.stars}分，每场只评一次。\n"
        "还有话要说，请发送「人工」加内容。"
    )


def not_attended(facts: OccurrenceFacts) -> str:
    """Only those who came can say how it was."""
    return (
        f"参加后才能评价：没有您在{facts.number}号「{facts.name}」的签到记录。\n"
        "若您到了却没签到，请告诉门口的工作人员，或发送「人工」加内容。"
    )


def no_such_number(number: int) -> str:
    """No occurrence bears it."""
    return f"没有找到{number}号活动。参加后才能评价，发送「评价」看您可以评价的活动。"


def how_to_rate(open_to: Sequence[OccurrenceFacts]) -> str:
    """评价 alone, or without a score that can be read."""
    if not open_to:
        return "您还没有可以评价的活动：参加并签到后，发送如「评价 12 5 很好」（12 是编号，5 是 1–5 分）。"
    lines = ["请打 1–5 分，再写一句感受。您可以评价："]
    lines += [f"{facts.number}. {facts.name}" for facts in open_to[:_MOST_LISTED]]
    lines.append(f"发送如「评价 {open_to[0].number} 5 很好」。")
    return "\n".join(lines)


def bad_score(number: int) -> str:
    """A score that is none of the five."""
    return f"请打 1–5 分（5 分最好），发送如「评价 {number} 5 很好」。"
