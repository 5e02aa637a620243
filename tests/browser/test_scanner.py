from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.door_phone import open_scanner

pytestmark = pytest.mark.browser


def _type(page: Page, words: str) -> None:
    page.get_by_role("button", name="输码查人").last.click()
    page.locator("#entry-words").fill(words)
    page.locator("#entry-words").press("Enter")


def test_typed_code_is_answered_in_colour_and_word(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = open_scanner(site, open_page().page, held)
    expect(page.locator("#came")).to_have_text("0")
    _type(page, site.stage.short_code(family))
    expect(page.locator("#answer")).to_have_class("answer tone-green")
    expect(page.locator("#answer-word")).to_have_text("签到成功")
    expect(page.locator("#came")).to_have_text("2")
    expect(page.locator("#answer")).to_be_hidden(timeout=3_000)  # green goes away by itself
    _type(page, site.stage.short_code(family))
    expect(page.locator("#answer-word")).to_have_text("已签到")
    expect(page.locator("#answer")).to_have_class("answer tone-amber")
