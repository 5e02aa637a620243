"""Words and font names of the report on paper: numbers of headings, the draft's front, attachments, the preview's note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.domain.report_style import FontNames, Numbering

_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names that the document asks for; the reader's Word or WPS draws them (library-domain 4.2).

    Digits and letters are Times New Roman, as offices write them: every machine has it, and its digits are exactly
    half as wide as a Chinese character, so that 28 characters a line stay 28.
    """

    title: str = "方正小标宋简体"
    body: str = "仿宋_GB2312"
    first: str = "黑体"  # headings of level 1, and 附件1
    second: str = "楷体_GB2312"  # headings of level 2
    page: str = "宋体"
    latin: str = "Times New Roman"


GB2312 = Fonts()
PLAIN = Fonts(title="方正小标宋简体", body="仿宋", second="楷体")
"""For offices whose machines have the newer fonts only."""
FONTS = {FontNames.GB2312: GB2312, FontNames.PLAIN: PLAIN}

OTHER_NAMES: dict[str, str] = {
    "仿宋_GB2312": "仿宋",
    "楷体_GB2312": "楷体",
    "方正小标宋简体": "方正小标宋_GBK",
    "仿宋": "FangSong",
    "楷体": "KaiTi",
    "黑体": "SimHei",
    "宋体": "SimSun",
}
"""What a word processor may take where the font is not installed, before it takes any."""

_SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "AR PL SungtiL GB", "Noto Sans CJK SC")
STAND_INS: dict[str, tuple[str, ...]] = {
    "方正小标宋简体": _SERIF,
    "仿宋_GB2312": ("仿宋", "AR PL SungtiL GB", *_SERIF),
    "仿宋": ("仿宋_GB2312", "AR PL SungtiL GB", *_SERIF),
    "楷体_GB2312": ("楷体", "AR PL KaitiM GB", "LXGW WenKai", *_SERIF),
    "楷体": ("楷体_GB2312", "AR PL KaitiM GB", "LXGW WenKai", *_SERIF),
    "黑体": ("SimHei", "Noto Sans CJK SC", "WenQuanYi Zen Hei"),
    "宋体": ("SimSun", "AR PL SungtiL GB", *_SERIF),
    "Times New Roman": ("Liberation Serif", "Tinos", "Nimbus Roman", *_SERIF),
}
"""What a server without those fonts draws previews with, the best first (library-domain 4.2)."""

STYLE_NAMES: dict[str, str] = {
    "Addressee": "主送机关",
    "Closing": "结束语",
    "AttachmentList": "附件说明",
    "AttachmentListMore": "附件说明续",
    "Issuer": "发文机关署名",
    "SignedOn": "成文日期",
    "Attachment": "附件序号",
    "AttachmentTitle": "附件标题",
    "TableTitle": "表题",
    "TableNote": "表注",
    "AfterTable": "表后",
    "Picture": "图片",
    "DraftHead": "待核标题",
    "DraftNote": "待核事项",
    "PageOdd": "页码单页",
    "PageEven": "页码双页",
    "Total": "合计",
    "ReportTable": "报告表格",
}
"""How our own styles are called in the list of Word and WPS, by their id."""
TABLE_STYLE_NAMES: dict[str, str] = {"Head": "表头", "Left": "表文", "Centre": "表文居中", "Right": "表数"}
SIZE_NAMES: dict[int, str] = {24: "小四", 21: "五号", 18: "小五"}
RUN_IN, RUN_IN_FACE = "段首标题", "段首标题字"

DRAFT_HEADING = "【数据待核】草稿：定稿前请逐项核对，并删去本页"
DRAFT_FOOT = "草稿"
ATTACHMENT = "附件"
UNREADABLE_PICTURE = "（图片无法显示）"
PREVIEW_NOTE = "预览稿：字体为替代字体，版式以Word或WPS打开的文件为准"
UNBREAKABLE = (
    *("公共图书馆", "少年儿童图书馆", "图书馆", "服务宣传周", "宣传周", "阅读活动周", "活动周", "读书月", "读书周"),
    *(
        "世界读书日",
        "读书日",
        "全民阅读活动周",
        "全民阅读",
        "阅读推广",
        "系列活动",
        "主题活动",
        "活动",
        "情况",
        "总结",
        "报告",
        "关于",
    ),
    *(
        "开展",
        "举办",
        "组织",
        "进一步",
        "推进",
        "落实",
        "做好",
        "加强",
        "相关",
        "有关",
        "专题",
        "年度",
        "季度",
        "上半年",
    ),
    *("阅读", "推广", "少年儿童", "未成年人", "儿童", "读者", "文化", "广播", "电视", "影视", "新闻", "出版", "广电"),
    *("旅游局", "旅游", "体育", "教育局", "全民", "书香", "主题", "工作", "服务", "免费开放", "文化馆", "博物馆"),
    *("讲座", "展览", "培训", "志愿者", "志愿服务", "公共文化", "文旅", "全市", "全县", "全区", "建设", "贯彻", "精神"),
    *("人民政府", "办公室", "宣传部", "委员会", "中国", "工程", "科普", "诵读", "大赛", "比赛", "节日", "传统文化"),
)
"""Words that a title's lines do not break (GB/T 9704 7.3.1)."""
WHOLE = (
    r"《[^》]{1,17}》",
    r"“[^”]{1,17}”",
    r"第[一二三四五六七八九十百0-9]{1,4}[届期次批季]",
    r"[0-9A-Za-z.\-]{1,30}(?:年度?|月|日|周年|家|场)?",
    r"[^关于的和与及或暨年在]{2}[市县区州省](?=[^场])",
)
"""Names and numbers that they do not break either, as patterns."""
NOT_FIRST = "，。、；：？！）》”’】的了和与及或"
NOT_LAST = "（《“‘【第"


def chinese_number(number: int) -> str:
    """1 to 999 in Chinese: 一, 十, 十二, 二十一, 一百零一, 三百五十; larger ones in digits."""
    if not 0 < number < 1000:
        return str(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones else "")


def heading_number(level: int, number: int, numbering: Numbering = Numbering.STANDARD) -> str:
    """The number before a heading: 一、 （一） 1. （1）, or 一、 1、 （1） ① as some houses write."""
    if level == 1:
        return f"{chinese_number(number)}、"
    if numbering is Numbering.PLAIN:
        return {2: f"{number}、", 3: f"（{number}）"}.get(level) or _circled(number)
    return {2: f"（{chinese_number(number)}）", 3: f"{number}."}.get(level) or f"（{number}）"


def _circled(number: int) -> str:
    """① to ⑳; beyond that word processors lack the signs."""
    return chr(0x2460 + number - 1) if number <= 20 else f"{number}）"


def addressee_line(addressee: str) -> str:
    """主送机关, closed by a full-width colon."""
    return addressee.strip().rstrip(":：") + "："


def attachment_lines(titles: tuple[str, ...]) -> list[tuple[str, str]]:
    """附件说明 as what stands before a title and the title, which has no mark at its end; several are numbered."""
    bare = [title.strip().rstrip("。；;，,") for title in titles]
    if len(bare) == 1:
        return [(f"{ATTACHMENT}：", bare[0])]
    return [(f"{f'{ATTACHMENT}：' if at == 1 else ''}{at}.", title) for at, title in enumerate(bare, 1)]


def attachment_name(number: int, of: int) -> str:
    """What stands over an attachment: 附件, or 附件2 of several."""
    return ATTACHMENT if of == 1 else f"{ATTACHMENT}{number}"


def date_line(day: date) -> str:
    """成文日期: Arabic digits without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"
