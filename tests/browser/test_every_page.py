from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from bot.services.lotteries import draw_lottery, open_lottery
from bot.store.tables import event, occurrence
from tests.browser.conftest import DESKTOP, PHONE, Site
from tests.web.stage import AT_THE_DOOR, DAY_BEFORE

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text()


def _addresses(site: Site) -> dict[str, str]:
    stage = site.stage
    held, off, free = stage.occurrence(label="第三场"), stage.occurrence(status="cancelled"), stage.occurrence()
    came = stage.registration(held)
    stage.check_in(came, held, AT_THE_DOOR)
    stage.walk_ins(held, 8)
    return {
        "home": "/",
        "privacy": "/privacy",
        "ticket": f"/T/{stage.token(stage.registration(held))}",
        "ticket-came": f"/T/{stage.token(came)}",
        "ticket-waits": f"/T/{stage.token(stage.registration(held, 'waitlisted', queued_at=DAY_BEFORE))}",
        "ticket-gone": f"/T/{stage.token(stage.registration(held, 'cancelled'))}",
        "ticket-off": f"/T/{stage.token(stage.registration(off))}",
        "venue": f"/venue/{stage.screen(held)}",
        "venue-off": f"/venue/{stage.screen(off)}",
        "venue-free": f"/venue/{stage.screen(free)}",
        "lottery": f"/lottery/{_add_lottery(site, is_drawn=False)}",
        "lottery-drawn": f"/lottery/{_add_lottery(site, is_drawn=True)}",
    }


def _add_lottery(site: Site, *, is_drawn: bool) -> int:
    """Twelve entries for four families; its public number."""
    stage, starts_at = site.stage, AT_THE_DOOR + timedelta(days=3)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2), "closes_at": AT_THE_DOOR}
    lottery_id = stage.occurrence(title="暑期陶艺班", capacity=4, **times)
    for number in range(1, 13):
        stage.registration(lottery_id, "cancelled" if number == 9 else "entered", seats=1, entry_number=number)
    with stage.db.writing() as tx:
        here = select(occurrence.c.event_id, occurrence.c.number).where(occurrence.c.id == lottery_id)
        event_id, public_number = tx.execute(here).one()
        tx.execute(update(event).where(event.c.id == event_id).values(rules={"allocation": "lottery"}))
        open_lottery(tx, lottery_id, stage.keys, DAY_BEFORE)
        if is_drawn:
            draw_lottery(tx, lottery_id, stage.keys, AT_THE_DOOR)
    return int(public_number)


@pytest.mark.parametrize("size", [PHONE, DESKTOP, {"width": 320, "height": 568}])
def test_page_is_readable_reachable_and_keeps_to_our_own_host(
    site: Site, open_page: Any, tmp_path_factory: pytest.TempPathFactory, size: dict[str, int]
) -> None:
    album = tmp_path_factory.mktemp("pages")
    faults: dict[str, list[str]] = {}
    for name, path in _addresses(site).items():
        watched = open_page(viewport=size)
        watched.page.goto(site.url + path, wait_until="networkidle" if name == "home" else "load")
        watched.page.screenshot(path=album / f"{name}-{size['width']}.png", full_page=True)
        foreign = [url for url in watched.requested if not url.startswith((site.url + "/", "data:"))]
        faults[name] = [*watched.page.evaluate(AUDIT), *watched.complaints, *foreign]
    assert faults == {name: [] for name in faults}


def test_error_page_is_readable_too(site: Site, open_page: Any) -> None:
    page = open_page().page
    answer = page.goto(f"{site.url}/T/WRONG")
    assert answer.status == 404
    assert page.evaluate(AUDIT) == []


def test_audit_sees_faults(site: Site, open_page: Any) -> None:
    page = open_page().page
    page.goto(site.url)
    page.evaluate("document.querySelector('h1').remove(); document.querySelector('.lead').style.color = '#ddd'")
    faults = page.evaluate(AUDIT)
    assert "not one h1" in faults
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
