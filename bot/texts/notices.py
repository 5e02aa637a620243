"""The sentences of notices: reminders, promotions, changes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.clock import local, local_day
from bot.domain.kinds import NoticeKind
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
        f"人数：{letter.seats}人  入场短码：{letter.short_code}\n"
        f"入场码：{ticket_url}\n"
        f"来不了请回复「取消 {letter.number}」，把名额让给候补的读者；不想再收提醒请回复「提醒 关」。"
    )


def _promoted(letter: Letter, ticket_url: str) -> str:
    return (
        f"【候补成功】《{letter.name}》有名额空出，已为您确认，共{letter.seats}人。\n"
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
        f"【活动取消】很抱歉，您报名的《{letter.name}》（{_when(letter)}）取消了，请不要前往。\n"
        f"{because}{contact}"
        "回复「活动」看看其他场次。"
    )


def _changed(letter: Letter, ticket_url: str) -> str:
    return (
        f"【活动变更】您报名的《{letter.name}》有变动，请以下面的时间地点为准，名额已为您保留。\n"
        f"{_when_and_where(letter)}\n"
        f"入场码不变：{ticket_url}\n"
        f"来不了请回复「取消 {letter.number}」。"
    )


_WORDINGS = {
    NoticeKind.REMINDER: _reminder,
    NoticeKind.PROMOTED: _promoted,
    NoticeKind.OCCURRENCE_CANCELLED: _cancelled,
    NoticeKind.OCCURRENCE_CHANGED: _changed,
}


def _how_soon(letter: Letter) -> str:
    hours = float(letter.facts.get("hours", "24"))
    return "即将" if hours <= 3 else f"将于{_when(letter)}"


def _when(letter: Letter) -> str:
    if letter.starts_at is None:
        return letter.date_text or "时间待定"
    if letter.all_day:
        return f"{day_words(letter.starts_at)}全天"
    return moment_words(letter.starts_at)


def _where(letter: Letter) -> str:
    return f"{letter.venue} {letter.address}".strip() or "地点待定"


def _until(letter: Letter) -> str:
    """The end on the same day: a change may be of the end alone."""
    start, end = letter.starts_at, letter.ends_at
    if start is None or end is None or letter.all_day or end <= start or local_day(start) != local_day(end):
        return ""
    return f"–{clock_words(end)}"


def _when_and_where(letter: Letter) -> str:
    return f"时间：{_when(letter)}{_until(letter)}\n地点：{_where(letter)}"


def template_fields(letter: Letter) -> dict[str, str]:
    """What a template's fields can be filled with, by name: title, start, place, number, code."""
    return {
        "title": _cut(letter.name, 20),
        "start": local(letter.starts_at).strftime("%Y-%m-%d %H:%M") if letter.starts_at else "",
        "place": _cut(letter.venue or "见入场码", 20),
        "number": str(letter.number),
        "code": letter.short_code,
    }


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def headed_by_banner(lines: Sequence[str], answer: str) -> str:
    """An answer with the waiting notices at its head."""
    return "\n".join(lines) + _SEPARATOR + answer


def word_in_short(letter: Letter) -> str:
    """The notice in one line, for the head of an answer."""
    if letter.kind is NoticeKind.REMINDER:
        return f"【提醒】{letter.number} 《{letter.name}》{_when(letter)}，{_where(letter)}"
    if letter.kind is NoticeKind.PROMOTED:
        return f"【候补成功】{letter.number} 《{letter.name}》{_when(letter)}，回复「我的」看入场码"
    if letter.kind is NoticeKind.OCCURRENCE_CANCELLED:
        return f"【取消】《{letter.name}》（{_when(letter)}）已取消，请不要前往"
    return f"【变更】{letter.number} 《{letter.name}》改为{_when(letter)}，{_where(letter)}"
