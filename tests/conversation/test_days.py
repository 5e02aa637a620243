"""Filters in a request for the programme."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.days import ListFilter, mentions_day, mentions_topic, read_filter

WEDNESDAY = date(2026, 4, 22)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("今天", (4, 22), (4, 22)),
        ("今日", (4, 22), (4, 22)),
        ("明天", (4, 23), (4, 23)),
        ("后天", (4, 24), (4, 24)),
        ("大后天", (4, 25), (4, 25)),
        ("周六", (4, 25), (4, 25)),
        ("周三", (4, 22), (4, 22)),
        ("周二", (4, 28), (4, 28)),
        ("星期天", (4, 26), (4, 26)),
        ("礼拜六", (4, 25), (4, 25)),
        ("週六", (4, 25), (4, 25)),
        ("这个星期六", (4, 25), (4, 25)),
        ("下周三", (4, 29), (4, 29)),
        ("下下周一", (5, 4), (5, 4)),
        ("周末", (4, 25), (4, 26)),
        ("这周末", (4, 25), (4, 26)),
        ("下周末", (5, 2), (5, 3)),
        ("下周", (4, 27), (5, 3)),
        ("本周", (4, 22), (4, 26)),
        ("5月28日", (5, 28), (5, 28)),
        ("5月28号", (5, 28), (5, 28)),
        ("五月二十八", (5, 28), (5, 28)),
        ("2026年5月28日", (5, 28), (5, 28)),
        ("6.1", (6, 1), (6, 1)),
        ("6-1", (6, 1), (6, 1)),
        ("28号", (4, 28), (4, 28)),
        ("30号", (4, 30), (4, 30)),
        ("三十号", (4, 30), (4, 30)),
        ("3号", (5, 3), (5, 3)),
        ("31号", (5, 31), (5, 31)),
        ("下个月", (5, 1), (5, 31)),
        ("28号到30号", (4, 28), (4, 30)),
    ],
)
def test_a_day_is_read_against_today(words: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    found = read_filter(words, WEDNESDAY)
    assert (found.day_from, found.day_to) == (date(2026, *first), date(2026, *last))
    assert found.words == ()
    assert mentions_day(words.replace("週", "周"))


@pytest.mark.parametrize("words", ["40号", "13月40日", "2月30日", "二月三十", "讲座", ""])
def test_what_is_no_day_narrows_no_day(words: str) -> None:
    found = read_filter(words, WEDNESDAY)
    assert (found.day_from, found.day_to) == (None, None)


def test_january_spoken_of_in_december_is_next_year() -> None:
    assert read_filter("1月3日", date(2026, 12, 20)).day_from == date(2027, 1, 3)
    assert read_filter("3号", date(2026, 12, 20)).day_from == date(2027, 1, 3)


@pytest.mark.parametrize(
    ("words", "part"),
    [("周六下午", "afternoon"), ("上午", "morning"), ("明天晚上", "evening"), ("今晚", "evening"), ("周六", None)],
)
def test_the_part_of_the_day_is_read(words: str, part: str | None) -> None:
    assert read_filter(words, WEDNESDAY).part_of_day == part


def test_a_question_of_a_retired_reader_becomes_filters() -> None:
    found = read_filter("请问这个星期六下午有没有适合老人的讲座呀", WEDNESDAY)
    assert (found.day_from, found.part_of_day, found.words) == (date(2026, 4, 25), "afternoon", ())
    assert ["老年" in found.topics[0], "讲座" in found.topics[1], len(found.topics)] == [True, True, 2]


def test_libraries_topics_and_free_words_are_told_apart() -> None:
    found = read_filter("旺苍县图书馆 少儿 三国", WEDNESDAY)
    assert (found.libraries, found.words) == (("旺苍县图书馆",), ("三国",))
    assert "儿童" in found.topics[0]


def test_a_topic_inside_the_name_of_a_library_is_no_topic() -> None:
    found = read_filter("少儿馆 周六", WEDNESDAY)
    assert (found.libraries, found.topics) == (("少儿馆",), ())


@pytest.mark.parametrize("words", ["", "有什么活动", "请问最近有哪些活动呢", "图书馆"])
def test_words_that_narrow_nothing_leave_the_filter_empty(words: str) -> None:
    assert read_filter(words, WEDNESDAY).is_empty


def test_topics_are_noticed_in_a_sentence() -> None:
    assert mentions_topic("适合老人的")
    assert not mentions_topic("报名")


@given(
    st.text(max_size=200) | st.text("周六日下个月号0123456789一二三十.-/年今明天午晚 ", max_size=30),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_no_text_breaks_the_reader(words: str, today: date) -> None:
    found = read_filter(words, today)
    assert isinstance(found, ListFilter)
    assert found.day_from is None or (found.day_to is not None and found.day_from <= found.day_to)
