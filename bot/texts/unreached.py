"""What organisers are told about readers whom no message reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.kinds import NoticeKind
from bot.domain.unreached import (
    MayNotSee,
    NotUnreached,
    ResendOutcome,
    ToSendAgain,
    UnreachedPlace,
    UnreachedReader,
    Why,
)
from bot.texts.moments import moment_words
from bot.texts.sessions import SIGN_IN_FIRST

MOST_IN_CHAT = 12

KIND_WORDS = {
    NoticeKind.REMINDER: "活动提醒",
    NoticeKind.PROMOTED: "候补成功",
    NoticeKind.OCCURRENCE_CANCELLED: "活动取消",
    NoticeKind.OCCURRENCE_CHANGED: "活动变更",
    NoticeKind.OFFERED: "候补递补，等读者确认",
    NoticeKind.OFFER_LAPSED: "名额已过期",
    NoticeKind.APPROVED: "审核通过",
    NoticeKind.REJECTED: "审核未通过",
    NoticeKind.LOTTERY_WON: "中签",
    NoticeKind.LOTTERY_LOST: "未中签",
    NoticeKind.NO_SHOW: "未到场记录",
    NoticeKind.SUSPENDED: "暂停报名",
    NoticeKind.APPEAL_ANSWERED: "申诉结果",
}
WHY_WORDS = {
    Why.FAILED: "没有送达",
    Why.UNKNOWN: "不确定是否送达，读者可能已看到",
    Why.WAITS: "没有通道可发，等读者下次发消息时显示",
}
_CODES = {
    40003: "没有关注",
    43004: "已取消关注",
    43019: "被公众号拉黑",
    43101: "没有订阅，或已退订",
    48002: "读者拒收消息",
    45015: "超过48小时没有联系",
    45047: "连续发送已达上限",
    48001: "公众号没有这项权限",
}
CHANNEL_WORDS = {
    "": "尚无通道",
    "banner": "等读者下次发消息",
    "customer_service": "客服消息",
    "template": "模板消息",
    "notice": "订阅通知",
    "once": "一次性订阅消息",
}


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One reader on the page. `dial` is the number as a phone dials it."""

    notice_id: int
    name: str
    phone: str
    dial: str
    about: str
    why: str


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """One occurrence on the page."""

    number: int
    name: str
    when: str
    readers: tuple[ReaderLine, ...]


def place_card(place: UnreachedPlace) -> PlaceCard:
    """An occurrence as the page shows it."""
    when = moment_words(place.starts_at) if place.starts_at else "时间待定"
    return PlaceCard(place.number, place.name, when, tuple(_line(each) for each in place.readers))


def _line(reader: UnreachedReader) -> ReaderLine:
    phone = reader.phone.removeprefix("+86")
    code = _CODES.get(reader.error_code or 0, "")
    why = f"{WHY_WORDS[reader.why]}（{code}）" if code else WHY_WORDS[reader.why]
    return ReaderLine(reader.notice_id, reader.name or "未留姓名", phone, reader.phone, KIND_WORDS[reader.kind], why)


def why_in_words(channel: str, error_code: int | None) -> str:
    """Which way a notice took, and why it did not arrive, for the list of the command line."""
    way = CHANNEL_WORDS.get(channel, channel)
    code = _CODES.get(error_code or 0, "")
    return f"{way}：{code}" if code else way


def sent_again(outcome: ResendOutcome) -> str:
    """What came of the button."""
    match outcome:
        case ToSendAgain():
            return "已重新排队发送，几秒后刷新可看结果。夜间会等到早上再发，急事请直接打电话。"
        case NotUnreached():
            return "这条通知已经送达、已经过时，或不属于本馆。请看下面的最新名单。"
        case MayNotSee():
            return not_organising()


def chat_counts(counts: Sequence[tuple[int, str, int]], url: str) -> str:
    """未送达 in the chat: nobody is named."""
    if not counts:
        return "没有未送达的通知，读者都通知到了。发送「今日」看今天的数字。"
    lines = [f"有 {sum(count for _, _, count in counts)} 位读者可能没有收到通知："]
    lines += [f"{number}. {name}，{count} 位" for number, name, count in counts[:MOST_IN_CHAT]]
    if len(counts) > MOST_IN_CHAT:
        lines.append("……")
    lines.append(f"看名单、打电话或再发一次：{url}\n{SIGN_IN_FIRST}")
    return "\n".join(lines)


def not_organising() -> str:
    """Venue staff asked."""
    return "没有权限：未送达名单由活动组织者查看。找人帮忙请发送「人工」。"
