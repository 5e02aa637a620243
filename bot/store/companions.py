"""Who comes along and what was answered: children of a registration, answers to an event's questions, dependants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select

from bot.store.pii import Keys
from bot.store.prepared import Prepared
from bot.store.sign_up_tables import answer, registration_member
from bot.store.tables import dependant


@dataclass(frozen=True, slots=True)
class Member:
    """A child on a registration: `age` in whole years on the day, kept under this consent of the guardian."""

    age: int
    consent_id: int
    dependant_id: int | None = None


@dataclass(frozen=True, slots=True)
class Dependant:
    """A child on a reader's record (家庭成员)."""

    id: int
    nickname: str
    birth_year: int


def add_members(tx: Connection, registration_id: int, members: Iterable[Member]) -> None:
    """Write the children of a registration that has none yet."""
    rows = [
        {
            "registration_id": registration_id,
            "dependant_id": member.dependant_id,
            "consent_id": member.consent_id,
            "age": member.age,
        }
        for member in members
    ]
    if rows:
        tx.execute(insert(registration_member), rows)


def replace_members(tx: Connection, registration_id: int, members: Iterable[Member]) -> None:
    """Write the children of a registration in place of those that were there."""
    tx.execute(delete(registration_member).where(registration_member.c.registration_id == registration_id))
    add_members(tx, registration_id, members)


def add_answers(tx: Connection, registration_id: int, answers: Mapping[str, str], keys: Keys) -> None:
    """Write the answers of a registration that has none yet, sealed."""
    rows = [
        {
            "registration_id": registration_id,
            "question": question,
            "value_enc": keys.seal(value, _place(registration_id, question)),
        }
        for question, value in answers.items()
    ]
    if rows:
        tx.execute(insert(answer), rows)


def list_answers(tx: Connection, registration_id: int, keys: Keys) -> dict[str, str]:
    """The answers of a registration by question."""
    query = select(answer.c.question, answer.c.value_enc).where(answer.c.registration_id == registration_id)
    return {row[0]: keys.unseal(row[1], _place(registration_id, row[0])) for row in tx.execute(query)}


def _place(registration_id: int, question: str) -> str:
    return f"answer.value:{registration_id}:{question}"


def add_dependant(
    tx: Connection, reader_id: int, nickname: str, birth_year: int, consent_id: int, keys: Keys
) -> Dependant:
    """Put a child on a reader's record, under the guardian's consent."""
    number = int(
        tx.execute(
            insert(dependant)
            .values(reader_id=reader_id, consent_id=consent_id, nickname_enc=b"", birth_year=birth_year)
            .returning(dependant.c.id)
        ).scalar_one()
    )
    sealed = keys.seal(nickname, f"dependant.nickname:{number}")
    tx.execute(dependant.update().where(dependant.c.id == number).values(nickname_enc=sealed))
    return Dependant(number, nickname, birth_year)


_DEPENDANTS = Prepared(
    select(dependant.c.id, dependant.c.nickname_enc, dependant.c.birth_year)
    .where(dependant.c.reader_id == bindparam("reader_id"))
    .order_by(dependant.c.id)
)


def list_dependants(tx: Connection, reader_id: int, keys: Keys) -> list[Dependant]:
    """The children on a reader's record, in the order in which they were added."""
    return [
        Dependant(number, keys.unseal(sealed, f"dependant.nickname:{number}"), birth_year)
        for number, sealed, birth_year in _DEPENDANTS.all(tx, {"reader_id": reader_id})
    ]


def remove_dependant(tx: Connection, reader_id: int, dependant_id: int) -> bool:
    """Take a child off the record; registrations keep the age alone."""
    own = select(dependant.c.id).where(dependant.c.id == dependant_id, dependant.c.reader_id == reader_id)
    names_it = registration_member.c.dependant_id.in_(own.scalar_subquery())  # nobody else's child, whatever the number
    tx.execute(registration_member.update().where(names_it).values(dependant_id=None))
    removed = tx.execute(delete(dependant).where(dependant.c.id == dependant_id, dependant.c.reader_id == reader_id))
    return removed.rowcount == 1


def save_child(tx: Connection, reader_id: int, dependant_id: int, nickname: str, birth_year: int, keys: Keys) -> bool:
    """Correct a child's nickname and birth year; False when the reader has no such child."""
    sealed = keys.seal(nickname, f"dependant.nickname:{dependant_id}")
    own = dependant.update().where(dependant.c.id == dependant_id, dependant.c.reader_id == reader_id)
    return tx.execute(own.values(nickname_enc=sealed, birth_year=birth_year)).rowcount == 1


def save_birth_year(tx: Connection, dependant_id: int, birth_year: int) -> None:
    """Correct a child's birth year; ages on registrations stay as they were checked."""
    tx.execute(dependant.update().where(dependant.c.id == dependant_id).values(birth_year=birth_year))
