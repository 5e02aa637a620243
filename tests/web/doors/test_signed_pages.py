"""/staff/api/wx and the live count: for signed-in staff, for pages of our own, for their own door."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from redis import Redis

from bot.store.database import Database
from bot.store.pii import Keys
from bot.wechat.js_pages import PageSignature
from tests.web.doors.phones import Phone, facts_of, sign_in
from tests.web.stage import PUBLIC_URL, Stage, StageClock, build_app

ASKED: list[str] = []


def signer(url: str) -> PageSignature:
    """Signs everything."""
    ASKED.append(url)
    return PageSignature("wx0001", "1780000000", "nonce", "signature")


@pytest.fixture
def app(db: Database, redis: Redis, keys: Keys, clock: StageClock) -> Flask:
    """Pages of an account that may."""
    ASKED.clear()
    return build_app(db, redis, keys, clock, sign_page=signer)


def asked(phone: Phone, url: str) -> dict[str, Any]:
    """The answer to the page."""
    told: dict[str, Any] = phone.client.get("/staff/api/wx", query_string={"url": url}).get_json()
    return told


def test_a_page_of_ours_is_signed_with_its_timestamp_as_text(phone: Phone) -> None:
    assert asked(phone, f"{PUBLIC_URL}/staff/scan#x") == {
        "available": True,
        "appId": "wx0001",
        "timestamp": "1780000000",
        "nonceStr": "nonce",
        "signature": "signature",
    }


@pytest.mark.parametrize(
    "url",
    ["", "x", "https://evil.example/staff/scan", PUBLIC_URL.replace("https", "http"), f"{PUBLIC_URL}:444/",
     f"{PUBLIC_URL}.evil.example/", PUBLIC_URL.replace("//", "//me@"), f"{PUBLIC_URL}/\0", "https://[", f"{PUBLIC_URL}/{'x' * 500}"],
)  # fmt: skip
def test_nothing_else_is_signed(phone: Phone, url: str) -> None:
    assert asked(phone, url) == {"available": False}
    assert ASKED == []


def test_strangers_get_neither_a_signature_nor_a_count(app: Flask, phone: Phone) -> None:
    stranger = app.test_client()
    assert stranger.get("/staff/api/wx", query_string={"url": f"{PUBLIC_URL}/staff/scan"}).status_code == 401
    assert stranger.get(f"/staff/api/door/{phone.number}/live?once").status_code == 401


def test_the_count_of_a_door_is_told_to_who_serves_it(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int, phone: Phone
) -> None:
    stage.registration(place)
    told = phone.client.get(f"/staff/api/door/{phone.number}/live?once")
    assert told.mimetype == "text/event-stream"
    assert b"event: attendance" in told.data and b'"expected":2' in told.data.replace(b" ", b"")
    other = stage.occurrence(title="别的活动")
    assert phone.client.get(f"/staff/api/door/{facts_of(stage, other).number}/live?once").status_code == 403
    assert (
        sign_in(app, db, keys, 0, name="other", serves=(other,))
        .client.get(f"/staff/api/door/{phone.number}/live?once")
        .status_code
        == 403
    )
