"""Name, phone and party out of a sign-up message."""

import time
from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.slots import SaidParty, SignUpSlots, parse_name, parse_party, parse_phone, parse_slots

PHONE = "+8613800138000"


@pytest.mark.parametrize(
    ("text", "name", "phone", "adults", "children"),
    [
        ("张三 13800138000 一大一小", "张三", PHONE, 1, 1),
        ("张三13800138000一大一小", "张三", PHONE, 1, 1),
        ("138001380003人张三", "张三", PHONE, 3, 0),
        ("姓名：张三 电话：0839-3223456 人数：3", "张三", "+868393223456", 3, 0),
        ("我叫李四，手机13800138000，带两个孩子", "李四", PHONE, 1, 2),
        ("阿依古丽·买买提 13800138000 2个大人1个孩子", "阿依古丽·买买提", PHONE, 2, 1),
        ("买买提·阿不都拉 13800138000", "买买提·阿不都拉", PHONE, None, None),
        ("张三 13800138000 孩子2个大人1个", "张三", PHONE, 1, 2),
        ("张三 13800138000 我和老婆孩子", "张三", PHONE, 2, 1),
        ("阿依古丽•买买提13800138000", "阿依古丽·买买提", PHONE, None, None),
        ("John Smith 13800138000 1大2小", "John Smith", PHONE, 1, 2),
        ("小兔子妈妈 13800138000 一大一小", "小兔子妈妈", PHONE, 1, 1),
        ("張三 13800138000 兩大一小", "張三", PHONE, 2, 1),
        ("一家三口 王小明 13800138000", "王小明", PHONE, 2, 1),
        ("本人 张三 13800138000", "张三", PHONE, 1, 0),
        ("大人2小孩1 张三", "张三", None, 2, 1),
        ("(0839)3223456 李四", "李四", "+868393223456", None, None),
        ("010-62345678转801 李四", "李四", "+861062345678", None, None),
        ("张三 +86 138-0013-8000", "张三", PHONE, None, None),
        ("张三 138 0013 8000 两人", "张三", PHONE, 2, 0),
        ("张三，女，１３８００１３８０００", "张三", PHONE, None, None),
        ("张三😀13800138000谢谢老师", "张三", PHONE, None, None),
        ("联系人 王芳 联系电话 13800138000 共3人（2大1小）", "王芳", PHONE, 2, 1),
        ("我和老伴 李四", "李四", None, 2, 0),
        ("张三三人", "张三", None, 3, 0),
        ("欧阳修13800138000俩人", "欧阳修", PHONE, 2, 0),
        ("王为民", "王为民", None, None, None),
        ("报名 谢谢老师", None, None, None, None),
        ("我想带孩子一起来看看", None, None, 1, 1),
        ("小明", "小明", None, None, None),
        ("妈妈", None, None, None, None),
        ("还能", None, None, None, None),
        ("满了,可以", None, None, None, None),
        ("12号张三13800138000", "张三", PHONE, None, None),
        ("100人", None, None, 100, 0),
        ("", None, None, None, None),
    ],
)
def test_a_message_is_read_into_its_slots(
    text: str, name: str | None, phone: str | None, adults: int | None, children: int | None
) -> None:
    assert parse_slots(text) == SignUpSlots(name, phone, adults, children)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("李奶奶 13800138000", "李奶奶"),
        ("王女士13800138000一大一小", "王女士"),
        ("乐乐妈 13800138000", "乐乐妈"),
        ("張小明媽媽 13800138000", "張小明媽媽"),
        ("周六来，张小明妈妈，两大一小", "张小明妈妈"),
        ("张小明妈妈王芳 13800138000", "王芳"),
        ("联系人：王芳 电话13800138000", "王芳"),
        ("姓名张三电话13800138000", "张三"),
        ("电话是13800138000，叫我张三就行", "张三"),
        ("孩子大名张小明，监护人张三，13800138000", "张三"),
        ("参赛选手李小明，8岁，家长李强13800138000", "李强"),
        ("爸爸张三 孩子张小明5岁 13800138000", "张三"),
        ("张三、李四 2人 13800138000", "张三"),
        ("张三和李四 13800138000", "张三"),
        ("乐乐和妞妞 13800138000", "乐乐"),
        ("李和平 13800138000", "李和平"),
        ("周一围 13800138000", "周一围"),
        ("周一来 13800138000", None),
        ("请帮李四，13800138000", "李四"),
        ("我叫取消 13800138000", "取消"),
        ("取消 13800138000 一大一小", "取消"),
        ("姓名：签到 电话13800138000", "签到"),
        ("谢谢老师 13800138000", None),
        ("全班45人", None),
        ("孩子5岁 张三 一大一小", "张三"),
        ("孩子乐乐2019年3月生 张三", "张三"),
        ("张三\n电话:13800138000\n人数:一大一小\n孩子:5岁", "张三"),
        ("😀张三😀，，，13800138000！！！", "张三"),
        ("张\u200b三\ufeff13800138000", "张三"),
    ],
)
def test_people_are_called_as_they_call_themselves(text: str, name: str | None) -> None:
    assert parse_slots(text).name == name


