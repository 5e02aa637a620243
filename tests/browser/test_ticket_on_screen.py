from __future__ import annotations

import io
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageEnhance

from bot.domain.ticket import find_token
from tests.browser.conftest import DESKTOP, PHONE, Site

pytestmark = pytest.mark.browser


def _shot(page: Any) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_code_on_a_phone_reads_as_the_ticket_address(site: Site, open_page: Any, scale: int) -> None:
    token = site.stage.token(site.stage.registration(site.stage.occurrence(label="第三场")))
    page = open_page(device_scale_factor=scale).page
    page.goto(f"{site.url}/t/{token.lower()}")
    shot = _shot(page)
    address = f"{site.url.upper()}/T/{token}"
    seen = {
        "straight": _read(shot),
        "tilted": _read(shot.rotate(7, expand=True, fillcolor="#808080")),
        "dimmed": _read(ImageEnhance.Brightness(shot).enhance(0.6)),
        "grey": _read(ImageEnhance.Contrast(shot).enhance(0.4)),
    }
    assert seen == {how: [address] for how in seen}
    assert find_token(address) == token


def test_code_and_short_code_show_without_scrolling(site: Site, open_page: Any) -> None:
    token = site.stage.token(site.stage.registration(site.stage.occurrence(label="第三场")))
    for size in (PHONE, DESKTOP):
        page = open_page(viewport=size).page
        page.goto(f"{site.url}/T/{token}")
        for part in (".qr", ".short-code", ".hint"):
            box = page.locator(part).bounding_box()
            assert box["y"] + box["height"] <= size["height"], part


def test_ticket_needs_no_script(site: Site, open_page: Any) -> None:
    token = site.stage.token(site.stage.registration(site.stage.occurrence()))
    page = open_page(java_script_enabled=False).page
    page.goto(f"{site.url}/T/{token}")
    assert _read(_shot(page)) == [f"{site.url.upper()}/T/{token}"]


def test_printed_ticket_still_reads(site: Site, open_page: Any) -> None:
    token = site.stage.token(site.stage.registration(site.stage.occurrence()))
    page = open_page(viewport=DESKTOP).page
    page.goto(f"{site.url}/T/{token}")
    page.emulate_media(media="print")
    assert _read(_shot(page)) == [f"{site.url.upper()}/T/{token}"]
    assert not page.locator(".after").is_visible()


def test_cancelled_ticket_shows_nothing_that_scans(site: Site, open_page: Any) -> None:
    token = site.stage.token(site.stage.registration(site.stage.occurrence(), "cancelled"))
    page = open_page().page
    page.goto(f"{site.url}/T/{token}")
    assert _read(_shot(page)) == []
    assert page.get_by_text("已取消").is_visible()
