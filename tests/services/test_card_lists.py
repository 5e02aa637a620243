"""Lists of reader cards: read from what libraries have, kept as keyed hashes, all or nothing."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import Connection, select

from bot.domain.campaign_file import FaultKind, FileRefused
from bot.domain.card_list import CardListed, CardsImported
from bot.services.card_lists import UnknownLibrary, import_card_list
from bot.store.card_lists import list_card_lists
from bot.store.database import Database
from bot.store.history import list_card_groups
from bot.store.pii import Keys
from bot.store.sign_up_tables import allowed_card
from bot.store.tables import audit, library
from bot.texts.campaign_files import fault_report
from tests.factories import NOW, House, add_house

TEXT = "G000001\nｇ－000 002\r\n\nG000003\nG000003\n".encode()


def _import(tx: Connection, data: bytes, keys: Keys, *, replace: bool = False, group: str = "教师") -> CardsImported:
    outcome = import_card_list(tx, data, "gy", group, keys, NOW, replace=replace)
    assert isinstance(outcome, CardsImported), fault_report(outcome.faults)
    return outcome


def _refused(tx: Connection, data: bytes, keys: Keys, group: str = "教师") -> list[tuple[FaultKind, int | None]]:
    outcome = import_card_list(tx, data, "gy", group, keys, NOW)
    assert isinstance(outcome, FileRefused)
    assert all("G0" not in line for line in fault_report(outcome.faults)), "a number names a person"
    return [(fault.kind, fault.row) for fault in outcome.faults]


def _groups(tx: Connection, house: House, keys: Keys, card: str) -> frozenset[str]:
    return list_card_groups(tx, keys.search_hashes(card), house.library_id)


def _workbook(*rows: tuple[object, ...]) -> bytes:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def test_numbers_are_kept_as_keyed_hashes_in_plain_form(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        done = _import(tx, TEXT, keys)
        assert (done.added, done.known, done.removed, done.total) == (3, 0, 0, 3)
        assert _groups(tx, house, keys, "G000002") == {"教师"}
        assert _groups(tx, house, keys, "G000009") == frozenset()
        stored = [bytes(row) for row in tx.scalars(select(allowed_card.c.card_hash))]
    assert all(len(each) == 17 and b"G000" not in each for each in stored)  # the number of the key and 16 bytes


def test_the_same_file_again_adds_nothing_and_another_adds_its_own(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_house(tx)
        _import(tx, TEXT, keys)
        again = _import(tx, TEXT, keys)
        more = _import(tx, b"G000004\nG000001\n", keys)
        _import(tx, b"G000001", keys, group="老年")
        listed = list_card_lists(tx)
    assert (again.added, again.known, again.total) == (0, 3, 3)
    assert (more.added, more.known, more.total) == (1, 1, 4)
    assert set(listed) == {CardListed("gy", "教师", 4), CardListed("gy", "老年", 1)}


def test_replacing_takes_off_who_is_not_in_the_file(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        _import(tx, TEXT, keys)
        done = _import(tx, b"G000001\nG000009\n", keys, replace=True)
        assert _groups(tx, house, keys, "G000002") == frozenset()
        assert _groups(tx, house, keys, "G000009") == {"教师"}
    assert (done.added, done.known, done.removed, done.total) == (1, 1, 2, 2)


@pytest.mark.parametrize(
    "data",
    [
        "姓名,读者证号\n张三,G000001\n李四,G000002\n".encode(),
        "姓名\t读者证号\n张三\tG000001\n李四\tG000002\n".encode("gb18030"),
        _workbook(("教师名单",), ("姓名", "读者证号"), ("张三", "G000001"), (None, None), ("李四", "G000002")),
    ],
)
def test_the_column_with_the_numbers_is_found_by_its_heading(db: Database, keys: Keys, data: bytes) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        outcome = import_card_list(tx, data, "市馆", "教师", keys, NOW)
        if isinstance(outcome, FileRefused):  # a caption above the heading stands where numbers would
            pytest.fail("\n".join(fault_report(outcome.faults)))
        assert outcome.total == 2
        assert _groups(tx, house, keys, "G000002") == {"教师"}


def test_every_faulty_row_is_named_and_nothing_is_imported(db: Database, keys: Keys) -> None:
    rounded = _workbook(("读者证号",), (10**15,), ("G000001",), (123456,), ("张三",))
    with db.writing() as tx:
        add_house(tx)
        assert _refused(tx, "G000001\n张三\nG0*\n".encode(), keys) == [(FaultKind.BAD_CARD, 2), (FaultKind.BAD_CARD, 3)]
        assert _refused(tx, rounded, keys) == [(FaultKind.ROUNDED_NUMBER, 2), (FaultKind.BAD_CARD, 5)]
        assert _refused(tx, b"", keys) == [(FaultKind.NO_CARDS, None)]
        assert _refused(tx, b"\xd0\xcf\x11\xe0", keys) == [(FaultKind.OLD_EXCEL, None)]
        assert _refused(tx, b"PK\x03\x04 not really", keys) == [(FaultKind.DAMAGED, None)]
        assert _refused(tx, TEXT, keys, group=" ") == [(FaultKind.MISSING, None)]
        assert list_card_lists(tx) == []
        assert tx.execute(select(audit)).all() == []


def test_the_form_that_the_library_sets_for_its_cards_is_checked(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_house(tx)
        tx.execute(library.update().values(rules={"card_masks": ["4###############"], "card_check": "luhn"}))
        faults = _refused(tx, b"4539578763621486\n4539578763621487\nG000001\n", keys)
    assert faults == [(FaultKind.CARD_CHECK, 2), (FaultKind.CARD_SHAPE, 3)]


def test_an_import_leaves_an_audit_row_without_numbers(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        _import(tx, TEXT, keys)
        row = tx.execute(select(audit)).one()
    assert (row.action, row.subject) == ("import_card_list", f"library:{house.library_id}")
    assert row.detail == {"group": "教师", "added": 3, "removed": 0, "total": 3, "replace": False}


def test_another_secret_finds_nobody_on_the_list(db: Database, keys: Keys) -> None:
    """Why the lists are imported again after SECRET_KEY changes: the numbers are not there to be hashed anew."""
    with db.writing() as tx:
        house = add_house(tx)
        _import(tx, TEXT, keys)
        assert _groups(tx, house, Keys("another secret of the deployment"), "G000001") == frozenset()


def test_a_library_that_nobody_knows_is_named(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        add_house(tx)
        with pytest.raises(UnknownLibrary, match="nowhere"):
            import_card_list(tx, TEXT, "nowhere", "教师", keys, NOW)
