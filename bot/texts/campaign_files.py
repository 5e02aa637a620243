"""Words of campaign and tally files: names of sheets and columns, values, faults, and what an import came to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bot.domain.campaign_file import Fault, FaultKind, Sheet
from bot.texts import counting, report_styles, rule_words
from bot.texts.tables import MEDIA_NAMES

SHEETS = {
    Sheet.CAMPAIGN: "活动周",
    Sheet.LIBRARIES: "馆",
    Sheet.VENUES: "场地",
    Sheet.RULES: "报名规则",
    Sheet.EVENTS: "活动",
    Sheet.QUESTIONS: "报名问题",
    Sheet.OCCURRENCES: "场次",
    Sheet.TALLIES: "台账",
    Sheet.MEDIA: "媒体",
    Sheet.NOTES: "备注",
    Sheet.PHOTOS: "照片",
}

COLUMNS: dict[Sheet, dict[str, str]] = {
    Sheet.CAMPAIGN: {
        "key": "简称",
        "title": "名称",
        "theme": "主题",
        "library": "主办馆",
        "addressee": "主送机关",
        "basis": "依据",
        "starts_on": "开始日期",
        "ends_on": "结束日期",
        "freezes_at": "定稿时间",
        **counting.COLUMNS,
        **report_styles.COLUMNS,
    },
    Sheet.LIBRARIES: {
        "code": "代码",
        "name": "馆名",
        "aliases": "简称",
        "level": "级别",
        "parent": "上级馆",
        "contact": "联系方式",
        "population": "服务人口",
    },
    Sheet.VENUES: {"library": "馆", "name": "场地名", "address": "地址", "inside": "馆内"},
    Sheet.RULES: {"template": "名称", "library": "馆", **rule_words.COLUMNS},
    Sheet.EVENTS: {
        "key": "编号",
        "title": "名称",
        "category": "类别",
        "kind": "形式",
        "library": "馆",
        "partner_libraries": "协办馆",
        "partners": "合作单位",
        "parent": "所属活动",
        "audience": "对象",
        "speaker": "主讲",
        "summary": "简介",
        "sign_up": "报名",
        "template": "规则",
        "party_limit": "每次最多人数",
        "capacity": "名额",
        "opens": "报名开始",
        "closes": "报名截止",
        "notes": "备注",
        **{field: name for field, name in rule_words.COLUMNS.items() if field != "party_limit"},
    },
    Sheet.QUESTIONS: {
        "event": "活动",
        "key": "编号",
        "text": "问题",
        "answer_kind": "类型",
        "options": "选项",
        "only_if": "仅当",
    },
    Sheet.OCCURRENCES: {
        "event": "活动",
        "key": "场次编号",
        "label": "标签",
        "start_date": "日期",
        "end_date": "结束日期",
        "start_time": "开始时间",
        "end_time": "结束时间",
        "slot_minutes": "时段分钟",
        "repeat": "重复",
        "date_text": "日期说明",
        "venues": "场地",
        "mode": "方式",
        "capacity": "名额",
        "overbooking": "超额",
        "opens": "报名开始",
        "closes": "报名截止",
        "status": "状态",
    },
    Sheet.TALLIES: {
        "key": "编号",
        "library": "馆",
        "event": "活动",
        "occurrence": "场次编号",
        "metric": "项目",
        "quantity": "数量",
        "unit": "单位",
        "exactness": "准确程度",
        "part": "分项",
        "of": "属于",
        "recipient": "去向",
        "date": "日期",
        "wording": "原文",
    },
    Sheet.MEDIA: {
        "key": "编号",
        "library": "馆",
        "event": "活动",
        "occurrence": "场次编号",
        "medium": "媒体类型",
        "outlet": "媒体名称",
        "title": "标题",
        "date": "日期",
        "link": "链接",
        "place": "地点",
    },
    Sheet.NOTES: {"key": "编号", "library": "馆", "event": "活动", "occurrence": "场次编号", "words": "内容"},
    Sheet.PHOTOS: {
        "key": "编号",
        "library": "馆",
        "event": "活动",
        "occurrence": "场次编号",
        "file": "文件名",
        "caption": "说明",
    },
}

_OTHER_HEADERS = {
    "开始日": "start_date",
    "起始日期": "start_date",
    "开始日期": "start_date",
    "活动编号": "event",
    "活动名称": "title",
    "活动周名称": "title",
    "容量": "capacity",
    "人数上限": "capacity",
    "地点": "venues",
    "主讲人": "speaker",
    "名称": "name",
    "代码": "code",
    "场次": "occurrence",
    **rule_words.OTHER_HEADERS,
}

_VALUES: dict[str, dict[str, str]] = {
    "category": {
        "讲座": "lecture",
        "展览": "exhibition",
        "培训": "training",
        "阅读推广": "reading_promotion",
        "馆外服务": "outreach_service",
        "宣传": "publicity",
        "内部": "internal",
    },
    "sign_up": {"需要": "required", "无需": "none"},
    "mode": {"线下": "onsite", "线上": "online", "线上线下结合": "hybrid"},
    "status": {"正常": "scheduled", "取消": "cancelled"},
    "level": {"市级": "city", "区级": "district", "县级": "county", "乡镇": "township", "分馆": "branch"},
    "inside": {"是": "true", "否": "false"},
    "capacity": {"不限": "unlimited"},
    "repeat": {"每天": "daily", "双休日": "6,7", "工作日": "1,2,3,4,5"},
    "exactness": {
        "准确": "exact",
        "多": "more_than",
        "近": "just_under",
        "约": "about",
        "累计": "cumulative",
        "存疑": "doubtful",
    },
    "medium": {name: medium.value for medium, name in MEDIA_NAMES.items()},
    "answer_kind": {"文字": "text", "数字": "number", "选择": "choice"},
    **counting.VALUES,
    **report_styles.VALUES,
    **rule_words.VALUES,
}
_OTHER_VALUES: dict[str, dict[str, str]] = {
    "sign_up": {"是": "required", "需报名": "required", "需要报名": "required", "否": "none", "不需要": "none"},
    "status": {"已取消": "cancelled", "停办": "cancelled"},
    "inside": {"馆内": "true", "馆外": "false", "有": "true", "无": "false"},
    "repeat": {"每日": "daily", "周末": "6,7", "每周末": "6,7", "周六日": "6,7", "周一至周五": "1,2,3,4,5"},
    "capacity": {"无限": "unlimited", "不限人数": "unlimited"},
    "mode": {"现场": "onsite", "直播": "online"},
    "exactness": {"余": "more_than", "确数": "exact", "大约": "about"},
    "answer_kind": {"文本": "text", "填空": "text", "数": "number", "单选": "choice", "选项": "choice"},
    **rule_words.OTHER_VALUES,
}
LIST_MARK = "；"  # between several names in one cell
_RULES = set(rule_words.COLUMNS) - {"party_limit"}
_FREE = {"capacity", "repeat", "template"} | {
    field for field, words in rule_words.VALUES.items() if "unlimited" in words.values()
}
_DAYS = {"start_date", "end_date", "starts_on", "ends_on", "date"}
_CLOCKS = {"start_time", "end_time"}
_MOMENTS = {"opens", "closes", "freezes_at"}
_NUMBERS = {"capacity", "party_limit", "overbooking"}
_WEEKDAY = {
    name: str(number) for number, names in enumerate(("一", "二", "三", "四", "五", "六", "日天"), 1) for name in names
}
_STEPS = {"天": "d", "日": "d", "小时": "h", "分钟": "m", "分": "m", "周": "w"}
_EARLIER = re.compile(r"(?:开始前|开场前|提前|前)\s*(\d{1,3})\s*(天|日|小时|分钟|分|周)\s*(.*)")
_SPAN = re.compile(r"-(\d+)([dhm])( \d{2}:\d{2}(?::\d{2})?)?")
_STEP_WORDS = {"d": "天", "h": "小时", "m": "分钟"}
_DAY_WORDS = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]?")
_HALVES = re.compile(r"(上午|早上|早晨|中午|下午|晚上|晚)?(\d{1,2})(?:[:点时](\d{2})?分?(半)?)(?::?(\d{2})秒?)?")


def field_of(sheet: Sheet, header: str) -> str | None:
    """The field that a column header names, in Chinese or in English; None when there is none."""
    columns = COLUMNS[sheet]
    if header in columns:
        return header
    for field, name in columns.items():
        if name == header:
            return field
    other = _OTHER_HEADERS.get(header)
    return other if other in columns else None


def sheet_of(name: str) -> Sheet | None:
    """The sheet of this name; None for sheets that are the librarian's own."""
    for sheet, title in SHEETS.items():
        if name.strip() in (title, sheet.value):
            return sheet
    return None