@pytest.mark.parametrize(
    "phone",
    [
        "一三八零零一三八零零零",
        "幺三八〇〇一三八〇〇〇",
        "一三八 零零一三 八零零零",
        "138零零138零零零",
        "１３８００１３８０００",
        "138 0013 8000",
        "138-0013-8000",
        "138.0013.8000",
        "138—0013—8000",
        "138 00138000",
        "13800 138000",
        "138 001 38000",
        "138 00 13 80 00",
        "1 3 8 0 0 1 3 8 0 0 0",
        "+8613800138000",
        "+86 138 0013 8000",
        "(+86)13800138000",
        "0086-13800138000",
        "86 13800138000",
    ],
)
@pytest.mark.parametrize("text", ["{}", "张三{}一大一小", "电话：{}，张三，一大一小", "一大一小 张三 {}。"])
def test_a_phone_is_read_in_any_writing(phone: str, text: str) -> None:
    slots = parse_slots(text.format(phone))
    assert (slots.phone, slots.bad_phone) == (PHONE, None)
    assert text == "{}" or (slots.name, slots.adults, slots.children) == ("张三", 1, 1)


WRITINGS = [
    lambda digits: digits,
    lambda digits: digits.translate(str.maketrans("0123456789", "零一二三四五六七八九")),
    lambda digits: digits.translate(str.maketrans("0123456789", "〇幺二三四五六七八九")),
    lambda digits: digits.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    lambda digits: f"{digits[:3]} {digits[3:7]} {digits[7:]}",
    lambda digits: f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
    lambda digits: f"+86{digits}",
]


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(WRITINGS),
    st.sampled_from(["张三 {} 一大一小", "孩子5岁，{}", "电话{}谢谢", "{}", "张三{}两大一小"]),
)
def test_every_mobile_number_is_found(digits: str, write: Callable[[str], str], text: str) -> None:
    assert parse_slots(text.format(write(digits))).phone == f"+86{digits}"


@pytest.mark.parametrize(
    ("text", "bad"), [("一三八零零一三八零零", "1380013800"), ("张三 1380013800 3人", "1380013800")]
)
def test_a_digit_short_is_no_phone_and_takes_none_from_the_party(text: str, bad: str) -> None:
    assert (parse_slots(text).phone, parse_slots(text).bad_phone) == (None, bad)
    assert parse_slots(text).adults in (None, 3)


@pytest.mark.parametrize(
    ("text", "party", "ages"),
    [
        ("幼儿园大班30人 李老师13800138000 5-6岁", (30, 0), (5, 6)),
        ("我带30个孩子 王老师 13800138000", (1, 30), ()),
        ("团体 20人 张三", (20, 0), ()),
        ("全班45人", (45, 0), ()),
        ("集体参加，二年级3班40名学生", (None, None), ()),
    ],
)
def test_a_group_is_noticed_with_its_heads(
    text: str, party: tuple[int | None, int | None], ages: tuple[int, ...]
) -> None:
    slots = parse_slots(text)
    assert slots.group and not slots.several_families
    assert ((slots.adults, slots.children), slots.ages) == (party, ages)


@pytest.mark.parametrize("text", ["我带两个孩子", "一家三口 张三", "集体舞", "3人", "带孩子", "大班的孩子5岁"])
def test_a_family_is_no_group(text: str) -> None:
    assert not parse_slots(text).group


@pytest.mark.parametrize(
    "digits", ["12345678901", "3223456", "+12025550123", "1380013800", "138001380001", "0000-1234567"]
)
def test_an_invalid_phone_is_reported_apart(digits: str) -> None:
    slots = parse_slots(f"张三 {digits}")
    assert (slots.name, slots.phone, slots.bad_phone) == ("张三", None, digits)


