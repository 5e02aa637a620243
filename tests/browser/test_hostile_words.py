"""Names, titles and tallies that are markup stay words on every page that staff look at."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from bot.store.occurrences import get_occurrence
from bot.store.tables import reader, registration
from tests.browser.conftest import Site
from tests.browser.door_phone import open_scanner

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=\"document.title='taken'\">"


def _name_reader(site: Site, registration_id: int, name: str) -> None:
    with site.stage.db.writing() as tx:
        reader_id = tx.execute(
            select(registration.c.reader_id).where(registration.c.id == registration_id)
        ).scalar_one()
        sealed = site.keys.seal(name, f"reader.name:{reader_id}")
        tx.execute(update(reader).where(reader.c.id == reader_id).values(name_enc=sealed))


def _is_untouched(page: Page) -> None:
    assert page.locator("img[src=x]").count() == 0
    assert page.title() != "taken"


def test_markup_in_a_name_or_a_title_is_shown_and_does_nothing(site: Site, open_page: Any) -> None:
    """Seen to fail with a title marked safe in a template."""
    held = site.stage.occurrence(title=MARKUP, label="<b>第三场</b>")
    family = site.stage.registration(held)
    _name_reader(site, family, f"{MARKUP}三")
    watched = open_page()
    page = open_scanner(site, watched.page, held)
    page.locator(".tabs [data-sheet=entry]").click()
    page.locator("#entry-words").fill("8000")
    page.locator("#entry-words").press("Enter")
    expect(page.locator("#found li").first).to_be_visible()
    _is_untouched(page)
    page.locator("#entry-words").fill(site.stage.short_code(family))
    page.locator("#entry-words").press("Enter")
    expect(page.locator("#answer-word")).to_have_text("签到成功")
    _is_untouched(page)
    with site.stage.db.reading() as tx:
        number = get_occurrence(tx, held).number
    for path in (f"/staff/paper/{number}", "/staff/scan/plain", f"/venue/{site.stage.screen(held)}"):
        page.goto(site.url + path)
        _is_untouched(page)
        assert "<img src=x" in page.locator("body").inner_text(), path
    assert [url for url in watched.requested if url.endswith("/x")] == []
