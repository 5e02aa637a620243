"""What phones show as their menu, over the real sandbox at each level, and how many calls that takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from sqlalchemy import update

from bot.domain.capability import LEVEL_OF, Capability, CapabilityState, Level
from bot.domain.kinds import Role
from bot.sandbox.people import add_person
from bot.store import menus as store
from bot.store.alarms import list_alarms
from bot.store.capabilities import Capabilities, save_states
from bot.store.database import Database
from bot.store.menus import PENDING, Bearer, MenuName, claim_menu, find_published, note_gone, note_tags
from bot.store.readers import get_or_add_person
from bot.store.staff import end_role, save_role
from bot.store.staff_tables import staff
from bot.store.tables import reader
from bot.store.wechat_tables import menu_tag, published_menu
from bot.wechat import menus, staff_tags
from bot.wechat.account import Account
from bot.wechat.errors import NotReachedError, WeChatError
from bot.wechat.gateway import gateway_of
from bot.wechat.menu_publisher import MenuPublisher
from bot.wechat.menu_round import keep_menus
from bot.wechat.staff_tags import keep_tags
from tests.factories import NOW
from tests.wechat.pushes import APPID, TOKEN
from tests.wechat.sandbox import SECRET, ServedSandbox, open_sandbox

ACCOUNT = Account(APPID, TOKEN, secret=SECRET)
READERS, STAFF = ["活动", "我的", "帮助"], ["扫码签到", "今日", "记录"]
SHARED = ["活动", "我的", "更多"]
LATER = timedelta(minutes=2)


@dataclass
class Library:
    """A product with the sandbox in the platform's place."""

    db: Database
    redis: Redis
    sandbox: ServedSandbox
    now: datetime = NOW
    _seen: int = 0
    people: dict[str, str] = field(default_factory=dict)

    def set_level(self, level: Level) -> None:
        """The account's rights, there and as we know them."""
        self.sandbox.set_level(level.name)
        states = [
            (each, CapabilityState.GRANTED if level >= LEVEL_OF[each] else CapabilityState.REFUSED, "test")
            for each in Capability
        ]
        with self.db.writing() as tx:
            save_states(tx, states, self.now)

    def keep(self) -> list[str]:
        """One round of the worker; the APIs that it called, tokens left out."""
        gateway = gateway_of(ACCOUNT, self.redis, self.sandbox.url)
        keep_menus(self.db, self.redis, gateway, APPID, Capabilities(), lambda: self.now)
        return self.calls()

    def calls(self) -> list[str]:
        """The APIs called since the last look."""
        told = self.sandbox.list_calls()
        fresh, self._seen = told[self._seen :], len(told)
        return [call["api"] for call in fresh if not call["api"].endswith("token")]

    def add(self, name: str, *, follows: bool = True) -> str:
        """Somebody with a phone."""
        self.people[name] = add_person(self.sandbox.box.db, name, 0.0)  # no push: no webhook listens here
        if follows:
            self.sandbox.box.db.run("UPDATE people SET followed = 1 WHERE openid = ?", self.people[name])
        with self.db.writing() as tx:
            get_or_add_person(tx, self.people[name], self.now)
        return self.people[name]

    def bind(self, name: str, *, ends_at: datetime | None = None) -> int:
        """Give a role; the reader."""
        with self.db.writing() as tx:
            person = get_or_add_person(tx, self.people[name], self.now)
            save_role(tx, person.id, Role.VENUE, None, self.now, ends_at)
        return person.id

    def shows(self, name: str) -> list[str]:
        """The names of the buttons on a phone."""
        address = f"{self.sandbox.url}/sandbox/people/{self.people[name]}/chat"
        buttons: list[dict[str, Any]] = requests.get(address, timeout=10).json()["menu"]["buttons"]
        return [button["name"] for button in buttons]


@pytest.fixture
def library(db: Database, redis: Redis, tmp_path: Path) -> Iterator[Library]:
    """A verified service account, 张三 reading and 李四 working."""
    with open_sandbox(tmp_path / "sandbox") as opened:
        made = Library(db, redis, opened)
        made.set_level(Level.L3)
        made.add("张三")
        made.add("李四")
        made.bind("李四")
        made.calls()
        yield made


def test_each_button_is_known_and_fits() -> None:
    all_menus = [*menus.BUTTONS_OF.values(), menus.SHARED]
    flat = [each for buttons in all_menus for top in buttons for each in top.get("sub_button", [top])]
    from bot.conversation.engine import BUTTONS

    assert {each["key"] for each in flat} <= {*BUTTONS, "SCAN"}
    assert all(len(top["name"].encode()) <= 16 for buttons in all_menus for top in buttons)
    assert all(len(each["name"].encode()) <= 60 for each in flat)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("level", list(Level), ids=lambda level: level.name)