@pytest.mark.parametrize(
    "text",
    [
        "接龙 1. 张三 13800138000 2. 李四 13800138001",
        "接龙\n1、张三\n2、李四",
        "1.张三一大一小 2.李四两大一小",
        "我们两家一共6人",
        "张三 13800138000，李四 13800138001",
        "3个家庭一起",
    ],
)
def test_a_chain_of_families_is_noticed(text: str) -> None:
    slots = parse_slots(text)
    assert slots.several_families
    assert slots.name is None


@pytest.mark.parametrize(
    "text",
    [
        "张三 13800138000 一家三口",
        "一家四口",
        "张三 2人",
        "陈女士 电话 13800138000 备用电话 13900139000",
        "张三 手机13800138000 座机0839-3223456",
    ],
)
def test_one_family_is_not_several(text: str) -> None:
    assert not parse_slots(text).several_families


def test_words_of_a_title_do_not_become_a_name() -> None:
    assert parse_slots("亲子手工课", title_expected=True).name is None
    assert parse_slots("江南诗词 一大一小", title_expected=True).name is None
    assert parse_slots("亲子手工课 张三13800138000 一大一小", title_expected=True).name == "张三"
    assert parse_slots("亲子手工课 姓名:小兔子妈妈", title_expected=True).name == "小兔子妈妈"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三", "张三"),
        ("我叫张三", "张三"),
        ("姓名：张三", "张三"),
        ("您好，我叫张三，谢谢", "张三"),
        ("張三", "張三"),
        ("王乾", "王乾"),
        ("诸葛孔明", "诸葛孔明"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("Lucy妈妈", "Lucy妈妈"),
        ("John Smith", "John Smith"),
        ("我是小明的妈妈", "小明的妈妈"),
        ("张小明妈妈", "张小明妈妈"),
        ("李奶奶", "李奶奶"),
        ("王女士", "王女士"),
        ("乐乐妈", "乐乐妈"),
        ("叫我小王", "小王"),
        ("张三和李四", "张三"),
        ("张三、李四", "张三"),
        ("周一围", "周一围"),
        ("李和平", "李和平"),
        ("我叫取消", "取消"),
        ("名字就是取消", "取消"),
        ("姓名：签到", "签到"),
        ("取消 13800138000", "取消"),
        ("取消", None),
        ("签到", None),
        ("退出", None),
        ("周六", None),
        ("和孩子", None),
        ("张三 13800138000", "张三"),
        ("🌸张三🌸", "张三"),
        ("谢谢", None),
        ("报名", None),
        ("好的", None),
        ("3", None),
        ("13800138000", None),
        ("我不知道要填什么", None),
        ("张" * 21, None),
        ("", None),
    ],
)
def test_a_name_is_read_from_its_answer(text: str, name: str | None) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", PHONE),
        ("138 0013 8000", PHONE),
        ("电话是13800138000谢谢", PHONE),
        ("１３８００１３８０００", PHONE),
        ("008613800138000", PHONE),
        ("0839-3223456", "+868393223456"),
        ("08393223456", "+868393223456"),
        ("0839-3223456-801", "+868393223456"),
        ("12345", None),
        ("23800138000", None),
        ("+852 2345 6789", None),
        ("没有", None),
    ],
)
def test_a_phone_is_read_from_its_answer(text: str, phone: str | None) -> None:
    assert parse_phone(text) == phone


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("3", SaidParty(3, 0)),
        ("三", SaidParty(3, 0)),
        ("三个人", SaidParty(3, 0)),
        ("两个", SaidParty(2, 0)),
        ("就我", SaidParty(1, 0)),
        ("我一个人", SaidParty(1, 0)),
        ("本人", SaidParty(1, 0)),
        ("2+1", SaidParty(2, 1)),
        ("一大一小", SaidParty(1, 1)),
        ("两大一小", SaidParty(2, 1)),
        ("1大2小", SaidParty(1, 2)),
        ("1小2大", SaidParty(2, 1)),
        ("2个大人1个孩子", SaidParty(2, 1)),
        ("2个大人带1个孩子", SaidParty(2, 1)),
        ("带两个孩子", SaidParty(1, 2)),
        ("我带孩子", SaidParty(1, 1)),
        ("我和孩子", SaidParty(1, 1)),
        ("大人2小孩1", SaidParty(2, 1)),
        ("大人一个小孩两个", SaidParty(1, 2)),
        ("一家三口", SaidParty(2, 1)),
        ("一家四口", SaidParty(2, 2)),
        ("三口之家", SaidParty(2, 1)),
        ("我们俩", SaidParty(2, 0)),
        ("夫妻俩", SaidParty(2, 0)),
        ("两大", SaidParty(2, 0)),
        ("一个孩子", SaidParty(None, 1)),
        ("俩娃", SaidParty(None, 2)),
        ("娃俩", SaidParty(None, 2)),
        ("双胞胎", SaidParty(None, 2)),
        ("我带俩孩子", SaidParty(1, 2)),
        ("带俩娃", SaidParty(1, 2)),
        ("娘俩", SaidParty(1, 1)),
        ("我们娘仨", SaidParty(1, 2)),
        ("母女三人", SaidParty(1, 2)),
        ("夫妻带娃", SaidParty(2, 1)),
        ("夫妻俩带两个孩子", SaidParty(2, 2)),
        ("我和老公带两个孩子", SaidParty(2, 2)),
        ("爷爷奶奶带孙子", SaidParty(2, 1)),
        ("我和我女儿", SaidParty(1, 1)),
        ("儿子和我", SaidParty(1, 1)),
        ("全家5个人", SaidParty(2, 3)),
        ("1家长1孩", SaidParty(1, 1)),
        ("我带一个5岁的孩子", SaidParty(1, 1)),
        ("两个5岁的孩子", SaidParty(None, 2)),
        ("一大两小5岁7岁", SaidParty(1, 2)),
        ("参加人数：3人（2大1小）", SaidParty(2, 1)),
        ("人数：一大一小", SaidParty(1, 1)),
        ("5岁", None),
        ("大宝7岁小宝5岁", None),
        ("一共3人，两个大人一个小朋友", SaidParty(2, 1)),
        ("５００", SaidParty(500, 0)),
        ("0", None),
        ("不知道", None),
        ("13800138000", None),
    ],
)
def test_a_party_is_read_from_its_answer(text: str, party: SaidParty | None) -> None:
    assert parse_party(text) == party


