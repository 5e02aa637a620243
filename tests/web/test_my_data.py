"""The copy of a reader's own data: complete, for ten minutes, for nobody else, and nowhere kept on the way."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.domain.data_link import issue_link, read_link
from bot.domain.kinds import ConsentKind
from bot.services.erasure import erase_reader
from bot.store.amendments import find_consent, save_card
from bot.store.companions import Member, add_answers, add_dependant, add_members
from bot.store.pii import Keys
from bot.store.readers import add_consent
from bot.store.tables import registration
from tests.conftest import TEST_SECRET
from tests.web.stage import Stage, StageClock

HELD = ("张三", "+8613800138000", "GY00012345", "乐乐", "2019", "7岁", "花生过敏")


@pytest.fixture
def token(stage: Stage, clock: StageClock) -> str:
    """The link of a reader with everything on record."""
    place = stage.registration(stage.occurrence())
    with stage.db.writing() as tx:
        reader_id = tx.execute(select(registration.c.reader_id).where(registration.c.id == place)).scalar_one()
        save_card(tx, reader_id, "GY00012345", stage.keys)
        add_consent(tx, reader_id, ConsentKind.GUARDIAN, "2026-11", clock.now)
        consent_id = find_consent(tx, reader_id, ConsentKind.GUARDIAN, "2026-11")
        assert consent_id is not None
        child = add_dependant(tx, reader_id, "乐乐", 2019, consent_id, stage.keys)
        add_members(tx, place, [Member(7, consent_id, child.id)])
        add_answers(tx, place, {"diet": "花生过敏"}, stage.keys)
    return issue_link(reader_id, clock.now, stage.keys.copy)


def test_page_and_file_show_everything_that_is_held(client: FlaskClient, token: str) -> None:
    page = client.get(f"/my-data/{token}")
    file = client.get(f"/my-data/{token}.json")
    assert page.status_code == file.status_code == 200
    for held in HELD:
        assert held in page.text
        assert held in file.text
    assert json.loads(file.text)["家庭成员"] == [{"小名": "乐乐", "出生年份": "2019"}]
    assert 'filename="my-data.json"' in file.headers["Content-Disposition"]
    for answer in (page, file):
        assert "no-store" in answer.headers["Cache-Control"]
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_link_ends_after_ten_minutes(client: FlaskClient, token: str, clock: StageClock) -> None:
    clock.now += timedelta(minutes=9, seconds=59)
    assert client.get(f"/my-data/{token}").status_code == 200
    clock.now += timedelta(seconds=1)
    for path in (f"/my-data/{token}", f"/my-data/{token}.json"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert not any(held in answer.text for held in HELD)


def test_no_other_address_leads_anywhere(client: FlaskClient, token: str, stage: Stage, clock: StageClock) -> None:
    """Another reader's number under the same signature, a ticket's key, a broken or an empty token, an unknown reader."""
    forged = [
        token[:4] + ("A" if token[4] != "A" else "B") + token[5:],
        issue_link(1, clock.now, stage.keys.ticket),
        issue_link(1, clock.now, Keys("another secret of nobody").copy),
        issue_link(99_999, clock.now, stage.keys.copy),
        token[:-1],
        token.lower(),
        "A" * 40,
    ]
    for path in forged:
        assert client.get(f"/my-data/{path}").status_code == 404
    assert client.get("/my-data/").status_code == 404


def test_who_is_erased_has_no_copy_left(client: FlaskClient, token: str, stage: Stage, clock: StageClock) -> None:
    with stage.db.writing() as tx:
        reader_id = tx.execute(select(registration.c.reader_id)).scalar_one()
        erase_reader(tx, reader_id, stage.keys, clock.now)
    assert client.get(f"/my-data/{token}").status_code == 404


def test_guessers_are_braked(client: FlaskClient, token: str) -> None:
    answers = [client.get(f"/my-data/{'B' * 40}").status_code for _ in range(61)]
    assert answers[0] == 404
    assert answers[-1] == 429
    assert client.get(f"/my-data/{token}").status_code == 200  # the genuine one is never braked


def test_a_link_of_the_previous_key_is_read(clock: StageClock) -> None:
    token = issue_link(7, clock.now, Keys(TEST_SECRET).copy)
    assert read_link(token, Keys("the secret that follows it", TEST_SECRET).copies, clock.now) == 7
