"""What is said about the freeze of a campaign's figures, their confirmation and their correction."""

from __future__ import annotations

from bot.domain.closing import FiguresFrozen
from bot.texts.moments import moment_words


def figures_frozen(outcome: FiguresFrozen) -> str:
    """Somebody who is no manager wants to change figures after the freeze."""
    return (
        f"本次活动数据已定稿（{moment_words(outcome.frozen_at)}），《{outcome.title}》的数字不能再改。"
        "如需补记或更正，请联系主管；发送「统计」看现有数字。"
    )


def version_left(number: int, differing: int) -> str:
    """A change after the freeze made the next version."""
    return f"数据已定稿，这次更改另存为第{number}版，共{differing}处不同，旧版不变。"


def late_walk_ins() -> str:
    """Why a version was left: walk-ins noted after the freeze."""
    return "定稿后补记现场人数"


def late_tally() -> str:
    """Why a version was left: a quantity noted after the freeze."""
    return "定稿后补记台账"


def taken_back() -> str:
    """Why a version was left: an act taken back after the freeze."""
    return "定稿后撤销"
