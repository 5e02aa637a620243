"""The sentences of notices: reminders, promotions, changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.clock import local, local_day
from bot.domain.kinds import NoticeKind, RegistrationStatus
from bot.domain.notice import Letter
from bot.texts.moments import clock_words, day_words, moment_words

_SEPARATOR = "\n————\n"
SEPARATOR_BYTES = len(_SEPARATOR.encode())


def word_notice(letter: Letter, ticket_url: str) -> str:
    """The whole message; ends with what the reader can send next."""
    return _WORDINGS[letter.kind](letter, ticket_url)


def _reminder(letter: Letter, ticket_url: str) -> str:
    return (
        f"【活动提醒】您报名的《{letter.name}》{_how_soon(letter)}开始。\n"
        f"{_when_and_where(letter)}\n"
        f"人数：{letter.people}人  入场短码：{letter.short_code}\n"
        f"入场码：{ticket_url}\n"
        f"来不了请回复「取消 {letter.number}」，把名额让给候补的读者；不想再收提醒请回复「提醒 关」。"
    )


def _promoted(letter: Letter, ticket_url: str) -> str:
    return (
        f"【候补成功】《{letter.name}》有名额空出，已为您确认，共{letter.people}人。\n"
        f"{_when_and_where(letter)}\n"
        f"入场短码：{letter.short_code}\n"
        f"入场码：{ticket_url}\n"
        f"来不了请回复「取消 {letter.number}」。"
    )


def _cancelled(letter: Letter, ticket_url: str) -> str:
    reason = letter.facts.get("reason", "")
    because = f"原因：{reason}\n" if reason else ""
    contact = f"咨询：{letter.contact}\n" if letter.contact else ""
    return (
        f"【活动取消】很抱歉，您报名的《{letter.name}》（{when(letter)}）取消了，请不要前往。\n"
        f"{because}{contact}"
        "回复「活动」看看其他场次。"
    )


def _changed(letter: Letter, ticket_url: str) -> str:
    verb, kept = _STANDINGS.get(letter.registration_status, ("报名", "名额已为您保留"))
    restored = letter.facts.get("restored") == "yes"
    what = "此前通知取消，现照常举行" if restored else "有变动"
    has_ticket = letter.registration_status is RegistrationStatus.CONFIRMED
    ticket = f"入场码不变：{ticket_url}\n" if has_ticket else "发送「我的」查看进度。\n"
    return (
        f"【活动变更】您{verb}的《{letter.name}》{what}，请以下面的时间地点为准，{kept}。\n"
        f"{_when_and_where(letter)}\n"
        f"{ticket}"
        f"来不了请回复「取消 {letter.number}」。"
    )


_STANDINGS = {
    RegistrationStatus.WAITLISTED: ("候补", "您的候补位次不变"),
    RegistrationStatus.ENTERED: ("登记抽签", "您的抽签登记不变"),
    RegistrationStatus.PENDING: ("报名", "审核中的名额已为您保留"),
    RegistrationStatus.OFFERED: ("候补", "待您确认的名额仍为您保留"),
}
"""What the reader did, and what stays of it, by where the registration stands."""


def _until_words(letter: Letter) -> str:
    """Until when an answer is needed, from the facts of the notice."""
    until = letter.facts.get("until", "")
    return moment_words(datetime.fromisoformat(until)) if until else "活动开始前"


def _offered(letter: Letter, ticket_url: str) -> str:
    return (
        f"【候补递补】《{letter.name}》有名额空出，为您一行{letter.people}人保留到{_until_words(letter)}。\n"
        f"{_when_and_where(letter)}\n"
        f"要这个名额请回复「确认 {letter.number}」，不要请回复「放弃 {letter.number}」；到时没有回复就让给下一位。"
    )


def _offer_lapsed(letter: Letter, ticket_url: str) -> str:
    because = letter.facts.get("because")
    if because is not None:
        whose = "同一家庭" if because == "family" else "您"
        return (
            f"【候补结束】《{letter.name}》有名额了，但{whose}已有这项活动的名额，按规则名额让给了下一位。\n"
            f"发送「我的」查看已有的报名，有疑问请发送「人工」。"
        )
    return (
        f"【名额已过期】《{letter.name}》为您保留的名额没有等到回复，已让给下一位。\n"
        f"还想参加可发送「候补 {letter.number}」重新排队，或发送「活动」看看其他场次。"
    )


def _approved(letter: Letter, ticket_url: str) -> str:
    return (
        f"【审核通过】您报名的《{letter.name}》已通过，共{letter.people}人。\n"
        f"{_when_and_where(letter)}\n"
        f"入场短码：{letter.short_code}\n"
        f"入场码：{ticket_url}\n"
        f"来不了请回复「取消 {letter.number}」。"
    )


def _rejected(letter: Letter, ticket_url: str) -> str:
    reason = letter.facts.get("reason", "")
    because = f"原因：{reason}\n" if reason else ""
    return (
        f"【审核未通过】很抱歉，您报名的《{letter.name}》未通过审核。\n{because}"
        "有疑问请发送「人工」，或发送「活动」看看其他场次。"
    )


def _lottery_won(letter: Letter, ticket_url: str) -> str:
    won = f"【中签】恭喜，您中签了！《{letter.name}》，共{letter.people}人。\n{_when_and_where(letter)}\n"
    if not letter.facts.get("until"):
        return (
            f"{won}名额已为您确认。\n入场短码：{letter.short_code}\n入场码：{ticket_url}\n"
            f"来不了请回复「取消 {letter.number}」。"
        )
    return (
        f"{won}"
        f"请在{_until_words(letter)}前回复「确认 {letter.number}」，逾期名额让给候补；不参加请回复「放弃 {letter.number}」。"
    )


def _lottery_lost(letter: Letter, ticket_url: str) -> str:
    if "served" in letter.facts:
        return (
            f"【未中签】《{letter.name}》没有为您抽签或递补：您家在同一系列活动中已有名额，每家一个。\n"
            "发送「我的」看已有的名额。"
        )
    if "same_as" in letter.facts:
        return (
            f"【未中签】《{letter.name}》您的登记与{letter.facts['same_as']}号是同一家庭，按规则合为一组，由{letter.facts['same_as']}号参加抽签。\n"
            "发送「活动」看看其他场次。"
        )
    place = letter.facts.get("place", "")
    line = f"您是候补第{place}位，有人放弃会按抽签顺序递补并通知您。" if place else ""
    return f"【未中签】很遗憾，《{letter.name}》您这次未中签。{line}\n发送「活动」看看其他场次。"


def _no_show(letter: Letter, ticket_url: str) -> str:
    return (
        f"【未到场】您报名的《{letter.name}》（{when(letter)}）没有签到记录。{_how_far(letter)}\n"
        "来不了时请提前发送「取消 编号」，把名额让给候补的读者。"
        f"如果您到场了或有特殊情况，请发送「申诉 {letter.short_code} 原因」，由工作人员核对；发送「我的信用」看全部记录。"
    )


def _how_far(letter: Letter) -> str:
    """The rule and how near it is (library-domain P17); facts are numbers, worded here."""
    facts = letter.facts
    if facts.get("policy") == "points":
        return f"信用分扣{facts.get('points', '')}分，现有{facts.get('left', '')}分，扣到0分将暂停报名。"
    if "times" not in facts:
        return ""
    days, limit = facts.get("window_days", ""), facts.get("limit", "")
    return f"这是{days}天内第{facts['times']}次，满{limit}次将暂停报名。"


def _suspended(letter: Letter, ticket_url: str) -> str:
    facts = letter.facts
    days, times = facts.get("window_days", ""), facts.get("limit", "")
    by_points = facts.get("policy") == "points"
    rule = "信用分已扣完" if by_points else f"{days}天内有{times}次报名后未到场也未取消"
    names = facts.get("counted", "").split("\n")
    counted = "、".join(f"《{name}》" for name in names if name) or f"《{letter.name}》"
    anew = "，届时信用分重新计算" if by_points else ""
    return (
        f"【暂停报名】您{rule}（{counted}），按规则到{_until_words(letter)}恢复报名{anew}。\n"
        "无需报名的活动照常参加。有特殊情况请发送"
        f"「申诉 {facts.get('code', '')} 原因」，由工作人员处理；发送「我的信用」看全部记录。"
    )


def _appeal_answered(letter: Letter, ticket_url: str) -> str:
    facts = letter.facts
    lifted, because = facts.get("lifted") == "yes", facts.get("because", "")
    reason = facts.get("reason", "")
    explained = f"说明：{reason}\n" if reason else ""
    if facts.get("about") == "mark":
        result = "已撤销这次爽约记录" if lifted else "核对后维持原来的记录"
        result += "，并已恢复报名" if facts.get("open") == "yes" else ""
    else:
        result = "已为您恢复报名" if lifted else "核对后维持原来的处理"
    if because == "records":
        return f"【恢复报名】核对签到记录后，《{letter.name}》不再计为爽约，{result}。给您添了麻烦，请见谅。\n发送「活动」看看近期活动。"
    about = f"关于《{letter.name}》，" if because else f"您关于《{letter.name}》的申诉，"
    head = "【恢复报名】" if because else "【申诉结果】"
    return f"{head}{about}{result}。\n{explained}发送「活动」看看近期活动，还有疑问请发送「人工」。"


def _report_drafted(letter: Letter, ticket_url: str) -> str:
    return (
        f"【周报草稿】《{letter.title}》已结束，统计和总结草稿已生成：{letter.facts.get('link', '')}\n"
        f"{_until_words(letter)}定稿，定稿前请核对本馆数字：发送「核对」查看，无误请回复「核对 无误」，有误可发送「更正」。"
    )


def _report_frozen(letter: Letter, ticket_url: str) -> str:
    number = letter.facts.get("number", "1")
    return (
        f"【周报定稿】《{letter.title}》的数据已定稿，第{number}版：{letter.facts.get('link', '')}\n"
        f"此后更正由主管办理，每次更正另存一版；发送「周报」看主要数字。"
    )


_WORDINGS = {
    NoticeKind.REPORT_DRAFTED: _report_drafted,
    NoticeKind.REPORT_FROZEN: _report_frozen,
    NoticeKind.OFFERED: _offered,
    NoticeKind.OFFER_LAPSED: _offer_lapsed,
    NoticeKind.APPROVED: _approved,
    NoticeKind.REJECTED: _rejected,
    NoticeKind.LOTTERY_WON: _lottery_won,
    NoticeKind.LOTTERY_LOST: _lottery_lost,
    NoticeKind.NO_SHOW: _no_show,
    NoticeKind.SUSPENDED: _suspended,
    NoticeKind.APPEAL_ANSWERED: _appeal_answered,
    NoticeKind.REMINDER: _reminder,
    NoticeKind.PROMOTED: _promoted,
    NoticeKind.OCCURRENCE_CANCELLED: _cancelled,
    NoticeKind.OCCURRENCE_CHANGED: _changed,
}


def _how_soon(letter: Letter) -> str:
    hours = float(letter.facts.get("hours", "24"))
    return "即将" if hours <= 3 else f"将于{when(letter)}"


def when(letter: Letter) -> str:
    """When it begins, as readers say it."""
    if letter.starts_at is None:
        return letter.date_text or "时间待定"
    if letter.all_day:
        return f"{day_words(letter.starts_at)}全天"
    return moment_words(letter.starts_at)


def where(letter: Letter) -> str:
    """Venue and address."""
    return f"{letter.venue} {letter.address}".strip() or "地点待定"


def _until(letter: Letter) -> str:
    """The end on the same day: a change may be of the end alone."""
    start, end = letter.starts_at, letter.ends_at
    if start is None or end is None or letter.all_day or end <= start or local_day(start) != local_day(end):
        return ""
    return f"–{clock_words(end)}"


def _when_and_where(letter: Letter) -> str:
    return f"时间：{when(letter)}{_until(letter)}\n地点：{where(letter)}"


KIND_VALUE = "what"
TEMPLATE_VALUES = frozenset({"title", "start", "place", "number", "code", KIND_VALUE})


def template_fields(letter: Letter) -> dict[str, str]:
    """What a template's fields can be filled with, by name (`TEMPLATE_VALUES`); `what` is the kind of the notice."""
    return {
        "title": letter.name,
        "start": local(letter.starts_at).strftime("%Y-%m-%d %H:%M") if letter.starts_at else "",
        "place": letter.venue or "见入场码",
        "number": str(letter.number),
        "code": letter.short_code,
        KIND_VALUE: _WHAT[letter.kind],
    }


