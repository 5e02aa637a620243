"""The public page of a lottery, before and after the draw."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from bot.domain.lottery import Lot, find_flaws, read_published
from bot.services.lotteries import Drawn, draw_lottery, open_lottery
from bot.store.tables import event, occurrence, registration
from tests.web.stage import DAY_BEFORE, STARTS_AT, Stage, StageClock

CLOSES = STARTS_AT - timedelta(hours=12)


@pytest.fixture
def twelve(stage: Stage) -> int:
    """Number 12: five entries for two families, the fourth taken back."""
    occurrence_id = stage.occurrence(capacity=2, closes_at=CLOSES)
    with stage.db.writing() as tx:
        tx.execute(update(event).values(rules={"allocation": "lottery", "quota_unit": "families"}))
    for number in range(1, 6):
        registration_id = stage.registration(occurrence_id, "entered", seats=1, entry_number=number)
        with stage.db.writing() as tx:
            mine = update(registration).where(registration.c.id == registration_id)
            tx.execute(mine.values(phone_hash=b"%d" % number, status="cancelled" if number == 4 else "entered"))
    return occurrence_id


def test_before_the_draw_it_shows_window_digest_and_method_and_no_seed(
    client: FlaskClient, stage: Stage, twelve: int
) -> None:
    with stage.db.writing() as tx:
        lottery = open_lottery(tx, twelve, stage.keys, DAY_BEFORE)
    page = client.get("/lottery/12")
    assert page.status_code == 200
    for words in (
        "抽签公示",
        "已登记 4 组",
        "5月29日（周五）21:30截止并抽签",
        lottery.seed_digest,
        "SHA-256",
        "报名 12",
    ):
        assert words in page.text
    assert len(re.findall(r"\b[0-9a-f]{32}\b", page.text)) == 0
    assert client.get("/lottery/12.json").status_code == 404


def test_after_the_draw_it_shows_seed_and_every_number_and_nothing_personal(
    client: FlaskClient, stage: Stage, clock: StageClock, twelve: int
) -> None:
    clock.now = CLOSES
    with stage.db.writing() as tx:
        outcome = draw_lottery(tx, twelve, stage.keys, CLOSES)
    assert isinstance(outcome, Drawn)
    page = client.get("/lottery/12").text
    for words in (outcome.result.seed, outcome.result.digest, "2 组中签", "抽签前取消的号：4", "/lottery/12.json"):
        assert words in page
    rows = re.findall(r"<td>(\d+)</td><th scope=\"row\">(\d+)号</th><td>1</td><td>([^<]+)</td>", page)
    words = {Lot.WON: "中签", Lot.SUBSTITUTE: "候补第{}位"}
    assert rows == [
        (str(entry.rank), str(entry.number), words[entry.lot].format(entry.place)) for entry in outcome.result.entries
    ]
    for personal in ("张三", "13800138000", "reader"):
        assert personal not in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"opens_at": DAY_BEFORE + timedelta(hours=1)}, "到时请在公众号发送"),
        ({"closes_at": DAY_BEFORE}, "正在抽签"),
        ({"starts_at": DAY_BEFORE, "closes_at": DAY_BEFORE}, "开始前没有抽签"),
        ({"status": "cancelled"}, "本场已取消，不再抽签"),
    ],
)
def test_nobody_is_invited_to_enter_when_that_is_not_possible(
    client: FlaskClient, stage: Stage, twelve: int, change: dict[str, object], words: str
) -> None:
    with stage.db.writing() as tx:
        tx.execute(update(occurrence).where(occurrence.c.id == twelve).values(**change))
    page = client.get("/lottery/12").text
    assert words in page
    assert "参加请在公众号发送" not in page


def test_the_published_file_passes_the_check(client: FlaskClient, stage: Stage, clock: StageClock, twelve: int) -> None:
    clock.now = CLOSES
    with stage.db.writing() as tx:
        draw_lottery(tx, twelve, stage.keys, CLOSES)
    answer = client.get("/lottery/12.json")
    assert answer.mimetype == "application/json"
    assert "lottery-12.json" in answer.headers["Content-Disposition"]
    assert find_flaws(read_published(json.loads(answer.text))) == []


def test_a_result_of_what_was_called_off_is_said_to_be_void(
    client: FlaskClient, stage: Stage, clock: StageClock, twelve: int
) -> None:
    clock.now = CLOSES
    with stage.db.writing() as tx:
        draw_lottery(tx, twelve, stage.keys, CLOSES)
        tx.execute(update(occurrence).where(occurrence.c.id == twelve).values(status="cancelled"))
    assert "下面的结果不再有效" in client.get("/lottery/12").text


def test_the_page_needs_no_script_and_names_no_other_host(client: FlaskClient, twelve: int) -> None:
    page = client.get("/lottery/12").text
    assert "<script" not in page
    assert not re.search(r"<style|\son\w+=|\sstyle=", page)
    assert not re.search(r"(?:href|src)=\"https?://", page)


@pytest.mark.parametrize("path", ["/lottery/99", "/lottery/13", "/lottery/x", "/lottery/99999999999999999999"])
def test_where_nothing_is_drawn_there_is_no_page(client: FlaskClient, stage: Stage, twelve: int, path: str) -> None:
    stage.occurrence()
    assert client.get(path).status_code == client.get(f"{path}.json").status_code == 404


def test_internal_meetings_have_no_page(client: FlaskClient, stage: Stage, twelve: int) -> None:
    with stage.db.writing() as tx:
        tx.execute(update(event).values(category="internal"))
        tx.execute(update(occurrence).values(opens_at=None))
    assert client.get("/lottery/12").status_code == 404
