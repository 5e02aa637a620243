"""The names of what stands in the wording file of the report (report_wording.yaml): its sentences, words and gaps."""

from __future__ import annotations

from enum import Enum


class Gap:
    """The placeholders of sentences. Those of `EVERYWHERE` have a value in every sentence."""

    LIBRARY = "馆"
    CAMPAIGN = "活动周"
    SHORT_CAMPAIGN = "届次"
    CAMPAIGN_EVENT = "活动周活动"
    SHORT_CAMPAIGN_EVENT = "届次活动"
    REGION = "范围"
    SPAN = "起止"
    BASIS = "依据"
    THEME = "主题"
    UNITS = "单位"
    NUMBER_OF_UNITS = "家数"
    FORM = "形式"
    NUMBER_OF_LIBRARIES = "馆数"
    NUMBER_OF_ACTIVITIES = "活动数"
    DAY = "日"
    FIRST = "起"
    LAST = "止"
    CLOCK = "时刻"
    OPENS = "开始"
    CLOSES = "结束"
    WEEKDAYS = "周几"
    TOLD = "说明"
    LENGTH = "时长"
    VENUE = "场地"
    NUMBER_OF_VENUES = "场地数"
    SPEAKER = "主讲"
    AUDIENCE = "对象"
    TIME = "时间"
    PLACE = "地点"
    PARTNERS = "合作"
    FOR_WHOM = "面向"
    FIRST_EVER = "首次"
    DONE = "了"
    ISSUE = "期次"
    BATCH = "批次"
    ONE_SESSION = "一场"
    TITLE = "名称"
    BARE_TITLE = "原名"
    PEOPLE = "人数"
    PERSON_TIMES = "人次"
    TAKE_PART = "参加"
    SESSIONS = "场次"
    AMOUNT = "数量"
    METRIC = "项目"
    ACTIVITIES = "项数"
    NUMBER_OF_SESSIONS = "场数"
    ONLINE = "线上"
    KINDS = "各类"
    CATEGORY = "类别"
    ATTENDANCE_RATE = "到场率"
    CONVERSION_RATE = "转正率"
    RATINGS = "份数"
    SATISFACTION = "满意率"
    CHANGE = "增减"
    SHARE = "幅度"
    REPORTS = "篇数"
    OUTLET = "媒体"
    HEADLINE = "标题"
    SOURCE = "出处"
    EVENT = "活动"
    WORKS = "作品"
    NAMED = "名目"


PERSON_UNITS = frozenset({"名", "位", "人", "人次"})
"""Measure words of nothing but people."""

EVERYWHERE = frozenset(
    {Gap.CAMPAIGN, Gap.SHORT_CAMPAIGN, Gap.CAMPAIGN_EVENT, Gap.SHORT_CAMPAIGN_EVENT, Gap.REGION, Gap.SPAN}
)

EVENT_GAPS = frozenset(
    {
        *(Gap.LIBRARY, Gap.TIME, Gap.PLACE, Gap.VENUE, Gap.NUMBER_OF_VENUES, Gap.PARTNERS, Gap.FOR_WHOM, Gap.AUDIENCE),
        *(Gap.FIRST_EVER, Gap.DONE, Gap.SPEAKER, Gap.LENGTH, Gap.ISSUE, Gap.ONE_SESSION, Gap.TITLE, Gap.BARE_TITLE),
    }
)
METRIC_GAPS = frozenset({Gap.AMOUNT, Gap.AUDIENCE, Gap.BATCH, Gap.METRIC, Gap.WORKS})
NOUN_GAPS = frozenset({Gap.AUDIENCE, Gap.BATCH, Gap.WORKS})
MEDIA_GAPS = frozenset({Gap.LIBRARY, Gap.OUTLET, Gap.HEADLINE, Gap.PLACE})


