"""Quantities as people write them (300多份, 四百余册, 近万名, 千元) and the tallies that staff send.

Numerals are read by `numerals`; this module reads the words around them: how exact the number is meant, and the measure
word. The characters below are data of the language, not sentences for a user. Kinds of exactness: library-domain 3.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.kinds import Exactness
from bot.domain.numerals import parse_number

_MEASURE_WORDS = (
    "人次 车次 架次 人 名 位 份 册 本 种 套 件 幅 张 个 条 部 期 场次 场 篇 元 批 所 组 台 辆 块 次 周 个月 月 天 日 "
    "个小时 小时 分钟 年 家 户 只 支 枚 项 首 盒 袋 面 间 班 届 轮 束 棵 箱 包 片 站 处 座 例 则 段 卷 页 把 "
    "副 对 双 杯 瓶"
)
UNITS = tuple(_MEASURE_WORDS.split())
"""Measure words that are known; any other short word is taken too when the sentence leaves no doubt."""

PEOPLE_UNITS = frozenset(["人次", "人", "名", "位", "个"])
"""Measure words of people: one noted as attendance in them says how many came."""

_SAME_UNIT = {"个月": "月", "日": "天", "场次": "场", "个小时": "小时"}

_BEFORE = {
    Exactness.JUST_UNDER: ("将近", "接近", "不到", "不足", "近"),
    Exactness.CUMULATIVE: ("累计达到", "累计达", "累计有", "累计"),
    Exactness.ABOUT: ("大约", "大概", "约有", "约为", "差不多", "约", "≈"),
    Exactness.MORE_THAN: ("不少于", "超过", "至少", "上", "逾", "超", ">"),
    Exactness.EXACT: ("一共", "总共", "共计", "共有", "合计", "共", "前", "达到", "达", "有"),
}
_AFTER = {Exactness.MORE_THAN: ("多", "余", "几", "+"), Exactness.ABOUT: ("来",)}
_TAIL = {Exactness.ABOUT: ("左右", "上下"), Exactness.MORE_THAN: ("以上", "多", "余")}
_KEPT_BEFORE = ("前",)  # 前五百位 are not 五百位
_KEPT_WORDS = ("近", "多", "余", "约", "累计")  # what is printed again; the rest is said in these words

_NUMERAL = "[0-9.,〇零一二两三四五六七八九十百千万亿廿卅]+"
_BARE_MAGNITUDE = re.compile("[百千万亿]")
_SMALLEST_ROUND = 10  # below it 多 and 余 cannot follow the numeral: 8多人次 has lost its digits


def _any_of(groups: dict[Exactness, tuple[str, ...]]) -> str:
    words = sorted((word for group in groups.values() for word in group), key=len, reverse=True)
    return "|".join(re.escape(word) for word in words)


KNOWN_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
NUMBER_PART = (
    rf"(?P<before>{_any_of(_BEFORE)})?\s*(?P<number>{_NUMERAL})\s*(?P<after>{_any_of(_AFTER)})?\s*(?P<scale>[万亿])?"
)
UNIT_PART = rf"\s*(?P<unit>{KNOWN_UNIT})?\s*(?P<tail>{_any_of(_TAIL)})?"
FREE_UNIT_PART = rf"\s*(?P<unit>(?!{KNOWN_UNIT})[^\W\d_]{{1,3}}?)\s*(?P<tail>{_any_of(_TAIL)})?"
_QUANTITY = (re.compile(NUMBER_PART + UNIT_PART), re.compile(NUMBER_PART + FREE_UNIT_PART))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its measure word and how exactly it was meant; `number` is None only when it is doubtful."""

    number: Decimal | None
    unit: str
    exactness: Exactness
    approx_word: str = ""


def parse_quantity(text: str) -> Quantity | None:
    """Read a whole string as one quantity; None when there is no number in it that can be read (几百, 若干).

    The unit is empty when none was written. 8多人次 comes back doubtful and without number: its digits are lost.
    """
    plain = plain_text(text).replace(" ", "")
    for pattern in _QUANTITY:
        match = pattern.fullmatch(plain)
        if match and (quantity := read_quantity(match)):
            return quantity
    return None


def sum_exactness(kinds: Iterable[Exactness]) -> Exactness:
    """How exact the sum of such numbers is: one 多 makes it at least that much; 多 and 近 together leave only about."""
    found = set(kinds)
    if Exactness.ABOUT in found or {Exactness.MORE_THAN, Exactness.JUST_UNDER} <= found:
        return Exactness.ABOUT
    for kind in (Exactness.MORE_THAN, Exactness.JUST_UNDER):
        if kind in found:
            return kind
    return Exactness.EXACT


def plain_text(text: str) -> str:
    """Half width, single spaces, without a full stop at the end."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip(" 。.;!")


def read_quantity(match: re.Match[str]) -> Quantity | None:
    """The quantity of a match with the groups of the patterns above; None when its numeral is none."""
    numeral = match["number"].strip(".,")
    number = parse_number(numeral)
    if number is None:
        return None
    if match["scale"]:
        number *= 10_000 if match["scale"] == "万" else 100_000_000
    unit = _SAME_UNIT.get(match["unit"] or "", match["unit"] or "")
    exactness, word = _exactness(match, numeral)
    if match["after"] in ("多", "余", "几") and number < _SMALLEST_ROUND:
        return Quantity(None, unit, Exactness.DOUBTFUL, word)
    return Quantity(number, unit, exactness, word)


def written_of(match: re.Match[str]) -> str:
    """The quantity as it stands in the text, in one piece: 300多人次, 四百余册, 前五百位; 共 and 达 are left out."""
    before = match["before"] or ""
    said = "" if before in _BEFORE[Exactness.EXACT] and before not in _KEPT_BEFORE else before
    return said + "".join((match[name] or "") for name in ("number", "after", "scale", "unit", "tail")).replace(" ", "")


def _exactness(match: re.Match[str], numeral: str) -> tuple[Exactness, str]:
    """The weakest word decides: 累计 before all, then what stands before, after, and at the end."""
    for word, groups in ((match["before"], _BEFORE), (match["after"], _AFTER), (match["tail"], _TAIL)):
        for exactness, words in groups.items():
            if word and word in words and exactness is not Exactness.EXACT:
                return exactness, word if word in _KEPT_WORDS else ""
    if _BARE_MAGNITUDE.fullmatch(numeral):
        return Exactness.ABOUT, ""  # 价值千元: the order of size, not a count
    return Exactness.EXACT, ""
