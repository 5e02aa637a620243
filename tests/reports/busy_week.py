"""A made-up week as libraries hold them now: sign-ups, check-ins, live streams, ratings, branches that have not confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from bot.domain.clock import at_local
from bot.domain.coverage import MediaItem, Medium
from bot.domain.kinds import Category, Exactness, Mode, OccurrenceStatus, SignUp
from bot.domain.summary import Confirmation, Confirmed, Summary, build_summary
from bot.domain.summary_facts import (
    CampaignWindow,
    CheckinCount,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    LineCount,
    Place,
    PlaceCount,
    RatingCount,
    SummaryFacts,
    UsedCount,
    WalkInCount,
)
from bot.domain.tally import TallyFacts

LIBRARIES = (
    CountedLibrary(1, "city", "青山市图书馆", "city", None, ("市图书馆",)),
    CountedLibrary(2, "east", "东江县图书馆", "county", 1, ("东江馆",)),
    CountedLibrary(3, "west", "西岭区图书馆", "district", 1, ("西岭馆",)),
)
WINDOW = CampaignWindow(
    1,
    "reading-2026",
    "青山市2026年全民阅读活动周",
    "书香润青山 阅读伴成长",
    1,
    date(2026, 4, 20),
    date(2026, 4, 26),
    "市文化广电和旅游局",
    ("青山市文化广电和旅游局《关于开展2026年全民阅读活动周的通知》",),
)
NOW = datetime(2026, 4, 27, 1, 0, tzinfo=UTC)
_EVENTS = (
    (1, 1, "“青山讲坛”第二十八期：《红楼梦》里的节气", Category.LECTURE, "讲座", ("市民",), "李四教授"),
    (2, 1, "“悦读童年”绘本故事会", Category.READING_PROMOTION, "故事会", ("3至6岁儿童及家长",), ""),
    (3, 1, "青山古籍修复成果展", Category.EXHIBITION, "展览", (), ""),
    (4, 1, "老年人智能手机使用培训", Category.TRAINING, "培训", ("老年读者",), ""),
    (5, 2, "送书进校园", Category.OUTREACH_SERVICE, "送书", ("学生",), ""),
    (6, 2, "“我爱我家”亲子诵读大赛", Category.READING_PROMOTION, "比赛", ("少年儿童",), ""),
    (7, 2, "东江非遗展", Category.EXHIBITION, "展览", (), ""),
    (8, 3, "周末露天电影", Category.READING_PROMOTION, "电影放映", ("社区居民",), ""),
    (9, 3, "流动图书车进工地", Category.OUTREACH_SERVICE, "流动服务车", ("建筑工人",), ""),
    (10, 3, "世界读书日线上荐书", Category.READING_PROMOTION, "图书推荐", (), ""),
    (11, 3, "志愿者集市", Category.READING_PROMOTION, "市集", (), ""),
)
_PARTNERS = {5: ("东江县第一小学",), 9: ("西岭区总工会",), 6: ("县妇联", "县教育局")}
# number, event, day, hour, hours, all day, venues, mode
_HELD = (
    (1, 1, 25, 14, 2, False, ("一楼报告厅",), Mode.HYBRID),
    (2, 2, 21, 10, 1, False, ("少儿借阅室",), Mode.ONSITE),
    (3, 2, 23, 10, 1, False, ("少儿借阅室",), Mode.ONSITE),
    (4, 2, 25, 10, 1, False, ("少儿借阅室",), Mode.ONSITE),
    (5, 3, 20, 0, 167, True, ("二楼展厅",), Mode.ONSITE),
    (6, 4, 22, 9, 2, False, ("电子阅览室",), Mode.ONSITE),
    (7, 5, 23, 9, 2, False, ("东江县第一小学",), Mode.ONSITE),
    (8, 6, 24, 14, 3, False, ("文化广场",), Mode.ONSITE),
    (9, 7, 18, 0, 24 * 30 - 1, True, ("馆内大厅",), Mode.ONSITE),
    (10, 8, 25, 19, 2, False, ("滨河公园",), Mode.ONSITE),
    (11, 8, 26, 19, 2, False, ("滨河公园",), Mode.ONSITE),
    (12, 9, 24, 9, 3, False, ("西岭大桥工地",), Mode.ONSITE),
    (13, 10, 23, 20, 1, False, (), Mode.ONLINE),
    (14, 11, 26, 9, 6, False, ("馆前广场",), Mode.ONSITE),
)
_CAME = {1: 168, 2: 26, 3: 24, 4: 28, 6: 31, 8: 72, 13: 415}
_WALKED_IN = {1: 12, 5: 1260, 7: 320, 9: 905, 10: 180, 11: 210, 12: 64}
# metric, number, unit, event, exactness, written, part, of
_TALLIES = (
    (1, "volumes_donated", 600, "册", 5, Exactness.EXACT, "600册", "", None),
    (2, "value_of_goods_donated", 15000, "元", 5, Exactness.MORE_THAN, "1.5万余元", "", None),
    (3, "works_submitted", 86, "件", 6, Exactness.EXACT, "86件", "", None),
    (4, "essays_awarded", 16, "个", 6, Exactness.EXACT, "16个", "", None),
    (5, "essays_awarded", 3, "个", 6, Exactness.EXACT, "3个", "一等奖", 4),
    (6, "essays_awarded", 5, "个", 6, Exactness.EXACT, "5个", "二等奖", 4),
    (7, "essays_awarded", 8, "个", 6, Exactness.EXACT, "8个", "三等奖", 4),
    (8, "cards_issued_new", 45, "个", 9, Exactness.EXACT, "45个", "", None),
    (9, "volumes_delivered", 300, "册", 9, Exactness.MORE_THAN, "300余册", "", None),
    (10, "leaflets_distributed", 2000, "份", 11, Exactness.MORE_THAN, "2000多份", "", None),
    (11, "consultations_answered", 350, "人次", 11, Exactness.ABOUT, "约350人次", "", None),
    (12, "问卷调查", 120, "份", 11, Exactness.EXACT, "120份", "", None),
)


def busy_week() -> Summary:
    """The week, summed up."""
    occurrences = tuple(_held(*row) for row in _HELD)
    facts = SummaryFacts(
        campaign=WINDOW,
        libraries=LIBRARIES,
        events=tuple(_event(*row) for row in _EVENTS),
        occurrences=occurrences,
        places=(PlaceCount(1, Place.REGISTERED, 150, 190), PlaceCount(6, Place.REGISTERED, 32, 34)),
        used=(UsedCount(1, 140, 168), UsedCount(6, 30, 31)),
        checkins=tuple(CheckinCount(number, _day(number), 1, people) for number, people in _CAME.items()),
        walk_ins=tuple(WalkInCount(number, _day(number), people) for number, people in _WALKED_IN.items()),
        visits=(),
        tallies=tuple(_tally(*row) for row in _TALLIES),
        lines=(LineCount(1, 20, 12),),
        ratings=(RatingCount(1, 60, 282, 57),),
        media=(
            MediaItem(1, 1, None, None, Medium.NEWSPAPER, "青山日报", "全城共读正当时", "", ""),
            MediaItem(2, 1, None, None, Medium.TELEVISION, "青山电视台", "", "", ""),
            MediaItem(3, 2, None, None, Medium.WEBSITE, "东江新闻网", "", "", ""),
            MediaItem(4, 3, None, None, Medium.WEBSITE, "东江新闻网", "", "", ""),
            MediaItem(5, 1, None, None, Medium.OFFICIAL_ACCOUNT, "青山市图书馆", "阅读周活动预告", "", ""),
            MediaItem(6, 2, None, None, Medium.SCREEN, "", "", "", "县城中心"),
        ),
    )
    states = (Confirmed.YES, Confirmed.CHANGED, Confirmed.NO)
    told = tuple(Confirmation(library, state, None) for library, state in zip(LIBRARIES, states, strict=True))
    return replace(build_summary(facts, NOW), confirmations=told)


def _day(number: int) -> date:
    return date(2026, 4, next(row[2] for row in _HELD if row[0] == number))


def _event(
    number: int, library: int, title: str, category: Category, kind: str, audience: tuple[str, ...], speaker: str
) -> CountedEvent:
    return CountedEvent(
        id=number,
        key=f"E{number}",
        title=title,
        category=category,
        kind=kind,
        library_id=library,
        parent_id=None,
        partner_library_ids=(3,) if number == 1 else (),
        partners=_PARTNERS.get(number, ()),
        audience=audience,
        speaker=speaker,
        sign_up=SignUp.NONE,
    )


def _held(
    number: int, event: int, day: int, hour: int, hours: int, all_day: bool, venues: tuple[str, ...], mode: Mode
) -> CountedOccurrence:
    start = at_local(date(2026, 4, day), time(hour))
    return CountedOccurrence(
        id=number,
        number=number,
        key="",
        event_id=event,
        label="",
        starts_at=start,
        ends_at=start + timedelta(hours=hours),
        all_day=all_day,
        date_text="",
        venues=venues,
        capacity=200 if number == 1 else None,
        mode=mode,
        status=OccurrenceStatus.SCHEDULED,
    )


def _tally(
    number: int,
    metric: str,
    amount: int,
    unit: str,
    event: int,
    exactness: Exactness,
    written: str,
    part: str,
    of: int | None,
) -> TallyFacts:
    library = next(row[1] for row in _EVENTS if row[0] == event)
    return TallyFacts(
        number,
        1,
        library,
        event,
        None,
        of,
        None,
        metric,
        Decimal(amount),
        unit,
        exactness,
        "",
        part,
        NOW,
        written=written,
    )
