"""The headings and remarks of tables T1 to T7 (library-domain 3.3)."""

from __future__ import annotations

from datetime import date

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
NUMBER, KIND, WHEN, WHERE, HOSTS, FOR_WHOM = "序号", "类型", "时间", "地点", "主办/协办", "对象"
SEATS, SIGNED_UP, CHECKED_IN, WALK_INS, CAME = "名额", "报名人数", "签到人次", "现场人次", "参加人次"
WAITING, NO_SHOWS, REMARKS = "候补", "爽约", "备注"
NEEDS, HOW = "报名要求", "报名方式"
SUBTOTAL, TOTAL, EXHIBITIONS_IN_IT, UNSORTED, OTHERS = "小计", "合计", "其中：展览", "未归类", "其他（合并）"
NATIONAL = (
    *("讲座次数", "讲座人次", "展览次数", "展览人次", "培训班（班）", "培训课次", "培训人次", "其他活动次数"),
    *(
        "其他活动人次",
        "活动合计次数",
        "活动合计人次",
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
BELOW_FIVE = "＜5"
WITHHELD = "*"
DOUBTFUL = "【数据待核】"

_EXACTNESS = {
    Exactness.EXACT: "精确",
    Exactness.MORE_THAN: "不少于",
    Exactness.JUST_UNDER: "不足",
    Exactness.ABOUT: "约数",
    Exactness.CUMULATIVE: "存量",
    Exactness.DOUBTFUL: "待核",
}
_ORDINALS = ("series_ordinal", "batch_ordinal")
_MEDIA = {
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
    return _MEDIA[medium]


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
        return said
    return f"{said} {start:%H:%M}" + (f"—{end:%H:%M}" if end > start else "")


def remarks_of(part: OccurrenceSummary, window_start: date) -> str:
    """What else is to be said of an occurrence: called off, online, across the window, told by tallies."""
    occurrence, counts = part.occurrence, part.figures.counts
    said = []
    if occurrence.is_cancelled:
        said.append("已取消")
    if part.event.is_internal:
        said.append("内部活动，不计入合计")
    if occurrence.mode is not Mode.ONSITE:
        said.append(mode_name(occurrence.mode))
    if occurrence.first_day and occurrence.first_day < window_start:
        said.append("跨期")
    if counts.tallied_people:
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


def no_rows(code: str) -> str:
    """Under a table without rows."""
    return {
        "T5": "本期没有登记资料发放与捐赠。",
        "T6": "本期没有登记获奖情况。",
        "T7": "本期没有登记媒体宣传。",
    }.get(code, "本期没有登记活动。")


def compared_with(month: tuple[date, date] | None, year: tuple[date, date] | None) -> list[str]:
    """What 环比 and 同比 are held against."""
    said = []
    if month:
        said.append(f"环比：与{day_of(month[0])}至{day_of(month[1])}的参加人次相比。")
    if year:
        said.append(f"同比：与{day_of(year[0])}至{day_of(year[1])}的参加人次相比。")
    return said


NOTES = {
    "T1": (
        "参加人次为现场人次，线上人次单列；读者人数为签到的不同读者账号数，跨馆跨类不重复计，故各行之和可大于合计。",
    ),
    "T2": ("参加人次＝签到人次＋现场人次＋台账登记人次；线上场次的人次不计入参加人次。",),
    "T3": ("参加人次均为现场人次；线上服务人次另计。其中三项按活动对象及现场登记统计。",),
    "T4": ("满座率＝确认报名人数÷名额；到场率＝已到场÷到期报名人数；满意率＝4分及以上评价÷评价数。基数为零的不列。",),
    "T5": ("数量一律为登记的数；精度为“不少于”等的，正文中用“多”“余”“近”表述。存量和标准不计入合计。",),
    "T6": ("各奖项之和等于合计。",),
    "T7": (),
}
EXHIBITIONS_NOTE = "展览参观人次往往占总数的大部分，故单列一行，请勿只引用合计。"
MERGED_NOTE = "为保护个人信息，涉及人数不足5的行已合并，无法合并的写作“＜5”，能据以推算的写作“*”。"
EXPLANATION = "说明"
WINDOW = "活动时间"
MADE_AT = "统计时间"
CAMPAIGN = "活动"
RULES = "统计口径"
SHEETS = "各表"
FONT = "宋体"
