"""What posters and drawn tickets say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from bot.domain.clock import local
from bot.domain.kinds import SignUp
from bot.domain.lottery import is_by_lot
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import day_words, moment_words, place_words, time_words
from bot.texts.refusals import age_words

_MARKS = r"\s：:，,。！!？?”’》】）)｜|—…"
PHRASE = re.compile(rf"[^{_MARKS}]*[{_MARKS}]*")
"""A phrase of a title with the marks behind it."""

CODE_LABEL = "入场码"
SHOW_AT_DOOR = "到场请出示二维码，或报入场码"
WHEN_LABEL, WHERE_LABEL, PARTY_LABEL = "时间", "地点", "人数"
NUMBER_LABEL = "活动编号"
THEN_SEND = "关注后发送"


def title_words(shown: Sequence[OccurrenceFacts]) -> str:
    """The large line."""
    return shown[0].title


def label_words(shown: Sequence[OccurrenceFacts]) -> str:
    """The label of a single occurrence; of several, how many there are."""
    return shown[0].label if len(shown) == 1 else f"共 {len(shown)} 场"


def fact_lines(shown: Sequence[OccurrenceFacts]) -> list[tuple[str, str]]:
    """Names and values under the title; the first is the most important."""
    first = shown[0]
    lines = [] if len(shown) > 1 else [("时间", time_words(first))]
    if len({place_words(each) for each in shown}) == 1:
        lines.append(("地点", place_words(first)))
    if first.speaker:
        lines.append(("主讲", first.speaker))
    rules = first.rules
    ages = age_words(rules) if rules.age_min is not None or rules.age_max is not None else ""
    if who := "，".join(part for part in ("、".join(first.audience), ages) if part):
        lines.append(("对象", who))
    if first.sign_up is SignUp.NONE:
        lines.append(("参加", "无需报名，直接到场"))
        return lines
    if len(shown) == 1 and first.capacity is not None:
        lines.append(("名额", f"{first.capacity} 位{'，抽签决定' if is_by_lot(first) else ''}"))
    if len(shown) == 1 and first.opens_at is not None:
        lines.append(("报名", f"{moment_words(first.opens_at)} 起"))
    if len(shown) == 1 and first.closes_at is not None:
        lines.append(("截止", moment_words(first.closes_at)))
    return lines


def date_lines(shown: Sequence[OccurrenceFacts]) -> list[tuple[str, str]]:
    """Of several occurrences: the number of each, and when it is; with the place where they differ."""
    if len(shown) == 1:
        return []
    places = {place_words(each) for each in shown}
    return [
        (str(each.number), time_words(each) + (f" {each.venue or each.library_name}" if len(places) > 1 else ""))
        for each in shown
    ]


def more_dates(count: int) -> str:
    """Occurrences that had no room."""
    return f"另有 {count} 场，请在公众号发送「活动」查看"


def call_words(facts: OccurrenceFacts, *, scene: bool, code: bool) -> str:
    """The large line beside the code."""
    needs = facts.sign_up is not SignUp.NONE
    if scene:
        return "扫码报名" if needs else "扫码看详情"
    if code:
        return "扫码关注，发送"
    return "微信搜索公众号"


def message_words(facts: OccurrenceFacts, *, single: bool) -> str:
    """What a reader sends."""
    if not single:
        return "报名 编号" if facts.sign_up is not SignUp.NONE else "编号"
    return f"报名 {facts.number}" if facts.sign_up is not SignUp.NONE else str(facts.number)


def hint_words(facts: OccurrenceFacts, account: str, *, scene: bool, single: bool) -> str:
    """The small line under the call."""
    name = f"「{account}」" if account else "图书馆公众号"
    if scene:
        return f"微信扫一扫，按提示操作；也可在公众号{name}发送"
    return f"关注公众号{name}后，把上面这行字发给它" + ("" if single else "，“编号”换成场次前的数字")


def searched_name(account: str, library: str) -> str:
    """Whom to look for, where there is no code."""
    return account or library


def contact_words(contact: str) -> str:
    """The last line."""
    return f"咨询：{contact}" if contact else ""


def file_name(facts: OccurrenceFacts, ending: str) -> str:
    """Name of a downloaded poster."""
    return f"海报-{facts.number}.{ending}"


def good_until(moment: datetime) -> str:
    """Until when a printed code is good."""
    here = local(moment)
    return f"{here.year}年{day_words(moment)}"


NEVER_FIRST = "，。！？：；、）》】」』”’…％,.!?:;)]}"
ELLIPSIS = "…"
WORD = re.compile(r"[!-~]+ ?|.")
"""What a line is not broken within: a Latin word, else one character."""
