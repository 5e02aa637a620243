"""The headings and remarks of tables T1 to T7 (library-domain 3.3)."""

from __future__ import annotations

import re
from datetime import date, datetime

from bot.domain.clock import local
from bot.domain.coverage import Medium
from bot.domain.kinds import Exactness, Mode, SignUp
from bot.domain.summary import OccurrenceSummary
from bot.domain.tally import RATES

TITLES = {
    "T1": "分馆分类汇总表",
    "T2": "活动一览表",
    "T2P": "活动安排表",
    "T3": "全国公共图书馆基本情况表（活动部分）摘录",
    "T4": "活动指标表",
    "T5": "资料发放与捐赠统计表",
    "T6": "获奖情况统计表",
    "T7": "媒体宣传记录表",
}
LIBRARY, CATEGORY, ACTIVITY = "图书馆", "类别", "活动名称"
ACTIVITIES, SESSIONS, PEOPLE, ONLINE, PERSONS = "活动（项）", "场次", "参加人次", "线上人次", "读者人数"
MONTH_BEFORE, YEAR_BEFORE = "环比", "同比"
ALL_PEOPLE = "活动合计人次"
NUMBER, KIND, WHEN, WHERE, HOSTS, FOR_WHOM = "序号", "类型", "时间", "地点", "主办/协办", "对象"
SEATS, SIGNED_UP, CHECKED_IN, WALK_INS, CAME = "名额", "报名人数", "签到人次", "现场人次", "参加人次"
WAITING, NO_SHOWS, REMARKS = "候补", "爽约", "备注"
NEEDS, HOW = "报名要求", "报名方式"
SUBTOTAL, TOTAL, EXHIBITIONS_IN_IT, UNSORTED, OTHERS = "小计", "合计", "其中：展览", "未归类", "其他（合并）"
EXHIBITIONS_LEFT, HYBRID_IN_IT, REST = "其中：展览（合并行除外）", "其中：线上线下结合", "其余"
NATIONAL = (
    *("讲座次数", "讲座人次", "展览次数", "展览人次", "培训班（班）", "培训课次", "培训人次", "其他活动次数"),
    *(
        "其他活动人次",
        "活动合计次数",
        ALL_PEOPLE,
        "线上服务人次",
        "其中：未成年人",
        "其中：老年人",
        "其中：残障人士",
    ),
)
INDICATORS = (
    *("服务人口", "每万人活动场次", "每万人参加人次", "名额", "满座率", "到期报名人数", "到场率", "爽约率"),
    *("曾候补（组）", "候补转正率", "评价数", "满意率"),
)
ITEM, PART, AMOUNT, UNIT, EXACT, RECIPIENT = "名目", "分项", "数量", "单位", "精度", "去向"
PRIZE = "奖项"
DAY, MEDIUM, OUTLET, TITLE, LINK = "日期", "媒体类型", "媒体名称", "标题", "链接"
WITHHELD = "*"
DOUBTFUL, DOUBTED = "【数据待核】", "待核"
NOTED_OF_EVENT, NOTED_OF_LIBRARY = "按整项活动登记", "按馆登记，未分活动"
SOMEBODY = "某某"
WHOLE = "全部活动"
PERSON_UNITS = frozenset(("人次", "人", "名", "位", "户"))  # 个 counts things too and is none

_EXACTNESS = {
    Exactness.EXACT: "精确",
    Exactness.MORE_THAN: "不少于",
    Exactness.JUST_UNDER: "不足",
    Exactness.ABOUT: "约数",
    Exactness.CUMULATIVE: "存量",
    Exactness.DOUBTFUL: "待核",
}
_ORDINALS = ("series_ordinal", "batch_ordinal")
MEDIA_NAMES = {
    Medium.NEWSPAPER: "报纸",
    Medium.TELEVISION: "电视",
    Medium.RADIO: "广播",
    Medium.WEBSITE: "网站",
    Medium.OFFICIAL_ACCOUNT: "公众号",
    Medium.VIDEO_CHANNEL: "视频号",
    Medium.SCREEN: "电子屏",
    Medium.BANNER: "条幅",
    Medium.BOARD: "展板",
    Medium.LEAFLET: "宣传单",
    Medium.VEHICLE: "流动车",
    Medium.SLOGAN: "标语",
    Medium.OTHER: "其他",
}
_MODES = {Mode.ONSITE: "线下", Mode.ONLINE: "线上", Mode.HYBRID: "线上线下结合"}


