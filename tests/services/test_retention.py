"""Names and phones go when they were promised to; the figures stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from bot.domain.kinds import ConsentKind
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Contact, Registered
from bot.services.audit import note_audit
from bot.services.consent import give_consent
from bot.services.erasure import erase_reader, withdraw_consent
from bot.services.registrations import sign_up
from bot.services.requests import note_request
from bot.services.retention import APPEALS_KEPT, Stripped, strip_expired_data
from bot.store.amendments import find_card, find_consent, save_card
from bot.store.appeals import claim_answer, count_open, insert_appeal
from bot.store.companions import Member, add_answers, add_dependant, add_members, list_dependants
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.readers import add_consent, find_person
from bot.store.tables import audit, consent, reader, registration, request_note
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
        person = find_person(tx, "one", NOW)
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


def add_family_place(tx: Connection, keys: Keys, openid: str, facts: OccurrenceFacts, at: datetime = NOW) -> int:
    """A reader with card, child, age and answer on a place; the reader's key."""
    reader_id = add_reader(tx, openid, keys)
    save_card(tx, reader_id, "GY1", keys)
    add_consent(tx, reader_id, ConsentKind.GUARDIAN, "1", at)
    consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, "1")
    place = sign_up(tx, reader_id, facts, Party(1, 1), None, keys, at)
    assert isinstance(place, Registered)
    assert consent_id is not None
    child = add_dependant(tx, reader_id, "乐乐", 2019, consent_id, keys)
    add_members(tx, place.registration.id, [Member(7, consent_id, child.id)])
    add_answers(tx, place.registration.id, {"diet": "花生"}, keys)
    return reader_id


def test_cards_children_ages_and_answers_go_with_the_contact(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12)
        reader_id = add_family_place(tx, keys, "one", facts)
        assert facts.ends_at is not None
        end = facts.ends_at + timedelta(days=30)
        assert strip_expired_data(tx, end) == Stripped()
        assert strip_expired_data(tx, end + timedelta(seconds=1)) == Stripped(
            readers=1, answers=1, members=1, dependants=1
        )
        assert find_card(tx, reader_id, keys) is None
        assert list_dependants(tx, reader_id, keys) == []


def test_children_stay_while_anything_is_still_to_come(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        reader_id = add_family_place(tx, keys, "one", add_occurrence(tx, house, 12))
        later = add_occurrence(tx, house, 13, starts_at=NOW + timedelta(days=60))
        sign_up(tx, reader_id, later, Party(1, 0), None, keys, NOW)
        stripped = strip_expired_data(tx, NOW + timedelta(days=61))
        assert (stripped.readers, stripped.dependants, stripped.members) == (0, 0, 1)


def test_a_child_added_lately_stays_though_nothing_was_signed_up_for(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        reader_id = add_reader(tx, "one", keys)
        add_consent(tx, reader_id, ConsentKind.GUARDIAN, "1", NOW)
        consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, "1")
        assert consent_id is not None
        add_dependant(tx, reader_id, "乐乐", 2019, consent_id, keys)
        assert strip_expired_data(tx, NOW + timedelta(days=30)).dependants == 0
        assert strip_expired_data(tx, NOW + timedelta(days=31)).dependants == 1


def test_an_appeal_waits_a_month_for_its_decision_and_a_week_after_it(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        reader_id = add_reader(tx, "one", keys)
        for _ in range(2):
            note_request(tx, reader_id, "申诉", keys, NOW)
        tx.execute(update(request_note).values(kind="appeal"))
        tx.execute(update(request_note).where(request_note.c.id == 1).values(done_at=NOW))
        assert strip_expired_data(tx, NOW + timedelta(days=8)).requests == 1
        assert strip_expired_data(tx, NOW + timedelta(days=30)).requests == 0
        assert strip_expired_data(tx, NOW + timedelta(days=31)).requests == 1


def test_proof_of_consent_and_of_looks_goes_after_three_years(db: Database, keys: Keys) -> None:
    with db.writing() as tx:
        reader_id = add_reader(tx, "one", keys)
        give_consent(tx, reader_id, ConsentKind.GUARDIAN, "1", NOW)
        withdraw_consent(tx, reader_id, NOW)
        note_audit(tx, "staff:1", "look_minors", "occurrence:1", {}, NOW)
        note_audit(tx, "staff:1", "import", "campaign:1", {}, NOW)  # figures stay traceable for ever
        assert strip_expired_data(tx, NOW + timedelta(days=3 * 365)) == Stripped()
        strip_expired_data(tx, NOW + timedelta(days=3 * 365 + 2))
        assert tx.execute(select(consent)).all() == []
        assert list(tx.scalars(select(audit.c.action).order_by(audit.c.id))) == ["import", "retention"]


def test_what_came_in_while_a_reader_was_being_erased_goes_with_the_next_run(db: Database, keys: Keys) -> None:
    """On PostgreSQL a message may be answered while another one erases its sender."""
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12)
        reader_id = add_family_place(tx, keys, "one", facts)
        erase_reader(tx, reader_id, keys, NOW)
        note_request(tx, reader_id, "请回电话", keys, NOW)
        tx.execute(update(registration).values(name_enc=b"late"))
        assert strip_expired_data(tx, NOW).leftovers == 2
        assert strip_expired_data(tx, NOW) == Stripped()


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
