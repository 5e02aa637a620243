"""A reader's way through WeChat to the family form, in a real browser with the sandbox in the platform's place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bot.domain.capability import Capability
from bot.sandbox.box import EXTENSION
from bot.sandbox.people import add_person
from bot.store.companions import list_dependants
from bot.store.readers import get_or_add_person
from bot.store.tables import registration
from bot.texts.sandbox import ONCE_TEMPLATE
from tests.browser.axe import serious_faults
from tests.browser.conftest import PHONE, Site, take_picture
from tests.serving import listen
from tests.web.readers.platform import asked_each_time, grant, make_sandbox, pages_of
from tests.web.stage import DAY_BEFORE, build_app

pytestmark = pytest.mark.browser

AUDIT = (Path(__file__).parent / "audit.js").read_text()


@pytest.fixture
def openid(site: Site, redis: Redis, tmp_path: Path) -> Iterator[str]:
    """The owner of a phone; our pages run with every right they ask for."""
    platform = make_sandbox(tmp_path / "sandbox", site.url)
    server = listen(platform)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    grant(site.stage.db, Capability.OAUTH, Capability.ONCE_MESSAGE)
    rest: Any = {"wechat": pages_of(redis, f"http://127.0.0.1:{server.port}", any_browser=True)}
    rest |= {"capabilities": asked_each_time(), "public_url": site.url}
    site.stop()
    site.app = build_app(site.stage.db, redis, site.keys, site.clock, **rest)
    site.start_again()
    yield add_person(platform.extensions[EXTENSION].db, "王阿姨", 0.0)
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.parametrize("script", [True, False])
def test_a_reader_comes_from_wechat_and_adds_a_child(site: Site, open_page: Any, openid: str, script: bool) -> None:
    with site.stage.db.writing() as tx:
        reader_id = get_or_add_person(tx, openid, DAY_BEFORE).id
    watched = open_page(viewport=PHONE, java_script_enabled=script)
    page = watched.page
    page.goto(f"{site.url}/me/family")
    page.get_by_role("link", name="王阿姨").click()
    page.wait_for_url(f"{site.url}/me/family")
    page.get_by_role("textbox", name="小名").fill("乐乐")
    page.get_by_role("textbox", name="出生年份").fill("2019")
    page.get_by_role("button", name="保存").click()
    page.wait_for_selector(".own-fault")
    take_picture(page, f"fault-{script}")
    if script:
        assert [*page.evaluate(AUDIT), *serious_faults(page)] == []
    assert page.get_by_role("textbox", name="小名").input_value() == "乐乐"
    for box in page.get_by_role("checkbox").all():
        assert not box.is_checked()
        box.check()
    page.get_by_role("button", name="保存").click()
    page.wait_for_selector(".own-done")
    assert page.get_by_role("checkbox").count() == 0
    page.locator("summary").click()
    take_picture(page, f"open-{script}")
    if script:
        assert [*page.evaluate(AUDIT), *serious_faults(page)] == []
    with site.stage.db.reading() as tx:
        assert [child.nickname for child in list_dependants(tx, reader_id, site.keys)] == ["乐乐"]
    page.get_by_role("button", name="删除“乐乐”").click()
    page.wait_for_selector("text=已删除")
    page.get_by_role("link", name="回到我的报名").click()
    page.get_by_role("button", name="在这台设备上退出").click()
    page.wait_for_selector("text=已退出")


def test_a_reader_allows_one_reminder_on_the_ticket(site: Site, open_page: Any, openid: str) -> None:
    with site.stage.db.writing() as tx:
        reader_id = get_or_add_person(tx, openid, DAY_BEFORE).id
    place = site.stage.registration(site.stage.occurrence())
    with site.stage.db.writing() as tx:
        tx.execute(registration.update().values(reader_id=reader_id))
    page = open_page(viewport=PHONE).page
    page.goto(f"{site.url}/T/{site.stage.token(place)}")
    page.get_by_role("link", name="允许提醒我一次").click()
    page.get_by_role("link", name="王阿姨").click()
    page.get_by_role("link", name="允许", exact=True).click()
    page.wait_for_url(f"{site.url}/once/back*")
    page.get_by_role("link", name="回到入场码").click()
    page.wait_for_selector("text=已允许提醒您一次")
    assert ONCE_TEMPLATE not in page.content()


@pytest.mark.parametrize("size", [{"width": 360, "height": 640}, {"width": 1440, "height": 900}])
def test_what_is_shown_in_wechat_alone_is_readable(
    site: Site, open_page: Any, openid: str, size: dict[str, int]
) -> None:
    page = open_page(viewport=size).page
    ticket = site.stage.token(site.stage.registration(site.stage.occurrence()))
    for name, path in {"ticket": f"/T/{ticket}", "sign-in": "/staff/sign-in", "stranger": "/me"}.items():
        page.goto(site.url + path)
        if name == "stranger":
            take_picture(page, f"which-phone-{size['width']}")
            page.get_by_role("link", name="王阿姨").click()
            page.wait_for_selector("text=请先关注公众号")
        take_picture(page, f"{name}-{size['width']}")
        assert [*page.evaluate(AUDIT), *serious_faults(page)] == [], name
