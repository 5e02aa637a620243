"""The service worker in a browser: the page opens without a server, and a new version takes over without loss."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from bot.web import worker
from tests.browser.conftest import Site
from tests.browser.door_acts import call, figures_of, go_offline, scan, wait_for_list, wait_until, wait_until_uploaded
from tests.browser.door_phone import number_of, open_scanner

pytestmark = pytest.mark.browser

_KEPT = """() => caches.keys().then(names => Promise.all(names.map(name => caches.open(name))))
  .then(all => Promise.all(all.map(cache => cache.keys()))).then(found => found.flat().map(request => request.url))"""


def _with_worker(site: Site, page: Page, held: int) -> Page:
    open_scanner(site, page, held)
    page.wait_for_function("() => Door.occurrences().length > 0")
    call(page, "choose", number_of(site, held))
    wait_for_list(page)
    wait_until(page, "() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")
    return page


def test_it_keeps_the_shell_and_nothing_of_anybody(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = _with_worker(site, open_page().page, held)
    page.reload()  # now the worker sees every request
    page.wait_for_function("() => Door.occurrences().length > 0")
    scan(page, site.stage.ticket_url(site.stage.registration(held)))
    page.evaluate("() => fetch('/staff/api/door').then(() => fetch('/privacy'))")
    kept = [address.removeprefix(site.url) for address in page.evaluate(_KEPT)]
    assert "/staff/scan" in kept
    assert all(
        address == "/staff/scan" or address.startswith(("/assets/", "/staff/decoder_worker.js")) for address in kept
    ), kept


def test_the_page_opens_while_the_server_is_down(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    page = _with_worker(site, open_page().page, held)
    site.stop()
    try:
        page.reload()
        page.wait_for_function("() => Door.occurrences().length > 0")
        answer = scan(page, "ABCDEF", way="typed")
        assert answer["offline"] is True
    finally:
        site.start_again()
    wait_until_uploaded(page)


def test_a_new_version_takes_over_when_the_page_is_opened_again_and_the_queue_stays(
    site: Site, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = site.stage.occurrence()
    family = site.stage.registration(held)
    page = _with_worker(site, open_page().page, held)
    context = page.context
    [before] = page.evaluate("() => caches.keys()")
    go_offline(context)
    assert scan(page, site.stage.ticket_url(family))["tone"] == "green"
    page.evaluate("() => DoorStore.change = () => new Promise(() => {})")  # this page uploads nothing any more
    go_offline(context, offline=False)
    rendered = worker.render_shell
    monkeypatch.setattr(worker, "render_shell", lambda: rendered() + "<!-- newer -->")
    page.evaluate("() => navigator.serviceWorker.ready.then(found => found.update())")
    wait_until(page, "() => navigator.serviceWorker.ready.then(found => Boolean(found.waiting))")
    assert before in page.evaluate("() => caches.keys()"), "the open page lost its files"
    page.close()
    page = context.new_page()
    page.goto(f"{site.url}/staff/scan")
    page.wait_for_function("() => Door.occurrences().length > 0")
    wait_until(page, f"() => caches.keys().then(names => names.length === 1 && names[0] !== '{before}')")
    wait_until_uploaded(page)
    assert figures_of(site, held) == (2, 0)