def exactness_word(metric: str, exactness: Exactness) -> str:
    """How exact a number of T5 is, in formal words; a rate or an ordinal is no amount and says so."""
    if metric in _ORDINALS:
        return "序号"
    if metric in RATES and exactness is Exactness.EXACT:
        return "标准"
    return _EXACTNESS[exactness]


def medium_name(medium: Medium) -> str:
    """A medium as T7 names it."""
    return MEDIA_NAMES[medium]


def mode_name(mode: Mode) -> str:
    """How people took part."""
    return _MODES[mode]


def day_of(day: date | None) -> str:
    """A day in a table."""
    return f"{day.year}-{day.month:02}-{day.day:02}" if day else ""


def when_of(part: OccurrenceSummary) -> str:
    """When an occurrence was held, in the short form of tables."""
    occurrence = part.occurrence
    if occurrence.starts_at is None:
        return occurrence.date_text or "未注明"
    start = local(occurrence.starts_at)
    end = local(occurrence.ends_at) if occurrence.ends_at else start
    said = f"{start.month}月{start.day}日"
    if end.date() != start.date():
        return f"{said}—{end.month}月{end.day}日"
    if occurrence.all_day:
        return occurrence.date_text if said in occurrence.date_text else said  # 5月28日上午 says more
    return f"{said} {start:%H:%M}" + (f"—{end:%H:%M}" if end > start else "")


def remarks_of(part: OccurrenceSummary, window_start: date, *, public: bool = False) -> str:
    """What else is to be said of an occurrence: called off, online, across the window, told by tallies."""
    occurrence, counts = part.occurrence, part.figures.counts
    said = []
    if occurrence.is_cancelled:
        said.append("已取消")
    if part.event.is_internal:
        said.append("内部活动，不计场次" if not counts.sessions else "内部活动")
    if occurrence.mode is not Mode.ONSITE:
        said.append(mode_name(occurrence.mode))
    if occurrence.first_day and occurrence.first_day < window_start:
        said.append("跨期")
    if counts.tallied_people and not public:
        said.append(f"含台账登记{counts.tallied_people}人次")
    return "；".join(said)


def hosts_of(lead: str, partner_libraries: list[str], partners: tuple[str, ...]) -> str:
    """Who held an event."""
    others = "、".join((*partner_libraries, *partners))
    return f"{lead}/{others}" if others else lead


def needs_of(part: OccurrenceSummary) -> str:
    """Whether one has to sign up."""
    return "需要报名" if part.event.sign_up is SignUp.REQUIRED else "无需报名"


def how_to_sign_up(part: OccurrenceSummary) -> str:
    """What a reader sends to the account."""
    return f"发送“报名 {part.occurrence.number}”" if part.event.sign_up is SignUp.REQUIRED else "直接参加"


def span_of(first: date | None, last: date | None) -> str:
    """The days of an event, in the short form of tables."""
    if first is None or last is None:
        return ""
    said = f"{first.month}月{first.day}日"
    return said if first == last else f"{said}—{last.month}月{last.day}日"


def national_title(year: int, until: date) -> str:
    """The title of T3."""
    return f"{TITLES['T3']}（{year}年1月1日至{until.month}月{until.day}日）"


def merged_rows(count: int) -> str:
    """The remark beside rows that were put together."""
    return f"共{count}场"


_APART = re.compile("[\\s、,，;；/|（）()]+")
_RANKS = (
    "研究馆员",
    "副教授",
    "教授",
    "老师",
    "馆员",
    "馆长",
    "主任",
    "博士",
    "讲师",
    "先生",
    "女士",
    "同志",
    "作家",
    "专家",
)
_BODIES = ("馆", "院", "校", "队", "团", "社", "会", "局", "部", "中心", "公司", "协会", "学校", "小学", "中学", "大学")


def names_in(speaker: str) -> list[str]:
    """The names of persons in what was written as speaker: without ranks, and without bodies that are no persons."""
    found = []
    for word in _APART.split(speaker):
        name = word
        for rank in _RANKS:
            name = name.removesuffix(rank).removeprefix(rank)
        if len(name) >= 2 and not name.endswith(_BODIES):
            found.append(name)
    return found


def no_rows(code: str) -> str:
    """Under a table without rows."""
    return {
        "T5": "本期没有登记资料发放与捐赠。",
        "T6": "本期没有登记获奖情况。",
        "T7": "本期没有登记媒体宣传。",
    }.get(code, "本期没有登记活动。")


