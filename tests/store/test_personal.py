"""The list of personal data is complete: no table and no column can be forgotten."""

from __future__ import annotations

from sqlalchemy import LargeBinary

from bot.store.personal import HASHES_NOT_OF_SEALED, HOLDINGS, KEPT, SEALED, Act
from bot.store.tables import metadata, reader

HELD = {holding.table.name for holding in HOLDINGS}


def test_every_sealed_column_is_on_the_list() -> None:
    """Seen to fail with `answer.value_enc` taken off the list. The inbox seals too, without the suffix."""
    sealed = {str(each.column) for each in SEALED}
    columns = {str(column) for table in metadata.sorted_tables for column in table.c if column.name.endswith("_enc")}
    assert sealed == columns | {"inbox.reply"}


def test_every_hash_follows_from_a_sealed_value_or_says_why_not() -> None:
    hashed = {str(each.hashed) for each in SEALED if each.hashed is not None}
    columns = {str(column) for table in metadata.sorted_tables for column in table.c if column.name.endswith("_hash")}
    assert hashed | set(HASHES_NOT_OF_SEALED) == columns
    assert not hashed & set(HASHES_NOT_OF_SEALED)


def test_every_table_of_readers_is_forgotten_or_says_why_it_is_kept() -> None:
    """Those with a `reader_id`, and those that hang on a registration. Seen to fail with `mark` taken off the list."""
    kept = {table.name for table in KEPT}
    for table in metadata.sorted_tables:
        hangs = {"reader_id", "registration_id", "dependant_id"} & set(table.c.keys())
        assert not hangs or table.name in HELD | kept | {"checkin"}, table.name  # check-ins: numbers and moments only
    assert not HELD & kept


def test_every_sealed_column_of_a_reader_is_deleted_or_blanked() -> None:
    blanked = {column for holding in HOLDINGS for column in holding.blanked}
    deleted = {holding.table for holding in HOLDINGS if not holding.blanked and Act.ERASE in holding.forgotten_by}
    for each in SEALED:
        if each.table.name != "lottery":
            assert each.table in deleted or {each.column, each.hashed} - {None} <= blanked, each.column
    assert all(Act.ERASE in holding.forgotten_by for holding in HOLDINGS)


def test_bytes_are_used_for_sealed_values_and_hashes_only() -> None:
    """A personal value under another name would escape the list."""
    known = {str(each.column) for each in SEALED} | {str(each.hashed) for each in SEALED}
    loose = {
        str(column)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary) and str(column) not in known | set(HASHES_NOT_OF_SEALED)
    }
    # A digest of the push; what the library itself photographed and wrote, tied to no reader.
    assert loose == {"inbox.key", "photo.picture", "report_document.content"}


def test_the_schema_itself_refuses_an_erased_reader_with_data() -> None:
    words = next(str(check.sqltext) for check in reader.constraints if check.name == "ck_reader_erased")  # type: ignore[attr-defined]
    for column in reader.c:
        if column.name.endswith(("_enc", "_hash")) or column.name == "openid":
            assert f"{column.name} IS NULL" in words
