"""Eight phones at once through HTTP: each party is let in once, and an upload that is repeated loses and doubles nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from bot.store.database import Database
from bot.store.door_tables import checkin
from bot.store.pii import Keys
from tests.web.doors.phones import Phone, sign_in
from tests.web.stage import Stage

PHONES, TICKETS = 8, 100


def phones_of(app: Flask, db: Database, keys: Keys, number: int, place: int) -> list[Phone]:
    """Eight volunteers."""
    return [sign_in(app, db, keys, number, name=f"door-{serial}", serves=(place,)) for serial in range(PHONES)]


def test_eight_phones_with_a_hundred_codes_get_a_hundred_entries_and_seven_hundred_already(
    app: Flask, db: Database, keys: Keys, stage: Stage
) -> None:
    """Seen to fail without the unique index `uq_checkin_counted` on PostgreSQL."""
    place = stage.occurrence(capacity=None)
    codes = [stage.ticket_url(stage.registration(place)) for _ in range(TICKETS)]
    phones = phones_of(app, db, keys, 12, place)

    def work(phone: Phone) -> list[dict[str, Any]]:
        return [
            answer
            for start in range(0, TICKETS, 10)
            for answer in phone.send(*map(phone.scan, codes[start : start + 10]))
        ]

    with ThreadPoolExecutor(PHONES) as pool:
        answers = [answer for part in pool.map(work, phones) for answer in part]
    words = [answer["word"] for answer in answers]
    assert (words.count("签到成功"), words.count("已签到")) == (TICKETS, TICKETS * (PHONES - 1))
    assert phones[0].client.get("/staff/api/door").get_json()["occurrences"][0]["attendance"]["came"] == 2 * TICKETS
    with db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(checkin)).scalar_one() == TICKETS * PHONES


def test_one_upload_sent_by_eight_at_once_counts_once(app: Flask, db: Database, keys: Keys, stage: Stage) -> None:
    """A phone whose answer is late sends again while the first upload still runs. Seen to fail without `lock_act`."""
    place = stage.occurrence(capacity=None)
    [phone, *_] = phones_of(app, db, keys, 12, place)
    tickets = [stage.registration(place) for _ in range(10)]
    acts = [phone.scan(stage.ticket_url(ticket), admitted=True) for ticket in tickets]
    acts += [phone.scan("NOSUCH", admitted=True, people=2)]
    with ThreadPoolExecutor(PHONES) as pool:
        tries = list(pool.map(lambda _: [each["result"] for each in phone.send(*acts)], range(PHONES)))
    assert tries == [["ok"] * 10 + ["unknown"]] * PHONES
    with db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(checkin)).scalar_one() == len(acts)
