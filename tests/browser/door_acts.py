"""What a test does with the scanner's Door from outside, and what the server then has."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import BrowserContext, Page
from sqlalchemy import func, select

from bot.store.door_tables import checkin, undo, walk_in
from tests.browser.conftest import Site


def scan(page: Page, code: str, **more: Any) -> dict[str, Any]:
    """One scan; its answer."""
    answer: dict[str, Any] = page.evaluate("asked => Door.scan(asked)", {"code": code, "way": "camera", **more})
    return answer


def call(page: Page, name: str, *arguments: Any) -> Any:
    """`Door.name(*arguments)`, awaited."""
    return page.evaluate(f"given => Promise.resolve(Door.{name}.apply(null, given))", list(arguments))


def wait_until(page: Page, promise: str, seconds: float = 15) -> None:
    """Until what this gives is true. (`wait_for_function` takes a promise for the answer.)"""
    until = time.monotonic() + seconds
    while not page.evaluate(promise):
        assert time.monotonic() < until, promise
        page.wait_for_timeout(20)


def wait_for_list(page: Page, count: int = 1) -> None:
    """Until the phone has the list of its place."""
    wait_until(page, f"() => DoorStore.all('lists').then(lists => lists.length >= {count})")


def wait_until_uploaded(page: Page) -> None:
    """Until nothing waits."""
    states = "['waiting', 'asking'].map(name => DoorStore.inState(name))"
    wait_until(page, f"() => Promise.all({states}).then(found => found[0].length + found[1].length === 0)")


def go_offline(context: BrowserContext, *, offline: bool = True) -> None:
    """The browser's own switch."""
    context.set_offline(offline)


def rows_of(site: Site) -> dict[str, int]:
    """How many rows the server has."""
    with site.stage.db.reading() as tx:
        tables = {"checkin": checkin, "walk_in": walk_in, "undo": undo}
        return {name: tx.execute(select(func.count()).select_from(each)).scalar_one() for name, each in tables.items()}


def figures_of(site: Site, occurrence_id: int) -> tuple[int, int]:
    """People who count as registered, and as walk-ins, by their scans."""
    with site.stage.db.reading() as tx:
        query = select(checkin.c.counted_as, func.sum(checkin.c.people)).where(
            checkin.c.occurrence_id == occurrence_id, checkin.c.counted_as.is_not(None)
        )
        found = {row[0]: int(row[1]) for row in tx.execute(query.group_by(checkin.c.counted_as))}
    return found.get("registered", 0), found.get("walk_in", 0)
