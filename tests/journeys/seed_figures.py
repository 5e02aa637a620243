"""The figures that seven real reports print, one by one: what an entered week must give back.

Compact on purpose: the reports themselves are not here. `printed` is the figure with its measure word and approximation as
the report prints it; `said` is how a member of staff sends it, where it is not said as printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

TITLES = ("世界读书日的由来", "读书日在世界各国", "我国开展读书日活动", "关于读书的格言")
TALLY, SCHEDULE = "tally", "schedule"
SEEDS = ("guangyuan-2016", "dujiang-2012", "yuanquan-2012", "jili-2018", "taian-2016", "shanxi-2014", "gu-2014")


@dataclass(frozen=True, slots=True)
class SeedFigure:
    """One figure. `event` is empty for what is said of the whole week; `number` None: its digits are lost."""

    id: str
    event: str
    metric: str
    number: int | None
    unit: str
    exactness: str
    printed: str
    word: str = ""  # what staff call it, where they note it
    part: str = ""
    source: str = TALLY
    text: str = ""  # how the report says it, as a pattern, where that is more than `printed`

    @property
    def pattern(self) -> str:
        """What the text of our report must hold."""
        return self.text or re.escape(self.printed)

    @property
    def week(self) -> str:
        """The key of its campaign."""
        return SEEDS[int(self.id[1]) - 1]

    @property
    def amount(self) -> tuple[Decimal | None, str, str]:
        """What a summary says of it."""
        number = None if self.number is None else Decimal(self.number)
        return number, self.unit, "doubtful" if self.exactness == "corrupt" else self.exactness

    def said(self, number: int | None) -> str:
        """How staff send it at an occurrence, with its parts; without a number it is of the whole week."""
        amounts = ((part, f"《{part.part}》" if part.part in TITLES else part.part) for part in self.parts)
        parts = "、".join(f"{name}{part.printed}" for part, name in amounts)
        return f"记录 {self.word} {self.printed}{f' 其中{parts}' if parts else ''} {number or '全周'}"

    @property
    def parts(self) -> list[SeedFigure]:
        """The figures that it is made up of."""
        beside = (figure for figure in FIGURES if (figure.week, figure.event) == (self.week, self.event))
        return [] if self.part else [each for each in beside if each.part and each.metric == self.metric]


_SAID: dict[str, str] = {  # what a person would look for; the rest is found as printed
    "S1-H1": "近万名读者参加",
    "S1-F01": "解答咨询300多人次",
    "S1-F02": "发放宣传资料3000多份",
    "S1-F09": "为期一周的新书推荐",
    "S1-F10": "报刊阅览室举办了为期一周的“实现伟大中国梦",
    "S1-F11": "60余位机关事业单位干部[、和]读者聆听了?讲座",
    "S1-F12": "为期两个月的“实现伟大中国梦",
    "S1-F14": "县政府固定图书漂流点和县委大厅固定图书漂流点两处",
    "S1-F16": "前五百位",
    "S1-F17": "价值千元",
    "S1-F18": "举办了一场“实现伟大中国梦",
    "S1-F19": "价值3000余元",
    "S1-F22": "向6名",
    "S1-F23": "每人[^，。；]{0,8}200元",
    "S1-F25": "惠及留守儿童50余名|惠及50余名留守儿童",
    "S1-F27": "每天下午5:00至6:00.*共7场",
    "S2-F01": "有效借书证累计达600张",
    "S2-F04": "【数据待核】人次",
    **{f"S3-F0{n}": f"《{title}》1000份" for n, title in enumerate(TITLES, 2)},
    "S3-F07": "一等奖5篇",
    "S3-F08": "二等奖10篇",
    "S3-F09": "三等奖20篇",
    "S3-F10": "优秀奖40篇",
    "S3-F11": "渊泉小学、渊泉第二小学、渊泉第三小学、中沟小学、西湖乡北沟小学.*5所学校",
    "S3-F13": "800多名小读者",
    "S3-F14": "其中县城2所",
    "S3-F15": "县城2所、周边3所）",
    "S3-F16": "覆盖学校5所",
    "S3-F17": "教学班53个|53个教学班",
    "S3-F19": "《新书推介》1期",
    "S3-F20": "《李四光》等(?:影片5部|5部影片)",
    "S4-F02": "“书香吉利·声悦家园”第五期",
    "S4-F05": "第三批图书",
}


def _of(week: int, *rows: tuple[object, ...]) -> list[SeedFigure]:
    made = [SeedFigure(f"S{week}-{row[0]}", *row[1:]) for row in rows]  # type: ignore[arg-type]
    return [replace(figure, text=_SAID.get(figure.id, "")) for figure in made]


FIGURES: tuple[SeedFigure, ...] = (
    *_of(
        1,
        ("H1", "", "participants_all_activities", 10000, "名", "just_under", "近万名", "总人数"),
        ("F01", "A02", "consultations_answered", 300, "人次", "more_than", "300多人次", "咨询"),
        ("F02", "A02", "leaflets_distributed", 3000, "份", "more_than", "3000多份", "宣传单"),
        ("F03", "A03", "cards_issued_new", 200, "个", "more_than", "200余个", "新办借书证"),
        ("F04", "A04", "titles_displayed", 300, "种", "more_than", "300多种", "展出图书种数"),
        ("F05", "A04", "volumes_displayed", 500, "册", "more_than", "500余册", "展出图书"),
        ("F06", "A05", "artworks_displayed", 127, "件", "exact", "127件", "书画作品"),
        ("F07", "A05", "volumes_displayed", 3000, "册", "more_than", "3000余册", "展出图书"),
        ("F08", "A05", "display_boards_made", 6, "张", "exact", "6张", "展板"),
        ("F09", "A06", "duration", 1, "周", "exact", "为期一周", "", "", SCHEDULE),
        ("F10", "A07", "duration", 1, "周", "exact", "为期一周", "", "", SCHEDULE),
        ("F11", "A09", "attendance", 60, "位", "more_than", "60余位", "参加人数"),
        ("F12", "A10", "duration", 2, "月", "exact", "为期两月", "", "", SCHEDULE),
        ("F13", "A12", "volumes_drifted", 400, "册", "more_than", "四百余册", "漂流图书"),
        ("F14", "A12", "drift_points", 2, "个", "exact", "两", "", "", SCHEDULE),
        ("F15", "A13", "volumes_donated", 500, "本", "exact", "500本", "赠书"),
        ("F16", "A13", "recipients_first_come", 500, "位", "exact", "前五百位", "先到先得受赠读者"),
        ("F17", "A14", "value_of_goods_donated", 1000, "元", "about", "价值千元", "捐赠物品"),
        ("F18", "A15", "sessions", 1, "场", "exact", "一场", "", "", SCHEDULE),
        ("F19", "A15", "value_of_goods_donated", 3000, "元", "more_than", "价值3000余元", "捐赠物品"),
        ("F20", "A15", "volumes_donated", 200, "册", "exact", "200册", "赠书"),
        ("F21", "A15", "schoolbags_donated", 50, "个", "exact", "50个", "书包"),
        ("F22", "A15", "cash_recipients", 6, "名", "exact", "6名", "慰问金受助人"),
        ("F23", "A15", "cash_per_person", 200, "元", "exact", "每人200元", "慰问金"),
        ("F24", "A16", "sets_donated", 50, "套", "more_than", "50余套", "成套图书"),
        ("F25", "A16", "beneficiaries", 50, "名", "more_than", "50余名", "受益人数"),
        ("F26", "A17", "volumes_donated", 500, "册", "exact", "500册", "赠书"),
        ("F27", "A18", "sessions", 7, "场", "exact", "7场", "", "", SCHEDULE),
    ),
    *_of(
        2,
        ("F01", "A04", "valid_cards_cumulative", 600, "张", "cumulative", "累计达600张", "有效借书证"),
        ("F02", "A16", "riddles_made", 100, "条", "exact", "100条", "谜语"),
        ("F03", "A16", "gifts_given", 350, "份", "exact", "350份", "小礼品"),
        ("F04", "A16", "attendance", None, "人次", "corrupt", "8多人次", "参加人数"),
    ),
    *_of(
        3,
        ("F01", "A01", "leaflets_distributed", 4000, "份", "exact", "4000份", "宣传单"),
        ("F02", "A01", "leaflets_distributed", 1000, "份", "exact", "1000份", "宣传单", TITLES[0]),
        ("F03", "A01", "leaflets_distributed", 1000, "份", "exact", "1000份", "宣传单", TITLES[1]),
        ("F04", "A01", "leaflets_distributed", 1000, "份", "exact", "1000份", "宣传单", TITLES[2]),
        ("F05", "A01", "leaflets_distributed", 1000, "份", "exact", "1000份", "宣传单", TITLES[3]),
        ("F06", "A02", "essays_awarded", 75, "篇", "exact", "75篇", "获奖征文"),
        ("F07", "A02", "essays_awarded", 5, "篇", "exact", "5篇", "一等奖", "一等奖"),
        ("F08", "A02", "essays_awarded", 10, "篇", "exact", "10篇", "二等奖", "二等奖"),
        ("F09", "A02", "essays_awarded", 20, "篇", "exact", "20篇", "三等奖", "三等奖"),
        ("F10", "A02", "essays_awarded", 40, "篇", "exact", "40篇", "优秀奖", "优秀奖"),
        ("F11", "A02", "partner_schools", 5, "所", "exact", "5所", "合作学校"),
        ("F12", "A03", "issues_held", 1, "期", "exact", "一期", "举办期数"),
        ("F13", "A03", "attendance", 800, "名", "more_than", "800多名", "参加人数"),
        ("F16", "A04", "schools_served", 5, "所", "exact", "5所", "服务学校"),
        ("F14", "A04", "schools_served", 2, "所", "exact", "2所", "服务学校", "县城"),
        ("F15", "A04", "schools_served", 3, "所", "exact", "3所", "服务学校", "周边"),
        ("F17", "A04", "classes_served", 53, "个", "exact", "53个", "教学班"),
        ("F18", "A05", "cards_issued_new", 60, "个", "exact", "60个", "新办借书证"),
        ("F19", "A08", "issues_printed", 1, "期", "exact", "1期", "编印"),
        ("F20", "A10", "films_shown", 5, "部", "exact", "5部", "影片"),
    ),
    *_of(
        4,
        ("F01", "A03", "films_shown", 2, "个", "exact", "两个", "影片"),
        ("F02", "A05", "series_ordinal", 5, "期", "exact", "第五期", "期次"),
        ("F03", "A07", "volumes_delivered", 200, "册", "exact", "200册", "送书上门"),
        ("F04", "A08", "volumes_delivered", 100, "本", "exact", "100本", "送书上门"),
        ("F05", "A08", "batch_ordinal", 3, "批", "exact", "第三批", "批次"),
        ("F06", "A11", "duration", 2, "小时", "exact", "两个小时", "持续时间"),
    ),
    *_of(
        5,
        ("F01", "A03", "works_submitted", 400, "件", "just_under", "近四百件", "征集作品"),
        ("F02", "A03", "works_exhibited", 100, "幅", "more_than", "百余幅", "展出作品"),
    ),
)


def of_week(week: str) -> list[SeedFigure]:
    """The figures of one report."""
    return [figure for figure in FIGURES if figure.week == week]


ROLES: dict[str, tuple[str, ...]] = {  # what the sections of each report are for
    "guangyuan-2016": (*("preamble", "organisation", "activities", "effect", "publicity", "conclusion", "closing"),),
    "dujiang-2012": ("preamble", "organisation", "publicity", "activities"),
    "yuanquan-2012": ("preamble", "publicity", "activities", "conclusion"),
    "jili-2018": ("preamble", "publicity", "activities", "conclusion"),
    **dict.fromkeys(SEEDS[4:], ("preamble", "organisation", "activities", "effect")),
}
