"""Staff signed in by WeChat instead of a typed code: never by opening an address alone."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.domain.kinds import Role
from bot.store.database import Database
from bot.store.staff import save_role
from bot.store.staff_tables import staff_session
from tests.web.readers.platform import ELSEWHERE, Phones, query_of
from tests.web.stage import DAY_BEFORE


@pytest.fixture
def db(small_db: Database) -> Database:
    """The same on every kind of database."""
    return small_db


def hire(phones: Phones, openid: str) -> None:
    """Make a volunteer of a phone's owner."""
    reader_id = phones.reader_of(openid)
    with phones.stage.db.writing() as tx:
        save_role(tx, reader_id, Role.VENUE, None, DAY_BEFORE)


def sessions(phones: Phones) -> int:
    """How many browsers are signed in."""
    with phones.stage.db.reading() as tx:
        return len(tx.execute(select(staff_session.c.id)).all())


def ask(client: FlaskClient, phones: Phones, openid: str) -> str:
    """The way to WeChat and back, up to where it leads."""
    back = client.get(phones.authorise(client.get("/staff/sign-in/wechat"), openid))
    assert back.status_code == 303, back.text
    return str(back.location)


def test_a_tap_and_a_button_sign_staff_in(phones: Phones) -> None:
    openid, client = phones.add(), phones.wechat()
    hire(phones, openid)
    assert 'href="/staff/sign-in/wechat"' in client.get("/staff/sign-in").text
    link = ask(client, phones, openid)
    page = client.get(link)
    assert "您将以" in page.text
    assert sessions(phones) == 0  # looking signs nobody in
    assert client.post(link).location == "/staff/scan"
    assert client.get("/staff/scan/plain").status_code == 200
    assert client.post(link).status_code == 404
    assert sessions(phones) == 1


def test_readers_previews_and_other_browsers_are_not_signed_in(phones: Phones) -> None:
    reader, staff, client = phones.add("张三"), phones.add("李四"), phones.wechat()
    hire(phones, staff)
    refused = client.get(phones.authorise(client.get("/staff/sign-in/wechat"), reader))
    assert refused.status_code == 403
    assert "不是工作人员" in refused.text
    code = query_of(phones.authorise(phones.wechat().get("/staff/sign-in/wechat"), staff))["code"]
    state = query_of(client.get("/me").location)["state"]  # of the readers' way, not of staff's
    assert client.get("/staff/sign-in/back", query_string={"code": code, "state": state}).status_code == 400
    client.get("/staff/sign-in/wechat")
    assert client.get("/staff/sign-in/back", query_string={"code": code, "state": "0" * 32}).status_code == 400
    phones.platform.post("/sandbox/snapshot", json={"on": True})
    preview = client.get(phones.authorise(client.get("/staff/sign-in/wechat"), staff))
    phones.platform.post("/sandbox/snapshot", json={"on": False})
    assert "使用完整服务" in preview.text
    assert sessions(phones) == 0


def test_elsewhere_the_page_of_the_code_stays_as_it_is(phones: Phones) -> None:
    client = phones.browser(**ELSEWHERE)
    assert "/staff/sign-in/wechat" not in client.get("/staff/sign-in").text
    assert client.get("/staff/sign-in/wechat").location == "/staff/sign-in"
