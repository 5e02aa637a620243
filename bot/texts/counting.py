"""The counting rules in words: columns of the campaign file, and the lines in which a summary states them."""

from __future__ import annotations

from bot.domain.counting import DEFAULT_RULES, RULE_NAMES, CountingRules

PREFIX = "count_"
_NAMES = {
    "empty_session": "无人到场的场次",
    "exhibition": "展览计数",
    "hybrid": "线上线下结合的场次",
    "co_hosted": "合办活动",
    "internal": "内部会议和培训",
    "overlap": "跨期活动",
    "publicity": "宣传类活动",
    "undated": "未注明日期的活动",
    "walk_ins": "现场参加的读者",
    "parts": "活动的分项",
}
_CHOICES = {
    "empty_session": {"计入": "counted", "不计": "left_out"},
    "exhibition": {"按场地": "venue", "按活动": "event"},
    "hybrid": {"归入线下": "onsite", "单列": "apart"},
    "co_hosted": {"归主办馆": "lead", "各馆都计": "each"},
    "internal": {"不计": "left_out", "计入": "counted"},
    "overlap": {"各期都计": "each_window", "只计开始的一期": "start"},
    "publicity": {"计入": "counted", "不计": "left_out"},
    "undated": {"视为已举办": "held", "不计": "left_out"},
    "walk_ins": {"计入": "counted", "不计": "left_out"},
    "parts": {"不单独计项": "part", "单独计项": "own"},
}
_MEANINGS = {
    "counted": {
        "empty_session": "已举办而无人到场的场次计1场",
        "internal": "内部会议和培训计入活动和场次",
        "publicity": "宣传类活动计入活动和场次",
        "walk_ins": "未报名、现场参加的读者计入人次",
    },
    "left_out": {
        "empty_session": "无人到场的场次不计场次",
        "internal": "内部会议和培训只作文字记述，不计入活动和场次",
        "publicity": "宣传类活动不计入活动和场次",
        "undated": "未注明日期的活动不计场次",
        "walk_ins": "未报名、现场参加的读者不计入人次",
    },
    "venue": {"exhibition": "展览一处场地计1场，不论天数"},
    "event": {"exhibition": "展览一项计1场，不论场地和天数"},
    "onsite": {"hybrid": "线上线下结合的场次按线下计"},
    "apart": {"hybrid": "线上线下结合的场次单列"},
    "lead": {"co_hosted": "合办活动只计入主办馆，汇总只计一次"},
    "each": {"co_hosted": "合办活动在各馆都计，汇总只计一次"},
    "each_window": {"overlap": "跨期活动在每一期各计一次，全年只计一次"},
    "start": {"overlap": "跨期活动只在开始的一期计数"},
    "held": {"undated": "未注明日期的活动，活动期满后视为已举办"},
    "part": {"parts": "活动的分项不单独计项"},
    "own": {"parts": "活动的分项单独计项"},
}
_ALWAYS = (
    "人次按到场计：签到、现场登记或台账登记的人数，只报名未到场不计，中途离开再来不重复计",
    "人数（不同的人）只统计签到的读者账号，现场参加的读者无法去重，只计人次",
    "线上观看人次单列，不并入线下人次",
    "累计数（如有效借书证总数）和存疑数不计入合计",
    "台账登记的参加人数高于签到与现场登记之和时，按台账计",
)

COLUMNS = {PREFIX + rule: name for rule, name in _NAMES.items()}
VALUES = {PREFIX + rule: words for rule, words in _CHOICES.items()}


def rule_name(rule: str) -> str:
    """A rule as the campaign file names it."""
    return _NAMES[rule]


def choice_name(rule: str, choice: str) -> str:
    """What a rule is set to, as the campaign file says it."""
    return next(word for word, value in _CHOICES[rule].items() if value == choice)


def read_setting(typed_rule: str, typed_choice: str) -> tuple[str, str] | None:
    """Rule and choice as typed, in Chinese or by their English names; None when there is no such."""
    rule = next((each for each in RULE_NAMES if typed_rule in (each, _NAMES[each])), None)
    if rule is None:
        return None
    choice = _CHOICES[rule].get(typed_choice, typed_choice)
    return (rule, choice) if choice in _CHOICES[rule].values() else None


def rule_lines(rules: CountingRules) -> list[str]:
    """The rules that a summary was counted by, a line each; those that are not the usual ones are marked."""
    usual = DEFAULT_RULES.as_data()
    lines = []
    for rule, choice in rules.as_data().items():
        mark = "" if usual[rule] == choice else "（与默认口径不同）"
        lines.append(_MEANINGS[choice][rule] + mark)
    return [*_ALWAYS, *lines]


def setting_lines(rules: CountingRules) -> list[str]:
    """Every rule with what it is set to and what else it can be, for who sets them."""
    lines = []
    for rule, choice in rules.as_data().items():
        others = "、".join(word for word, value in _CHOICES[rule].items() if value != choice)
        lines.append(f"{_NAMES[rule]}（{rule}）：{choice_name(rule, choice)}；可改为：{others}")
    return lines


def no_such_setting(typed: str) -> str:
    """A RULE=VALUE that names no rule, or no choice of it."""
    return f"没有这条统计口径：{typed}。写法如「合办活动=各馆都计」；不带参数可看全部口径。"


def settings_saved(title: str, changed: int) -> str:
    """How many rules were changed."""
    return f"{title}：已更改 {changed} 条统计口径。" if changed else f"{title}：统计口径没有变化。"
