"""Sentences with gaps, and the marks in and around names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.punctuation import clean_name, clean_part, quoted, tidy
from bot.domain.sentence import SentenceFault, read_sentence


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("{a}来了", {"a": "我"}, "我来了"),
        ("{a}来了", {}, "来了"),
        ("〔于{day}〕来了", {"day": "5月1日"}, "于5月1日来了"),
        ("〔于{day}〕来了", {"day": ""}, "来了"),
        ("〔{a}｜读者〕来了", {}, "读者来了"),
        ("〔{a}｜{b}｜读者〕来了", {"b": "孩子"}, "孩子来了"),
        ("〔在{a}〔{b}处〕〕办", {"a": "广场"}, "在广场办"),
        ("〔在{a}〔{b}处〕〕办", {"b": "两"}, "办"),
    ],
)
def test_a_segment_vanishes_when_its_value_is_missing(text: str, values: dict[str, str], said: str) -> None:
    assert read_sentence(text).fill(values) == said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", "bad_gap"),
        ("{}", "bad_gap"),
        ("}", "unopened"),
        ("〕", "unopened"),
        ("〔", "unclosed"),
        ("a｜b", "stray_or"),
        ("{b}", "unknown"),
    ],
)
def test_a_sentence_with_a_fault_is_not_read(text: str, kind: str) -> None:
    with pytest.raises(SentenceFault) as fault:
        read_sentence(text, {"a"})
    assert fault.value.kind == kind


@given(st.text("ab{}〔〕｜", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        sentence = read_sentence(text)
    except SentenceFault:
        return
    assert not set(sentence.fill(dict.fromkeys(sentence.names, "v"))) & set("{}〔〕")


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("“实现伟大中国梦,建设美丽广元”图片展览", "“实现伟大中国梦，建设美丽广元”图片展览"),
        ("“提升人生境界 做优秀党员干部 ”讲座", "“提升人生境界 做优秀党员干部”讲座"),
        ("读书\n讲座。。", "读书 讲座"),
        ('"悦读"讲座(第5期)', "“悦读”讲座（第5期）"),
        ("“没有关上的讲座", "没有关上的讲座"),
        ("》反了《", "反了"),
        ("外“内“里”外”", "外“内‘里’外”"),
        ("１２号馆", "12号馆"),
        ("17:00的讲座", "17:00的讲座"),
        ("（）《》", ""),
        ("。，；", ""),
        ("真的吗？！、是", "真的吗、是"),
        ("1 〔?", "1？"),
    ],
)
def test_a_name_is_made_fit_for_a_sentence(typed: str, clean: str) -> None:
    assert clean_name(typed) == clean


@given(st.text("读书馆“”‘’《》（）()\"'，。；：、！？,.!?… \n{}〔〕【】1９", max_size=40))
def test_a_clean_name_stays_as_it_is(typed: str) -> None:
    assert clean_name(clean_name(typed)) == clean_name(typed)
    assert not clean_part(typed).endswith(("！", "？", "。", "，"))


def test_quotes_are_not_doubled() -> None:
    assert quoted("“读书”") == "“读书”"
    assert quoted("说“读书”吧") == "“说‘读书’吧”"


@pytest.mark.parametrize(
    ("joined", "said"),
    [
        ("来了，。", "来了。"),
        ("来了；；走了", "来了；走了"),
        ("，来了", "来了"),
        ("来了。，走了", "来了。走了"),
        ("来、，走", "来，走"),
        ("如下：", "如下："),
    ],
)
def test_marks_at_joints_are_put_right(joined: str, said: str) -> None:
    assert tidy(joined) == said
