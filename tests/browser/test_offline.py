"""The scanner without network: what the phone says by itself, what it keeps, and what the server has in the end."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site
from tests.browser.door_acts import call, figures_of, go_offline, rows_of, scan, wait_for_list, wait_until_uploaded
from tests.browser.door_phone import number_of, open_scanner

pytestmark = pytest.mark.browser


def _at_the_door(site: Site, page: Page, *served: int, **who: Any) -> Page:
    """A phone that has chosen its place and taken its list."""
    open_scanner(site, page, *served, **who)
    page.wait_for_function("() => Door.occurrences().length > 0")
    call(page, "choose", number_of(site, served[0]))
    wait_for_list(page)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    return page


def test_twenty_online_twenty_offline_a_closed_tab_and_forty_rows(site: Site, open_page: Any) -> None:
    """Issue 4, Shows: the browser's own switch, a tab that is closed and opened without network, right totals."""
    held = site.stage.occurrence(capacity=200)
    families = [site.stage.registration(held) for _ in range(40)]
    page = _at_the_door(site, open_page().page, held)
    context = page.context
    for family in families[:20]:
        assert scan(page, site.stage.ticket_url(family))["result"] == "ok"
    go_offline(context)
    took = []
    for family in families[20:]:
        answer = page.evaluate(
            "code => { var t = performance.now(); return Door.scan({ code: code, way: 'camera' })"
            ".then(a => Object.assign(a, { took: performance.now() - t })); }",
            site.stage.ticket_url(family),
        )
        assert (answer["result"], answer["tone"], answer["offline"]) == ("ok", "green", True), answer
        assert answer["detail"].startswith("张* 尾号8000，一大一小共2人"), answer
        took.append(answer["took"])
    print(f"offline verdict: median {sorted(took)[10]:.0f} ms, slowest {max(took):.0f} ms")
    assert sorted(took)[10] < 150
    assert rows_of(site)["checkin"] == 20
    page.close()
    again = context.new_page()
    again.goto(f"{site.url}/staff/scan")
    again.wait_for_function("() => Door.occurrences().length > 0")
    answer = scan(again, site.stage.ticket_url(families[39]))
    assert (answer["result"], answer["people"]) == ("already", 2), answer
    assert rows_of(site)["checkin"] == 20
    go_offline(context, offline=False)
    wait_until_uploaded(again)
    assert rows_of(site) == {"checkin": 41, "walk_in": 0, "undo": 0}  # forty, and the one that was told 已签到
    assert figures_of(site, held) == (80, 0)


