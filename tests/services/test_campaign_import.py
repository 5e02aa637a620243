"""Importing campaigns: what changes, what stays, what is refused; numbers; round trips."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, update

from bot.domain.campaign_file import CampaignFile, CampaignImported, FaultKind, FileRefused, KnownNames, Sheet
from bot.domain.campaign_reading import read_campaign
from bot.domain.kinds import OccurrenceStatus
from bot.reports.campaign_workbook import write_campaign_workbook, write_campaign_yaml
from bot.services.campaigns import (
    NoSuchCampaign,
    choose_campaign,
    export_campaign,
    import_campaign_file,
    list_campaigns,
)
from bot.services.campaigns import import_campaign as import_entries
from bot.store.campaign_files import read_sheets
from bot.store.database import Database
from bot.store.tables import audit, campaign, event, library, occurrence, reader, registration, tally, venue

SAMPLES = Path(__file__).parents[2] / "config" / "samples"
BEFORE = datetime(2016, 5, 20, 1, 0, tzinfo=UTC)

SMALL = """
    活动周: {简称: 读书周, 名称: 读书周, 主办馆: gy, 开始日期: 2026-05-27, 结束日期: 2026-06-02}
    馆:
      - {代码: gy, 馆名: 市图书馆, 级别: 市级}
    场地:
      - {馆: gy, 场地名: 报告厅}
      - {馆: gy, 场地名: 广场, 馆内: 否}
    活动:
      - {编号: 讲座, 名称: 读书讲座, 类别: 讲座, 馆: gy, 报名: 需要, 名额: 40}
      - {编号: 电影, 名称: 周末电影, 类别: 阅读推广, 馆: gy}
    场次:
      - {活动: 讲座, 日期: 2026-05-28, 开始时间: "14:00", 结束时间: "16:00", 场地: 报告厅}
      - {活动: 电影, 重复: 双休日, 开始时间: "17:00–18:00", 场地: 报告厅}
