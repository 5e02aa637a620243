"""What is said of paper lists that are marked afterwards, in the chat and on the page."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.paper import Marked, MarkResult
from bot.texts.moments import moment_words

MOST_CODES = 50
AUDIENCES = (("adult", "成人"), ("child", "儿童"), ("senior", "老人"))

STATES = {
    "confirmed": "已报名",
    "released": "座位已让出",
    "waitlisted": "候补",
    "pending": "待审核",
    "cancelled": "已取消",
}
"""State of a registration on the list."""


def chat_report(marked: Sequence[Marked]) -> str:
    """The answer to 核销 with several codes."""
    parts = [*_counted(marked), *_problems(marked)]
    return "\n".join(parts) + "\n记错请十分钟内发送「撤销」收回最后一条；更早的请联系主管。"


def page_report(marked: Sequence[Marked], walk_ins: int) -> list[str]:
    """The lines at the head of the page after marking."""
    noted = [f"现场参加 {walk_ins} 人"] if walk_ins else []
    return [*_counted(marked), *noted, *_problems(marked)] or [
        "没有勾选，没有登记。请勾选“全到”或填写实到人数后再提交。"
    ]


def _counted(marked: Sequence[Marked]) -> list[str]:
    done = [each for each in marked if each.result is MarkResult.MARKED]
    without = [each for each in marked if each.result is MarkResult.WITHOUT_PLACE]
    already = [each for each in marked if each.result is MarkResult.ALREADY]
    lines = []
    if done:
        lines.append(f"已补录 {len(done)} 组 {sum(each.people for each in done)} 人：{_listed(done)}")
    if without:
        lines.append(f"没有名额，按现场参加计 {sum(each.people for each in without)} 人：{_listed(without)}")
    if already:
        lines.append(f"已签到，不重复计数：{_listed(already)}")
    return lines


def _listed(marked: Sequence[Marked]) -> str:
    return "、".join(f"{each.code} {each.name} {each.people}人".replace("  ", " ") for each in marked)


def _problems(marked: Sequence[Marked]) -> list[str]:
    lines = []
    unknown = [each.code for each in marked if each.result is MarkResult.UNKNOWN]
    if unknown:
        lines.append(f"没有找到：{'、'.join(unknown)}。请核对纸上的六位入场码。")
    for each in marked:
        if each.door is None:
            continue
        where = f"{each.door.number}. {each.door.name}"
        if each.result is MarkResult.NOT_SERVED:
            lines.append(f"没有权限：{each.code} 是 {where} 的，不在您负责的场次内。")
        if each.result is MarkResult.NOT_OPEN:
            lines.append(f"{each.code}：{where} {_from(each.door)} 起才能签到。")
    return lines


def _from(door: OccurrenceFacts) -> str:
    return moment_words(door.check_in_opens_at) if door.check_in_opens_at is not None else ""


def too_many_codes() -> str:
    """More than one message can hold."""
    return f"一次最多 {MOST_CODES} 个入场码，没有登记。请分几条发送，或打开网页补录。"


def codes_left_out(codes: Sequence[str]) -> str:
    """More codes than one form takes: those from here on were not looked at."""
    return f"一次最多补录 300 个入场码，从 {codes[0]} 起的 {len(codes)} 个没有登记。请分几次提交。"


def sheet_link(facts: OccurrenceFacts, sheet: str, marking: str) -> str:
    """签到表 12."""
    return (
        f"签到表：{facts.number}. {facts.name}\n下载打印：{sheet}\n活动后补录：{marking}\n"
        "打开后如要求登录，请按网页提示发送「登录」和六位登录码。"
    )


def how_to_get_sheet() -> str:
    """签到表 without a number."""
    return "请发送「签到表」加场次编号，如「签到表 12」，得到可以打印的签到表。"
