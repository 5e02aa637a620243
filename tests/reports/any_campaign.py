"""Campaigns that may hold anything: titles with marks and line breaks, events without dates, tallies of every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from bot.domain.coverage import MediaItem, Medium, NoteFacts
from bot.domain.kinds import Category, Exactness, Mode, OccurrenceStatus, SignUp
from bot.domain.summary import Confirmation, Confirmed, Summary, build_summary
from bot.domain.summary_facts import (
    CampaignWindow,
    CheckinCount,
    CountedEvent,
    CountedLibrary,
    CountedOccurrence,
    SummaryFacts,
    WalkInCount,
)
from bot.domain.tally import TallyFacts
from bot.texts.metrics import METRICS, words

STARTS, ENDS = date(2026, 5, 25), date(2026, 5, 31)
NOW = datetime(2026, 6, 2, 1, 0, tzinfo=UTC)
_SIGNS = "读书馆活动讲座展览送为向年月日期第五一场“”‘’《》（）()\"'，。；：、！？,.;:!?—…… \n\t{}〔〕｜【】[]〖〗·-/\\<>&%@#x1 9０ａ\u200b\u0007"
hostile = st.text(_SIGNS, max_size=30) | st.text(_SIGNS, min_size=150, max_size=220) | st.just("{名称}")
plain = st.sampled_from(
    [
        "亲子阅读",
        "“悦读”讲座",
        "图书漂流",
        "为阳光小学送书",
        "《论语》分享会",
        "悬挂横幅",
        "国画展",
        "流动服务车进社区",
        "观看影片",
    ]
)
_KINDS = (
    "讲座",
    "图片展",
    "电影放映",
    "送书",
    "慰问",
    "图书漂流",
    "征文",
    "会议",
    "流动服务车",
    "公众号文章",
    "",
    "手工",
)
_UNITS = ("份", "册", "本", "人次", "名", "位", "个", "元", "场", "期", "批")


@st.composite
def summaries(draw: st.DrawFn, names: st.SearchStrategy[str] = hostile | plain) -> Summary:
    """Any campaign, summed up."""
    libraries = tuple(
        CountedLibrary(
            number,
            f"lib{number}",
            draw(names),
            "city" if number == 1 else "county",
            None if number == 1 else 1,
            (draw(names),),
        )
        for number in range(1, draw(st.integers(1, 3)) + 1)
    )
    events = tuple(_event(draw, number, len(libraries), names) for number in range(1, draw(st.integers(0, 6)) + 1))
    occurrences = tuple(
        _occurrence(draw, 10 * event.id + place, event.id, names)
        for event in events
        for place in range(draw(st.integers(0, 3)))
    )
    tallies = tuple(_tally(draw, number, libraries, events, names) for number in range(1, draw(st.integers(0, 8)) + 1))
    facts = SummaryFacts(
        campaign=CampaignWindow(
            1, "any", draw(names), draw(names), 1, STARTS, ENDS, draw(names), tuple(draw(st.lists(names, max_size=3)))
        ),
        libraries=libraries,
        events=events,
        occurrences=occurrences,
        places=(),
        used=(),
        checkins=tuple(
            CheckinCount(one.id, one.first_day or STARTS, 1, draw(st.integers(1, 900)))
            for one in occurrences
            if draw(st.booleans())
        ),
        walk_ins=tuple(
            WalkInCount(one.id, one.first_day or STARTS, draw(st.integers(1, 40)))
            for one in occurrences
            if draw(st.booleans())
        ),
        visits=(),
        tallies=tallies,
        media=tuple(_media(draw, number, len(libraries), names) for number in range(draw(st.integers(0, 4)))),
        notes=tuple(NoteFacts(number, 1, None, None, draw(names)) for number in range(draw(st.integers(0, 2)))),
    )
    summary = build_summary(facts, NOW, library_id=draw(st.none() | st.integers(1, len(libraries))))
    told = tuple(Confirmation(one.library, draw(st.sampled_from(Confirmed)), None) for one in summary.libraries)
    return replace(summary, confirmations=told if draw(st.booleans()) else ())


def _event(draw: st.DrawFn, number: int, libraries: int, names: st.SearchStrategy[str]) -> CountedEvent:
    return CountedEvent(
        id=number,
        key=f"E{number}",
        title=draw(names),
        category=draw(st.sampled_from(Category)),
        kind=draw(st.sampled_from(_KINDS) | names),
        library_id=draw(st.integers(1, libraries)),
        parent_id=draw(st.none() | st.integers(1, number - 1)) if number > 1 else None,
        partner_library_ids=tuple(draw(st.sets(st.integers(1, libraries), max_size=2))),
        partners=tuple(draw(st.lists(names, max_size=2))),
        audience=tuple(draw(st.lists(names, max_size=2))),
        speaker=draw(st.just("") | names),
        sign_up=SignUp.NONE,
        summary=draw(names),
    )


def _occurrence(draw: st.DrawFn, number: int, event_id: int, names: st.SearchStrategy[str]) -> CountedOccurrence:
    start = draw(
        st.none()
        | st.integers(-20 * 24, 9 * 24).map(lambda hours: datetime(2026, 5, 25, tzinfo=UTC) + timedelta(hours=hours))
    )
    length = draw(st.sampled_from([0, 1, 2, 24, 24 * 6, 24 * 61]))
    return CountedOccurrence(
        id=number,
        number=number,
        key="",
        event_id=event_id,
        label="",
        starts_at=start,
        ends_at=start + timedelta(hours=length) if start else None,
        all_day=draw(st.booleans()),
        date_text=draw(st.just("") | names | st.just("“六一”儿童节前夕，日期未注明")),
        venues=tuple(draw(st.lists(names, max_size=3))),
        capacity=None,
        mode=draw(st.sampled_from(Mode)),
        status=draw(st.sampled_from([OccurrenceStatus.SCHEDULED] * 4 + [OccurrenceStatus.CANCELLED])),
    )


def _tally(
    draw: st.DrawFn,
    number: int,
    libraries: tuple[CountedLibrary, ...],
    events: tuple[CountedEvent, ...],
    names: st.SearchStrategy[str],
) -> TallyFacts:
    exactness = draw(st.sampled_from(Exactness))
    amount = (
        None if exactness is Exactness.DOUBTFUL else Decimal(draw(st.sampled_from([1, 2, 5, 60, 300, 3000, 12000])))
    )
    event = draw(st.sampled_from(events)) if events and draw(st.booleans()) else None
    tally = TallyFacts(
        id=number,
        campaign_id=1,
        library_id=event.library_id if event else draw(st.none() | st.sampled_from([one.id for one in libraries])),
        event_id=event.id if event else None,
        occurrence_id=None,
        parent_id=None,
        key=None,
        metric=draw(st.sampled_from(sorted(METRICS)) | names.filter(bool)),
        number=amount,
        unit=draw(st.sampled_from(_UNITS)),
        exactness=exactness,
        wording=draw(names),
        part=draw(st.just("") | names),
        noted_at=NOW,
        recipient=draw(st.just("") | names),
    )
    return replace(tally, written=words(tally.quantity) if draw(st.booleans()) else draw(names))


def _media(draw: st.DrawFn, number: int, libraries: int, names: st.SearchStrategy[str]) -> MediaItem:
    return MediaItem(
        number,
        draw(st.integers(1, libraries)),
        None,
        None,
        draw(st.sampled_from(Medium)),
        draw(names),
        draw(names),
        "",
        draw(names),
    )