"""
NOW = datetime(2026, 5, 20, 1, 0, tzinfo=UTC)


def _small(*changes: tuple[str, str]) -> bytes:
    text = textwrap.dedent(SMALL)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def _import(tx: Connection, data: bytes, now: datetime = NOW) -> CampaignImported:
    outcome = import_campaign_file(tx, data, now)
    assert isinstance(outcome, CampaignImported), outcome
    return outcome


def _entries(name: str) -> CampaignFile:
    read = read_campaign(read_sheets((SAMPLES / name).read_bytes()), KnownNames())
    assert read.content is not None, read.faults
    return read.content


def _seat(tx: Connection, number: int, seats: int) -> None:
    place = tx.execute(select(occurrence.c.id).where(occurrence.c.number == number)).scalar_one()
    reader_id = tx.execute(insert(reader).values(openid=f"o{number}", created_at=NOW)).inserted_primary_key[0]
    tx.execute(
        insert(registration).values(
            occurrence_id=place,
            reader_id=reader_id,
            status="confirmed",
            adults=seats,
            children=0,
            seats=seats,
            short_code=f"AAAA{number:02d}",
            created_at=NOW,
            confirmed_at=NOW,
        )
    )


def test_both_samples_say_the_same() -> None:
    from_yaml = _entries("guangyuan-2016.yaml")
    assert from_yaml == _entries("guangyuan-2016.xlsx")
    assert len(from_yaml.libraries) == 6
    assert len(from_yaml.events) == 21
    assert len(from_yaml.occurrences) == 27


@pytest.mark.parametrize("name", ["guangyuan-2016.yaml", "guangyuan-2016.xlsx"])
def test_importing_the_same_file_again_changes_nothing(db: Database, name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    with db.writing() as tx:
        first = _import(tx, data, BEFORE)
        numbers = {row.id: row.number for row in tx.execute(select(occurrence.c.id, occurrence.c.number))}
        second = _import(tx, data, BEFORE + timedelta(days=1))
        assert {row.id: row.number for row in tx.execute(select(occurrence.c.id, occurrence.c.number))} == numbers
    assert first.counts[Sheet.OCCURRENCES].created == 27
    assert sorted(numbers.values()) == list(range(1, 28))
    assert all((counts.created, counts.changed) == (0, 0) for counts in second.counts.values())
    assert not (second.moved or second.cancelled or second.widened or second.dropped_events or second.dropped_numbers)


def test_an_exported_campaign_imports_as_itself(db: Database) -> None:
    with db.writing() as tx:
        _import(tx, (SAMPLES / "guangyuan-2016.yaml").read_bytes(), BEFORE)
        content = export_campaign(tx, "guangyuan-2016")
        assert content == _entries("guangyuan-2016.yaml")
        for data in (write_campaign_yaml(content).encode(), write_campaign_workbook(content)):
            again = _import(tx, data, BEFORE)
            assert all((counts.created, counts.changed) == (0, 0) for counts in again.counts.values())
            assert not again.dropped_numbers
        read = read_campaign(read_sheets(write_campaign_workbook(content)), KnownNames())
    assert read.content == content


def test_the_same_content_gives_the_same_workbook() -> None:
    content = _entries("guangyuan-2016.yaml")
    assert write_campaign_workbook(content) == write_campaign_workbook(content)


def test_what_looks_like_a_formula_stays_text(db: Database) -> None:
    content = _entries("guangyuan-2016.yaml")
    hostile = '=HYPERLINK("http://example.org","x")'
    content = replace(content, campaign=replace(content.campaign, title=hostile, theme="=1+1", addressee="@SUM(1)"))
    read = read_campaign(read_sheets(write_campaign_workbook(content)), KnownNames())
    assert read.content == content


def test_only_what_changed_is_changed_and_what_readers_must_know_is_named(db: Database) -> None:
    with db.writing() as tx:
        first = _import(tx, _small())
        ids = {row.number: row.id for row in tx.execute(select(occurrence.c.number, occurrence.c.id))}
        moved = _import(tx, _small(("2026-05-28", "2026-05-29"), ("名额: 40", "名额: 60")))
        cancelled = _import(
            tx, _small(("2026-05-28", "2026-05-29"), ("名额: 40", "名额: 60"), ('16:00", ', '16:00", 状态: 取消, '))
        )
        rooms = _import(tx, _small(('18:00", 场地: 报告厅', '18:00", 场地: 广场'), ("17:00–", "17:00-")))
    assert first.counts[Sheet.OCCURRENCES].created == 3
    assert moved.counts[Sheet.OCCURRENCES].changed == 1
    assert (moved.moved, moved.widened) == ((ids[1],), (ids[1],))
    assert (cancelled.cancelled, cancelled.moved) == ((ids[1],), ())
    assert set(rooms.moved) == {ids[1], ids[2], ids[3]}  # the lecture is back on its first day


def test_changes_of_what_is_over_concern_nobody(db: Database) -> None:
    after = datetime(2026, 7, 1, tzinfo=UTC)
    with db.writing() as tx:
        _import(tx, _small(), after)
        outcome = _import(tx, _small(("2026-05-28", "2026-05-29")), after)
    assert outcome.counts[Sheet.OCCURRENCES].changed == 1
    assert outcome.moved == ()


def test_what_was_dropped_from_the_file_is_named_and_kept(db: Database) -> None:
    film = '  - {活动: 电影, 重复: 双休日, 开始时间: "17:00–18:00", 场地: 报告厅}\n'
    with db.writing() as tx:
        _import(tx, _small())
        _seat(tx, 2, 2)
        outcome = _import(tx, _small((film, ""), ("  - {编号: 电影, 名称: 周末电影, 类别: 阅读推广, 馆: gy}\n", "")))
        left = tx.execute(select(func.count()).select_from(occurrence)).scalar_one()
    assert outcome.dropped_events == ("电影",)
    assert outcome.dropped_numbers == (2, 3)
    assert left == 3


def test_seats_that_are_taken_cannot_be_imported_away(db: Database) -> None:
    with db.writing() as tx:
        _import(tx, _small())
        _seat(tx, 1, 30)
        refused = import_campaign_file(tx, _small(("名额: 40", "名额: 29"), ("读书讲座", "新讲座")), NOW)
        title = tx.execute(select(event.c.title).where(event.c.key == "讲座")).scalar_one()
        _import(tx, _small(("名额: 40", "名额: 30")))
    assert isinstance(refused, FileRefused)
    (fault,) = refused.faults
    assert (fault.kind, fault.detail, fault.row) == (FaultKind.BELOW_SEATS_TAKEN, "30", 12)
    assert title == "读书讲座"


def test_numbers_are_the_smallest_free_and_never_used_again(db: Database) -> None:
    with db.writing() as tx:
        _import(tx, _small())
        second = _import(tx, _small(("简称: 读书周", "简称: 另一周")))
        numbers = set(
            tx.execute(select(occurrence.c.number).where(occurrence.c.campaign_id == second.campaign_id)).scalars()
        )
        late = datetime(2027, 1, 1, tzinfo=UTC)
        third = _import(tx, _small(("简称: 读书周", "简称: 第三周")), late)
        free_again = set(
            tx.execute(select(occurrence.c.number).where(occurrence.c.campaign_id == third.campaign_id)).scalars()
        )
        _import(tx, _small(("活动: 讲座, 日期", "活动: 讲座, 场次编号: 乙, 日期")), late)
        own = set(tx.execute(select(occurrence.c.number).where(occurrence.c.key == "乙")).scalars())
    assert numbers == {4, 5, 6}
    assert free_again == {1, 2, 3}
    assert own == {4}, "the dropped lecture keeps number 1"


def test_a_past_occurrence_cannot_come_back_under_a_number_that_is_in_use(db: Database) -> None:
    late = datetime(2026, 7, 1, tzinfo=UTC)
    moved = ("2026-05-28", "2026-07-28")
    with db.writing() as tx:
        _import(tx, _small(), late)
        _import(tx, _small(("简称: 读书周", "简称: 另一周"), moved), late)
        refused = import_campaign_file(tx, _small(moved), late)
    assert isinstance(refused, FileRefused)
    assert [fault.kind for fault in refused.faults] == [FaultKind.NUMBER_IN_USE]


def test_a_refused_file_leaves_no_trace(db: Database) -> None:
    with db.writing() as tx:
        refused = import_campaign_file(tx, _small(("馆: gy, 报名", "馆: nowhere, 报名")), NOW)
        rows = [
            tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (library, venue, campaign, event, occurrence, tally, audit)
        ]
    assert isinstance(refused, FileRefused)
    assert rows == [0] * 7


def test_each_import_leaves_an_audit_row(db: Database) -> None:
    with db.writing() as tx:
        outcome = _import(tx, _small())
        row = tx.execute(select(audit)).one()
    assert (row.action, row.subject, row.actor) == ("import_campaign", f"campaign:{outcome.campaign_id}", "command")
    assert row.detail["occurrences"] == [3, 0, 0]


def test_libraries_that_are_stored_may_be_named_without_repeating_them(db: Database) -> None:
    without = _small(("馆:\n  - {代码: gy, 馆名: 市图书馆, 级别: 市级}\n", ""), ("简称: 读书周", "简称: 另一周"))
    with db.writing() as tx:
        assert isinstance(import_campaign_file(tx, without, NOW), FileRefused)
        _import(tx, _small())
        _import(tx, without)


def test_the_only_campaign_need_not_be_named(db: Database) -> None:
    with db.writing() as tx:
        with pytest.raises(NoSuchCampaign):
            choose_campaign(tx, None)
        outcome = _import(tx, _small())
        assert choose_campaign(tx, None) == choose_campaign(tx, "读书周") == outcome.campaign_id
        _import(tx, _small(("简称: 读书周", "简称: 另一周")))
        with pytest.raises(NoSuchCampaign, match="读书周"):
            choose_campaign(tx, None)
        with pytest.raises(NoSuchCampaign):
            export_campaign(tx, "没有")
        assert [(listed.key, listed.occurrences) for listed in list_campaigns(tx)] == [("另一周", 3), ("读书周", 3)]


def test_an_entry_can_be_called_off_and_restored(db: Database) -> None:
    with db.writing() as tx:
        _import(tx, _small())
        content = export_campaign(tx, "读书周")
        off = tuple(replace(entry, status=OccurrenceStatus.CANCELLED) for entry in content.occurrences)
        outcome = import_entries(tx, replace(content, occurrences=off), NOW)
        assert isinstance(outcome, CampaignImported)
        assert len(outcome.cancelled) == 3
        back = import_entries(tx, content, NOW)
        assert isinstance(back, CampaignImported)
        assert (back.cancelled, back.counts[Sheet.OCCURRENCES].changed) == ((), 3)


def test_a_row_changed_by_hand_is_brought_back(db: Database) -> None:
    with db.writing() as tx:
        _import(tx, _small())
        tx.execute(update(library).values(name="旧名"))
        outcome = _import(tx, _small())
    assert outcome.counts[Sheet.LIBRARIES].changed == 1