def plain_value(field: str, text: str) -> str:
    """What a cell means in the plain form that the rules read: 讲座 is `lecture`, 下午5:00 is `17:00`."""
    text = unicodedata.normalize("NFKC", text).strip() if field in _NORMALISED else text.strip()
    known = _VALUES.get(field, {}) | _OTHER_VALUES.get(field, {})
    if text in known:
        return known[text]
    if field in _DAYS:
        return _plain_day(text)
    if field in _CLOCKS:
        return _plain_clock(text)
    if field in _MOMENTS:
        return _plain_moment(text)
    if field in _NUMBERS:
        return text.rstrip("人座个组户家").strip()
    if field == "repeat":
        return _plain_weekdays(text)
    if field in _RULES or field in rule_words.SPANS:
        return rule_words.plain_rule(field, text)
    return text


_NORMALISED = _DAYS | _CLOCKS | _MOMENTS | _NUMBERS | _RULES | rule_words.SPANS | {"only_if"} | set(_VALUES)


def clock_range(text: str) -> tuple[str, str] | None:
    """Start and end when one cell holds both, as in 17:00–18:00 or 下午5点至6点半; None otherwise."""
    start, mark, end = re.sub(r"\s*(?:至|到|—+|–|~|-)\s*", "-", unicodedata.normalize("NFKC", text)).partition("-")
    if not mark or not start or not end:
        return None
    half = re.match("上午|早上|中午|下午|晚上|晚", start)
    if half and not re.match("上午|早上|中午|下午|晚", end):
        end = half.group() + end
    return _plain_clock(start), _plain_clock(end)


