"""The words of sign-up rules: every rule can be written in a file, as organisers write it."""

from __future__ import annotations

from enum import StrEnum

import pytest

from bot.domain.campaign_file import Sheet
from bot.domain.rule_reading import bounds_of
from bot.domain.rules import DEFAULTS, TEMPLATES, kinds
from bot.texts.campaign_files import COLUMNS, field_of, plain_value, word_of
from bot.texts.rule_words import COLUMNS as RULE_COLUMNS
from bot.texts.rule_words import VALUES


def test_every_rule_has_a_column_in_both_sheets() -> None:
    """Seen to fail when a rule was added to domain.rules.Rules without one."""
    for sheet in (Sheet.RULES, Sheet.EVENTS):
        assert set(kinds()) <= set(COLUMNS[sheet])
    assert set(RULE_COLUMNS) == set(kinds()) | {"age"}


def test_no_two_columns_of_a_sheet_share_a_name() -> None:
    for columns in COLUMNS.values():
        assert len(set(columns.values())) == len(columns)
    for sheet in (Sheet.RULES, Sheet.EVENTS):
        assert all(field_of(sheet, name) == field for field, name in COLUMNS[sheet].items())


def test_every_value_of_a_rule_has_a_word_that_means_it() -> None:
    for rule, (kind, is_optional) in kinds().items():
        values = ["true", "false"] if kind is bool else [*kind] if issubclass(kind, StrEnum) else []
        if is_optional or kind in (tuple, str):
            values = [*values, "unlimited"]
        for value in values:
            word = word_of(rule, value)
            assert word != value, (rule, value)
            assert plain_value(rule, word) == value


def test_every_default_and_built_in_rule_is_within_its_bounds() -> None:
    for name, (kind, _) in kinds().items():
        values = [getattr(DEFAULTS, name), *(patch[name] for patch in TEMPLATES.values() if name in patch)]
        low, high = bounds_of(name)
        assert kind is not int or all(value is None or low <= value <= high for value in values), name


def test_every_built_in_set_has_a_name() -> None:
    assert set(VALUES["template"].values()) == set(TEMPLATES)


@pytest.mark.parametrize(
    ("field", "written", "plain"),
    [
        ("age", "5-8岁", "5-8"),
        ("age", "５～８周岁", "5-8"),
        ("age", "5岁至8岁", "5-8"),
        ("age", "6岁以上", "6-"),
        ("age", "满6周岁", "6-"),
        ("age", "6周岁及以上", "6-"),
        ("age", "14岁以下", "-14"),
        ("age", "未满14岁", "-13"),
        ("age", "7岁", "7-7"),
        ("age", "不限", "unlimited"),
        ("age", "少儿", "少儿"),
        ("cancel_until_minutes", "2小时", "120"),
        ("cancel_until_minutes", "1天", "1440"),
        ("cancel_until_minutes", "30分钟", "30"),
        ("cancel_until_minutes", "半小时", "30"),
        ("cancel_until_minutes", "1小时30分钟", "90"),
        ("cancel_until_minutes", "一个半小时", "一个半小时"),
        ("cancel_until_minutes", "1.5小时", "90"),
        ("confirm_hours", "0", "0"),
        ("confirm_hours", "1天", "24"),
        ("confirm_hours", "90分钟", "90分钟"),
        ("ban_days", "一周", "7"),
        ("ban_days", "30天", "30"),
        ("release_after_minutes", "不释放", "unlimited"),
        ("group_limit", "转人工", "unlimited"),
        ("party_limit", "3人", "3"),
        ("waitlist_limit", "10组", "10"),
        ("guardian_under", "14岁", "14"),
        ("reader_groups", "3人", "3人"),
        ("one_adult_per_child", "是", "true"),
        ("template", "亲子", "family"),
        ("template", "夏令营", "夏令营"),
    ],
)
def test_rules_are_read_as_people_write_them(field: str, written: str, plain: str) -> None:
    assert plain_value(field, written) == plain
