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