def cut(text: str, length: int) -> str:
    """At most that many characters, with … for what is left out."""
    return text if len(text) <= length else text[: length - 1] + "…"


def once_title(letter: Letter) -> str:
    """The head of a one-time subscription message, at most 15 characters."""
    return _WHAT[letter.kind]


_WHAT = {
    NoticeKind.REMINDER: "活动提醒",
    NoticeKind.PROMOTED: "候补成功",
    NoticeKind.OCCURRENCE_CANCELLED: "活动取消",
    NoticeKind.OCCURRENCE_CHANGED: "活动变更",
    NoticeKind.OFFERED: "候补递补",
    NoticeKind.OFFER_LAPSED: "候补结束",
    NoticeKind.APPROVED: "审核通过",
    NoticeKind.REJECTED: "审核未通过",
    NoticeKind.LOTTERY_WON: "抽签中签",
    NoticeKind.LOTTERY_LOST: "抽签未中",
    NoticeKind.NO_SHOW: "未到场",
    NoticeKind.SUSPENDED: "暂停报名",
    NoticeKind.APPEAL_ANSWERED: "申诉结果",
    NoticeKind.REPORT_DRAFTED: "周报草稿",
    NoticeKind.REPORT_FROZEN: "周报定稿",
}
"""At most five Chinese characters: a field of type `phrase` takes no more."""


