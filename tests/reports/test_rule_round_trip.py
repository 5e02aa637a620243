"""Whatever rules an event has, the files that we write say them, and only them."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.campaign_file import CampaignFile, KnownNames
from bot.domain.campaign_reading import read_campaign
from bot.domain.eligibility import has_possible_party
from bot.domain.rule_reading import bounds_of
from bot.domain.rules import RuleFault, kinds, rules_of
from bot.reports.campaign_workbook import write_campaign_workbook, write_campaign_yaml
from bot.store.campaign_files import read_sheets

SMALL = """\
活动周: {简称: w, 名称: 读书周, 主办馆: gy, 开始日期: 2026-05-27, 结束日期: 2026-06-02}
馆:
  - {代码: gy, 馆名: 市图书馆, 级别: 市级}
活动:
  - {编号: a, 名称: 绘本, 类别: 阅读推广, 馆: gy, 报名: 需要}
"""
PARTY_RULES = ("party_limit", "adults_min", "adults_max", "children_min", "children_max", "one_adult_per_child")


def _values(rule: str, kind: type, *, is_optional: bool) -> st.SearchStrategy[Any]:
    some: st.SearchStrategy[Any]
    if kind is bool:
        some = st.booleans()
    elif kind is int:
        some = st.integers(*bounds_of(rule))
    elif kind is str:
        some = st.sampled_from(["", "夏夜", "2016", "a、b"])
    elif issubclass(kind, StrEnum):
        some = st.sampled_from([member.value for member in kind])
    elif rule == "card_masks":
        some = st.lists(st.sampled_from(["G######", "########", "@@1#"]), unique=True)
    else:
        some = st.lists(st.sampled_from(["教师", "老年", "一、二", "30人", "=1+1"]), unique=True)
    return st.none() | some if is_optional else some


PATCHES = st.fixed_dictionaries(
    {}, optional={rule: _values(rule, kind, is_optional=optional) for rule, (kind, optional) in kinds().items()}
)


def _possible(patch: dict[str, Any]) -> dict[str, Any]:
    """The patch without what contradicts itself: a file with that is refused."""
    try:
        if has_possible_party(rules_of(patch)):
            return patch
    except RuleFault:
        pass
    contradicting = (*PARTY_RULES, "age_min", "age_max")
    return {rule: value for rule, value in patch.items() if rule not in contradicting}


def _read(data: bytes) -> CampaignFile:
    read = read_campaign(read_sheets(data), KnownNames())
    assert read.content is not None, read.faults
    return read.content


@given(PATCHES)
@settings(max_examples=60, deadline=None)
def test_any_rules_come_back_from_both_kinds_of_file(patch: dict[str, Any]) -> None:
    content = _read(SMALL.encode())
    content = replace(content, events=(replace(content.events[0], rules=_possible(patch)),))
    assert _read(write_campaign_yaml(content).encode()) == content
    assert _read(write_campaign_workbook(content)) == content
