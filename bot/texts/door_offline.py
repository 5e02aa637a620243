"""What the scanner's page says by itself while there is no network: the same words as the server's (texts.door).

`{name}` is filled in by the page; the keys are known to bot/web/static/door_words.js.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from bot.texts.door import COUNTED, LET_IN, LET_IN_UNKNOWN, NOT_ALLOWED, NOTED, NOTHING_TO_UNDO, UNDONE, WORDS

_WORDS = {f"off.word.{result.value}": word for result, word in WORDS.items()} | {
    "off.word.unchecked": LET_IN_UNKNOWN,
    "off.word.let_in": LET_IN,
    "off.word.counted": COUNTED,
    "off.word.noted": NOTED,
    "off.word.undone": UNDONE,
    "off.word.nothing_to_undo": NOTHING_TO_UNDO,
    "off.word.not_allowed": NOT_ALLOWED,
    "off.word.unlisted": "查无此码",
    "off.word.unsaved": "没有记下",
    "off.word.unanswered": "没有结果",
    "off.word.no_place": "未选场次",
}
_LINES = {
    "off.numerals": "零一两三四五六七八九十",
    "off.reader": "读者",
    "off.tail": "{name} 尾号{last4}",
    "off.adults": "{n}大",
    "off.children": "{n}小",
    "off.party": "{who}，{adults}{children}共{n}人",
    "off.alone": "{who}，1人",
    "off.child": "{who}，1名儿童",
    "off.ok": "{who}。请入场。",
    "off.ok_part": "{who}，实到{n}人，还有{rest}人未到。请入场。",
    "off.already": "{who}，{time} 已到{n}人。不重复计数。",
    "off.already_listed": "{who}，名单上已到{n}人。不重复计数。",
    "off.already_part": "{who}，{time} 已到{n}人。其余的人到了请补到。",
    "off.already_listed_part": "{who}，名单上已到{n}人。其余的人到了请补到。",
    "off.wrong_occurrence": "这是{number}号《{title}》的票：{when}，{venue}。请引导前往。",
    "off.too_early": "{who}，本场还没有开始签到，请读者稍等。",
    "off.closed": "{who}，本场签到已结束。",
    "off.cancelled": "{who}，报名已取消。",
    "off.waitlisted": "{who}，还在候补。没有网络，不知道有没有空位。",
    "off.pending": "{who}，报名还没有通过审核。",
    "off.released": "{who}，来晚了，名额已让出。没有网络，不知道有没有空位。",
    "off.unknown": "不是本馆的入场码。",
    "off.unlisted": "名单上没有这个码。请核对后重输；确认是新报名的，点仍然放行。",
    "off.may_admit": "想进可点仍然放行，按现场参加计。",
    "off.ask": "本场须报名，请找组织者处理。",
    "off.unchecked": "请入场。本机名单上没有这张票，已记下，联网后自动核对。",
    "off.unchecked_no_list": "请入场。本机没有名单，已记下，联网后自动核对。",
    "off.let_in": "{who}，已放行，记{n}人，联网后上传。",
    "off.let_in_unknown": "已放行，联网后上传并核对。",
    "off.counted": "现场{n}人，已记在本机，联网后上传。",
    "off.noted": "{words}，已记在本机，联网后上传。",
    "off.undone": "这一次已撤销，联网后上传。",
    "off.nothing_to_undo": "只能撤销自己十分钟内的操作，更早的请找主管撤销。",
    "off.not_allowed": "本场须报名，不接待现场参加，没有记。破例请找组织者登记。",
    "off.no_place": "请先选择场次，再扫一次。",
    "off.unsaved": "没有网络，这台手机又存不下记录（无痕模式或空间已满）。请改用纸质名单，或换一台手机。",
    "off.unanswered": "页面关得太早，这一次没有得到结果。请再扫一次。",
    "off.strange": "服务器没有接受，请告诉主管。",
}
_NOTICES = {
    "off.notice.insecure": "此地址不是 https，断网时不能识别入场码，但计数和待核会保存。",
    "off.notice.unsaved": "这台手机存不下记录（无痕模式或空间已满）：断网时不能工作，请退出无痕模式或腾出空间。",
    "off.notice.outdated": "网页已更新，请刷新本页。没有上传的记录都还在手机里。",
}
OFFLINE: Final = MappingProxyType(_WORDS | _LINES | _NOTICES)
"""All of them by key, for the block of words in the page."""