def headed_by_banner(lines: Sequence[str], answer: str) -> str:
    """An answer with the waiting notices at its head."""
    return "\n".join(lines) + _SEPARATOR + answer


def word_in_short(letter: Letter) -> str:
    """The notice in one line, for the head of an answer."""
    if letter.kind is NoticeKind.REMINDER:
        return f"【提醒】{letter.number} 《{letter.name}》{when(letter)}，{where(letter)}"
    if letter.kind is NoticeKind.PROMOTED:
        return f"【候补成功】{letter.number} 《{letter.name}》{when(letter)}，回复「我的」看入场码"
    if letter.kind is NoticeKind.OCCURRENCE_CANCELLED:
        return f"【取消】《{letter.name}》（{when(letter)}）已取消，请不要前往"
    if letter.kind is NoticeKind.OCCURRENCE_CHANGED:
        now = "照常举行，" if letter.facts.get("restored") == "yes" else "改为"
        return f"【变更】{letter.number} 《{letter.name}》{now}{when(letter)}，{where(letter)}"
    if letter.kind is NoticeKind.OFFER_LAPSED and letter.facts.get("because"):
        return f"【候补结束】{letter.number} 《{letter.name}》限报一场，名额让给了下一位"
    if letter.kind is NoticeKind.LOTTERY_WON and not letter.facts.get("until"):
        return f"【中签】{letter.number} 《{letter.name}》名额已确认，回复「我的」看入场码"
    return _SHORT[letter.kind].format(
        number=letter.number, name=letter.name, until=_until_words(letter), version=letter.facts.get("number", "1")
    )


