"""`keys rotate`: a new SECRET_KEY takes over while the house is open, and nothing is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import insert, select

import bot.cli_keys
from bot.app import create_app
from bot.commands import LazyCommands
from bot.domain.kinds import ConsentKind, Role
from bot.domain.party import Party
from bot.domain.registration import Contact, Registered
from bot.domain.ticket import issue_token, read_token
from bot.domain.venue import current_code, is_accepted, read_screen_token, screen_token
from bot.services.erasure import erase_reader
from bot.services.key_rotation import RotationState, finish_rotation
from bot.services.registrations import sign_up
from bot.services.requests import note_request
from bot.services.staff import Bound, bind_staff, invite_staff
from bot.store.amendments import find_card, find_consent, save_card
from bot.store.companions import add_answers, add_dependant, list_answers, list_dependants
from bot.store.database import Database
from bot.store.history import list_card_groups
from bot.store.persons import name_visits
from bot.store.pii import Keys
from bot.store.readers import add_consent, find_phone_hashes, get_or_add_person, save_contact
from bot.store.rotation import count_old, read_batch, sealed_tables, write_batch
from bot.store.sign_up_tables import allowed_card
from bot.store.tables import inbox, reader, registration
from config.settings import Settings, SettingsError, load_settings
from tests.factories import NOW, add_house, add_occurrence, add_reader

OLD, NEW = "the secret of last year", "the secret of this year"
BEFORE, DURING, AFTER = Keys(OLD), Keys(NEW, OLD), Keys(NEW)


def app_of(url: str, **settings: str) -> Flask:
    app = create_app(Settings(_env_file=None, database_url=url, wechat_token="token", **settings))
    app.cli = LazyCommands("bot.cli")
    return app


def rotate(url: str) -> tuple[int, str]:
    """The command as the keeper runs it: exit code and what it prints."""
    app = app_of(url, secret_key=NEW, secret_key_previous=OLD)
    result = FlaskCliRunner(app).invoke(args=("keys", "rotate"))
    app.extensions["shuqian"].db.dispose()
    return result.exit_code, result.output


def fill(db: Database, readers: int = 5) -> int:
    """Readers with everything that is sealed, under the old key; the first one's key."""
    with db.writing() as tx:
        facts = add_occurrence(tx, add_house(tx), 12)
        for number in range(readers):
            reader_id = add_reader(tx, f"o-{number}", BEFORE)
            save_card(tx, reader_id, f"GY{number:06d}", BEFORE)
            add_consent(tx, reader_id, ConsentKind.GUARDIAN, "1", NOW)
            consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, "1")
            assert consent_id is not None
            add_dependant(tx, reader_id, "乐乐", 2019, consent_id, BEFORE)
            contact = Contact("李四", "+8613800138001")
            place = sign_up(tx, reader_id, facts, Party(1, 0), contact, BEFORE, NOW)
            assert isinstance(place, Registered)
            add_answers(tx, place.registration.id, {"diet": "花生"}, BEFORE)
            note_request(tx, reader_id, "请回电话", BEFORE, NOW)
            key = number.to_bytes(8, "big")
            reply = BEFORE.seal("报名成功", f"inbox.content:{key.hex()}")
            tx.execute(insert(inbox).values(key=key, reader_id=reader_id, reply=reply, answered_at=NOW))
        return int(tx.execute(select(reader.c.id).where(reader.c.openid == "o-0")).scalar_one())


def opened(db: Database, reader_id: int, keys: Keys) -> tuple[Any, ...]:
    """Everything sealed of a reader, read with these keys; raises ValueError where they do not open it."""
    with db.reading() as tx:
        person = get_or_add_person(tx, "o-0", NOW)
        assert person.id == reader_id
        place = tx.execute(select(registration).where(registration.c.reader_id == reader_id)).one()
        return (
            person.contact(keys),
            find_card(tx, reader_id, keys),
            find_phone_hashes(tx, reader_id, keys)[0] == keys.search_hash("+8613800138000"),
            [child.nickname for child in list_dependants(tx, reader_id, keys)],
            list_answers(tx, place.id, keys),
            keys.unseal(place.name_enc, f"registration.name:{place.short_code}"),
            place.phone_hash == keys.search_hash("+8613800138001"),
        )


ALL = (Contact("张三", "+8613800138000"), "GY000000", True, ["乐乐"], {"diet": "花生"}, "李四", True)


def test_everything_opens_before_during_and_after(db: Database, database_url: str) -> None:
    reader_id = fill(db)
    assert opened(db, reader_id, BEFORE) == ALL
    assert opened(db, reader_id, DURING)[:2] == ALL[:2]
    with pytest.raises(ValueError, match="does not open"):
        opened(db, reader_id, AFTER)
    code, said = rotate(database_url)
    assert (code, "resealed 30 rows" in said) == (0, True), said
    assert opened(db, reader_id, AFTER) == ALL
    with db.reading() as tx:
        assert [count_old(tx, table, AFTER) for table in sealed_tables()] == [0] * len(list(sealed_tables()))
    assert rotate(database_url)[0] == 0  # again: nothing left to do


