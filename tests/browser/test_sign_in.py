"""The sign-in page in a real browser: the code is sent from a phone, and the page leads on by itself."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from bot.web.staff_session import COOKIE
from tests.browser.conftest import Site
from tests.web.staff.people import House

pytestmark = pytest.mark.browser


@pytest.fixture
def house(site: Site, redis: Redis) -> House:
    """The chat of the site."""
    made = House(site.app, site.stage.db, redis, site.keys, site.stage, site.clock)
    made.hire("o-li")
    return made


def _code(page: Any) -> str:
    return str(page.locator(".sign-in-words b").inner_text()).replace(" ", "").replace("\n", "")


@pytest.mark.parametrize("script", [True, False])
def test_the_page_leads_on_once_the_code_was_sent(site: Site, house: House, open_page: Any, script: bool) -> None:
    page = open_page(java_script_enabled=script).page
    page.goto(f"{site.url}/staff/sign-in?next=/T/x")
    house.say("o-li", f"登录 {_code(page)}")
    page.wait_for_url(f"{site.url}/T/x", timeout=15_000)
    cookie = next(each for each in page.context.cookies() if each["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)


def test_a_lapsed_code_is_replaced_without_anybody_touching_the_page(site: Site, house: House, open_page: Any) -> None:
    watched = open_page()
    page = watched.page
    page.goto(f"{site.url}/staff/sign-in")
    first = _code(page)
    with page.expect_event("load"):
        site.clock.now += timedelta(minutes=6)
    assert _code(page) != first
    house.say("o-li", f"登录 {_code(page)}")
    page.wait_for_url(f"{site.url}/staff/scan")


def test_without_network_the_page_says_so_and_goes_on_by_itself(site: Site, house: House, open_page: Any) -> None:
    page = open_page().page
    page.goto(f"{site.url}/staff/sign-in?next=/T/x")
    code = _code(page)
    page.context.set_offline(True)
    page.get_by_text("网络不通").wait_for()
    house.say("o-li", f"登录 {code}")
    page.context.set_offline(False)
    page.wait_for_url(f"{site.url}/T/x")


def test_the_button_of_a_link_and_of_signing_out_are_taken_from_our_own_page(
    site: Site, house: House, open_page: Any
) -> None:
    """A browser says where its form comes from. Seen to fail with `same-site` alone in `_OWN_SITE`."""
    house.hire("o-boss")
    with site.stage.db.writing() as tx:
        tx.exec_driver_sql("UPDATE staff SET role = 'manager'")
    path = re.search(r"/staff/enter/\S+", house.say("o-boss", "扫码"))
    assert path
    page = open_page().page
    page.goto(site.url + path[0])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{site.url}/staff/scan")
    page.goto(f"{site.url}/staff/people")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(f"{site.url}/staff/sign-in")
