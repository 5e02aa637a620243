"""Pictures that staff send: fetched from the platform alone, and given up where they are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from bot.store.database import Database
from bot.store.report_tables import photo
from tasks import photos
from tests.factories import NOW, add_house
from tests.reports.test_photos import taken
from tests.services.random_week import insert_row


class World:
    """What the task asks its house for."""

    def __init__(self, db: Database, api_base: str) -> None:
        self.db = db
        self.now = NOW
        self.settings = self
        self.effective_api_base = api_base

    def clock(self) -> Any:
        return self.now


@pytest.fixture(scope="module")
def platform() -> Iterator[str]:
    """A host that holds one picture and one page."""

    def serve(environ: dict[str, Any], start: Any) -> list[bytes]:
        found = {"/picture": taken(300, 200), "/page": b"<html>"}.get(environ["PATH_INFO"])
        start("200 OK" if found else "404 NOT FOUND", [("Content-Type", "image/jpeg")])
        return [found or b""]

    server = make_server("127.0.0.1", 0, serve, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def kept(db: Database, source: str) -> int:
    """A photo that is still with the platform."""
    with db.writing() as tx:
        house = add_house(tx)
        return insert_row(
            tx, photo, campaign_id=house.campaign_id, library_id=house.library_id, source=source, noted_at=NOW
        )


def run(db: Database, monkeypatch: pytest.MonkeyPatch, world: World) -> Any:
    monkeypatch.setattr(photos, "services", lambda: world)
    photos.fetch_photos()
    with db.reading() as tx:
        return tx.execute(select(photo)).one()


def test_picture_is_fetched_and_its_address_forgotten(
    db: Database, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(db, f"{platform}/picture")
    row = run(db, monkeypatch, World(db, platform))
    assert (row.width, row.height, row.source, row.undone_at) == (300, 200, None, None)
    assert row.picture.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("path", ["/page", "/gone"])
def test_what_is_no_picture_is_given_up(
    db: Database, platform: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    kept(db, platform + path)
    row = run(db, monkeypatch, World(db, platform))
    assert (row.picture, row.source, row.undone_at) == (None, None, NOW)


def test_other_hosts_are_not_asked(db: Database, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail with every host asked."""
    kept(db, f"{platform}/picture")
    row = run(db, monkeypatch, World(db, "https://api.weixin.qq.com"))
    assert (row.picture, row.source) == (None, None)


def test_silent_platform_is_asked_again_until_it_has_thrown_the_picture_away(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "http://127.0.0.1:9"
    kept(db, f"{nobody}/picture")
    world = World(db, nobody)
    assert run(db, monkeypatch, world).source == f"{nobody}/picture"
    world.now = NOW + timedelta(days=4)
    assert run(db, monkeypatch, world).undone_at == world.now
