"""Phones that scan, let in and take back the same parties at one moment, in every order."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.occurrences import count_attendance
from bot.store.pii import Keys
from tests.web.doors.phones import Phone, facts_of, ms, sign_in
from tests.web.stage import AT_THE_DOOR, Stage

PHONES, PARTIES, ACTS = 5, 4, 10


def act_at_random(phone: Phone, codes: list[str], seed: int) -> list[str]:
    """What one phone brings, an undo sometimes before its act; the results."""
    chance, results = random.Random(seed), []
    for _ in range(ACTS):
        scan = phone.scan(chance.choice(codes), admitted=chance.random() < 0.5, people=chance.choice([1, 2]))
        undo = {"id": str(uuid4()), "kind": "undo", "of": scan["id"], "at": ms(AT_THE_DOOR)}
        sent = chance.choice([(scan, undo), (undo, scan), (scan,)])
        results += [answer["result"] for answer in phone.send(*sent)]
    return results


def test_acts_and_undos_that_meet_are_all_answered_and_add_up(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int
) -> None:
    """Seen to fail on PostgreSQL (acts left for another try) when an act with an undo did not lock the occurrence first
    and a clash was not tried again.
    """
    codes = [stage.ticket_url(stage.registration(place)) for _ in range(PARTIES)]
    number = facts_of(stage, place).number
    phones = [sign_in(app, db, keys, number, name=f"p{serial}", serves=(place,)) for serial in range(PHONES)]
    with ThreadPoolExecutor(PHONES) as pool:
        results = [
            result
            for part in pool.map(lambda each: act_at_random(each[1], codes, each[0]), enumerate(phones))
            for result in part
        ]
    assert set(results) <= {"ok", "already", "duplicate", "undone", "nothing_to_undo"}
    standing: dict[int, int] = {}
    with db.reading() as tx:
        rows = tx.execute(select(checkin).where(checkin.c.people > 0, checkin.c.undone_at.is_(None))).all()
        came = count_attendance(tx, place).came
    for row in rows:
        standing[row.registration_id] = max(standing.get(row.registration_id, 0), row.people)
    assert came == sum(standing.values())
