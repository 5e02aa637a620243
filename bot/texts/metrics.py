"""What is counted: the words staff use for it, its measure word, and how quantities are written out again."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from bot.domain.kinds import Exactness
from bot.domain.measure import Quantity

_MAGNITUDES = {Decimal(100): "百", Decimal(1_000): "千", Decimal(10_000): "万"}
DOUBTFUL_FIGURE = "【数据待核】"


class Metric(NamedTuple):
    """A thing that is counted: its name, the measure word when none was said, and other words for it."""

    name: str
    unit: str
    words: str = ""


METRICS: dict[str, Metric] = {
    "attendance": Metric("参加人数", "人次", "参加 参加人次 参与 参与人数 到场 到场人数 观众 听众"),
    "participants_all_activities": Metric("各项活动参加总人数", "人次", "总人数"),
    "online_live": Metric("线上直播观看", "人次", "直播观看 观看直播 在线观看 线上观看 线上参与 线上参加 直播"),
    "online_views": Metric("线上点播观看", "次", "点播 回放 回看 点播观看 观看回放"),
    "consultations_answered": Metric("咨询", "人次", "咨询人次 解答咨询 现场咨询 咨询解答"),
    "leaflets_distributed": Metric("宣传单", "份", "宣传资料 宣传册 宣传折页 传单 宣传品 资料 折页 宣传单页"),
    "cards_issued_new": Metric("新办借书证", "个", "新证 办证 新办证 新增办证 借书证 读者证 新办读者证"),
    "valid_cards_cumulative": Metric("有效借书证", "张", "有效证 有效读者证"),
    "titles_displayed": Metric("展出图书种数", "种", "展出种数"),
    "volumes_displayed": Metric("展出图书", "册", "展出册数 展书 新书展出 展读图书"),
    "volumes_drifted": Metric("漂流图书", "册", "图书漂流 漂流"),
    "volumes_donated": Metric("赠书", "册", "赠送图书 捐书 捐赠图书 送书 赠送书籍"),
    "volumes_delivered": Metric("送书上门", "册", "配送图书 流动图书"),
    "sets_donated": Metric("赠送成套图书", "套", "成套图书"),
    "schoolbags_donated": Metric("赠送书包", "个", "书包"),
    "gifts_given": Metric("礼品", "份", "小礼品 奖品 纪念品"),
    "value_of_goods_donated": Metric(
        "捐赠物品价值", "元", "捐赠价值 物品价值 价值 图书价值 捐赠物品 物资价值 捐赠物资价值"
    ),
    "cash_recipients": Metric("慰问金受助人", "名", "受助人 特困受助"),
    "cash_per_person": Metric("每人慰问金", "元", "慰问金每人 每人现金 现金每人"),
    "beneficiaries": Metric("受益人数", "名", "受益 受赠人"),
    "recipients_first_come": Metric("先到先得受赠读者", "位", "先到先得"),
    "artworks_displayed": Metric("展出书画作品", "件", "书画作品 书画 作品展出"),
    "works_exhibited": Metric("展出作品", "幅", "参展作品"),
    "works_submitted": Metric("征集作品", "件", "投稿 参赛作品 来稿"),
    "essays_awarded": Metric("获奖作品", "篇", "获奖 获奖征文 获奖文章 获奖人数"),
    "display_boards_made": Metric("展板", "张", "制作展板 版面 宣传版面"),
    "riddles_made": Metric("谜语", "条", "灯谜"),
    "films_shown": Metric("放映影片", "部", "影片 电影 放映"),
    "issues_printed": Metric("印发期数", "期", "编印"),
    "issues_held": Metric("举办期数", "期", ""),
    "series_ordinal": Metric("期次", "期", ""),
    "batch_ordinal": Metric("批次", "批", ""),
    "schools_served": Metric("服务学校", "所", "学校"),
    "partner_schools": Metric("合作学校", "所", ""),
    "classes_served": Metric("服务班级", "个", "班级 教学班"),
    "drift_points": Metric("图书漂流点", "个", "漂流点"),
    "venues": Metric("活动地点", "个", ""),
    "sessions": Metric("场次", "场", "活动场次"),
    "duration": Metric("持续时间", "天", ""),
}

_TIERS = (
    "特等奖 一等奖 二等奖 三等奖 四等奖 金奖 银奖 铜奖 优秀奖 优胜奖 鼓励奖 纪念奖 "
    "入围奖 入选奖 参与奖 组织奖 优秀组织奖 十佳 指导奖"
)
TIERS = frozenset(_TIERS.split())
"""Prize tiers are parts of the awarded works, not metrics of their own (library-domain table T6)."""

_BY_WORD = {
    word: code for code, metric in METRICS.items() for word in (code, metric.name, *metric.words.split()) if word
}


def metric_of(word: str) -> tuple[str, str]:
    """The stable name of what a word counts, and the part that it names: 一等奖 is part of the awarded works.

    A word that is not known counts as itself.
    """
    word = word.strip()
    if word in TIERS:
        return "essays_awarded", word
    return _BY_WORD.get(word) or _BY_WORD.get(word.replace(" ", ""), word), ""


def metric_name(code: str) -> str:
    """The Chinese name of a metric; a free word is its own name."""
    return METRICS[code].name if code in METRICS else code


def usual_unit(code: str) -> str:
    """The measure word when none was said; empty when it cannot be guessed."""
    return METRICS[code].unit if code in METRICS else ""


def words(quantity: Quantity) -> str:
    """A quantity as people write it: 300多份, 近万名, 约200人, 累计600张."""
    if quantity.number is None or quantity.exactness is Exactness.DOUBTFUL:
        return DOUBTFUL_FIGURE + quantity.unit
    before, after = _marks(quantity)
    number = quantity.number
    if quantity.exactness is Exactness.JUST_UNDER and number in _MAGNITUDES:
        return f"近{_MAGNITUDES[number]}{quantity.unit}"
    is_round = quantity.exactness is not Exactness.EXACT and number >= 10_000 and number % 1_000 == 0
    digits = plain_number(number / 10_000) + "万" if is_round else plain_number(number)
    return f"{before}{digits}{after}{quantity.unit}"


def plain_number(number: Decimal) -> str:
    """Digits without needless zeros or exponents: 300, 1.5."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _marks(quantity: Quantity) -> tuple[str, str]:
    word = quantity.approx_word
    match quantity.exactness:
        case Exactness.MORE_THAN:
            return "", word if word in ("多", "余") else "多"
        case Exactness.JUST_UNDER:
            return "近", ""
        case Exactness.ABOUT:
            return "约", ""
        case Exactness.CUMULATIVE:
            return "累计", ""
        case _:
            return "", ""
