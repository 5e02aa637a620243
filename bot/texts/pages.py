"""Sentences of the web pages that depend on facts; what never changes stands in the templates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.clock import local
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.texts.moments import clock_words, moment_words, party_words, time_words


def calendar_note(facts: OccurrenceFacts, party: Party, short_code: str) -> str:
    """What a calendar entry says below its title."""
    return f"{party_words(party)}，到场请出示入场码 {short_code}。来不了请在公众号发送：取消 {facts.number}"


STATUS = {
    "confirmed": "已报名",
    "pending": "待审核",
    "held": "名额保留中",
    "offered": "有名额了",
    "entered": "已登记抽签",
    "cancelled": "已取消",
    "declined": "已放弃",
    "rejected": "未通过",
    "expired": "已过期",
    "lost": "未中签",
    "released": "座位已让出",
    "ended": "活动已结束",
    "occurrence_cancelled": "本场已取消",
    "event_only": "活动信息",
}
"""Headline of a ticket in each of its states."""


def waitlist_words(place: int) -> str:
    """A place in the waitlist."""
    return f"候补第 {place} 位"


def came_words(at: datetime, people: int) -> str:
    """When the party came, and how many."""
    return f"已签到 {clock_words(at)} · {people} 人"


def _before(until: datetime | None, now: datetime) -> str:
    """A deadline, with its day unless it is today."""
    if until is None:
        return "请尽快"
    is_today = local(until).date() == local(now).date()
    return f"请在 {clock_words(until) if is_today else moment_words(until)} 前"


def ticket_hint(state: str, number: int, until: datetime | None, now: datetime) -> str:
    """What the holder of a ticket can do now, one or two sentences."""
    before = _before(until, now)
    hints = {
        "confirmed": "到场出示此码，工作人员扫一扫。扫不了就报这六位入场码。",
        "came": "欢迎到场，祝您阅读愉快。",
        "waitlisted": f"有人退出时会按顺序递补，并在公众号通知您。不想等了：发送“取消 {number}”。",
        "at_door": "已开始签到，不再递补。到场时如有空位，请工作人员扫此码或输入六位码，可直接入场。",
        "pending": f"名额已为您保留，审核结果会在公众号通知您。不参加了：发送“取消 {number}”。",
        "held": f"{before}回到公众号完成报名，名额才算定下。",
        "offered": f"{before}回到公众号发送“确认”或“放弃”。",
        "entered": f"抽签结果会在公众号通知您。不参加了：发送“取消 {number}”。",
        "released": "开场后还没有签到，座位已让给现场的读者。您到了请出示此码，有空位就能入场。",
        "cancelled": f"这张入场码已失效。还想参加：在公众号发送“报名 {number}”。",
        "declined": f"您已放弃这个名额。还想参加：在公众号发送“报名 {number}”。",
        "rejected": "很抱歉，这次报名没有通过。说明见公众号里的通知；想看别的活动：发送“活动”。",
        "expired": f"名额到时没有定下，已让给其他读者。还想参加：在公众号发送“报名 {number}”。",
        "lost": "很遗憾，这个号没有中签，顺序和原因见下面的公示。想看别的活动：在公众号发送“活动”。",
        "ended": "感谢关注。想看接下来的活动：在公众号发送“活动”。",
        "occurrence_cancelled": "很抱歉，本场不再举行，不用到场。想看别的活动：在公众号发送“活动”。",
        "event_only": "这里只保留活动信息，报名信息已按读者的要求删除。",
    }
    return hints[state]


def check_in_opens_words(opens_at: datetime) -> str:
    """From when people can check in."""
    return f"{moment_words(opens_at)} 起可以签到"


SCREEN_TITLES = {
    "before": "签到还没有开始",
    "open": "现场签到",
    "ended": "签到已结束",
    "cancelled": "本场已取消",
    "no_sign_up": "本场无需报名",
}
"""Headline of a venue screen in each of its phases."""


def screen_note(phase: str, opens_at: datetime | None) -> str:
    """What a venue screen says where the code would be."""
    if phase == "before" and opens_at is not None:
        return check_in_opens_words(opens_at)
    notes = {
        "ended": "感谢您的到来，欢迎再来",
        "cancelled": "很抱歉，请在公众号发送“活动”查看其他场次",
        "no_sign_up": "欢迎直接参加，由工作人员统计人数",
    }
    return notes.get(phase, "")


SCREEN_QR = {True: "或微信扫一扫，直接签到", False: "或扫码看怎么签到"}
"""What is said of the QR on a venue screen; True: it checks in by itself."""


def screen_when(facts: OccurrenceFacts) -> str:
    """Time and place under the title of a venue screen."""
    return f"{time_words(facts)} · {facts.venue}" if facts.venue else time_words(facts)


def screen_beside(others: Sequence[OccurrenceFacts]) -> str:
    """Others at the same place whose doors are open too: the code is good for them as well."""
    return f"{'、'.join(facts.name for facts in others)} 的读者也可用此码签到" if others else ""


ERRORS = {
    400: ("这个请求读不懂", "地址或内容不完整。请回到公众号，重新点开链接再试一次。"),
    403: ("这里不对外开放", "这个页面只给指定的人员或设备使用。如果您认为应该能打开，请联系图书馆工作人员。"),
    404: (
        "没有找到这个页面",
        "链接可能没有复制完整，或者已经失效。在公众号发送“我的”，重新拿到入场码；发送“我的信息”，重新打开自己的信息。",
    ),
    405: ("不能这样打开这个页面", "请回到公众号，重新点开链接。"),
    413: ("内容太长了", "请把内容缩短一些，再发送一次。"),
    429: ("请稍等一分钟", "短时间内打不开的链接太多了，先歇一歇。一分钟后再试，您的报名不受影响。"),
    500: ("抱歉，我们这边出了点问题", "已经记下来了，请过一会儿再试。您已收到“报名成功”的活动不受影响。"),
    503: ("正在准备", "系统马上就好，请过一会儿再试。"),
}
"""Headline and advice of each error page."""


def error_words(status: int) -> tuple[str, str]:
    """Headline and advice for any status of 400 and above."""
    return ERRORS.get(status) or ERRORS[500 if status >= 500 else 400]
