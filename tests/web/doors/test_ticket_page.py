"""A ticket's page in the hands of staff: a button that checks the party in, for whoever serves the occurrence."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask
from werkzeug.test import TestResponse

from bot.store.database import Database
from bot.store.pii import Keys
from tests.web.doors.phones import Phone, sign_in
from tests.web.stage import Stage

BUTTON = "为这位读者签到"


def page_of(phone: Phone, token: str) -> str:
    """The ticket as this browser shows it."""
    return unescape(phone.client.get(f"/T/{token}").get_data(as_text=True))


def press(phone: Phone, token: str, page: str) -> TestResponse:
    """The button on that page."""
    fields = dict(re.findall(r'name="(form_token|act)" value="([^"]*)"', page))
    assert set(fields) == {"form_token", "act"}
    return phone.client.post(f"/staff/ticket/{token}", data=fields)


def test_staff_who_serve_it_check_in_by_a_button_and_a_second_press_counts_once(
    stage: Stage, place: int, phone: Phone
) -> None:
    token = stage.token(stage.registration(place))
    page = page_of(phone, token)
    assert BUTTON in page
    for _ in range(2):
        said = unescape(press(phone, token, page).get_data(as_text=True))
        assert "签到成功" in said and "张* 尾号8000" in said
    assert "已签到" in unescape(press(phone, token, page_of(phone, token)).get_data(as_text=True))
    came = phone.client.get("/staff/api/door").get_json()["occurrences"][0]["attendance"]["came"]
    assert came == 2


def test_nobody_else_sees_the_button_or_can_press_it(
    app: Flask, db: Database, keys: Keys, stage: Stage, place: int, phone: Phone
) -> None:
    token = stage.token(stage.registration(place))
    other = stage.occurrence(title="别的活动")
    elsewhere = sign_in(app, db, keys, 0, name="other", serves=(other,))
    assert BUTTON not in page_of(elsewhere, token)
    assert BUTTON not in unescape(app.test_client().get(f"/T/{token}").get_data(as_text=True))
    own = page_of(elsewhere, stage.token(stage.registration(other)))
    said = unescape(press(elsewhere, token, own).get_data(as_text=True))
    assert "无权限" in said and "8000" not in said and "张" not in said
    assert app.test_client().post(f"/staff/ticket/{token}", data={"act": "act-00001"}).status_code == 302
    assert phone.client.post(f"/staff/ticket/{token}", data={"act": "act-00001"}).status_code == 403