NAMES = ["张三", "李四", "王小明", "欧阳修", "阿依古丽·买买提", "小兔子妈妈", "张三丰", "John Smith"]
PHONES = {"13800138000": PHONE, "+8613800138001": "+8613800138001", "0839-3223456": "+868393223456"}
PARTIES = {
    "一大一小": (1, 1),
    "两大一小": (2, 1),
    "1大2小": (1, 2),
    "2个大人1个孩子": (2, 1),
    "带两个孩子": (1, 2),
    "大人2小孩1": (2, 1),
    "3人": (3, 0),
    "一家三口": (2, 1),
}


@given(
    st.sampled_from(NAMES),
    st.sampled_from(sorted(PHONES)),
    st.sampled_from(sorted(PARTIES)),
    st.sampled_from(list(permutations(range(3)))),
    st.sampled_from([" ", "  ", ",", "，", "、", ";", "；", "/", "\n", "。", " - ", "\u3000"]),
)
def test_order_and_separator_do_not_matter(name: str, phone: str, party: str, order: tuple[int, ...], gap: str) -> None:
    parts = (name, phone, party)
    adults, children = PARTIES[party]
    assert parse_slots(gap.join(parts[place] for place in order)) == SignUpSlots(name, PHONES[phone], adults, children)


@given(
    st.sampled_from(NAMES[:5]),
    st.sampled_from(["一大一小", "两大一小", "1大2小", "带两个孩子", "3人", "一家三口"]),
    st.sampled_from(list(permutations(range(3)))),
)
def test_separators_may_be_missing(name: str, party: str, order: tuple[int, ...]) -> None:
    parts = (name, "13800138000", party)
    adults, children = PARTIES[party]
    assert parse_slots("".join(parts[place] for place in order)) == SignUpSlots(name, PHONE, adults, children)


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*NAMES, *PHONES, *PARTIES, " ", "1.", "2."]), max_size=9).map("".join)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    slots = parse_slots(text)
    assert slots.name is None or 2 <= len(slots.name) <= 20
    assert slots.phone is None or slots.phone.startswith("+86")
    parse_slots(text, title_expected=True)
    parse_name(text)
    parse_phone(text)
    parse_party(text)


@pytest.mark.parametrize("filler", ["1", "张", "13800138000 ", "一大", "一", "人", "A ", "+86", "0839-"])
def test_the_longest_message_is_read_at_once(filler: str) -> None:
    started = time.perf_counter()
    parse_slots(filler * 2048)
    assert time.perf_counter() - started < 1
