"""Words and font names of the report on paper: numbers of headings, the draft's front, attachments, the preview's note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names that the document asks for; the reader's Word or WPS draws them (library-domain 4.2)."""

    title: str = "方正小标宋简体"
    body: str = "仿宋_GB2312"
    first: str = "黑体"  # headings of level 1, and 附件1
    second: str = "楷体_GB2312"  # headings of level 2
    page: str = "宋体"
    latin: str = "Times New Roman"


GB2312 = Fonts()
PLAIN = Fonts(title="方正小标宋简体", body="仿宋", second="楷体")
"""For offices whose machines have the newer fonts only."""

STAND_INS: dict[str, tuple[str, ...]] = {
    "方正小标宋简体": ("Noto Serif CJK SC",),
    "仿宋_GB2312": ("AR PL SungtiL GB", "Noto Serif CJK SC"),
    "仿宋": ("AR PL SungtiL GB", "Noto Serif CJK SC"),
    "楷体_GB2312": ("AR PL KaitiM GB", "LXGW WenKai", "Noto Serif CJK SC"),
    "楷体": ("AR PL KaitiM GB", "LXGW WenKai", "Noto Serif CJK SC"),
    "黑体": ("Noto Sans CJK SC", "WenQuanYi Zen Hei"),
    "宋体": ("Noto Serif CJK SC",),
}
"""What a server without those fonts draws previews with, the best first (library-domain 4.2)."""

DRAFT_HEADING = "草稿：定稿前请核对以下事项，并删去本页"
ATTACHMENT = "附件"
PREVIEW_NOTE = "预览稿：字体为替代字体，版式以Word或WPS打开的文件为准"
UNBREAKABLE = (
    *(
        "公共图书馆",
        "图书馆",
        "服务宣传周",
        "宣传周",
        "读书月",
        "世界读书日",
        "活动",
        "情况",
        "总结",
        "报告",
        "关于",
        "开展",
    ),
    *(
        "阅读",
        "推广",
        "少年儿童",
        "儿童",
        "读者",
        "文化",
        "广播",
        "影视",
        "新闻",
        "出版",
        "全民",
        "书香",
        "主题",
        "工作",
    ),
)
"""Words that a title's lines do not break (GB/T 9704 7.3.1)."""
WHOLE = (r"《[^》]{1,18}》", r"“[^”]{1,18}”", r"[0-9A-Za-z.\-]+[年月日]?")
"""Names and numbers that they do not break either, as patterns."""
NOT_FIRST = "，。、；：？！）》”’】的了和与及或"
NOT_LAST = "（《“‘【"


def chinese_number(number: int) -> str:
    """1 to 99 in Chinese: 一, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def heading_number(level: int, number: int) -> str:
    """The number before a heading: 一、 （一） 1. （1）."""
    match level:
        case 1:
            return f"{chinese_number(number)}、"
        case 2:
            return f"（{chinese_number(number)}）"
        case 3:
            return f"{number}."
        case _:
            return f"（{number}）"


def addressee_line(addressee: str) -> str:
    """主送机关, closed by a full-width colon."""
    return addressee.strip().rstrip(":：") + "："


def attachment_lines(titles: tuple[str, ...]) -> list[str]:
    """附件说明: one title stands alone, several are numbered."""
    if len(titles) == 1:
        return [f"附件：{titles[0]}"]
    return [f"{'附件：' if at == 1 else ''}{at}.{title}" for at, title in enumerate(titles, 1)]


def attachment_name(number: int, of: int) -> str:
    """What stands over an attachment: 附件, or 附件2 of several."""
    return ATTACHMENT if of == 1 else f"{ATTACHMENT}{number}"


def date_line(day: date) -> str:
    """成文日期: Arabic digits without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"
