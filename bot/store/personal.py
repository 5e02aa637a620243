"""Where personal data lies: the one list that erasure, withdrawal, retention, key rotation and their tests read.

A new table or column belongs here, or among the exemptions with the reason; a test walks the schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Flag, auto

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Table, delete, or_, select, update

from bot.store.door_tables import walk_in
from bot.store.report_tables import rating
from bot.store.sign_up_tables import answer, lottery, mark, registration_member, suspension
from bot.store.staff_tables import staff
from bot.store.tables import consent, dependant, inbox, notice, reader, registration, request_note
from bot.store.wechat_tables import menu_tag, page_link, reader_channel, subscription


class Act(Flag):
    """What makes us forget something."""

    ERASE = auto()  # 注销 or an unfollow
    WITHDRAW = auto()  # 撤回同意
    WITHDRAW_GUARDIAN = auto()  # 撤回监护人同意


_ALL = Act.ERASE | Act.WITHDRAW | Act.WITHDRAW_GUARDIAN
_OWN = Act.ERASE | Act.WITHDRAW


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows that belong to a reader, by their own `reader_id` or by that of their registration.

    `forgotten_by`: the acts that delete the rows, or, where `blanked` names columns, set those to null.
    """

    table: Table
    forgotten_by: Act
    blanked: tuple[Column[object], ...] = ()

    def rows_of(self, reader_id: int, registrations: Sequence[int]) -> ColumnElement[bool]:
        """The condition for the rows of one reader, who has these registrations."""
        if self.table is reader:
            return reader.c.id == reader_id
        if self.table is registration:
            return registration.c.id.in_(registrations)
        if "reader_id" in self.table.c:
            return self.table.c.reader_id == reader_id
        return self.table.c.registration_id.in_(registrations)


HOLDINGS: tuple[Holding, ...] = (
    Holding(answer, _OWN),
    Holding(registration_member, _ALL),  # before the dependants and consents that they name
    Holding(dependant, _ALL),
    Holding(request_note, _OWN),
    Holding(inbox, _ALL),
    Holding(mark, Act.ERASE),  # 撤回同意 leaves standing as it is: it rests on the rules of the house
    Holding(suspension, Act.ERASE),
    Holding(subscription, Act.ERASE),
    Holding(reader_channel, Act.ERASE),
    Holding(page_link, Act.ERASE),
    Holding(menu_tag, Act.ERASE),  # the platform takes the tag off by itself when its bearer leaves
    Holding(rating, _OWN, (rating.c.words_enc,)),  # the stars stay a figure (promise I8)
    Holding(registration, _OWN, (registration.c.name_enc, registration.c.phone_enc, registration.c.phone_hash)),
    Holding(
        reader,
        _OWN,
        (
            *(reader.c.name_enc, reader.c.phone_enc, reader.c.phone_hash),
            *(reader.c.card_enc, reader.c.card_hash, reader.c.privacy_version),
        ),
    ),
)
"""In the order in which they are forgotten: what points comes before what it points to."""

KEPT: dict[Table, str] = {
    consent: "proof that the processing was lawful, three years; kind, version and moments, nothing personal",
    notice: "facts and states without a name; after erasure nobody can be addressed and it is dropped",
    walk_in: "how many heads a pseudonym brought; figures count them (promise I8)",
    staff: "a role, its tie to the person is cut (`end_staff`); figures say which role noted them",
}
"""Tables with a `reader_id` whose rows outlive their reader as rows of a pseudonym."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed column, the place its values are bound to, and the column with their search hash."""

    column: Column[bytes]
    place: str
    hashed: Column[bytes] | None = None

    @property
    def table(self) -> Table:
        """The column's table."""
        return self.column.table

    def place_of(self, row: RowMapping) -> str:
        """The place of the value in a row of the table."""
        plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
        return self.place.format(**plain)


SEALED: tuple[Sealed, ...] = (
    Sealed(reader.c.name_enc, "reader.name:{id}"),
    Sealed(reader.c.phone_enc, "reader.phone:{id}", reader.c.phone_hash),
    Sealed(reader.c.card_enc, "reader.card:{id}", reader.c.card_hash),
    Sealed(registration.c.name_enc, "registration.name:{short_code}"),
    Sealed(registration.c.phone_enc, "registration.phone:{short_code}", registration.c.phone_hash),
    Sealed(dependant.c.nickname_enc, "dependant.nickname:{id}"),
    Sealed(answer.c.value_enc, "answer.value:{registration_id}:{question}"),
    Sealed(request_note.c.words_enc, "request.words:{reader_id}"),
    Sealed(lottery.c.seed_enc, "lottery.seed:{occurrence_id}"),  # not personal, but sealed under the same key
    Sealed(rating.c.words_enc, "rating.words:{reader_id}:{occurrence_id}"),
    Sealed(inbox.c.reply, "inbox.content:{key}"),
)
"""All that is sealed: it must be sealed again when the key changes."""

HASHES_NOT_OF_SEALED: dict[str, str] = {
    "invitation.code_hash": "of a code that nobody keeps; valid for two weeks",
    "allowed_card.card_hash": "of a library's list of cards, whose numbers are not kept; no reader is named",
    "sign_in.code_hash": "of a code or link that is good for minutes",
    "sign_in.browser_hash": "of a secret that only the browser keeps",
    "page_link.token_hash": "of a link that is good for minutes",
    "staff_session.token_hash": "of a secret that only the browser keeps",
    "checkin.code_hash": "of a code that was let in and is none of ours; tells two scans of it apart",
    "registration.person_hash": "tells erased persons apart inside one campaign, for the figures (promise I8)",
}
"""Columns with a keyed hash whose value is stored nowhere, and why that is right."""


def list_registrations(tx: Connection, reader_id: int) -> list[int]:
    """All registrations of a reader, over ones too. No index finds those: ask once for each act."""
    return list(tx.scalars(select(registration.c.id).where(registration.c.reader_id == reader_id)))


def forget(tx: Connection, reader_id: int, registrations: Sequence[int], act: Act) -> None:
    """Delete or blank everything of a reader, who has these registrations, that the act makes us forget."""
    for holding in HOLDINGS:
        if act in holding.forgotten_by:
            _forget(tx, holding, holding.rows_of(reader_id, registrations))


def forget_leftovers(tx: Connection) -> int:
    """Delete what came in for readers while they were being erased (two messages at once); how many rows."""
    erased = select(reader.c.id).where(reader.c.erased_at.is_not(None)).scalar_subquery()
    found = 0
    for holding in HOLDINGS:
        if holding.table is reader:
            continue  # the schema refuses it there
        rows: ColumnElement[bool]
        if "reader_id" in holding.table.c:
            rows = holding.table.c.reader_id.in_(erased)
        else:
            owned = select(registration.c.id).where(registration.c.reader_id.in_(erased)).scalar_subquery()
            rows = holding.table.c.registration_id.in_(owned)
        if holding.blanked:
            rows = rows & or_(*(column.is_not(None) for column in holding.blanked))
        found += _forget(tx, holding, rows)
    return found


def _forget(tx: Connection, holding: Holding, rows: ColumnElement[bool]) -> int:
    if holding.blanked:
        blank = {column.name: None for column in holding.blanked}
        return tx.execute(update(holding.table).where(rows).values(blank)).rowcount
    return tx.execute(delete(holding.table).where(rows)).rowcount
