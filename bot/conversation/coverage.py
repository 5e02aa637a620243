"""Reading an entry of the media log: 广元晚报 《标题》 5月28日 https://… 12, in any order."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import urlsplit

from bot.domain.coverage import LONGEST_LINK, LONGEST_OUTLET, LONGEST_TITLE, MediaEntry, Medium
from bot.texts import coverage as words

_LINK, _TITLE = re.compile(words.LINK_AS_TYPED), re.compile(words.TITLE_AS_TYPED)
_DAY, _NUMBER = re.compile(words.DAY_AS_TYPED), re.compile(words.NUMBER_AT_END)
_NUMBER_FIRST = re.compile(words.NUMBER_FIRST, re.DOTALL)
_SPACES = re.compile(r"\s+")


class BadLink(ValueError):
    """A link of another kind than http and https."""


def read_media(typed: str, today: date) -> MediaEntry | None:
    """An entry; None when nothing names an outlet. A day without a year is the latest such day.

    Raises BadLink.
    """
    rest, link = _take_link(unicodedata.normalize("NFKC", typed))
    title, rest = _take(_TITLE, rest, "title")
    day, rest = _take_day(rest, today)
    number, rest = _take(_NUMBER, rest, "number")
    outlet = _SPACES.sub(" ", rest).strip(words.PUNCTUATION)[:LONGEST_OUTLET]
    if not outlet and not link:
        return None
    medium = medium_of(outlet or link)
    return MediaEntry(
        medium, outlet or urlsplit(link).netloc, title[:LONGEST_TITLE], link, "", day, int(number) if number else None
    )


def leading_number(typed: str) -> tuple[int | None, str]:
    """A public number in front of words, and the words: 12 读者反响热烈."""
    match = _NUMBER_FIRST.fullmatch(typed)
    return (int(match["number"]), match["rest"].strip()) if match else (None, typed.strip())


def medium_of(outlet: str) -> Medium:
    """Which kind of medium a name tells of."""
    return next((medium for marks, medium in words.MEDIUM_MARKS if re.search(marks, outlet)), Medium.OTHER)


def safe_link(link: str) -> str:
    """A link that may be shown as one. Raises BadLink for anything but http and https, and for what is too long."""
    said = link.strip()
    if said.startswith("www."):
        said = "https://" + said
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(said) > LONGEST_LINK or not said.isprintable():
        raise BadLink(said[:40])
    return said


def _take_link(text: str) -> tuple[str, str]:
    match = _LINK.search(text)
    if match is None:
        return text, ""
    return text[: match.start()] + " " + text[match.end() :], safe_link(match.group())


def _take(pattern: re.Pattern[str], text: str, name: str) -> tuple[str, str]:
    match = pattern.search(text)
    return (match[name].strip(), text[: match.start()] + " " + text[match.end() :]) if match else ("", text)


def _take_day(text: str, today: date) -> tuple[date | None, str]:
    match = _DAY.search(text)
    if match is None:
        return None, text
    rest = text[: match.start()] + " " + text[match.end() :]
    try:
        day = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
    except ValueError:
        return None, text
    if match["year"] is None and day > today:
        day = day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day
    return day, rest
