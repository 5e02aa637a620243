"""Ages and years of birth, in a sign-up and as an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.ages import SaidAges, parse_ages
from bot.conversation.slots import parse_party, parse_slots


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("孩子5岁和7岁", (5, 7)),
        ("孩子5和7岁", (5, 7)),
        ("孩子5,7岁", (5, 7)),
        ("大宝7岁小宝5岁", (7, 5)),
        ("老大7岁，老二5岁", (7, 5)),
        ("一个5岁一个7岁", (5, 7)),
        ("5周岁", (5,)),
        ("五岁半", (5,)),
        ("五歲", (5,)),
        ("５岁", (5,)),
        ("今年6岁", (6,)),
        ("刚满6岁", (6,)),
        ("十二岁", (12,)),
        ("本人65岁", (65,)),
        ("年龄:5、7", (5, 7)),
        ("年龄8岁", (8,)),
        ("18个月的宝宝", (1,)),
        ("宝宝3岁2个月", (3,)),
        ("孩子5-6岁", (5, 6)),
        ("大班30人 5-6岁", (5, 6)),
        ("两个孩子都是6岁", (6, 6)),
        ("双胞胎6岁", (6, 6)),
        ("两个孩子，我们都去，大的6岁", (6,)),
        ("人数2,5岁", (5,)),
        ("大人2 小孩1 7岁", (7,)),
        ("5周岁 7周岁", (5, 7)),
    ],
)
def test_ages_are_read_in_the_order_said(text: str, ages: tuple[int, ...]) -> None:
    assert parse_slots(text).ages == ages


@pytest.mark.parametrize(
    "text",
    [
        "3岁以上",
        "适合3-6岁亲子阅读",
        "快5岁了",
        "不到5岁",
        "虚岁6岁",
        "孩子五六岁",
        "5人",
        "5号",
        "5月6日",
        "一大一小",
        "13800138000",
        "一年级",
        "报名12",
        "岁",
    ],
)
def test_bounds_counts_and_days_are_no_age(text: str) -> None:
    assert parse_slots(text).ages == ()


@pytest.mark.parametrize(
    ("text", "years", "months"),
    [
        ("2019年生", (2019,), ()),
        ("2019年出生", (2019,), ()),
        ("2019年的孩子", (2019,), ()),
        ("孩子19年的", (2019,), ()),
        ("19年出生", (2019,), ()),
        ("56年生的", (1956,), ()),
        ("孩子是2018年", (2018,), ()),
        ("2019年和2021年生", (2019, 2021), ()),
        ("一个是2018年的一个是2020年的", (2018, 2020), ()),
        ("二〇一九年生", (2019,), ()),
        ("2019年3月生", (), ((2019, 3),)),
        ("二零一九年三月出生", (), ((2019, 3),)),
        ("2019年3月5日生", (), ((2019, 3),)),
        ("2019-03-05出生", (), ((2019, 3),)),
        ("出生日期：2019/3/5", (), ((2019, 3),)),
        ("出生年月 2019.3", (), ((2019, 3),)),
        ("出生日期20190305", (), ((2019, 3),)),
        ("生日2019.3.5", (), ((2019, 3),)),
        ("2026年5月28日的讲座", (), ()),
        ("2026年的活动", (), ()),
    ],
)
def test_years_and_months_of_birth_are_read_and_the_day_is_left(
    text: str, years: tuple[int, ...], months: tuple[tuple[int, int], ...]
) -> None:
    slots = parse_slots(text)
    assert (slots.birth_years, slots.birth_months) == (years, months)
    assert (slots.ages, slots.phone, slots.bad_phone) == ((), None, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", SaidAges((5,))),
        ("5岁", SaidAges((5,))),
        ("五岁半", SaidAges((5,))),
        ("五岁和七岁", SaidAges((5, 7))),
        ("5、7", SaidAges((5, 7))),
        ("5 7", SaidAges((5, 7))),
        ("大的7，小的5", SaidAges((7, 5))),
        ("今年5岁了，谢谢", SaidAges((5,))),
        ("都是6岁", SaidAges((6, 6))),
        ("两个都6岁", SaidAges((6, 6))),
        ("2019年", SaidAges((), (2019,))),
        ("2019", SaidAges((), (2019,))),
        ("2019、2021年", SaidAges((), (2019, 2021))),
        ("2019年3月", SaidAges((), (), ((2019, 3),))),
        ("3个月", SaidAges((0,))),
        ("13800138000", SaidAges()),
        ("一大一小", SaidAges()),
        ("不知道", SaidAges()),
        ("快5岁了", SaidAges()),
        ("五六岁", SaidAges()),
        ("", SaidAges()),
    ],
)
def test_the_answer_to_how_old_may_be_bare(text: str, expected: SaidAges) -> None:
    assert parse_ages(text, children=2) == expected


AGES = [
    "5岁",
    "五岁",
    "5周岁",
    "5岁半",
    "孩子5岁和7岁",
    "大宝7岁小宝5岁",
    "5和7岁",
    "今年6岁",
    "65岁",
    "2019年生",
    "孩子19年的",
]
PARTIES = {
    "一大一小": (1, 1),
    "两大一小": (2, 1),
    "3人": (3, 0),
    "带俩娃": (1, 2),
    "三口之家": (2, 1),
    "": (None, None),
}


@given(
    st.sampled_from(AGES),
    st.sampled_from(sorted(PARTIES)),
    st.booleans(),
    st.sampled_from(["，", " ", "。", "\n", ""]),
)
def test_an_age_is_never_a_party_nor_a_party_an_age(age: str, party: str, first: bool, gap: str) -> None:
    slots = parse_slots(gap.join((age, party) if first else (party, age)) + " 13800138000")
    assert (slots.adults, slots.children) == PARTIES[party]
    assert (slots.ages, slots.birth_years) == (parse_slots(age).ages, parse_slots(age).birth_years)
    assert slots.phone == "+8613800138000"
    assert parse_party(age) is None


@given(st.text("岁年月日生5岁19二〇 孩子大小宝和、,-~0123456789都是个", max_size=40))
def test_no_text_breaks_the_reader_of_ages(text: str) -> None:
    for found in (parse_ages(text, children=3), parse_ages(text)):
        assert all(0 <= age <= 120 for age in found.ages)
        assert all(1900 <= year <= 2099 for year in found.birth_years)
        assert all(1900 <= year <= 2099 and 1 <= month <= 12 for year, month in found.birth_months)
