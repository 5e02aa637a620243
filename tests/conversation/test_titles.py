"""Which occurrence a sentence means."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from datetime import time as clock_time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.intents import recognise
from bot.conversation.slots import SignUpSlots, parse_slots
from bot.conversation.titles import Meant, find_meant, without_title
from bot.domain.clock import at_local, local
from bot.domain.occurrence import OccurrenceFacts
from tests.factories import open_occurrence

WEDNESDAY = date(2026, 5, 27)
SPECIMEN = (
    "你好我想报名周六上午的绘本故事会，张小明妈妈，电话一三八零零一三八零零零，一个大人两个小孩，孩子5岁和7岁，谢谢！"
)
_numbers = count(1)


@dataclass(frozen=True)
class Place:
    """Where an occurrence of the programme is."""

    library: str = "广元市图书馆"
    venue: str = "一楼报告厅"


CITY = Place()
HALL = Place(venue="二楼多功能厅")
COUNTY = Place("旺苍县图书馆", "少儿室")
NEIGHBOUR = Place("苍溪县图书馆", "少儿室")


def occurrence(
    title: str, day: int, hour: int, place: Place = CITY, *, label: str = "", audience: tuple[str, ...] = ()
) -> OccurrenceFacts:
    """One in May 2026, with sign-up."""
    return open_occurrence(
        next(_numbers),
        title,
        at_local(date(2026, 5, day), clock_time(hour)),
        label=label,
        audience=audience,
        library_name=place.library,
        venue=place.venue,
    )


PROGRAMME = [
    occurrence("绘本故事会", 30, 10),
    occurrence("绘本故事会", 30, 15),
    occurrence("绘本故事会", 31, 10),
    occurrence("英文绘本故事会", 31, 9),
    occurrence("亲子手工课", 30, 14),
    occurrence("健康讲座", 29, 10),
    occurrence("国学讲座", 30, 15, COUNTY),
    occurrence("十二生肖剪纸", 31, 14),
    occurrence("妈妈课堂", 30, 19),
    occurrence("趣味科学实验", 29, 10, label="第一场"),
    occurrence("趣味科学实验", 29, 14, label="第二场"),
    occurrence("趣味科学实验", 31, 10, label="第三场"),
    occurrence("“书香童年”朗诵比赛", 31, 9),
    occurrence("露天电影《长津湖》", 30, 19, audience=("老年",)),
    occurrence("一家三口大作战", 31, 15),
    occurrence("我和爸爸一起读书", 31, 16),
    occurrence("3D打印体验", 31, 16),
    occurrence("百家讲坛", 31, 19, HALL),
]


def told(meant: Meant) -> list[str]:
    """Title, label, day and hour of what was found."""
    starts = [(facts, local(facts.starts_at)) for facts in meant.found if facts.starts_at]
    return [f"{facts.name} {start.day} {start.hour}" for facts, start in starts]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("周六上午的绘本故事会，张小明妈妈，电话13800138000", "绘本故事会 30 10"),
        ("周六下午三点的绘本故事会", "绘本故事会 30 15"),
        ("绘本故事会 30号15:00", "绘本故事会 30 15"),
        ("繪本故事會 週六下午", "绘本故事会 30 15"),
        ("绘故事会 周六上午", "绘本故事会 30 10"),
        ("周六上午绘本故是会", "绘本故事会 30 10"),
        ("周六上午給小朋友講繪本的故事會", "绘本故事会 30 10"),
        ("英文绘本", "英文绘本故事会 31 9"),
        ("英文故事会", "英文绘本故事会 31 9"),
        ("手工", "亲子手工课 30 14"),
        ("亲子手工😀 张三 13800138000 一大一小", "亲子手工课 30 14"),
        ("周六的讲座", "国学讲座 30 15"),
        ("旺苍馆的讲座", "国学讲座 30 15"),
        ("旺苍县图书馆讲座", "国学讲座 30 15"),
        ("市馆的讲座", "健康讲座 29 10"),
        ("第三场", "趣味科学实验 第三场 31 10"),
        ("科学实验 第3场", "趣味科学实验 第三场 31 10"),
        ("趣味科学实验第二场", "趣味科学实验 第二场 29 14"),
        ("书香童年朗诵", "“书香童年”朗诵比赛 31 9"),
        ("长津湖", "露天电影《长津湖》 30 19"),
        ("老年人的电影", "露天电影《长津湖》 30 19"),
        ("妈妈课堂", "妈妈课堂 30 19"),
        ("一家三口大作战", "一家三口大作战 31 15"),
        ("我和爸爸一起读书，一大一小", "我和爸爸一起读书 31 16"),
        ("３Ｄ打印", "3D打印体验 31 16"),
        ("十二生肖", "十二生肖剪纸 31 14"),
        ("多功能厅那场", "百家讲坛 31 19"),
        ("13800138000张三百家讲坛", "百家讲坛 31 19"),
    ],
)
def test_one_that_stands_apart_is_meant(typed: str, expected: str) -> None:
    meant = find_meant(typed, PROGRAMME, WEDNESDAY)
    assert told(meant) == [expected]
    assert (meant.title_fits, meant.time_fits) == (True, True)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("绘本故事会", ["绘本故事会 30 10", "绘本故事会 30 15", "绘本故事会 31 10"]),
        ("周六的绘本故事会", ["绘本故事会 30 10", "绘本故事会 30 15"]),
        ("讲座", ["健康讲座 29 10", "国学讲座 30 15"]),
        ("科学实验 周五", ["趣味科学实验 第一场 29 10", "趣味科学实验 第二场 29 14"]),
    ],
)
def test_all_that_fit_equally_are_meant_by_their_start(typed: str, expected: list[str]) -> None:
    meant = find_meant(typed, PROGRAMME, WEDNESDAY)
    assert (told(meant), meant.title_fits, meant.time_fits) == (expected, True, True)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("周日的电影", ["露天电影《长津湖》 30 19"]),
        ("周六下午两点的绘本故事会", ["绘本故事会 30 15"]),
        ("旺苍馆的百家讲坛", ["百家讲坛 31 19"]),
    ],
)
def test_a_title_at_another_time_or_place_is_told_apart(typed: str, expected: list[str]) -> None:
    meant = find_meant(typed, PROGRAMME, WEDNESDAY)
    assert (told(meant), meant.title_fits, meant.time_fits) == (expected, True, False)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("旺苍县图书馆的读书会", ["旺苍县图书馆"]),
        ("苍溪馆读书会", ["苍溪县图书馆"]),
        ("苍溪的读书会", ["苍溪县图书馆"]),
        ("县馆读书会", ["旺苍县图书馆", "苍溪县图书馆"]),
        ("市馆读书会", ["广元市图书馆"]),
        ("城市图片展", []),
    ],
)
def test_a_library_is_meant_by_its_name_and_by_its_level(typed: str, found: list[str]) -> None:
    places = [occurrence("读书会", 30, 10, place) for place in (CITY, COUNTY, NEIGHBOUR)]
    assert [facts.library_name for facts in find_meant(typed, places, WEDNESDAY).found] == found


def test_a_day_alone_means_all_of_that_day() -> None:
    meant = find_meant("周五的，张三 13800138000 孩子5岁", PROGRAMME, WEDNESDAY)
    assert told(meant) == ["健康讲座 29 10", "趣味科学实验 第一场 29 10", "趣味科学实验 第二场 29 14"]
    assert not meant.title_fits


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "量子力学",
        "谢谢老师",
        "13800138000",
        "张小明妈妈 13800138000 一大一小",
        "乐乐妈妈，孩子5岁，三口之家",
        "张三 13800138000 孩子5岁和7岁",
        "我和爸爸 13800138000",
        "周一",
        "。。。！！！",
        "😀",
    ],
)
def test_names_phones_parties_and_chatter_mean_no_occurrence(typed: str) -> None:
    assert find_meant(typed, PROGRAMME, WEDNESDAY).found == ()


def test_the_specimen_of_the_issue_is_read_in_full() -> None:
    words = recognise(SPECIMEN).words
    assert told(find_meant(words, PROGRAMME, WEDNESDAY)) == ["绘本故事会 30 10"]
    assert parse_slots(words, title_expected=True) == SignUpSlots(
        name="张小明妈妈", phone="+8613800138000", adults=1, children=2, ages=(5, 7)
    )


def test_words_of_the_title_can_be_left_out_before_the_slots_are_read() -> None:
    (facts,) = find_meant("一家三口大作战 一大一小", PROGRAMME, WEDNESDAY).found
    slots = parse_slots(without_title("一家三口大作战 一大一小", facts))
    assert (slots.adults, slots.children) == (1, 1)
    (facts,) = find_meant("张三绘本故事会13800138000 周日", PROGRAMME, WEDNESDAY).found
    assert parse_slots(without_title("张三繪本故事會13800138000", facts)).name == "张三"


@given(
    st.text(max_size=120)
    | st.lists(
        st.sampled_from(
            ["绘本", "故事会", "周六", "下午", "3点", "第三场", "旺苍馆", "张三", "13800138000", "5岁", "，", " "]
        ),
        max_size=9,
    ).map("".join),
    st.dates(date(2026, 1, 1), date(2027, 1, 1)),
)
def test_any_text_means_a_part_of_the_programme(typed: str, today: date) -> None:
    meant = find_meant(typed, PROGRAMME, today)
    assert set(meant.found) <= set(PROGRAMME)
    assert find_meant(typed, (), today).found == ()
    without_title(typed, PROGRAMME[0])


def _seconds(typed: str) -> float:
    """Processor time of reading one message."""
    started = time.process_time()
    words = recognise(typed).words
    find_meant(words, PROGRAMME, WEDNESDAY)
    parse_slots(words)
    return time.process_time() - started


@pytest.mark.parametrize(
    "filler",
    [
        "绘本故事会",
        "周六上午",
        "一大一小",
        "5岁和",
        "张三",
        "13800138000 ",
        "一三八零零",
        "读者证GY0001 ",
        "我叫",
        "家长张三",
        "a1 ",
    ],
)
def test_twice_the_length_takes_less_than_four_times_as_long(filler: str) -> None:
    """Below the length that is cut, so that every character counts; processor time, the best of five."""
    half, whole = (min(_seconds((filler * 2048)[:size]) for _ in range(5)) for size in (1000, 2000))
    assert whole < 4 * half + 0.001


@pytest.mark.parametrize(
    "filler", ["绘本故事会周六上午，张三13800138000 一大一小 孩子5岁", "\u200b", "😀", "\n\n\n", "１３８"]
)
def test_a_paste_of_sixty_kilobytes_is_read_at_once(filler: str) -> None:
    paste = (filler * 60_000).encode()[:60_000].decode(errors="ignore")
    assert min(_seconds(paste) for _ in range(3)) < 0.5
