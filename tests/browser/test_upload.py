"""The queue on its way: parcels, networks that lie, two tabs, and acts that the server does not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route
from sqlalchemy import func, select

from bot.store.door_tables import walk_in
from tests.browser.conftest import Site
from tests.browser.door_acts import (
    call,
    figures_of,
    go_offline,
    rows_of,
    scan,
    wait_for_list,
    wait_until,
    wait_until_uploaded,
)
from tests.browser.door_phone import number_of, open_scanner

pytestmark = pytest.mark.browser

_ACTS = "**/staff/api/acts"


def _at_the_door(site: Site, page: Page, held: int) -> Page:
    open_scanner(site, page, held)
    page.wait_for_function("() => Door.occurrences().length > 0")
    call(page, "choose", number_of(site, held))
    wait_for_list(page)
    return page


def _walk_ins(site: Site) -> int:
    with site.stage.db.reading() as tx:
        return int(tx.execute(select(func.coalesce(func.sum(walk_in.c.people), 0))).scalar_one())


def _answers(status: int, body: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        route.fulfill(status=status, body=body)

    return answer


def _count_offline(page: Page, acts: int) -> None:
    page.evaluate(
        f"() => Array.from({{ length: {acts} }}).reduce(before => before.then(() => Door.walkIn(1, 'child')), Promise.resolve())"
    )


def test_a_long_queue_goes_in_parcels_one_at_a_time(site: Site, open_page: Any) -> None:
    page = _at_the_door(site, open_page().page, site.stage.occurrence())
    parcels: list[int] = []
    flying: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith("/acts"):
            assert not flying, "two uploads at once"
            flying.append(request)
            parcels.append(len(json.loads(request.post_data or "")["acts"]))

    go_offline(page.context)
    _count_offline(page, 120)
    page.on("request", note)
    page.on("requestfinished", lambda request: flying.remove(request) if request in flying else None)
    page.on("requestfailed", lambda request: flying.remove(request) if request in flying else None)
    go_offline(page.context, offline=False)
    wait_until_uploaded(page)
    assert _walk_ins(site) == 120
    assert max(parcels) == 50 and sum(parcels) == 120


def test_a_network_that_answers_for_us_takes_nothing_away(site: Site, open_page: Any) -> None:
    """A hotel's page says 200 to everything; an overloaded proxy says 502."""
    held = site.stage.occurrence()
    tickets = [site.stage.ticket_url(site.stage.registration(held)) for _ in range(2)]
    page = _at_the_door(site, open_page().page, held)
    for ticket, status in zip(tickets, (200, 502), strict=True):
        page.route(_ACTS, _answers(status, "<html>sign in</html>"))
        answer = scan(page, ticket)
        assert (answer["result"], answer["offline"]) == ("ok", True)
        page.unroute(_ACTS)
        wait_until_uploaded(page)
        page.wait_for_function("() => DoorState.failing === false")
    assert figures_of(site, held) == (4, 0)


def test_an_answer_that_takes_too_long_is_not_waited_for(site: Site, open_page: Any) -> None:
    """2.5 seconds once; after that the phone decides at once until the server is heard again."""
    held = site.stage.occurrence()
    tickets = [site.stage.ticket_url(site.stage.registration(held)) for _ in range(2)]
    page = _at_the_door(site, open_page().page, held)
    hanging: list[Route] = []
    page.route(_ACTS, lambda route: hanging.append(route))  # Playwright cannot mark a built-in function
    times = "code => { var since = performance.now(); return Door.scan({ code: code }).then(() => performance.now() - since); }"
    first, second = (page.evaluate(times, ticket) for ticket in tickets)
    assert 2_400 < first < 3_500
    assert second < 150
    for route in hanging:
        route.abort()
    page.unroute(_ACTS)
    wait_until_uploaded(page)
    assert figures_of(site, held) == (4, 0)


def test_two_tabs_share_one_queue(site: Site, open_page: Any) -> None:
    held = site.stage.occurrence()
    family = site.stage.ticket_url(site.stage.registration(held))
    page = _at_the_door(site, open_page().page, held)
    other = page.context.new_page()
    other.goto(f"{site.url}/staff/scan")
    other.wait_for_function("() => Door.occurrences().length > 0")
    go_offline(page.context)
    _count_offline(page, 5)
    _count_offline(other, 5)
    assert scan(page, family)["result"] == "ok"
    assert scan(other, family)["result"] == "already", "the other tab does not know what this one did"
    go_offline(page.context, offline=False)
    wait_until_uploaded(other)
    assert _walk_ins(site) == 10
    assert rows_of(site)["checkin"] == 2 and figures_of(site, held) == (2, 0)


def test_an_act_that_the_server_does_not_take_is_told_and_holds_up_no_other(site: Site, open_page: Any) -> None:
    """As a page of a later version might write it."""
    held = site.stage.occurrence()
    page = _at_the_door(site, open_page().page, held)
    go_offline(page.context)
    _count_offline(page, 2)
    page.evaluate(
        "() => { var act = DoorActs.record('scan', { occurrence: 1, code: 'X', way: 'telepathy' }, { state: 'waiting', word: 'x' });"
        " return DoorStore.add([act]); }"
    )
    _count_offline(page, 2)
    go_offline(page.context, offline=False)
    wait_until_uploaded(page)
    assert _walk_ins(site) == 4
    [strange] = [act for act in call(page, "recent") if act["kind"] == "scan"]
    assert (strange["state"], strange["word"]) == ("attention", "无法识别") and "刷新页面" in strange["detail"]
    call(page, "dismiss", strange["id"])
    wait_until(page, "() => DoorStore.inState('attention').then(found => found.length === 0)")


def test_a_parcel_that_is_refused_as_a_whole_is_opened(site: Site, open_page: Any) -> None:
    """400 for the parcel: it is halved until one act stands alone, and only that one is told."""
    page = _at_the_door(site, open_page().page, site.stage.occurrence())
    go_offline(page.context)
    _count_offline(page, 9)

    def refuse_the_fifth(route: Route) -> None:
        acts = json.loads(route.request.post_data or "")["acts"]
        if poison in [act["id"] for act in acts]:
            route.fulfill(status=400, json={"error": "这个请求读不懂", "advice": "请刷新页面。"})
        else:
            route.continue_()

    poison = call(page, "recent")[4]["id"]
    page.route(_ACTS, refuse_the_fifth)
    go_offline(page.context, offline=False)
    wait_until_uploaded(page)
    assert _walk_ins(site) == 8
    [told] = [act for act in call(page, "recent") if act["state"] == "attention"]
    assert told["id"] == poison and "这个请求读不懂" in told["detail"]