def test_a_run_that_was_stopped_is_taken_up_by_the_next(
    db: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed is not done again, what was not is done by the second run."""
    monkeypatch.setattr("bot.store.rotation.BATCH", 3)
    reader_id = fill(db, 8)
    done = []

    def dies(tx: Any, batch: Any) -> int:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(write_batch(tx, batch))
        return done[-1]

    with monkeypatch.context() as patched:
        patched.setattr(bot.cli_keys, "write_batch", dies)
        assert rotate(database_url)[0] != 0
    assert sum(done) < 48
    assert opened(db, reader_id, DURING)[:2] == ALL[:2]
    code, said = rotate(database_url)
    assert code == 0
    assert f"resealed {48 - sum(done)} rows" in said
    assert opened(db, reader_id, AFTER) == ALL


def test_what_is_written_meanwhile_is_not_overwritten(db: Database) -> None:
    """Seen to fail without the old value in the condition of `write_batch`."""
    reader_id = fill(db)
    with db.reading() as tx:
        batch = read_batch(tx, reader, None, DURING)
    assert batch is not None
    with db.writing() as tx:
        save_contact(tx, reader_id, Contact("王五", "+8613800138009"), DURING)
    with db.writing() as tx:
        assert write_batch(tx, batch) == 4
    with db.reading() as tx:
        person = get_or_add_person(tx, "o-0", NOW)
        assert person.contact(AFTER) == Contact("王五", "+8613800138009")
        rest = read_batch(tx, reader, None, DURING)  # the card of that row waits for the next run
    assert rest is not None
    with db.writing() as tx:
        assert write_batch(tx, rest) == 1


def test_tickets_screens_and_codes_of_the_previous_key_stay_good() -> None:
    assert read_token(issue_token(7, BEFORE.ticket), DURING.tickets) == 7
    assert read_token(issue_token(7, DURING.ticket), AFTER.tickets) == 7
    assert read_token(issue_token(7, BEFORE.ticket), AFTER.tickets) is None
    assert read_screen_token(screen_token(7, BEFORE.venue), DURING.venues) == 7
    assert read_screen_token(screen_token(7, BEFORE.venue), AFTER.venues) is None
    assert is_accepted(current_code(7, NOW, BEFORE.venue), 7, NOW, DURING.venues)
    assert not is_accepted(current_code(7, NOW, BEFORE.venue), 7, NOW, AFTER.venues)


def test_invitations_and_card_lists_are_found_under_both_and_named_when_left(db: Database, database_url: str) -> None:
    """Their values are kept nowhere, so the command says what is still to be done, and fails until it is."""
    with db.writing() as tx:
        house = add_house(tx)
        invitation = invite_staff(tx, Role.VENUE, BEFORE, NOW + timedelta(days=365 * 9))
        card = {"library_id": house.library_id, "reader_group": "少儿", "card_hash": BEFORE.search_hash("GY1")}
        tx.execute(insert(allowed_card).values(**card))
        assert list_card_groups(tx, DURING.search_hashes("GY1"), house.library_id) == {"少儿"}
    code, said = rotate(database_url)
    assert code == 1
    assert "1 entries of reader card lists" in said
    assert "1 unused invitations" in said
    with db.writing() as tx:
        person = get_or_add_person(tx, "o-staff", NOW)
        assert isinstance(bind_staff(tx, person, invitation, DURING, NOW), Bound)


def test_persons_who_left_and_came_back_stay_one_through_the_change(db: Database) -> None:
    with db.writing() as tx:
        house = add_house(tx)
        first, second = (add_occurrence(tx, house, number) for number in (12, 13))
        gone = add_reader(tx, "o-back", BEFORE)
        sign_up(tx, gone, first, Party(1, 0), None, BEFORE, NOW)
        erase_reader(tx, gone, BEFORE, NOW)
        back = add_reader(tx, "o-back", BEFORE)
        sign_up(tx, back, second, Party(1, 0), None, BEFORE, NOW)
        assert finish_rotation(tx, DURING, 0, NOW) == RotationState(1, 0, 0)  # the reader's own row was not renewed
        left = tx.execute(select(registration.c.person_hash).where(registration.c.reader_id == gone)).scalar_one()
    day = NOW.date()
    visits = name_visits([(gone, None, left, 1, day), (back, "o-back", None, 2, day)], house.campaign_id, AFTER)
    assert len({person for person, _, _ in visits}) == 1


def test_without_a_previous_key_there_is_nothing_to_rotate(db: Database, database_url: str) -> None:
    app = app_of(database_url, secret_key=NEW)
    result = FlaskCliRunner(app).invoke(args=("keys", "rotate"))
    app.extensions["shuqian"].db.dispose()
    assert result.exit_code == 1
    assert "SECRET_KEY_PREVIOUS is not set" in result.output


def test_the_same_key_twice_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SECRET_KEY": NEW, "SECRET_KEY_PREVIOUS": NEW, "WECHAT_TOKEN": "token"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="SECRET_KEY_PREVIOUS must be the key before"):
        load_settings()


def test_two_secrets_that_share_an_id_are_refused_before_anything_is_sealed() -> None:
    """One chance in 256; a value would not tell which of them opens it."""
    ids = {Keys(f"secret number {number}").present_id: number for number in range(400)}
    twin = next(n for n in range(400) if ids[Keys(f"secret number {n}").present_id] != n)
    other = ids[Keys(f"secret number {twin}").present_id]
    with pytest.raises(ValueError, match="make another one"):
        Keys(f"secret number {twin}", f"secret number {other}")
