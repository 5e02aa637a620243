"""Small numbers in Chinese characters, as reports write lengths, places and ordinals: 为期两个月, 第五期."""

from __future__ import annotations

from bot.domain.recurrence import Duration, Span

_DIGITS = "零一二三四五六七八九"
_LARGEST = 99


def numeral(number: int) -> str:
    """一 to 九十九; larger numbers in digits."""
    if not 0 <= number <= _LARGEST:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def counted(number: int) -> str:
    """The numeral before a measure word: 两 for two."""
    return "两" if number == 2 else numeral(number)


def ordinal(number: int, unit: str) -> str:
    """第五期."""
    return f"第{numeral(number)}{unit}"


def length_words(duration: Duration) -> str:
    """How long a run of days is: 一周, 两个月, 五天."""
    units = {Span.DAY: "天", Span.WEEK: "周", Span.MONTH: "个月"}
    number = counted(duration.number) if duration.number <= 10 else str(duration.number)
    return number + units[duration.span]


def clock_words(hour: int, minute: int) -> str:
    """A clock time of twelve hours, after 上午 or 下午: 5:00, 12:30."""
    return f"{hour - 12 if hour > 12 else hour}:{minute:02}"


def date_words(year: int, month: int, day: int, *, of_year: int, of_month: int = 0) -> str:
    """5月27日; the year only where it is another, the month not where it was just said."""
    if year != of_year:
        return f"{year}年{month}月{day}日"
    return f"{day}日" if month == of_month else f"{month}月{day}日"


def full_date_words(year: int, month: int, day: int) -> str:
    """2016年5月27日."""
    return f"{year}年{month}月{day}日"


WEEKDAYS = "一二三四五六日"


def weekday_words(weekdays: list[int]) -> str:
    """ISO weekdays after 每: 周一、周三."""
    return "、".join(f"周{WEEKDAYS[day - 1]}" for day in weekdays)


def percent_words(share: float) -> str:
    """A share with one decimal: 85.3%."""
    return f"{share * 100:.1f}%".replace(".0%", "%")


PART_OF_DAY_WORDS = ("上午", "下午", "晚上")
"""Looked for in what is said of a date: 5月28日上午."""

_YEAR_MARK = "年"


def from_year(title: str) -> str:
    """The part of a campaign's title that begins with its year: 2016年图书馆服务宣传周; the title where it has none."""
    at = title.find(_YEAR_MARK)
    begins = at - 4
    return title[begins:] if begins >= 0 and title[begins:at].isdigit() else title