def word_of(field: str, code: str) -> str:
    """The Chinese word that stands for a value in a file."""
    for word, value in _VALUES.get(field, {}).items():
        if value == code:
            return word
    if field in _MOMENTS and (match := _SPAN.fullmatch(code)):
        return f"提前{match[1]}{_STEP_WORDS[match[2]]}{match[3] or ''}"
    return code


def is_seldom(sheet: Sheet, field: str) -> bool:
    """Whether a column is only written where something stands in it: an event seldom sets rules of its own."""
    is_rule = (sheet is Sheet.EVENTS and field in _RULES) or field.startswith((counting.PREFIX, report_styles.PREFIX))
    return is_rule or field in ("slot_minutes", "freezes_at", "population")


def choices_of(field: str) -> list[str]:
    """The words that a column offers; empty for free columns."""
    return [] if field in _FREE else list(_VALUES.get(field, {}))


def _plain_day(text: str) -> str:
    match = _DAY_WORDS.fullmatch(text)
    return "-".join(part for part in match.groups() if part) if match else text


def _plain_clock(text: str) -> str:
    match = _HALVES.fullmatch(text.replace(" ", ""))
    if match is None:
        return text
    hour, minute = int(match[2]), match[3] or ("30" if match[4] else "00")
    if match[1] in ("下午", "晚上", "晚") and hour < 12:
        hour += 12
    second = f":{match[5]}" if match[5] and match[5] != "00" else ""
    return f"{hour:02d}:{minute}{second}"


