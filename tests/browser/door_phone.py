"""A volunteer's phone in a real browser: signed in, at one or more doors of the stage."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from bot.domain.kinds import Role
from bot.web.staff_session import COOKIE
from tests.browser.conftest import Site
from tests.web.doors.phones import facts_of, sign_in


def let_in_staff(site: Site, page: Page, *served: int, role: Role = Role.VENUE, name: str = "door") -> None:
    """Sign this browser in as somebody who serves these occurrences."""
    number = facts_of(site.stage, served[0]).number if served else 1
    phone = sign_in(site.app, site.stage.db, site.keys, number, name=name, role=role, serves=served)
    cookie = phone.client.get_cookie(COOKIE)
    assert cookie is not None
    page.context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": site.url, "httpOnly": True}])


def open_scanner(site: Site, page: Page, *served: int, **who: Any) -> Page:
    """The scanner's page, with its door chosen and the first answer of the server in."""
    let_in_staff(site, page, *served, **who)
    page.goto(f"{site.url}/staff/scan")
    page.wait_for_function("document.body.classList.contains('is-ready')")
    return page


def number_of(site: Site, occurrence_id: int) -> int:
    """The public number of an occurrence."""
    return facts_of(site.stage, occurrence_id).number


def path_of(page: Page) -> str:
    """Where the browser is."""
    return urlsplit(page.url).path
