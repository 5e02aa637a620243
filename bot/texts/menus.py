"""Words of the account's menus, and of the numbered ones that stand in for them where the account has none."""

from __future__ import annotations

LIST = "活动"
MINE = "我的"
HELP = "帮助"
SCAN = "扫码签到"
SCAN_FOR_STAFF = "扫码签到（工作人员）"
MORE = "更多"
TODAY = "今日"
RECORD = "记录"
RECORD_HOW = "记台账 · 现场人数"
STATS = "统计"
SCAN_PAGE = "网页扫码（没网也能用）"
LIST_AS_READER = "活动"
MINE_AS_READER = "我的报名"

STAFF_TAG = "书签工作人员"
"""The tag that shows the menu of staff; at most 30 bytes."""

_READERS = ("01 看活动", "02 我的报名", "03 帮助")
_STAFF = ("04 今日", "05 记录", "06 统计", "07 网页扫码")


def text_menu(*, staff: bool) -> str:
    """The numbered menu of an account that has no other. Bare numbers are occurrences, so these begin with a zero."""
    lines = ["回复编号（带0）：" + "　".join(_READERS)]
    if staff:
        lines.append("工作人员：" + "　".join(_STAFF))
    return "\n".join(lines)


def how_to_record(tally: str, walk_ins: str, number: int | None) -> str:
    """记录: how a quantity and walk-ins are noted, with the occurrence of the moment for an example."""
    if number is None:
        return (
            f"记台账：发送「{tally} 12」；登记现场人数：发送「{walk_ins} 12」（12 换成场次编号）。\n"
            "记错请十分钟内发送「撤销」，看数字请发送「今日」。"
        )
    return (
        f"记台账：发送「{tally}」；登记现场人数：发送「{walk_ins}」。现在记到编号 {number}，"
        f"要记到别的场次，请在末尾加它的编号，如「{tally} {number + 1}」。\n记错请十分钟内发送「撤销」，看数字请发送「今日」。"
    )
