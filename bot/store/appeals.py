"""Appeals as they are stored: sealed words in `request_note`, tied to what they are against by its code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from bot.store.tables import reader, request_note

APPEAL = "appeal"


@dataclass(frozen=True, slots=True)
class AppealRow:
    """An open appeal; name and words stay sealed until they are shown."""

    reader_id: int
    code: str
    words_enc: bytes
    noted_at: datetime
    name_enc: bytes | None


def insert_appeal(tx: Connection, reader_id: int, code: str, words_enc: bytes, now: datetime) -> None:
    """Store one appeal."""
    row = {"reader_id": reader_id, "kind": APPEAL, "suspension_code": code, "words_enc": words_enc, "noted_at": now}
    tx.execute(insert(request_note).values(**row))


def count_open(tx: Connection, reader_id: int) -> int:
    """How many appeals of a reader wait for an answer."""
    query = select(func.count()).select_from(request_note).where(request_note.c.reader_id == reader_id, _IS_OPEN)
    return int(tx.execute(query).scalar_one())


def list_open(tx: Connection) -> list[AppealRow]:
    """Appeals that wait for an answer, the oldest first."""
    columns = (request_note.c.reader_id, request_note.c.suspension_code, request_note.c.words_enc)
    query = (
        select(*columns, request_note.c.noted_at, reader.c.name_enc)
        .join(reader, reader.c.id == request_note.c.reader_id)
        .where(_IS_OPEN)
        .order_by(request_note.c.noted_at, request_note.c.id)
    )
    return [AppealRow(row[0], row[1], row[2], row[3], row[4]) for row in tx.execute(query)]


def claim_answer(tx: Connection, code: str, now: datetime) -> int:
    """Close the open appeals about this code; how many this call closed."""
    closed = update(request_note).where(request_note.c.suspension_code == code, _IS_OPEN).values(done_at=now)
    return tx.execute(closed).rowcount


_IS_OPEN = (request_note.c.kind == APPEAL) & request_note.c.done_at.is_(None)