def test_each_level_shows_the_menus_it_may(library: Library, level: Level) -> None:
    library.set_level(level)
    first = library.keep()
    fallback = ["活动", "我的", "服务"]  # the sandbox's own, without any menu of the account
    readers = {Level.L0: fallback, Level.L1: SHARED}.get(level, READERS)
    assert library.shows("张三") == readers
    assert library.shows("李四") == (STAFF if level >= Level.L2 else readers)
    assert first.count("menu/create") == (level >= Level.L1)
    assert first.count("menu/addconditional") == (level >= Level.L2)
    if level is Level.L0:
        assert first == []
    assert library.keep() == [], "nothing changed, nothing is called"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tag_follows_the_role(library: Library) -> None:
    library.keep()
    library.bind("张三", ends_at=NOW + timedelta(hours=2))
    assert library.keep() == ["tags/members/batchtagging"]
    assert library.shows("张三") == STAFF
    library.now = NOW + timedelta(hours=2)
    with library.db.writing() as tx:
        tx.execute(update(staff).where(staff.c.ends_at.is_(None)).values(ended_at=library.now))
    assert library.keep() == ["tags/members/batchuntagging"]
    assert library.shows("张三") == library.shows("李四") == READERS
    assert library.keep() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_menus_come_and_go_with_the_rights(library: Library) -> None:
    library.keep()
    library.set_level(Level.L1)
    library.keep()
    assert list(_published(library)) == [MenuName.READERS]
    library.set_level(Level.L0)
    library.keep()
    assert not _published(library)
    library.calls()
    library.set_level(Level.L2)
    told = library.keep()
    assert told.count("menu/create") == told.count("menu/addconditional") == 1
    assert library.shows("李四") == STAFF
    with library.db.reading() as tx:
        assert [row["tag_id"] for row in tx.execute(menu_tag.select()).mappings()] == [
            _published(library)[MenuName.STAFF].tag_id
        ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_changed_menu_is_published_once_in_place_of_the_old_one(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.keep()
    changed = [*menus.STAFF[:2], {"type": "click", "name": "统计", "key": "STATS"}]
    monkeypatch.setitem(menus.BUTTONS_OF, MenuName.STAFF, changed)
    assert library.keep() == ["tags/get", "menu/get", "menu/delconditional", "menu/addconditional"]
    assert library.shows("李四") == ["扫码签到", "今日", "统计"]
    assert library.keep() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_default_menu_deleted_elsewhere_brings_both_back(library: Library) -> None:
    library.keep()
    gateway = gateway_of(ACCOUNT, library.redis, library.sandbox.url)
    gateway.call("menu/delete")
    library.redis.delete("shuqian:menus:checked")
    library.keep()
    library.keep()
    assert (library.shows("张三"), library.shows("李四")) == (READERS, STAFF)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_personalised_menu_without_a_default_one_publishes_both(library: Library) -> None:
    library.keep()
    gateway_of(ACCOUNT, library.redis, library.sandbox.url).call("menu/delete")
    with library.db.writing() as tx:
        note_gone(tx, [MenuName.STAFF])
    library.keep()  # 65303: both are written off
    assert not _published(library)
    library.keep()
    assert (library.shows("张三"), library.shows("李四")) == (READERS, STAFF)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_menu_changed_elsewhere_is_noticed_by_the_daily_look(library: Library) -> None:
    library.keep()
    gateway = gateway_of(ACCOUNT, library.redis, library.sandbox.url)
    gateway.call("menu/create", {"button": [{"type": "click", "name": "别的", "key": "OTHER"}]})
    library.calls()
    assert library.keep() == [], "not before a day has passed"
    library.redis.delete("shuqian:menus:checked")
    library.keep()
    assert "menu/create" in library.keep()
    assert library.shows("张三") == READERS


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_who_does_not_follow_holds_up_no_colleague(library: Library) -> None:
    for name, follows in (("王五", False), ("赵六", True)):
        library.add(name, follows=follows)
        library.bind(name)
    library.keep()
    assert library.shows("赵六") == library.shows("李四") == STAFF
    assert library.keep() == [], "who was refused is tried again tomorrow, not every minute"
    library.now += timedelta(days=1, minutes=1)
    assert library.keep() == ["tags/members/batchtagging"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_publisher_that_died_before_saving_leaves_no_second_menu(library: Library) -> None:
    """Seen to fail with the deletion of what `menu/get` shows taken out: two menus for the tag."""
    library.keep()
    with library.db.writing() as tx:  # as if the process had died after addconditional
        tx.execute(update(published_menu).where(published_menu.c.name == "staff").values(digest="", menu_id=""))
    assert library.keep() == [], "somebody may be at it"
    library.now += LATER
    library.keep()
    told = gateway_of(ACCOUNT, library.redis, library.sandbox.url).call("menu/get")
    assert len(told["conditionalmenu"]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tag_cut_off_before_the_commit_is_taken_off_when_the_role_ends(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail with the row written after the call only: nobody takes the tag off."""
    library.keep()
    reader_id = library.bind("张三")
    with monkeypatch.context() as patch:
        patch.setattr(staff_tags, "confirm_tags", _die)
        with pytest.raises(KeyboardInterrupt):
            library.keep()
    assert library.shows("张三") == STAFF
    with library.db.writing() as tx:
        tx.execute(update(staff).where(staff.c.reader_id == reader_id).values(ended_at=NOW))
    library.keep()
    assert library.shows("张三") == READERS


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_two_publishers_at_once_publish_once(library: Library) -> None:
    for free in (True, False):
        with library.db.writing() as tx:
            assert claim_menu(tx, MenuName.READERS, None, NOW) is free
    gateway = gateway_of(ACCOUNT, library.redis, library.sandbox.url)
    publisher = MenuPublisher(library.db, gateway, APPID, Capabilities(), lambda: NOW)
    publisher.publish_due()
    assert "menu/create" not in library.calls()
    library.now += LATER
    with library.db.reading() as tx:
        seen = find_published(tx)[MenuName.READERS]
    with library.db.writing() as tx:
        assert claim_menu(tx, MenuName.READERS, seen, library.now)
    with library.db.writing() as tx:
        assert not claim_menu(tx, MenuName.READERS, seen, library.now), "taken over by the other meanwhile"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("api", "code"), [("tags/create", 45056), ("menu/addconditional", 65320)])
def test_refusal_for_good_is_an_alarm_and_no_storm(library: Library, api: str, code: int) -> None:
    library.sandbox.post("faults", api=api, errcode=code)
    library.keep()
    with library.db.reading() as tx:
        assert [(row["kind"], row["code"]) for row in list_alarms(tx)] == [("menu", code)]
    library.now += LATER
    assert library.keep() == [], "tried again after ten minutes"
    library.redis.delete("shuqian:menus:paused")
    library.keep()
    assert library.shows("李四") == STAFF
    with library.db.reading() as tx:
        assert not list_alarms(tx)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_platform_away_costs_one_call_a_round_and_is_made_good(library: Library) -> None:
    library.sandbox.post("faults", api="menu/create", errcode=45011)
    with pytest.raises(WeChatError):
        library.keep()
    assert not library.calls()[1:], "the round ended at its first call"
    library.now += LATER
    library.keep()
    assert library.shows("李四") == STAFF
    gone = gateway_of(ACCOUNT, library.redis, "http://127.0.0.1:9")
    publisher = MenuPublisher(library.db, gone, APPID, Capabilities(), lambda: library.now)
    with library.db.writing() as tx:
        note_gone(tx, [MenuName.READERS])
    with pytest.raises(NotReachedError):
        publisher.publish_due()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_tag_deleted_elsewhere_is_made_anew(library: Library) -> None:
    library.keep()
    old = _published(library)[MenuName.STAFF].tag_id
    gateway = gateway_of(ACCOUNT, library.redis, library.sandbox.url)
    gateway.call("tags/delete", {"tag": {"id": old}})
    library.bind("张三")
    for _ in range(2):
        library.keep()
    assert library.shows("张三") == library.shows("李四") == STAFF


def test_fifty_one_people_are_two_calls(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.keep()
    monkeypatch.setattr("bot.wechat.staff_tags.A_CALL", 2)
    for name in ("王五", "赵六", "钱七"):
        library.add(name)
        library.bind(name)
    library.calls()
    gateway = gateway_of(ACCOUNT, library.redis, library.sandbox.url)
    assert keep_tags(library.db, gateway, lambda: NOW) == (3, 0)
    assert library.calls() == ["tags/members/batchtagging"] * 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_was_erased_gets_no_row(library: Library) -> None:
    with library.db.writing() as tx:
        person = get_or_add_person(tx, library.people["张三"], NOW)
        end_role(tx, person.id, NOW)
        tx.execute(update(reader).where(reader.c.id == person.id).values(openid=None))
    with library.db.writing() as tx:
        note_tags(tx, [Bearer(person.id, library.people["张三"])], PENDING, NOW)
        assert tx.execute(menu_tag.select()).all() == []


def _published(library: Library) -> dict[MenuName, store.PublishedMenu]:
    with library.db.reading() as tx:
        return find_published(tx)
