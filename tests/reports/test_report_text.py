"""What the report of a campaign says: whole texts of real weeks, and single rules on small ones."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.domain.coverage import MediaItem, Medium, NoteFacts, PhotoFacts
from bot.domain.kinds import Category, Exactness, Mode, OccurrenceStatus, SignUp
from bot.domain.report_style import CountsAs, Form, GroupBy, Headings, Points, ReportStyle
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
from bot.reports.document import Attachment, Document, Heading, Paragraph, Picture, TableBlock
from bot.reports.report_text import write_report
from bot.reports.table import Column, Table
from bot.services.campaigns import choose_campaign
from bot.services.summary import summarize
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import tally
from tests.journeys.seed_figures import of_week
from tests.journeys.seed_weeks import LATER, import_figures, import_week
from tests.reports.busy_week import busy_week

GOLDEN = Path(__file__).with_name("golden")
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def text_of(document: Document) -> str:
    """A document as lines, with the level of each heading."""
    lines = [document.title]
    if document.addressee:
        lines.append(f"{document.addressee}：")
    for block in document.blocks:
        if isinstance(block, Heading):
            lines.append(f"{'#' * block.level} {block.words}{block.run_in}")
        elif isinstance(block, Paragraph):
            lines.append(block.words)
        else:
            lines.append(f"[{type(block).__name__}]")
    lines += [line for line in (document.closing, document.issuer) if line]
    lines += [f"待核：{line}" for line in document.to_check]
    return "\n".join(lines) + "\n"


def body_of(document: Document) -> str:
    """What stands in paragraphs."""
    return "\n".join(
        block.words if isinstance(block, Paragraph) else block.run_in
        for block in document.blocks
        if isinstance(block, Heading | Paragraph)
    )


# --- whole weeks


@one_database
@pytest.mark.parametrize(
    ("week", "style"),
    [
        ("guangyuan-2016", ReportStyle()),
        ("guangyuan-2016", ReportStyle(group_by=GroupBy.LIBRARY, headings=Headings.RUN_IN, points=Points.COUNTED)),
        ("yuanquan-2012", ReportStyle()),
        ("gu-2014", ReportStyle()),
    ],
    ids=["guangyuan-2016", "guangyuan-2016-by-library", "yuanquan-2012", "gu-2014"],
)
def test_a_real_week_is_written_as_it_was_approved(
    db: Database, keys: Keys, week: str, style: ReportStyle, request: pytest.FixtureRequest
) -> None:
    """`WRITE_REPORTS=1` writes the texts anew; then read them before they are committed."""
    written = text_of(write_report(_week(db, keys, week), style, {}))
    file = GOLDEN / f"{request.node.callspec.id.removesuffix('-sqlite')}.txt"
    if os.environ.get("WRITE_REPORTS"):
        file.write_text(written, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == written, "write it anew: WRITE_REPORTS=1"


def test_a_busy_week_is_written_as_it_was_approved() -> None:
    """Branches that have not confirmed, people at doors and online, ratings, prizes, media."""
    written = text_of(write_report(busy_week(), ReportStyle(), {}))
    file = GOLDEN / "busy-week.txt"
    if os.environ.get("WRITE_REPORTS"):
        file.write_text(written, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == written, "write it anew: WRITE_REPORTS=1"


@one_database
@pytest.mark.parametrize("week", ["guangyuan-2016", "yuanquan-2012", "taian-2016"])
def test_every_figure_of_a_real_week_stands_in_its_text(db: Database, keys: Keys, week: str) -> None:
    text = text_of(write_report(_week(db, keys, week), ReportStyle(), {}))
    for figure in of_week(week):
        if figure.source == "tally":
            printed = figure.printed.removeprefix("价值").removeprefix("每人")
            assert printed in text, figure.id


def _week(db: Database, keys: Keys, week: str) -> Summary:
    """A real week, its quantities as its report writes them."""
    import_week(db, week)
    import_figures(db, week)
    with db.writing() as tx:
        for figure in of_week(week):
            printed = figure.printed.removeprefix("价值").removeprefix("每人")
            tx.execute(update(tally).where(tally.c.key == figure.id).values(written=printed))
    with db.reading() as tx:
        return summarize(tx, choose_campaign(tx, week), keys, LATER)


# --- small weeks

CITY = CountedLibrary(1, "city", "青山市图书馆", "city", None, ("市馆",))
EAST = CountedLibrary(2, "east", "东江县图书馆", "county", 1, ("东江馆",))
WINDOW = CampaignWindow(
    1,
    "week",
    "青山市2026年全民阅读周",
    "书香青山",
    1,
    date(2026, 5, 25),
    date(2026, 5, 31),
    "市文旅局",
    ("《关于开展全民阅读周活动的通知》",),
)
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


def event(
    number: int, title: str, kind: str = "讲座", category: Category = Category.LECTURE, **more: object
) -> CountedEvent:
    """An event of the city library."""
    values: dict[str, object] = {
        "id": number,
        "key": f"E{number}",
        "title": title,
        "category": category,
        "kind": kind,
        "library_id": 1,
        "parent_id": None,
        "partner_library_ids": (),
        "partners": (),
        "audience": (),
        "speaker": "",
        "sign_up": SignUp.NONE,
    }
    return CountedEvent(**{**values, **more})  # type: ignore[arg-type]


def held(
    number: int, of: int, day: date | None = None, hour: int = 14, hours: float = 2, **more: object
) -> CountedOccurrence:
    """An occurrence; hours are local."""
    start = None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)
    values: dict[str, object] = {
        "id": number,
        "number": number,
        "key": "",
        "event_id": of,
        "label": "",
        "starts_at": start,
        "ends_at": start + timedelta(hours=hours) if start else None,
        "all_day": False,
        "date_text": "",
        "venues": (),
        "capacity": None,
        "mode": Mode.ONSITE,
        "status": OccurrenceStatus.SCHEDULED,
    }
    return CountedOccurrence(**{**values, **more})  # type: ignore[arg-type]


def noted(number: int, metric: str, amount: int | None, unit: str, of: int | None = None, **more: object) -> TallyFacts:
    """A tally of an event of the city library."""
    values: dict[str, object] = {
        "id": number,
        "campaign_id": 1,
        "library_id": 1,
        "event_id": of,
        "occurrence_id": None,
        "parent_id": None,
        "key": None,
        "metric": metric,
        "number": None if amount is None else Decimal(amount),
        "unit": unit,
        "exactness": Exactness.EXACT,
        "wording": "",
        "part": "",
        "noted_at": NOW,
    }
    return TallyFacts(**{**values, **more})  # type: ignore[arg-type]


def week(*events: CountedEvent, occurrences: tuple[CountedOccurrence, ...] = (), **more: object) -> Summary:
    """A small week, summed up."""
    values: dict[str, object] = {
        "campaign": WINDOW,
        "libraries": (CITY, EAST),
        "events": events,
        "occurrences": occurrences,
        "places": (),
        "used": (),
        "checkins": (),
        "walk_ins": (),
        "visits": (),
        "tallies": (),
    }
    return build_summary(SummaryFacts(**{**values, **more}), NOW)  # type: ignore[arg-type]


def body(summary: Summary, style: ReportStyle | None = None, slots: dict[str, str] | None = None, **more: bool) -> str:
    """The paragraphs of its report."""
    return body_of(write_report(summary, style or ReportStyle(), slots or {}, **more))


def test_a_library_is_named_in_full_once_and_shortly_after_that() -> None:
    first = event(1, "名著讲座", library_id=2)
    second = event(2, "国画展", "展览", Category.EXHIBITION, library_id=2)
    text = body(week(first, second, occurrences=(held(1, 1, date(2026, 5, 26)), held(2, 2, date(2026, 5, 27)))))
    assert text.count("东江县图书馆") == 1
    assert text.count("东江馆于") + text.count("东江馆举") >= 1 or "；5月27日" in text


def test_days_are_told_without_the_year_and_with_their_part() -> None:
    text = body(week(event(1, "名著讲座"), occurrences=(held(1, 1, date(2026, 5, 26), hour=19, venues=("报告厅",)),)))
    assert "于5月26日晚上在报告厅举办了名著讲座" in text


def test_a_span_of_days_says_its_month_once() -> None:
    part = held(1, 1, date(2026, 5, 26), hour=0, hours=24 * 3 - 1, all_day=True)
    text = body(week(event(1, "国画展", "展览", Category.EXHIBITION), occurrences=(part,)))
    assert "于5月26日至28日举办了为期三天的国画展" in text


def test_what_began_before_the_week_says_since_when() -> None:
    part = held(1, 1, date(2026, 5, 1), hour=0, hours=24 * 61 - 1, all_day=True)
    text = body(week(event(1, "国画展", "展览", Category.EXHIBITION), occurrences=(part,)))
    assert "自5月1日起举办为期两个月的国画展" in text, "it is not over: 了 would say so"


def test_sessions_of_every_day_are_told_by_their_hours() -> None:
    days = tuple(held(day, 1, date(2026, 5, 24 + day), hour=17, hours=1) for day in range(1, 8))
    text = body(week(event(1, "老电影放映", "电影放映", Category.READING_PROMOTION), occurrences=days))
    assert "每天下午5:00至6:00开展老电影放映活动，共7场" in text


def test_sessions_of_single_days_are_listed() -> None:
    days = (held(1, 1, date(2026, 5, 25)), held(2, 1, date(2026, 5, 27)), held(3, 1, date(2026, 5, 31)))
    assert "先后于5月25日、27日、31日下午举办了名著讲座，共3场" in body(week(event(1, "名著讲座"), occurrences=days))


def test_an_event_without_a_date_says_what_is_known() -> None:
    part = held(1, 1, None, date_text="“六一”儿童节前夕，日期未注明")
    assert "于“六一”儿童节前夕举办了名著讲座" in body(week(event(1, "名著讲座"), occurrences=(part,)))


def test_two_places_on_one_day_come_one_after_the_other() -> None:
    part = held(1, 1, date(2026, 5, 26), venues=("中心广场", "新馆"))
    text = body(week(event(1, "国画展", "展览", Category.EXHIBITION), occurrences=(part,)))
    assert "先后在中心广场和新馆举办了国画展" in text


def test_a_second_event_of_the_day_does_not_repeat_subject_and_date() -> None:
    parts = (held(1, 1, date(2026, 5, 26)), held(2, 2, date(2026, 5, 26), venues=("二楼",)))
    text = body(week(event(1, "名著讲座"), event(2, "家风讲座", partners=("妇联",)), occurrences=parts))
    assert "于5月26日下午举办了名著讲座；同日，联合妇联在二楼举办了家风讲座。" in text


def test_events_that_differ_in_their_titles_alone_share_a_sentence() -> None:
    text = body(week(*(event(number, title) for number, title in ((1, "名著讲座"), (2, "家风讲座"), (3, "健康讲座")))))
    assert "举办了名著讲座、家风讲座和健康讲座。" in text


def test_people_are_counted_at_the_door_and_told_with_their_audience() -> None:
    facts = {
        "checkins": (CheckinCount(1, date(2026, 5, 26), 80, 330),),
        "walk_ins": (WalkInCount(1, date(2026, 5, 26), 7),),
    }
    summary = week(event(1, "名著讲座"), occurrences=(held(1, 1, date(2026, 5, 26)),), **facts)
    assert "名著讲座，共有337人次聆听了讲座" in body(summary)
    assert "共有300多人次聆听了讲座" in body(summary, ReportStyle(counts=CountsAs.ROUNDED))


def test_one_tally_is_printed_as_it_was_written_and_a_sum_is_computed() -> None:
    one = noted(1, "volumes_drifted", 400, "册", 1, exactness=Exactness.MORE_THAN, written="四百余册")
    drift = event(1, "图书漂流", "图书漂流", Category.READING_PROMOTION)
    assert "漂流图书四百余册" in body(week(drift, tallies=(one,)))
    two = replace(one, id=2)
    assert "漂流图书800多册" in body(week(drift, tallies=(one, two)))


def test_what_was_written_is_not_believed_when_it_says_another_number() -> None:
    one = noted(1, "volumes_drifted", 400, "册", 1, written="四十册")
    assert "漂流图书400册" in body(week(event(1, "图书漂流", "图书漂流"), tallies=(one,)))


def test_amounts_of_one_verb_are_told_together_and_parts_after_their_whole() -> None:
    rows = (
        noted(1, "titles_displayed", 300, "种", 1),
        noted(2, "volumes_displayed", 500, "册", 1),
        noted(3, "leaflets_distributed", 30, "份", 1),
        noted(4, "leaflets_distributed", 20, "份", 1, parent_id=3, part="读书日"),
        noted(5, "leaflets_distributed", 10, "份", 1, parent_id=3, part="办证须知"),
    )
    text = body(week(event(1, "新书展", "新书展", Category.EXHIBITION), tallies=rows))
    assert "展出图书300种、500册，发放宣传资料30份，其中《读书日》20份、《办证须知》10份" in text


def test_cash_for_each_person_is_one_clause() -> None:
    rows = (noted(1, "cash_recipients", 6, "名", 1), noted(2, "cash_per_person", 200, "元", 1))
    assert "向6名困难对象每人发放慰问金200元" in body(
        week(event(1, "慰问困难家庭", "慰问", Category.OUTREACH_SERVICE), tallies=rows)
    )


def test_a_stock_is_said_to_be_one_and_is_not_in_the_totals() -> None:
    row = noted(1, "valid_cards_cumulative", 600, "张", 1, exactness=Exactness.CUMULATIVE, written="累计达600张")
    text = body(week(event(1, "免费办证", "办证", Category.OUTREACH_SERVICE), tallies=(row,)))
    assert text.count("600张") == 1 and "有效借书证累计达600张" in text


def test_a_doubtful_figure_is_never_printed_and_is_listed_with_its_place() -> None:
    row = noted(1, "attendance", None, "人次", 1, exactness=Exactness.DOUBTFUL, wording="8多人次", written="8多人次")
    document = write_report(week(event(1, "名著讲座"), tallies=(row,)), ReportStyle(), {})
    assert "共有【数据待核】人次聆听了讲座" in body_of(document)
    assert "8多" not in text_of(document)
    assert document.to_check[0] == "参加人数：【数据待核】人次（青山市图书馆，名著讲座），请核对后补上"


def test_figures_of_a_library_that_has_not_confirmed_are_marked_and_listed() -> None:
    summary = week(event(1, "名著讲座"), tallies=(noted(1, "consultations_answered", 30, "人次", 1),))
    summary = replace(
        summary, confirmations=(Confirmation(CITY, Confirmed.NO, None), Confirmation(EAST, Confirmed.YES, NOW))
    )
    document = write_report(summary, ReportStyle(), {})
    assert "现场解答咨询30人次【数据待核】" in body_of(document)
    assert "青山市图书馆尚未确认本馆数据" in document.to_check
    assert not any("东江县图书馆" in line for line in document.to_check)


def test_the_sum_of_all_people_comes_from_what_was_said_of_the_whole_week() -> None:
    row = noted(
        1,
        "participants_all_activities",
        10_000,
        "名",
        library_id=None,
        exactness=Exactness.JUST_UNDER,
        written="近万名",
    )
    facts = {"checkins": (CheckinCount(1, date(2026, 5, 26), 80, 330),)}
    summary = week(event(1, "名著讲座"), occurrences=(held(1, 1, date(2026, 5, 26)),), tallies=(row,), **facts)
    text = body(summary)
    assert "据不完全统计，全市近万名读者参加了各项活动。活动期间，全市各馆共开展活动1项、1场次。" in text
    assert "其中，签到和现场登记330人次。" in text


def test_an_event_inside_another_is_told_in_its_sentence() -> None:
    whole = event(1, "送书到校园", "送书", Category.OUTREACH_SERVICE)
    part = event(2, "学雷锋图片展", "图片展", Category.EXHIBITION, parent_id=1)
    parts = (
        held(1, 1, date(2026, 5, 26), venues=("回水小学",)),
        held(2, 2, date(2026, 5, 26), venues=("回水小学操场",)),
    )
    assert "送书到校园；同时在操场举办了学雷锋图片展。" in body(week(whole, part, occurrences=parts))


def test_what_is_still_to_come_is_not_told_as_done() -> None:
    document = write_report(week(event(1, "名著讲座"), occurrences=(held(1, 1, date(2026, 6, 9)),)), ReportStyle(), {})
    assert "名著讲座" not in body_of(document)
    assert "尚未举办、没有写入的活动：名著讲座" in document.to_check


def test_a_cancelled_event_is_not_told() -> None:
    part = held(1, 1, date(2026, 5, 26), status=OccurrenceStatus.CANCELLED)
    assert "名著讲座" not in text_of(write_report(week(event(1, "名著讲座"), occurrences=(part,)), ReportStyle(), {}))


def test_a_week_without_events_is_still_a_report() -> None:
    document = write_report(week(), ReportStyle(), {})
    assert document.title == "关于青山市2026年全民阅读周活动情况的报告"
    assert (document.addressee, document.closing, document.issuer) == ("市文旅局", "特此报告。", "青山市图书馆")
    assert "【活动情况待补充】" in body_of(document) and "没有活动记录" in document.to_check


def test_a_summary_has_neither_addressee_nor_closing_formula() -> None:
    document = write_report(week(event(1, "名著讲座")), ReportStyle(form=Form.SUMMARY), {})
    assert document.title == "青山市2026年全民阅读周活动总结"
    assert (document.addressee, document.closing, document.issuer) == ("", "", "")
    assert "现将活动情况总结如下：" in body_of(document)


def test_a_library_writes_its_own_summary_as_we() -> None:
    facts = SummaryFacts(
        WINDOW,
        (CITY, EAST),
        (event(1, "名著讲座", library_id=2),),
        (held(1, 1, date(2026, 5, 26)),),
        (),
        (),
        (),
        (),
        (),
        (),
    )
    document = write_report(build_summary(facts, NOW, library_id=2), ReportStyle(form=Form.REPORT), {})
    assert document.title == "东江县图书馆2026年全民阅读周活动总结" and document.addressee == ""
    assert "我馆于5月26日下午举办了名著讲座。" in body_of(document)


def test_the_media_log_is_told_by_medium_and_library() -> None:
    def entry(number: int, library: int, medium: Medium, outlet: str, title: str = "", place: str = "") -> MediaItem:
        return MediaItem(number, library, None, None, medium, outlet, title, "", place)

    media = (
        entry(1, 1, Medium.NEWSPAPER, "青山日报"),
        entry(2, 1, Medium.NEWSPAPER, "《青山晚报》"),
        entry(3, 2, Medium.TELEVISION, "东江电视台", "书香进校园"),
        entry(4, 2, Medium.BANNER, "", "让阅读成为习惯", "中心广场"),
        entry(5, 1, Medium.OFFICIAL_ACCOUNT, "青山图书馆", "阅读周来了"),
    )
    text = body(week(event(1, "名著讲座"), media=media))
    assert "《青山日报》《青山晚报》报道了市馆的活动" in text
    assert "东江电视台以“书香进校园”为题，报道了东江馆的活动" in text
    assert "东江县图书馆在中心广场悬挂“让阅读成为习惯”宣传横幅" in text
    assert "通过“青山图书馆”微信公众号发布“阅读周来了”" in text


def test_words_that_people_wrote_take_the_place_of_what_was_made() -> None:
    summary = week(event(1, "名著讲座"), event(2, "国画展", "展览", Category.EXHIBITION))
    slots = {
        "title": "阅读周总结",
        "organisation": "第一段。\n第二段。",
        "organisation.heading": "领导重视",
        "effect": "  ",
        "activities.讲座": "讲座很好。",
    }
    document = write_report(summary, ReportStyle(), slots)
    text = text_of(document)
    assert document.title == "阅读周总结"
    assert "# 领导重视\n第一段。\n第二段。\n" in text and "讲座很好。" in text and "名著讲座。" not in text
    assert "活动期间，全市各馆共开展活动" in text, "blank words are none"
    assert [block.slot for block in document.blocks if isinstance(block, Paragraph)][:3] == [
        "preamble",
        "organisation",
        "organisation",
    ]


def test_words_written_for_a_group_that_is_gone_are_kept() -> None:
    assert "漂流的话。" in body(week(event(1, "名著讲座")), slots={"activities.送书": "漂流的话。"})


def test_tables_charts_photos_and_notes_find_their_places() -> None:
    summary = replace(
        week(event(1, "名著讲座")),
        photos=(PhotoFacts(7, 1, None, None, "讲座现场", 640, 480), PhotoFacts(8, 1, None, None, "没有取到", 640, 480)),
        notes=(NoteFacts(1, 1, None, None, "读者很踊跃"),),
    )
    table = Table("T1", "活动统计表", (Column("馆"),), (), landscape=True)
    chart = Picture(b"png", "每天人次")
    document = write_report(summary, ReportStyle(), {}, tables=[table], charts=[chart], photos={7: b"jpeg"})
    assert document.attachments == ("活动统计表", "活动照片", "工作人员随记（供撰稿参考，定稿前删去）")
    assert TableBlock(table) in document.blocks and Attachment("活动统计表", True) in document.blocks
    effect = next(
        at for at, block in enumerate(document.blocks) if isinstance(block, Paragraph) and block.slot == "effect"
    )
    assert document.blocks[effect + 1] == chart
    assert Picture(b"jpeg", "讲座现场", "讲座现场") in document.blocks
    assert "市馆：读者很踊跃。" in text_of(document) or "青山市图书馆：读者很踊跃。" in text_of(document)
    public = write_report(summary, ReportStyle(), {}, tables=[table], photos={7: b"jpeg"}, public=True)
    assert public.attachments == ("活动统计表",) and public.to_check == ()


def test_the_public_version_names_no_speaker_and_few_people() -> None:
    facts = {"checkins": (CheckinCount(1, date(2026, 5, 26), 2, 4),)}
    summary = week(event(1, "名著讲座", speaker="张三"), occurrences=(held(1, 1, date(2026, 5, 26)),), **facts)
    assert "由张三主讲的" in body(summary) and "4人次" in body(summary)
    assert "张三" not in body(summary, public=True) and "4人次" not in body(summary, public=True)


def test_a_title_like_a_sentence_does_not_end_the_sentence() -> None:
    title = '我爱读书。真的！"书"\n是' + "好" * 200 + "。"
    text = body(week(event(1, title)))
    assert "举办了“我爱读书，真的！‘书’是" in text and "”讲座。" in text


def test_very_many_events_of_one_library_are_summed_up_before_the_largest_are_told() -> None:
    events = tuple(event(number, f"“书香”第{number}讲") for number in range(1, 41))
    parts = tuple(held(number, number, date(2026, 5, 26)) for number in range(1, 41))
    came = tuple(CheckinCount(number, date(2026, 5, 26), 1, 10 * number) for number in range(1, 41))
    text = body(week(*events, occurrences=parts, checkins=came))
    assert "共开展活动40项、40场次，8200人次参加，主要有以下八项。" in text
    assert "“书香”第40讲" in text and "“书香”第32讲" not in text and "另有32项活动，见活动清单。" in text


def test_what_has_no_date_does_not_seem_to_be_of_the_day_before_it() -> None:
    text = body(
        week(
            event(1, "名著讲座"), event(2, "家风讲座", partners=("妇联",)), occurrences=(held(1, 1, date(2026, 5, 26)),)
        )
    )
    assert "名著讲座。市馆还联合妇联举办了家风讲座。" in text


def test_a_batch_stands_with_its_books() -> None:
    rows = (noted(1, "volumes_delivered", 100, "本", 1), noted(2, "batch_ordinal", 3, "批", 1))
    text = body(week(event(1, "为阳光小学分馆送书", "送书", Category.OUTREACH_SERVICE), tallies=rows))
    assert "为阳光小学分馆送第三批图书100本。" in text


def test_the_number_of_a_series_stands_before_its_title_once() -> None:
    row = noted(1, "series_ordinal", 5, "期", 1)
    assert "举办了第五期声悦家园诵读活动。" in body(
        week(event(1, "声悦家园诵读", "诵读", Category.READING_PROMOTION), tallies=(row,))
    )
    text = body(week(event(1, "声悦家园第五期诵读", "诵读", Category.READING_PROMOTION), tallies=(row,)))
    assert text.count("第五期") == 1