def _plain_moment(text: str) -> str:
    if match := _EARLIER.fullmatch(text):
        count, step = int(match[1]), _STEPS[match[2]]
        count, step = (count * 7, "d") if step == "w" else (count, step)
        clock = f" {_plain_clock(match[3])}" if match[3] else ""
        return f"-{count}{step}{clock}"
    day, _, clock = re.sub(r"([日号])\s*(?=\S)", r"\1 ", text).partition(" ")
    return f"{_plain_day(day)} {_plain_clock(clock)}".strip() if clock else _plain_day(text)


def _plain_weekdays(text: str) -> str:
    names = re.sub("每|周|星期|礼拜|和|及|[、,;/ ]", "", text)
    return ",".join(_WEEKDAY[name] for name in names) if names and all(name in _WEEKDAY for name in names) else text


_FAULTS = {
    FaultKind.NOT_A_TABLE_FILE: "不是活动文件：请用 xlsx 表格或 YAML 文件（UTF-8）",
    FaultKind.OLD_EXCEL: "这是旧版 xls 文件，请在 Excel 或 WPS 里另存为 xlsx 再导入",
    FaultKind.DAMAGED: "文件已损坏或有密码，打不开",
    FaultKind.TOO_LARGE: "文件太大，不像一份活动表",
    FaultKind.BAD_YAML: "YAML 格式有误：{detail}",
    FaultKind.YAML_ALIAS: "YAML 里不能用锚点和引用（& 和 *）",
    FaultKind.SHEET_MISSING: "缺少这张表，或表里没有内容",
    FaultKind.TOO_MANY_ROWS: "行数太多（最多 {detail} 行）",
    FaultKind.UNKNOWN_COLUMN: "不认识的列「{detail}」；自用的列请在列名前加 #",
    FaultKind.DUPLICATE_COLUMN: "有两列都叫「{detail}」",
    FaultKind.NOT_ROWS: "这里应当是一行一行的记录",
    FaultKind.MISSING: "不能为空",
    FaultKind.TOO_LONG: "太长（最多 {detail} 字）",
    FaultKind.FORMULA: "是公式，请改成数值或文字",
    FaultKind.CELL_ERROR: "单元格有错误值 {detail}",
    FaultKind.UNKNOWN_VALUE: "不认识「{detail}」{choices}",
    FaultKind.UNKNOWN_NAME: "找不到「{detail}」",
    FaultKind.BAD_DATE: "「{detail}」不是日期，请写成 2016-05-27 或 2016年5月27日",
    FaultKind.BAD_TIME: "「{detail}」不是时间，请写成 17:00",
    FaultKind.BAD_MOMENT: "「{detail}」不是时刻，请写成 2016-05-20 09:00 或 提前7天",
    FaultKind.BAD_NUMBER: "「{detail}」不是整数",
    FaultKind.TOO_SMALL: "太小，至少为 {detail}",
    FaultKind.TOO_BIG: "超出范围（{detail}）",
    FaultKind.END_BEFORE_START: "结束早于开始",
    FaultKind.DUPLICATE: "「{detail}」重复",
    FaultKind.ONE_CAMPAIGN: "一个文件只能有一个活动周",
    FaultKind.CIRCLE: "「{detail}」成了自己的上级",
    FaultKind.KEY_NEEDED: "活动「{detail}」有多行场次，每行都要写场次编号",
    FaultKind.DATE_NEEDED: "没有日期；日期不详请填“日期说明”",
    FaultKind.NO_DAYS: "这段日期里没有符合的日子",
    FaultKind.PARTS_DIFFER: "各分项之和与总数不符「{detail}」，请核对后再导入",
    FaultKind.ONE_OF_TWO: "「名称」和「馆」填且只填一个：名称是一套规则，馆是这个馆的默认规则",
    FaultKind.BAD_SPAN: "「{detail}」不是时长，请写成 30分钟、2小时 或 1天，或只写列名里那个单位的整数",
    FaultKind.BAD_AGES: "「{detail}」不是年龄，请写成 5-8岁、6岁以上 或 14岁以下（单元格请设为文本）",
    FaultKind.TWICE_TOLD: "「{detail}」已经写在别的列里，请只写一处",
    FaultKind.BOUNDS_CROSSED: "上限小于下限（与所用规则、馆的默认规则合在一起看）",
    FaultKind.NO_SUCH_RULES: "没有叫「{detail}」的报名规则，可以写：{names}",
    FaultKind.NO_PARTY_POSSIBLE: "按这些规则（连同所用规则和馆的默认规则）没有人能报名：每次最多人数、大人、孩子的要求互相矛盾",
    FaultKind.BAD_MASK: "「{detail}」不是读者证格式：# 代表一位数字，@ 代表一个字母，至少要有一个",
    FaultKind.TOO_MANY_QUESTIONS: "问题太多（每个活动最多 {detail} 个）",
    FaultKind.OPTIONS_NEEDED: "选择题至少要有两个选项，用；分开",
    FaultKind.NO_OPTIONS_HERE: "只有选择题才有选项",
    FaultKind.BAD_CONDITION: "「{detail}」要写成 编号=答案",
    FaultKind.NOT_ASKED_BEFORE: "「{detail}」不是同一活动里前面的问题",
    FaultKind.NOT_AN_OPTION: "「{detail}」不是那个问题的选项",
    FaultKind.BAD_SLOTS: "时段不能把这段时间平分，或没有写开始和结束时间（「{detail}」）",
    FaultKind.BAD_CARD: "不像读者证号：只能有字母和数字，4到24位",
    FaultKind.CARD_SHAPE: "读者证号不符合本馆默认规则里的格式",
    FaultKind.CARD_CHECK: "读者证号的校验位不对",
    FaultKind.ROUNDED_NUMBER: "位数太多，表格软件已改写这个号码：请把这一列设为文本再填",
    FaultKind.NO_CARDS: "没有读到读者证号：请一行一个，或用一列“读者证号”",
    FaultKind.BELOW_SEATS_TAKEN: "名额不能少于已占的 {detail} 座",
    FaultKind.BREAKS_EVENT: "与已有活动「{detail}」自己的规则矛盾，请先改那个活动",
    FaultKind.UNIT_BELOW_SEATS: "改变名额单位后，第 {detail} 场已报名的会超出名额",
    FaultKind.NUMBER_IN_USE: "公众号编号 {detail} 已被未结束的其他场次使用，请换一个场次编号",
    FaultKind.BAD_LINK: "「{detail}」不是网址，请写以 http:// 或 https:// 开头的完整网址",
    FaultKind.NO_PICTURE: "找不到照片「{detail}」，或它不是能读的图片（JPG、PNG），请把照片和文件放在一起",
    FaultKind.NO_SUCH_CAMPAIGN: "找不到活动周「{detail}」，请先导入活动文件",
}


