from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from bot.domain.venue import current_code, door_token
from tests.browser.conftest import DESKTOP, Site
from tests.web.stage import AT_THE_DOOR, ENDS_AT, STARTS_AT

pytestmark = pytest.mark.browser

POLLED_WITHIN_MS = 10_000


def _code(site: Site, occurrence_id: int) -> str:
    return current_code(occurrence_id, site.clock.now, site.keys.venue)


def _open(site: Site, open_page: Any, occurrence_id: int) -> Any:
    page = open_page(viewport=DESKTOP).page
    page.goto(f"{site.url}/venue/{site.stage.screen(occurrence_id)}")
    return page


def test_next_code_and_count_come_by_themselves(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    guest = site.stage.registration(held)
    page = _open(site, open_page, held)
    expect(page.locator("#code")).to_have_text(_code(site, held))
    site.clock.now = AT_THE_DOOR + timedelta(seconds=30)
    site.stage.check_in(guest, held, site.clock.now)
    expect(page.locator("#code")).to_have_text(_code(site, held), timeout=POLLED_WITHIN_MS)
    expect(page.locator("#came")).to_have_text("2")


def test_screen_opens_and_closes_by_itself(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    site.clock.now = STARTS_AT - timedelta(hours=1)
    page = _open(site, open_page, held)
    expect(page.locator("#note")).to_contain_text("09:00 起可以签到")
    expect(page.locator("#code")).to_be_hidden()
    site.clock.now = STARTS_AT
    expect(page.locator("#code")).to_have_text(_code(site, held), timeout=POLLED_WITHIN_MS)
    site.clock.now = ENDS_AT + timedelta(seconds=1)
    expect(page.locator("#headline")).to_have_text("签到已结束", timeout=POLLED_WITHIN_MS)
    expect(page.locator("#code")).to_be_hidden()


def test_lost_network_is_shown_and_the_code_taken_down_until_it_is_back(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = open_page(viewport=DESKTOP).page
    page.clock.install()
    page.goto(f"{site.url}/venue/{site.stage.screen(held)}")
    shown = page.locator("#code")
    expect(shown).to_have_text(_code(site, held))
    site.stop()
    expect(page.locator("#offline")).to_contain_text("正在重新连接", timeout=POLLED_WITHIN_MS)
    expect(shown).to_have_text(_code(site, held))  # still accepted at the door
    page.clock.fast_forward(90_000)
    expect(page.locator("#offline")).to_contain_text("签到码已停用")
    assert not re.search(r"\d", shown.inner_text())
    site.clock.now = AT_THE_DOOR + timedelta(seconds=90)
    site.start_again()
    expect(shown).to_have_text(_code(site, held), timeout=POLLED_WITHIN_MS)
    expect(page.locator("#offline")).to_be_hidden()


def _qr_on(page: Any) -> list[str]:
    """What a phone reads off the screen as it is drawn."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    return [str(code.text) for code in zxingcpp.read_barcodes(picture)]


def test_without_network_the_qr_goes_with_the_code_and_comes_back_new(site: Site, open_page: Any) -> None:
    """By the browser's own switch. Two guards hold: the script and `.is-stale .screen-qr`; seen to fail with both out."""
    held = site.stage.occurrence()
    page = open_page(viewport=DESKTOP).page
    page.clock.install()
    page.goto(f"{site.url}/venue/{site.stage.screen(held)}")
    expect(page.locator("#code")).to_have_text(_code(site, held))
    (before,) = _qr_on(page)
    page.context.set_offline(True)
    page.clock.fast_forward(5_000)
    expect(page.locator("#offline")).to_contain_text("正在重新连接", timeout=POLLED_WITHIN_MS)
    page.clock.fast_forward(90_000)
    expect(page.locator("#offline")).to_contain_text("签到码已停用")
    expect(page.locator("#qr")).to_be_hidden()
    assert _qr_on(page) == []
    site.clock.now = AT_THE_DOOR + timedelta(seconds=90)
    page.context.set_offline(False)
    page.clock.fast_forward(5_000)
    expect(page.locator("#code")).to_have_text(_code(site, held), timeout=POLLED_WITHIN_MS)
    (after,) = _qr_on(page)
    assert after != before


def test_the_screen_goes_on_to_the_next_at_its_place_without_being_touched(site: Site, open_page: Any) -> None:
    room = site.stage.room("一楼报告厅")
    first = site.stage.occurrence(venue_id=room, title="第一讲")
    then = site.stage.occurrence(venue_id=room, title="第二讲", starts_at=ENDS_AT, ends_at=ENDS_AT + timedelta(hours=1))
    page = _open(site, open_page, first)
    expect(page.locator("#event")).to_have_text("第一讲")
    site.clock.now = ENDS_AT - timedelta(minutes=10)
    expect(page.locator("#event")).to_have_text("第二讲", timeout=POLLED_WITHIN_MS)
    expect(page.locator("#beside")).to_contain_text("第一讲")
    expect(page.locator("#code")).to_have_text(_code(site, then))
    (read,) = _qr_on(page)
    assert page.request.get(read).text().count(f"签到 {_code(site, then)}")


def test_the_page_behind_the_qr_takes_its_code_down_when_it_has_changed(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = open_page().page
    page.clock.install()
    page.goto(f"{site.url}/D/{door_token(held, site.clock.now, site.keys.venue)}")
    expect(page.locator("#words")).to_have_text(f"签到 {_code(site, held)}")
    expect(page.locator("#copy")).to_be_visible()
    page.clock.fast_forward(90_000)
    expect(page.locator("#words")).to_be_hidden()
    expect(page.locator("#over")).to_contain_text("已经更换")


def test_frozen_screen_does_not_wake_up_with_an_old_code(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    watched = open_page(viewport=DESKTOP)
    watched.page.clock.install()
    watched.page.goto(f"{site.url}/venue/{site.stage.screen(held)}")
    expect(watched.page.locator("#code")).to_have_text(_code(site, held))
    watched.page.route("**/state", lambda route: None)  # answers never come
    watched.page.clock.fast_forward(61_000)
    assert not re.search(r"\d", watched.page.locator("#code").inner_text())


def test_code_shows_and_renews_without_script(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = open_page(java_script_enabled=False).page
    page.goto(f"{site.url}/venue/{site.stage.screen(held)}")
    assert page.locator("#code").text_content() == _code(site, held)
    assert '<noscript><meta http-equiv="refresh"' in page.content()


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1366, 768), (1920, 940), (1280, 800), (1280, 720), (1080, 1920), (768, 1024), (390, 844)]
)
def test_code_fills_the_screen_and_nothing_is_cut(site: Site, open_page: Any, size: tuple[int, int]) -> None:
    width, height = size
    room = site.stage.room("一楼报告厅")
    hour = timedelta(hours=1)
    site.stage.occurrence(venue_id=room, title="非遗剪纸", starts_at=AT_THE_DOOR - hour, ends_at=AT_THE_DOOR + hour)
    long_title = "“书香利州·悦读未来”图书馆服务宣传周启动仪式暨经典诵读展演"
    held = site.stage.occurrence(venue_id=room, title=long_title, label="第二场", capacity=40)
    site.stage.walk_ins(held, 8)
    page = open_page(viewport={"width": width, "height": height}).page
    page.goto(f"{site.url}/venue/{site.stage.screen(held)}")
    code = page.locator("#code").bounding_box()
    assert code["x"] >= 0
    assert code["x"] + code["width"] <= width
    assert code["width"] >= width * 0.45
    assert len(_qr_on(page)) == 1, "a phone reads the QR as it is drawn"
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        width,
        height,
    ]
