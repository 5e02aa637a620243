"""What posters and drawn tickets say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from bot.domain.kinds import SignUp
from bot.domain.lottery import is_by_lot
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import moment_words, place_words, time_words
from bot.texts.refusals import age_words
from bot.texts.sessions import SIGN_IN_FIRST

_MARKS = r"\s：:，,。！!？?”’》】）)｜|—…"
PHRASE = re.compile(rf"[^{_MARKS}]*[{_MARKS}]*")
"""A phrase of a title with the marks behind it."""

CODE_LABEL = "入场码"
SHOW_AT_DOOR = "到场请出示二维码，或报入场码"
WHEN_LABEL, WHERE_LABEL, PARTY_LABEL = "时间", "地点", "人数"
NUMBER_LABEL = "编号"
THEN_SEND = "关注后发送"


def title_words(shown: Sequence[OccurrenceFacts]) -> str:
    """The large line."""
    return shown[0].title


def label_words(shown: Sequence[OccurrenceFacts]) -> str:
    """The label of a single occurrence; of several, how many there are."""
    return shown[0].label if len(shown) == 1 else f"共 {len(shown)} 场"


def fact_lines(shown: Sequence[OccurrenceFacts]) -> list[tuple[str, str, str]]:
    """Name, value and small print of what stands under the title; the first two are the most important."""
    first = shown[0]
    lines = [] if len(shown) > 1 else [("时间", time_words(first), "")]
    if len({place_words(each) for each in shown}) == 1:
        lines.append(("地点", first.venue or first.library_name, first.address))
    if first.speaker:
        lines.append(("主讲", first.speaker, ""))
    rules = first.rules
    ages = age_words(rules) if rules.age_min is not None or rules.age_max is not None else ""
    if who := "，".join(part for part in ("、".join(first.audience), ages) if part):
        lines.append(("对象", who, ""))
    if first.sign_up is SignUp.NONE:
        lines.append(("参加", "无需报名，直接到场", ""))
        return lines
    if len(shown) == 1 and first.capacity is not None:
        lines.append(("名额", f"{first.capacity} 位{'，抽签决定' if is_by_lot(first) else ''}", ""))
    if len(shown) == 1 and first.opens_at is not None:
        lines.append(("报名", f"{moment_words(first.opens_at)}起", ""))
    if len(shown) == 1 and first.closes_at is not None:
        lines.append(("截止", moment_words(first.closes_at), ""))
    return lines


def date_lines(shown: Sequence[OccurrenceFacts]) -> list[tuple[str, str, str]]:
    """Of several occurrences: the number of each, when it is, and where, if they are not all at one place."""
    if len(shown) == 1:
        return []
    places = {place_words(each) for each in shown}
    return [
        (str(each.number), time_words(each), (each.venue or each.library_name) if len(places) > 1 else "")
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


def hint_words(shown: Sequence[OccurrenceFacts], account: str, *, scene: bool) -> str:
    """The small line under the call."""
    name = f"公众号「{account}」" if account else "图书馆公众号"
    if scene:
        return f"微信扫一扫，按提示操作；也可以在{name}发送"
    needs = shown[0].sign_up is not SignUp.NONE
    if len(shown) == 1:
        return (
            f"关注{name}后，把这行字发给它，按提示报名" if needs else f"不用报名；关注{name}后发送这个数字，可以看详情"
        )
    example = f"报名 {shown[0].number}" if needs else str(shown[0].number)
    return f"关注{name}后发送，“编号”换成日期前的数字，如“{example}”"


def searched_name(account: str, library: str) -> str:
    """Whom to look for, where there is no code."""
    return account or library


def contact_words(contact: str) -> str:
    """The last line."""
    return f"咨询：{contact}" if contact else ""


def file_name(number: int, ending: str) -> str:
    """Name of a downloaded poster."""
    return f"海报-{number}.{ending}"


NEVER_FIRST = "，。！？：；、）》】」』”’…％,.!?:;)]}"
ELLIPSIS = "…"
WORD = re.compile(r"\d+月\d+日（周.）|[!-~]+ ?|.")
"""What a line is not broken within: a day, a Latin word, else one character."""


def file_name_of_all() -> str:
    """Name of the file with all posters."""
    return "海报-全部.pdf"


def preview_words(shown: Sequence[OccurrenceFacts]) -> str:
    """The poster for who cannot see it."""
    facts = [f"{name}：{value} {small}".rstrip() for name, value, small in fact_lines(shown)]
    return "，".join(["海报预览", shown[0].title, *facts])


def lost_words(letters: str) -> str:
    """Letters that no form is known of."""
    return f"字库里没有“{letters}”，海报上以“〓”代替。请换用常用字，或打印后手写补上。" if letters else ""


def code_notes(note: str, good_until: datetime | None, number: int) -> list[str]:
    """What whoever hangs the poster up must know of its code."""
    until = moment_words(good_until) if good_until is not None else ""
    notes = {
        "temporary": [f"海报上的二维码扫一次就到这一场，有效到 {until}，活动结束后自然失效。改期后请重新打印。"],
        "permanent": [
            "海报上的二维码扫一次就到这一场，一直有效。",
            f"活动结束后请取下海报：编号 {number} 以后可能给新的活动，旧海报会把读者带到那里。",
        ],
        "short": [f"二维码只能用到 {until}，早于活动结束。请在那以前重新打印一次。"],
        "away": ["微信暂时没有给出本场的二维码，海报先写上报名的办法。过几分钟再打开这一页，就会换成扫码报名。"],
        "no_right": [
            "本账号没有专属二维码的权限（要已认证的服务号），海报印的是公众号二维码，读者关注后照海报上的字发送。"
        ],
        "no_code": [
            "海报上没有二维码：本账号没有专属二维码的权限，也没有填写公众号二维码。"
            "请管理员用扫码工具读出公众号二维码里的网址，填入 WECHAT_ACCOUNT_QR。"
        ],
    }
    return notes[note]


def poster_link(facts: OccurrenceFacts, url: str) -> str:
    """海报 12."""
    return f"海报：{facts.number}. {facts.name}\n预览和下载（A4、A3、手机图片）：{url}\n{SIGN_IN_FIRST}"


def how_to_get_poster(url: str) -> str:
    """海报 without a number."""
    return f"请发送「海报」加场次编号，如「海报 12」。全部海报：{url}"


def posters_for_organisers() -> str:
    """海报 from a volunteer."""
    return "没有权限：海报由活动组织者制作。请联系本馆的活动组织者，或发送「帮助」查看可以发送的内容。"