LONGEST_DETAIL = 80
"""Letters of a file quoted in a sentence about a fault."""


def fault_line(fault: Fault) -> str:
    """One fault with its place: 场次 第 5 行 名额：「四十」不是整数."""
    place = []
    if fault.sheet is not None:
        place.append(f"表「{SHEETS[fault.sheet]}」")
    if fault.row is not None:
        place.append(f"第 {fault.row} 行")
    if fault.column:
        names = COLUMNS.get(fault.sheet, {}) if fault.sheet else {}
        place.append(f"「{names.get(fault.column, fault.column)}」列")
    choices = _VALUES.get(fault.column)
    hint = f"，可以写：{'、'.join(choices)}" if choices else ""
    named = "、".join(word_of(fault.column, name) for name in fault.names)[:LONGEST_DETAIL]
    sentence = _FAULTS[fault.kind].format(detail=fault.detail or named, choices=hint, names=named)
    return f"{' '.join(place)}：{sentence}" if place else sentence


def fault_report(faults: Iterable[Fault]) -> list[str]:
    """All faults, a line each, under a heading that says that nothing was imported."""
    lines = [fault_line(fault) for fault in faults]
    return [f"文件有 {len(lines)} 处错误，没有导入任何内容：", *(f"  {line}" for line in lines)]
