"""Titles in lines: words stay whole, and the lines make a trapezoid or a rhombus (GB/T 9704 7.3.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.char_width import width
from bot.reports.title_lines import break_title

MOST = 19


@pytest.mark.parametrize(
    "lines",
    [
        ["元泉县图书馆活动总结"],
        ["关于广元市2016年图书馆", "服务宣传周活动开展情况的报告"],
        ["关于青山市2026年", "全民阅读活动周情况的报告"],
        [
            "剑阁县图书馆关于组织开展",
            "“书香剑阁·阅读引领未来”",
            "全民阅读系列主题活动和图书馆",
            "服务宣传周活动的情况报告",
        ],
    ],
)
def test_titles_are_broken_between_words(lines: list[str]) -> None:
    assert break_title("".join(lines), MOST) == lines


@given(st.text(alphabet="关于广元市图书馆服务宣传周活动开展情况的报告《书香》2016年、", min_size=1, max_size=90))
def test_title_lines_lose_nothing_and_fit(title: str) -> None:
    lines = break_title(title, MOST)
    assert "".join(lines) == title
    assert max(map(width, lines)) <= MOST
    assert all(lines)


@pytest.mark.parametrize("title", ["", "字" * 500, "a" * 500, "）" * 60, "“" * 60])
def test_titles_that_are_none_lose_nothing_either(title: str) -> None:
    assert "".join(break_title(title, MOST)) == title
