from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.domain.kinds import Role
from bot.web.reader_session import COOKIE as READER_COOKIE
from bot.web.staff_session import COOKIE
from tests.browser.axe import serious_faults
from tests.browser.conftest import DESKTOP, PHONE, Site, take_picture
from tests.browser.every_page import add_refusals, list_pages
from tests.browser.reader_pages import list_reader_pages
from tests.browser.staff_pages import list_manager_pages, list_pressed_tickets, list_staff_pages, session_secret

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text()


@pytest.mark.parametrize("size", [PHONE, DESKTOP, {"width": 320, "height": 568}])
def test_page_is_readable_reachable_and_keeps_to_our_own_host(site: Site, open_page: Any, size: dict[str, int]) -> None:
    add_refusals(site.app)
    watched, faults = open_page(viewport=size), {}
    for_all, for_staff = list_pages(site.stage), list_staff_pages(site.stage)
    for_managers = list_manager_pages(site.stage)
    for_readers = list_reader_pages(site.stage)
    own = {name: path for name, (path, _) in for_readers.items()}
    for name, path in (for_all | for_staff | for_managers | own).items():
        if name in for_staff | for_managers:
            role = Role.MANAGER if name in for_managers else Role.ORGANISER
            secret = {"name": COOKIE, "value": session_secret(site.stage, role), "url": site.url}
            watched.page.context.add_cookies([secret])
        if name in for_readers:
            watched.page.context.clear_cookies()
            session = {"name": READER_COOKIE, "value": for_readers[name][1], "url": site.url}
            watched.page.context.add_cookies([session])
        watched.forget()
        answer = watched.page.goto(site.url + path, wait_until="networkidle" if name == "home" else "load")
        take_picture(watched.page, f"{name}-{size['width']}")
        foreign = [url for url in watched.requested if not url.startswith((site.url + "/", "data:"))]
        by_axe = serious_faults(watched.page) if size is PHONE else []
        faults[name] = [*watched.page.evaluate(AUDIT), *by_axe, *watched.complaints_but(answer.status), *foreign]
    assert faults == {name: [] for name in faults}


@pytest.mark.parametrize("size", [PHONE, DESKTOP, {"width": 320, "height": 568}])
def test_what_comes_of_staffs_button_on_a_ticket_is_seen_by_its_colour_and_readable(
    site: Site, open_page: Any, size: dict[str, int]
) -> None:
    watched = open_page(viewport=size)
    secret = {"name": COOKIE, "value": session_secret(site.stage), "url": site.url}
    watched.page.context.add_cookies([secret])
    for tone, path in list_pressed_tickets(site.stage).items():
        watched.page.goto(site.url + path)
        watched.page.get_by_role("button", name="为这位读者签到").click()
        watched.page.wait_for_selector(f".checked.is-{tone}")
        take_picture(watched.page, f"{tone}-{size['width']}")
        assert [*watched.page.evaluate(AUDIT), *serious_faults(watched.page)] == [], tone


def test_audit_sees_faults(site: Site, open_page: Any) -> None:
    page = open_page().page
    page.goto(site.url)
    page.evaluate("document.querySelector('h1').remove(); document.querySelector('.lead').style.color = '#ddd'")
    page.evaluate("document.querySelector('dd').textContent = '看日期,馆名'")
    page.evaluate("document.querySelector('.foot a').style.padding = 0")
    faults = page.evaluate(AUDIT)
    assert "not one h1" in faults
    assert "small target: 隐私说明" in faults
    assert "punctuation 期,馆: 看日期,馆名" in faults
    assert any(fault.startswith("contrast") for fault in faults)


def test_keyboard_reaches_the_text_and_every_link(site: Site, open_page: Any) -> None:
    token = site.stage.token(site.stage.registration(site.stage.occurrence()))
    page = open_page().page
    page.goto(f"{site.url}/T/{token}")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(urlsplit(page.evaluate("document.activeElement.href")))
    assert [(link.path, link.fragment) for link in reached] == [
        (f"/T/{token}", "main"),
        ("/", ""),
        (f"/T/{token}.ics", ""),
        ("/privacy", ""),
    ]
