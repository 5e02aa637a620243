"""Words of sign-up rules in campaign files: columns, values, spans of time and of age."""

from __future__ import annotations

import re

TEMPLATES = {
    "亲子": "family",
    "讲座": "lecture",
    "展览": "exhibition",
    "培训": "training",
    "流动服务": "outreach",
}
"""The built-in sets of rules as organisers call them."""

COLUMNS = {
    "quota_unit": "名额单位",
    "party_limit": "每次最多人数",
    "adults_min": "大人最少",
    "adults_max": "大人最多",
    "children_min": "孩子最少",
    "children_max": "孩子最多",
    "one_adult_per_child": "一大配一小",
    "guardian_under": "未满几岁须大人陪同",
    "group_limit": "团体最多人数",
    "age": "年龄",  # both bounds in one cell; files that we write have them apart
    "age_min": "年龄从",
    "age_max": "年龄到",
    "age_of": "年龄对象",
    "card": "需读者证",
    "card_masks": "读者证格式",
    "card_check": "读者证校验位",
    "reader_groups": "读者组",
    "real_name": "须实名",
    "per_event": "每活动限报",
    "per_day": "每天限报",
    "per_campaign": "活动周限报",
    "one_per_family": "每家限一次",
    "overlap": "允许时间重叠",
    "allocation": "名额分配",
    "lottery_set": "抽签组",
    "confirm_hours": "中签确认小时",
    "approval": "需审核",
    "waitlist": "候补",
    "waitlist_fit": "候补跳过",
    "waitlist_limit": "候补最多组数",
    "offer_within_hours": "开始前几小时改为确认制",
    "offer_minutes": "递补确认分钟",
    "cancel_until_minutes": "提前取消分钟",
    "late_cancel": "逾期取消",
    "walk_ins": "现场参加",
    "self_walk_ins": "现场自助签到",
    "check_in_before_minutes": "签到提前分钟",
    "check_in_after_minutes": "签到截止分钟",
    "release_after_minutes": "未到释放分钟",
    "standing": "爽约规则",
    "ban_after": "爽约次数",
    "ban_window_days": "爽约统计天数",
    "ban_days": "停报天数",
    "late_after_minutes": "迟到分钟",
    "points_start": "起始积分",
    "points_no_show": "爽约扣分",
    "points_late": "迟到扣分",
    "points_late_cancel": "逾期取消扣分",
    "points_attend": "到场加分",
    "points_day_cap": "每天最多加分",
    "points_freeze_days": "积分冻结天数",
}
"""What organisers write above a rule (domain.rules.Rules)."""

OTHER_HEADERS = {
    "规则名称": "template",
    "规则模板": "template",
    "每家限报一次": "one_per_family",
    "最多人数": "party_limit",
    "校验位": "card_check",
    "一大一小": "one_adult_per_child",
    "统计天数": "ban_window_days",
    "提前取消": "cancel_until_minutes",
    "可否重叠": "overlap",
    "实名": "real_name",
    "审核": "approval",
    "读者证": "card",
}

_YES_NO = {"是": "true", "否": "false"}
_NO_LIMIT = {"不限": "unlimited"}
VALUES: dict[str, dict[str, str]] = {
    "template": TEMPLATES,
    "quota_unit": {"人": "persons", "孩子": "children", "家庭": "families"},
    "age_of": {"孩子": "children", "所有人": "everyone"},
    "card_check": {"无": "none", "Luhn": "luhn", "MOD11": "mod11"},
    "allocation": {"先到先得": "first_come", "抽签": "lottery"},
    "waitlist_fit": {"等候": "wait", "跳过": "pass"},
    "late_cancel": {"计入": "counted", "不可": "refused"},
    "standing": {"不计": "none", "禁报": "ban", "积分": "points"},
    **dict.fromkeys(
        (
            *("one_adult_per_child", "card", "real_name", "one_per_family", "overlap", "approval", "waitlist"),
            *("walk_ins", "self_walk_ins"),
        ),
        _YES_NO,
    ),
    **dict.fromkeys(
        (
            "adults_max",
            "children_max",
            "guardian_under",
            "age",
            "age_min",
            "age_max",
            "card_masks",
            "reader_groups",
            "lottery_set",
            "per_event",
            "per_day",
            "per_campaign",
            "waitlist_limit",
        ),
        _NO_LIMIT,
    ),
    "group_limit": {"转人工": "unlimited"},  # groups ask a person
    "check_in_after_minutes": {"到结束": "unlimited"},
    "release_after_minutes": {"不释放": "unlimited"},
    "late_after_minutes": {"不计": "unlimited"},
}
"""The word for each value; `unlimited` is a rule without limit, which differs from an empty cell that inherits."""

