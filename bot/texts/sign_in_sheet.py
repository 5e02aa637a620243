"""What the sign-in sheet on paper says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

FONT = "宋体"
"""Every office has it; a computer without it takes its own Chinese font."""

COLUMNS = ("序号", "姓名", "电话尾号", "报名人数", "入场码", "签名", "实到")
ADVICE = (
    "请在签名栏签名，工作人员填写实到人数。活动后可在公众号发送「核销 入场码 入场码 …」补录，或在网页的补录页勾选。"
)
WAITING = "候补（有空位时按顺序请进）"
WALK_INS = "现场参加（没有报名的读者）"
OTHERS = "其他（本场须报名；请组织者决定）"
TOTALS = "合计：签到 ______ 人　　现场参加 ______ 人　　经办人 ______________"


class Line(Protocol):
    """What is counted of a registration."""

    @property
    def people(self) -> int:
        """Heads."""


def title(number: int, event: str) -> str:
    """The sheet's title."""
    return f"签到表　{number}. {event}"


def when(words: str) -> str:
    """The time."""
    return f"时间：{words}"


def where(words: str) -> str:
    """The place."""
    return f"地点：{words}"


def counts(library: str, expected: Sequence[Line]) -> str:
    """How many are expected."""
    return f"{library}　　报名 {len(expected)} 组，{sum(line.people for line in expected)} 人"


def page_of(number: int) -> tuple[str, str, str]:
    """Around the page number and the number of pages."""
    return f"{number} 号场次签到表　第 ", " 页，共 ", " 页"
