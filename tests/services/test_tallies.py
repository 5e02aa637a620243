"""Tallies noted by message and by file."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, insert, select

from bot.domain.campaign_file import FaultKind, FileRefused
from bot.domain.kinds import Exactness, Role
from bot.domain.tally import TalliesImported, TallyRecorded
from bot.domain.tally_words import TallyEntry, TallyFault, parse_tally
from bot.services.checkins import NothingToUndo, undo_last_act
from bot.services.tallies import record_tally
from bot.services.tally_files import import_tally_file
from bot.store.database import Database
from bot.store.readers import StaffMember
from bot.store.report_tables import media_item, note, photo
from bot.store.staff_tables import staff
from bot.store.tables import audit, tally
from bot.store.tallies import list_tallies
from bot.texts.summary import tally_fault, tally_recorded
from tests.factories import NOW, add_house, add_occurrence


def _staff(tx: Connection) -> int:
    return int(tx.execute(insert(staff).values(role="venue", created_at=NOW)).inserted_primary_key[0])


def _entry(text: str) -> TallyEntry:
    entry = parse_tally(text)
    assert isinstance(entry, TallyEntry)
    return entry


def _note(tx: Connection, place: int, staff_id: int, text: str, minutes: int = 0) -> TallyRecorded:
    return record_tally(tx, _entry(text), occurrence_id=place, staff_id=staff_id, now=NOW + timedelta(minutes=minutes))


def test_the_running_total_adds_what_is_alike_and_nothing_else(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        place, other = add_occurrence(tx, house, 12).id, add_occurrence(tx, house, 13).id
        me = _staff(tx)
        _note(tx, place, me, "宣传单 300多 份")
        _note(tx, place, me, "宣传资料《健康》50")
        _note(tx, place, me, "宣传单 2 箱")
        _note(tx, other, me, "宣传单 7 份")
        _note(tx, place, me, "宣传单 累计900份")
        last = _note(tx, place, me, "传单 100份")
    assert last.running is not None
    assert (last.running.number, last.running.unit, last.running.exactness) == (450, "份", Exactness.MORE_THAN)
    assert [(part.part, part.number) for part in last.running.parts] == [("健康", 50)]
    text = tally_recorded(last)
    assert "已记录" in text
    assert "450多份" in text
    assert "12号" in text


def test_prize_tiers_are_parts_of_the_awarded_works(db: Database) -> None:
    with db.writing() as tx:
        place = add_occurrence(tx, add_house(tx), 12).id
        me = _staff(tx)
        _note(tx, place, me, "一等奖 5 篇")
        done = _note(tx, place, me, "二等奖 10 篇")
    assert done.running is not None
    assert done.running.number == 15
    assert [(part.part, part.number) for part in done.running.parts] == [("一等奖", 5), ("二等奖", 10)]


def test_the_last_tally_is_taken_back_once_and_then_the_one_before(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        place = add_occurrence(tx, house, 12).id
        me, colleague = _staff(tx), _staff(tx)
        member = StaffMember(me, Role.VENUE, None, "")
        first = _note(tx, place, me, "书包 50个")
        last = _note(tx, place, me, "展板 6张", minutes=1)
        _note(tx, place, colleague, "谜语 9条", minutes=2)
        taken_back = [undo_last_act(tx, member, NOW + timedelta(minutes=3)) for _ in range(3)]
        standing = [one.metric for one in list_tallies(tx, house.campaign_id)]
        trail = tx.execute(select(audit.c.action, audit.c.actor, audit.c.subject)).all()
    assert [getattr(outcome, "at", None) for outcome in taken_back] == [NOW + timedelta(minutes=1), NOW, None]
    assert taken_back[2] == NothingToUndo()
    assert standing == ["riddles_made"]
    assert [tuple(row) for row in trail] == [
        ("undo", f"staff:{me}", f"tally:{last.tally_id}"),
        ("undo", f"staff:{me}", f"tally:{first.tally_id}"),
    ]


def test_a_tally_older_than_ten_minutes_stands(db: Database) -> None:
    with db.writing() as tx:
        place = add_occurrence(tx, add_house(tx), 12).id
        me = _staff(tx)
        _note(tx, place, me, "书包 50个")
        outcome = undo_last_act(tx, StaffMember(me, Role.VENUE, None, ""), NOW + timedelta(minutes=11))
    assert outcome == NothingToUndo()


@pytest.mark.parametrize("fault", list(TallyFault))
def test_each_refusal_shows_how_a_tally_looks(fault: TallyFault) -> None:
    assert "「记录 宣传单 300多 份」" in tally_fault(fault)


FILE = """
    活动周: {简称: "2026"}
    台账:
      - {编号: t1, 活动: 征文, 项目: 获奖征文, 数量: 75篇}
      - {编号: t2, 活动: 征文, 属于: t1, 项目: 一等奖, 数量: 5, 单位: 篇}
      - {编号: t3, 活动: 征文, 属于: t1, 项目: 二等奖, 数量: 70, 单位: 篇}
      - {编号: t4, 馆: 市馆, 项目: 有效借书证, 数量: 累计达600张, 日期: 2026-05-28}
      - {编号: t5, 活动: 征文, 项目: 参加人次, 数量: 8多人次, 原文: 小读者有8多人次}