def persons_note(persons: int) -> str:
    """The number of different readers, where it stands under the table alone."""
    return f"参加活动并签到的不同读者账号共{persons}个。"


def compared_with(month: tuple[date, date] | None, year: tuple[date, date] | None) -> list[str]:
    """What 环比 and 同比 are held against."""
    said = []
    if month:
        said.append(f"环比：与{days_of(*month)}的参加人次相比。")
    if year:
        said.append(f"同比：与{days_of(*year)}的参加人次相比。")
    return said


def days_of(first: date, last: date) -> str:
    """From one day to another, the year named twice only where it changes."""
    year = "" if first.year == last.year else f"{last.year}年"
    return f"{first.year}年{first.month}月{first.day}日至{year}{last.month}月{last.day}日"


def moment_of(here: datetime) -> str:
    """A local moment."""
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


def note_line(at: int, count: int, said: str) -> str:
    """A note under a table; several are numbered."""
    return f"注：{said}" if count == 1 else f"注{at + 1}：{said}"


_HELD = {
    "T1": "各馆各类活动的项数、场次、人次，含小计、合计和同期比较",
    "T2": "每场活动的时间、地点、对象、名额与参加情况",
    "T2P": "每场活动的时间、地点、对象、名额与报名方式",
    "T3": "本年累计，按全国统计报表口径，供年报填报参考",
    "T4": "各馆活动指标及其计算基数",
    "T5": "发放、捐赠等实物与服务数量，按量词分列",
    "T6": "各项评比的奖项与数量",
    "T7": "媒体报道与宣传情况",
}


def code_of(code: str) -> str:
    """The code of a table as people name it: before the week T2 is another list, and still T2."""
    return "T2" if code == "T2P" else code


def sheet_line(name: str, code: str, title: str) -> str:
    """What a sheet holds."""
    return f"{name}：{_HELD.get(code, title)}"


def about(campaign: str, window: tuple[date, date], made_at: datetime, rules: list[str]) -> tuple[tuple[str, str], ...]:
    """What the first sheet says of all tables."""
    first, last, here = *window, local(made_at)
    return (
        (CAMPAIGN, campaign),
        (WINDOW, days_of(first, last)),
        (MADE_AT, moment_of(here)),
        *((RULES if at == 0 else "", f"{at + 1}．{line}") for at, line in enumerate(rules)),
    )


NOTES = {
    "T1": (
        "参加人次为线下到场人次，线上人次单列，二者不相加。",
        "读者人数为签到的不同读者账号数，同一读者到多馆、多类只在合计中计一次，故各行之和可大于合计。",
    ),
    "T2": (
        "参加人次＝签到人次＋现场人次＋台账补登人次；线上场次的人次列入线上人次，不计入参加人次。",
        "报名、候补、爽约均按人数（含同行人）统计。",
    ),
    "T2P": ("报名人数含同行人；参加人次为线下到场人次。",),
    "T3": ("参加人次均为线下人次，线上服务人次另计；“其中”各项按活动对象及现场登记统计。",),
    "T4": (
        "满座率＝有名额场次的报名人数÷名额；到场率、爽约率＝已到场、未到场人数÷已结束场次的报名人数。",
        "候补转正率＝转正组数÷曾候补组数；满意率＝4分及以上评价数÷评价数。基数为0的不列，服务人口未知的不列每万人指标。",
    ),
    "T5": (
        "数量一律为登记的数，按量词分列，不同量词不相加；精度为“不少于”“不足”“约数”的，正文中用“多”“近”“约”表述。",
        "存量（累计数）、待核数和每人标准不计入合计。",
    ),
    "T6": ("各奖项之和等于合计。",),
    "T7": (),
}
EXHIBITIONS_NOTE = "展览参观人次往往占总数的大部分，故单列一行，引用合计时请一并说明。"
MERGED_NOTE = "为保护个人信息，人数不足5的行已与本馆其他行合并。"
MARKED_NOTE = "“*”表示人数不足5，或据此可推算出不足5的人数，不予列出。"
EXPLANATION = "说明"
WINDOW = "活动时间"
MADE_AT = "统计时间"
CAMPAIGN = "活动名称"
RULES = "统计口径"
SHEETS = "各表内容"
FONT = "宋体"
HEAD_FONT = "黑体"
NEVER_MASKED = frozenset((LIBRARY, CATEGORY, KIND, UNIT, EXACT, MEDIUM, DAY, WHEN))
