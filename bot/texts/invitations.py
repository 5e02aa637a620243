"""What is said about inviting a volunteer for a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import day_words, time_words


def invited(code: str, served: Sequence[OccurrenceFacts], ends_at: datetime, url: str) -> str:
    """A code for one volunteer, and how it gets to them."""
    lines = [f"{facts.number}. {facts.name}（{time_words(facts)}）" for facts in served]
    until = day_words(ends_at - timedelta(seconds=1))
    return "\n".join(
        [
            f"邀请码 {code}，给一位场地工作人员，只能用一次，{until}结束时自动失效：",
            *lines,
            f"请对方扫这一页的二维码，或点开它：{url}",
            f"也可以直接转告：在公众号发送「绑定 {code}」。再邀请一位请重新发送「邀请 {served[0].number}」。",
        ]
    )


def how_to_invite() -> str:
    """邀请 without a number."""
    return "请发送「邀请」加场次编号，可加日期，如「邀请 12 15」或「邀请 12 5月28日」。到那天结束时身份自动失效。"


def day_unread(words: str) -> str:
    """Something behind the numbers is no day."""
    return f"没看懂日期“{words[:20]}”。请发送「邀请 12 今天」「邀请 12 明天」或「邀请 12 5月28日」。"


def day_missing(number: int) -> str:
    """The occurrence has no date yet."""
    return f"这场的时间还没有定，请写明到哪一天，如「邀请 {number} 5月28日」。"


def day_over() -> str:
    """The day has passed."""
    return "这一天已经过去，没有邀请。请写今天或以后的日期，如「邀请 12 明天」。"


def too_many() -> str:
    """Too many occurrences at once."""
    return "一次最多邀请十场。请分几次发送，如「邀请 12 15」。"


def not_yours(facts: OccurrenceFacts) -> str:
    """An occurrence of another library."""
    return f"没有权限：{facts.number}. {facts.name} 不是您负责的场次，没有邀请。请核对编号，如「邀请 12」。"


def not_organising() -> str:
    """Venue staff invite nobody."""
    return "没有权限：邀请由活动组织者发出。找人帮忙请发送「人工」。"