"""


def _file(*changes: tuple[str, str]) -> bytes:
    text = textwrap.dedent(FILE)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_a_tally_file_is_imported_once_however_often(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        add_occurrence(tx, house, 1, title="征文")
        first = import_tally_file(tx, _file(), NOW)
        second = import_tally_file(tx, _file(), NOW + timedelta(days=1))
        third = import_tally_file(tx, _file(("累计达600张", "累计达610张")), NOW + timedelta(days=1))
        rows = {row.key: row for row in tx.execute(select(tally))}
        facts = {one.key: one for one in list_tallies(tx, house.campaign_id)}
    assert isinstance(first, TalliesImported)
    assert (first.created, first.changed, first.same) == (5, 0, 0)
    assert isinstance(second, TalliesImported)
    assert (second.created, second.changed, second.same) == (0, 0, 5)
    assert isinstance(third, TalliesImported)
    assert (third.changed, third.same) == (1, 4)
    assert rows["t2"].parent_id == rows["t1"].id
    assert (rows["t2"].metric, rows["t2"].part) == ("essays_awarded", "一等奖")
    assert rows["t1"].occurrence_id is not None, "the only occurrence of the event"
    assert (rows["t4"].number, rows["t4"].exactness) == (Decimal(610), "cumulative")
    assert facts["t5"].number is None
    assert facts["t5"].exactness is Exactness.DOUBTFUL


def test_all_faults_of_a_tally_file_are_listed_and_nothing_is_imported(db: Database) -> None:
    bad = _file(
        ("数量: 5, 单位: 篇", "数量: 6, 单位: 篇"),
        ("编号: t4, 馆: 市馆", "编号: t1, 馆: 省馆"),
        ("8多人次, ", "许多, "),
        ("属于: t1, 项目: 二等奖", "属于: 没有, 活动: 征, 项目: 二等奖"),
    ).replace("活动: 征文, 属于: 没有, 活动: 征,".encode(), "属于: 没有, 活动: 征,".encode())
    with db.writing() as tx:
        add_occurrence(tx, add_house(tx), 1, title="征文")
        refused = import_tally_file(tx, bad, NOW)
        stored = tx.execute(select(tally)).all()
    assert isinstance(refused, FileRefused)
    assert stored == []
    assert {(fault.kind, fault.row, fault.column) for fault in refused.faults} == {
        (FaultKind.DUPLICATE, 4, "key"),
        (FaultKind.DUPLICATE, 7, "key"),
        (FaultKind.UNKNOWN_NAME, 6, "of"),
        (FaultKind.UNKNOWN_NAME, 6, "event"),
        (FaultKind.UNKNOWN_NAME, 7, "library"),
        (FaultKind.BAD_NUMBER, 8, "quantity"),
        (FaultKind.PARTS_DIFFER, 4, "quantity"),
    }


def test_parts_that_do_not_make_their_whole_are_refused_with_both_numbers(db: Database) -> None:
    with db.writing() as tx:
        add_occurrence(tx, add_house(tx), 1, title="征文")
        refused = import_tally_file(tx, _file(("数量: 70", "数量: 71")), NOW)
    assert isinstance(refused, FileRefused)
    assert [(fault.kind, fault.row, fault.detail) for fault in refused.faults] == [
        (FaultKind.PARTS_DIFFER, 4, "75篇 ≠ 76篇")
    ]


def test_tallies_need_their_campaign_which_may_be_another_than_the_file_names(db: Database) -> None:
    with db.writing() as tx:
        add_occurrence(tx, add_house(tx), 1, title="征文")
        other = _file(('简称: "2026"', "简称: 没有"))
        refused = import_tally_file(tx, other, NOW)
        moved = import_tally_file(tx, other, NOW, campaign_key="2026")
    assert isinstance(refused, FileRefused)
    assert [(fault.kind, fault.detail) for fault in refused.faults] == [(FaultKind.NO_SUCH_CAMPAIGN, "没有")]
    assert isinstance(moved, TalliesImported)
    assert moved.created == 5


BESIDE = """
活动周: {简称: 2026}
媒体:
  - {编号: m1, 媒体类型: 报纸, 媒体名称: 广元晚报, 标题: 启动, 日期: 2026-05-28, 链接: 'https://news.example/1'}
备注:
  - {编号: n1, 馆: 市馆, 内容: 孩子们当场作了十幅剪纸}
照片:
  - {编号: p1, 馆: 市馆, 文件名: 现场.jpg, 说明: 活动现场}
"""


def test_media_notes_and_photos_come_with_the_figures_and_change_when_imported_again(db: Database) -> None:
    picture = (b"\xff\xd8\xff", 4, 3, "0" * 64)
    with db.writing() as tx:
        house = add_house(tx)
        add_occurrence(tx, house, 1, title="征文")
        first = import_tally_file(tx, BESIDE.encode(), NOW, open_photo=lambda name: picture)
        again = import_tally_file(tx, BESIDE.replace("启动", "开幕").encode(), NOW, open_photo=lambda name: picture)
        rows = [tx.execute(select(table)).one() for table in (media_item, note, photo)]
    assert isinstance(first, TalliesImported)
    assert isinstance(again, TalliesImported)
    assert (first.created, again.changed, again.same) == (3, 1, 2)
    assert (rows[0].medium, rows[0].title, rows[0].library_id) == ("newspaper", "开幕", house.library_id)
    assert (rows[1].words, rows[2].caption, rows[2].picture) == ("孩子们当场作了十幅剪纸", "活动现场", b"\xff\xd8\xff")


def test_missing_photo_and_odd_link_refuse_the_whole_file(db: Database) -> None:
    with db.writing() as tx:
        add_occurrence(tx, add_house(tx), 1, title="征文")
        refused = import_tally_file(tx, BESIDE.replace("https:", "javascript:").encode(), NOW)
        assert tx.execute(select(media_item)).first() is None
    assert isinstance(refused, FileRefused)
    assert {(fault.kind, fault.column) for fault in refused.faults} == {
        (FaultKind.BAD_LINK, "link"),
        (FaultKind.NO_PICTURE, "file"),
    }