_YES_NO_TOO = {
    "需要": "true",
    "需": "true",
    "要": "true",
    "有": "true",
    "可以": "true",
    "允许": "true",
    "开": "true",
} | {
    "不需要": "false",
    "不需": "false",
    "不要": "false",
    "无": "false",
    "没有": "false",
    "不可以": "false",
    "不允许": "false",
    "关": "false",
}
OTHER_VALUES: dict[str, dict[str, str]] = {
    "template": {"亲子活动": "family", "流动": "outreach"},
    "quota_unit": {
        "人数": "persons",
        "按人": "persons",
        "儿童": "children",
        "小孩": "children",
        "按孩子": "children",
        "组": "families",
        "户": "families",
        "家": "families",
        "按家庭": "families",
    },
    "age_of": {"儿童": "children", "小孩": "children", "全部": "everyone", "每个人": "everyone", "参加者": "everyone"},
    "card_check": {"没有": "none", "不校验": "none", "luhn": "luhn", "LUHN": "luhn", "mod11": "mod11"},
    "allocation": {"先到": "first_come", "先报先得": "first_come", "摇号": "lottery"},
    "late_cancel": {"可以": "counted", "不可以": "refused", "不能": "refused"},
    "standing": {"无": "none", "停报": "ban", "禁止": "ban", "信用分": "points"},
    **{field: _YES_NO_TOO for field, words in VALUES.items() if words is _YES_NO},
    **{field: {"无": "unlimited", "没有": "unlimited"} for field in ("card_masks", "reader_groups", "lottery_set")},
    **{
        field: {"不限": "unlimited"}
        for field in ("check_in_after_minutes", "release_after_minutes", "late_after_minutes")
    },
}

_MINUTES, _HOURS, _DAYS = 1, 60, 24 * 60
_SPANS = (
    dict.fromkeys((field for field in COLUMNS if field.endswith("_minutes")), _MINUTES)
    | dict.fromkeys((field for field in COLUMNS if field.endswith("_hours")), _HOURS)
    | dict.fromkeys((field for field in COLUMNS if field.endswith("_days")), _DAYS)
    | {"slot_minutes": _MINUTES}
)
SPANS = frozenset(_SPANS)
"""Columns that hold a span of time: a plain number is in the unit of the header, 2小时 or 半天 is turned into it."""

_STEPS = {"分钟": 1, "分": 1, "小时": 60, "钟头": 60, "天": 24 * 60, "日": 24 * 60, "周": 7 * 24 * 60}
_SPAN = re.compile(r"(?:(\d{1,4}(?:\.\d)?)|(半)|(一))个?(分钟|分|小时|钟头|天|日|周)(半)?")
_COUNTED = re.compile(r"(\d+)\s*(?:人|位|个|名|组|次|场|分|岁|周岁|家)?")
_AGES = re.compile(r"(\d{1,3})(?:周?岁)?\s*(?:[-–—~～至到])\s*(\d{1,3})(?:周?岁)?")
_AGE_FROM = re.compile(r"(?:满|年满)?(\d{1,3})周?岁?(?:及?以上|起|\+)|(?:满|年满)(\d{1,3})周?岁")
_AGE_TO = re.compile(r"(\d{1,3})周?岁?(?:及?以下|以内)")
_AGE_BELOW = re.compile(r"(?:未满|不满|不到)(\d{1,3})周?岁?")
_AGE = re.compile(r"(\d{1,3})周?岁")


def plain_rule(field: str, text: str) -> str:
    """What a rule's cell means in plain form: 2小时 under 提前取消分钟 is `120`, 6岁以上 is `6-`, 15组 is `15`."""
    if field == "age":
        return _plain_ages(text)
    if field in _SPANS:
        return _plain_span(text, _SPANS[field])
    match = _COUNTED.fullmatch(text)
    return match[1] if match and field not in VALUES_AS_WRITTEN else text


VALUES_AS_WRITTEN = frozenset({"template", "card_masks", "reader_groups", "lottery_set"})
"""Rules that are text: nothing in them is taken for a number."""


def _plain_span(text: str, unit: int) -> str:
    """The span in whole units; the text itself where it is none, or no whole number of them."""
    joined, total, at = text.replace(" ", ""), 0.0, 0
    while match := _SPAN.match(joined, at):
        count = float(match[1]) if match[1] else 0.5 if match[2] else 1.0
        total += (count + (0.5 if match[5] else 0)) * _STEPS[match[4]]
        at = match.end()
    whole = at == len(joined) and at > 0 and total % unit == 0
    return str(int(total // unit)) if whole else text


def _plain_ages(text: str) -> str:
    if match := _AGES.fullmatch(text):
        return f"{match[1]}-{match[2]}"
    if match := _AGE_FROM.fullmatch(text):
        return f"{match[1] or match[2]}-"
    if match := _AGE_TO.fullmatch(text):
        return f"-{match[1]}"
    if match := _AGE_BELOW.fullmatch(text):
        return f"-{int(match[1]) - 1}"
    match = _AGE.fullmatch(text)
    return f"{match[1]}-{match[1]}" if match else text