class Line(Enum):
    """A sentence, by its section and name in the file."""

    TITLE_REPORT = ("标题", "报告")
    TITLE_SUMMARY = ("标题", "总结")
    PHOTOS = ("标题", "附件照片")
    NOTES = ("标题", "附件随记")
    BASIS = ("开头", "依据")
    CALL = ("开头", "响应")
    OPENING_REPORT = ("开头", "报告")
    OPENING_REPORT_OF_ONE = ("开头", "一馆报告")
    OPENING_SUMMARY = ("开头", "总结")
    OPENING_SUMMARY_OF_ONE = ("开头", "一馆总结")
    ORGANISATION_HEADING = ("一级标题", "组织")
    ACTIVITIES_HEADING = ("一级标题", "活动")
    EFFECT_HEADING = ("一级标题", "效果")
    PUBLICITY_HEADING = ("一级标题", "宣传")
    ORGANISED = ("组织", "各馆")
    ORGANISED_BY_ONE = ("组织", "一馆")
    MEETING = ("组织", "会议")
    OTHER_MEETING = ("组织", "其他会议")
    SUPPORTED = ("组织", "合作")
    ACTIVITIES = ("活动总述", "各馆")
    ACTIVITIES_OF_ONE = ("活动总述", "一馆")
    SAME_DAY = ("时间", "同日")
    LASTING = ("时间", "为期")
    CLOCK = ("时间", "时刻")
    AT_PLACE = ("地点", "一处")
    AT_PLACES = ("地点", "几处")
    ONE_AFTER_OTHER = ("地点", "先后")
    TOGETHER = ("地点", "联合")
    TOGETHER_WITH_MANY = ("地点", "联合等")
    SPOKEN_BY = ("地点", "主讲")
    MEANT_FOR = ("地点", "面向")
    PEOPLE_CAME = ("参加", "人数")
    PERSON_TIMES_CAME = ("参加", "人次")
    PERSON_TIMES_TOO = ("参加", "又人次")
    CAME_ONLINE = ("参加", "线上")
    WATCHED = ("参加", "直播")
    VIEWED = ("参加", "收看")
    SESSIONS_HELD = ("参加", "场次")
    MANY = ("多项", "合说")
    THE_REST = ("多项", "其余")
    OTHER_AMOUNT = ("其他数量", "")
    OTHER_TALLIES = ("其他台账", "")
    HEADLINE_TOTAL = ("效果", "参加总数")
    HEADLINE_OTHER = ("效果", "其他总数")
    REGISTERED_HERE = ("效果", "登记")
    TOTAL = ("效果", "合计")
    TOTAL_WITHOUT_SESSIONS = ("效果", "合计无场次")
    TOTAL_AMOUNTS = ("效果", "合计数量")
    ONE_CATEGORY = ("效果", "一类")
    SIGNED_UP = ("效果", "报名")
    RATED = ("效果", "评价")
    YEAR_ON_YEAR = ("效果", "同比")
    GREW = ("效果", "增长")
    FELL = ("效果", "下降")
    SAME = ("效果", "持平")
    EFFECT = ("效果", "结语")
    EFFECT_OF_ONE = ("效果", "一馆结语")
    MEDIA_COUNT = ("宣传", "媒体数")
    CONCLUSION = ("结尾", "各馆")
    CONCLUSION_OF_ONE = ("结尾", "一馆")
    CLOSING = ("结尾", "特此报告")

    DOUBTFUL = ("待核", "存疑")
    NOT_CONFIRMED = ("待核", "未确认")
    CHANGED_SINCE = ("待核", "确认后有改动")
    WITHOUT_DATE = ("待核", "无日期")
    NOT_HELD_YET = ("待核", "未举办")
    NO_HEADLINE = ("待核", "无参加总数")
    NO_THEME = ("待核", "无主题")
    NO_BASIS = ("待核", "无依据")
    NO_ADDRESSEE = ("待核", "无主送机关")
    NO_ACTIVITIES = ("待核", "无活动")
    WORDING_FAULT = ("待核", "用语文件")


class When(Enum):
    """A way to tell a time: one sentence for the middle, one for the head of a sentence."""

    ONE_DAY = "单日"
    SOME_DAYS = "多日"
    SPAN = "起止"
    SINCE = "此前开始"
    DAILY = "每天"
    WEEKLY = "每周"
    IN_WORDS = "说明"


class Word(Enum):
    """A bare word, by its section and name."""

    WE = ("词语", "自称")
    ALSO = ("词语", "还")
    ALL_LIBRARIES = ("词语", "各馆")
    BETWEEN = ("词语", "句间")
    END = ("词语", "句末")
    LISTED = ("词语", "顿号")
    AND = ("词语", "和")
    OF_WHICH = ("词语", "其中")
    UNTIL = ("词语", "至")
    ONE_SESSION = ("词语", "一场")
    PERSON_TIMES = ("词语", "人次")
    POINT = ("词语", "是")
    AND_OTHERS = ("词语", "等单位")
    AND_MORE = ("词语", "等")
    ACTIVITY = ("词语", "活动")
    DONE = ("词语", "了")
    UNKNOWN = ("词语", "待核")
    TO_BE_TOLD = ("词语", "待补")
    WEEKEND = ("时间", "双休日")
    MORNING = ("时间", "上午")
    AFTERNOON = ("时间", "下午")
    EVENING = ("时间", "晚上")


class WordList(Enum):
    """A list of words, by its section and name."""

    JOINS = ("接续", "")
    PARTS = ("子活动", "")
    EVENT_ENDINGS = ("词表", "自带活动")
    NOUN_ENDINGS = ("词表", "名词结尾")
    FIRST_EVER = ("词表", "首次")
    DATE_UNKNOWN = ("词表", "日期不写")
    DATE_VAGUE = ("词表", "日期笼统")
    ANYBODY = ("词表", "泛称对象")
    CALLS = ("词表", "响应词")
    TOTALS = ("词表", "合计项目")
    MEETINGS = ("词表", "会议形式")
