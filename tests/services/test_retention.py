"""Names and phones go when they were promised to; the figures stay."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, insert, select

from bot.domain.party import Party
from bot.domain.registration import Contact, Registered
from bot.services.registrations import sign_up
from bot.services.requests import note_request
from bot.services.retention import APPEALS_KEPT, Stripped, strip_expired_data
from bot.store.appeals import claim_answer, count_open, insert_appeal
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import find_person
from bot.store.tables import reader, registration
from tests.factories import NOW, add_house, add_occurrence, add_reader


def test_contacts_are_stripped_thirty_days_after_the_occurrence_and_not_before(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12)
        one = add_reader(tx, "one", keys)
        outcome = sign_up(tx, one, facts, Party(1, 0), Contact("李四", "+8613800138001"), keys, NOW)
        assert isinstance(outcome, Registered)
        assert facts.ends_at is not None
        end = facts.ends_at + timedelta(days=30)
        assert strip_expired_data(tx, end) == Stripped(0, 0, 0)
        assert strip_expired_data(tx, end + timedelta(seconds=1)) == Stripped(1, 1, 0)
        assert tx.execute(select(registration.c.name_enc, registration.c.phone_enc)).one() == (None, None)
        person = find_person(tx, "one")
        assert person is not None
        assert person.contact(keys) is None
        assert tx.execute(select(func.count()).select_from(registration)).scalar_one() == 1


def test_who_signed_up_again_stays_on_record(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        one = add_reader(tx, "one", keys)
        later = add_occurrence(tx, house, 13, starts_at=NOW + timedelta(days=60))
        sign_up(tx, one, later, Party(1, 0), None, keys, NOW)
        assert strip_expired_data(tx, NOW + timedelta(days=61)).readers == 0


def test_words_to_a_person_go_after_a_week(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        tx.execute(insert(reader).values(openid="one", created_at=NOW))
        note_request(tx, 1, "请回电话", keys, NOW)
        assert strip_expired_data(tx, NOW + timedelta(days=7)).requests == 0
        assert strip_expired_data(tx, NOW + timedelta(days=7, seconds=1)).requests == 1


def test_an_appeal_that_waits_for_its_answer_is_kept_and_one_that_was_answered_is_not(db: Database) -> None:
    with db.writing() as tx:
        tx.execute(insert(reader).values(openid="one", created_at=NOW))
        for code in ("AAAAAA", "BBBBBB"):
            insert_appeal(tx, 1, code, b"sealed", NOW)
        assert claim_answer(tx, "AAAAAA", NOW) == 1
        assert strip_expired_data(tx, NOW + timedelta(days=8)).requests == 1
        assert count_open(tx, 1) == 1
        assert strip_expired_data(tx, NOW + APPEALS_KEPT).requests == 0
        assert strip_expired_data(tx, NOW + APPEALS_KEPT + timedelta(seconds=1)).requests == 1