_SHORT = {
    NoticeKind.REPORT_DRAFTED: "【周报草稿】《{name}》草稿已生成，{until}定稿，回复「周报」查看、「核对」确认本馆数字",
    NoticeKind.REPORT_FROZEN: "【周报定稿】《{name}》第{version}版已定稿，回复「周报」查看",
    NoticeKind.OFFERED: "【候补递补】{number} 《{name}》有名额，{until}前回复「确认 {number}」或「放弃 {number}」",
    NoticeKind.OFFER_LAPSED: "【名额已过期】{number} 《{name}》保留的名额已让给下一位",
    NoticeKind.APPROVED: "【审核通过】{number} 《{name}》，回复「我的」看入场码",
    NoticeKind.REJECTED: "【审核未通过】{number} 《{name}》，有疑问请发送「人工」",
    NoticeKind.LOTTERY_WON: "【中签】{number} 《{name}》，{until}前回复「确认 {number}」",
    NoticeKind.LOTTERY_LOST: "【未中签】{number} 《{name}》，回复「我的」看候补进度",
    NoticeKind.NO_SHOW: "【未到场】《{name}》没有您的签到记录，如有误请发送「申诉 原因」",
    NoticeKind.SUSPENDED: "【暂停报名】到{until}恢复，有特殊情况请发送「申诉 原因」",
    NoticeKind.APPEAL_ANSWERED: "【申诉结果】您关于《{name}》的申诉已处理，发送「我的信用」查看",
}
