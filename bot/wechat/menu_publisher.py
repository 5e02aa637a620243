"""Bringing the account's menus to where they should be: published only when they changed, one publisher at a time.

The row of a menu is claimed before the first call and fulfilled after the last (`bot.store.menus`). A publisher that
dies in between leaves a claim that ends by its age, and perhaps a menu whose number nobody knows: so whoever publishes
the personalised one deletes all that `menu/get` shows for its tag. There is no call to edit one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.domain.alarm import AlarmKind
from bot.domain.capability import Capability
from bot.domain.clock import Clock
from bot.store.alarms import end_alarm, raise_alarm
from bot.store.capabilities import Capabilities
from bot.store.database import Database
from bot.store.menus import (
    MenuName,
    PublishedMenu,
    claim_menu,
    doubt_all_tags,
    find_published,
    note_gone,
    save_published,
)
from bot.texts.menus import STAFF_TAG
from bot.wechat.errors import RIGHT_LOST, TEMPORARY, WeChatError
from bot.wechat.gateway import Gateway, Json
from bot.wechat.menus import Button, buttons_of, digest_of, is_same

NO_MENU = frozenset({46003, 65303})
TAG_UNKNOWN = 45159
_TAG_EXISTS = 45157
_MENU_UNKNOWN = 65301
SUBJECT = "menu"
BOTH = (MenuName.READERS, MenuName.STAFF)

log = structlog.get_logger(__name__)


class MenuPublisher:
    """Publishes what is due. Methods raise NotReachedError, OutcomeUnknownError and WeChatError."""

    def __init__(self, db: Database, gateway: Gateway, appid: str, capabilities: Capabilities, clock: Clock) -> None:
        self._db, self._gateway, self._appid, self._clock = db, gateway, appid, clock
        self._capabilities = capabilities
        self._shared = False

    def publish_due(self) -> list[MenuName] | None:
        """Publish what changed or is missing; the menus published.

        None when the platform refused one for good: that became an alarm. What is temporary or about a right that is
        gone is raised.
        """
        wanted = self._forget_without_right()
        try:
            done = [name for name in wanted if self._publish_if_due(name)]
        except WeChatError as error:
            if error.action in TEMPORARY or error.code in RIGHT_LOST:
                raise
            self._alarm(error)
            return None
        if done:
            self._end_alarm()
        return done

    def check(self) -> list[MenuName]:
        """Ask what stands on the platform; which menus are not as they should be and are to be published anew."""
        with self._db.reading() as tx:
            self._shared = not self._may_tell_staff_apart(tx)
            known = find_published(tx)
        if not known:  # nothing to compare, perhaps not even the right to ask
            return []
        told = self._told()
        astray = [name for name, row in known.items() if row.digest and not self._stands(row, told)]
        if MenuName.READERS in astray and told is None:
            astray = list(known)  # a default menu that was deleted took the others with it
        with self._db.writing() as tx:
            note_gone(tx, astray)
        if astray:
            log.warning("menu_changed_elsewhere", menus=[name.value for name in astray])
        return astray

    def _forget_without_right(self) -> Sequence[MenuName]:
        """The menus that the account may have; the others are written off, so that they come back with the right."""
        with self._db.reading() as tx:
            has_menu = self._capabilities.has(tx, Capability.MENU)
            self._shared = not self._may_tell_staff_apart(tx)
            allowed = BOTH[: (1 if self._shared else 2) * has_menu]
            lost = [name for name in find_published(tx) if name not in allowed]
        if lost:
            with self._db.writing() as tx:
                note_gone(tx, lost)
        return allowed

    def _may_tell_staff_apart(self, tx: Connection) -> bool:
        return all(self._capabilities.has(tx, each) for each in (Capability.TAGS, Capability.STAFF_MENU))

    def _buttons(self, name: MenuName) -> list[Button]:
        return buttons_of(name, shared=self._shared)

    def _publish_if_due(self, name: MenuName) -> bool:
        with self._db.reading() as tx:
            rows = find_published(tx)
        row, default = rows.get(name), rows.get(MenuName.READERS)
        if name is MenuName.STAFF and not (default and default.digest):
            return False  # somebody is publishing the default one; without it the platform takes no other
        if row is not None and row.digest == digest_of(self._buttons(name), self._appid, row.tag_id):
            return False
        now = self._clock()
        with self._db.writing() as tx:
            claimed = claim_menu(tx, name, row, now)
        return claimed and (self._publish_readers(now) if name is MenuName.READERS else self._publish_staff(row, now))

    def _publish_readers(self, claimed_at: datetime) -> bool:
        buttons = self._buttons(MenuName.READERS)
        self._gateway.call("menu/create", {"button": buttons})
        digest = digest_of(buttons, self._appid)
        return self._save(MenuName.READERS, claimed_at, digest, "", None)

    def _publish_staff(self, row: PublishedMenu | None, claimed_at: datetime) -> bool:
        tag_id = self._find_or_make_tag()
        told = self._told()
        for menu_id in sorted({*_menus_for_tag(told, tag_id), *([row.menu_id] if row and row.menu_id else [])}):
            self._delete(menu_id)
        wish = {"button": self._buttons(MenuName.STAFF), "matchrule": {"tag_id": str(tag_id)}}
        try:
            answer = self._gateway.call("menu/addconditional", wish)
        except WeChatError as error:
            if error.code in NO_MENU:  # the default menu was deleted elsewhere: both are published by the next round
                with self._db.writing() as tx:
                    note_gone(tx, BOTH)
                return False
            raise
        digest = digest_of(self._buttons(MenuName.STAFF), self._appid, tag_id)
        return self._save(MenuName.STAFF, claimed_at, digest, str(answer.get("menuid", "")), tag_id)

    def _find_or_make_tag(self) -> int:
        found = self._find_tag()
        if found is not None:
            return found
        try:
            made = int(self._gateway.call("tags/create", {"tag": {"name": STAFF_TAG}})["tag"]["id"])
        except WeChatError as error:
            found = self._find_tag() if error.code == _TAG_EXISTS else None
            if found is None:
                raise
            return found
        with self._db.writing() as tx:
            doubt_all_tags(tx, self._clock())
        return made

    def _find_tag(self) -> int | None:
        tags = self._gateway.call("tags/get").get("tags", [])
        return next((int(tag["id"]) for tag in tags if tag.get("name") == STAFF_TAG), None)

    def _delete(self, menu_id: str) -> None:
        try:
            self._gateway.call("menu/delconditional", {"menuid": menu_id})
        except WeChatError as error:
            if error.code != _MENU_UNKNOWN and error.code not in NO_MENU:
                raise

    def _told(self) -> Json | None:
        """All menus on the platform, None when there are none."""
        try:
            return self._gateway.call("menu/get")
        except WeChatError as error:
            if error.code in NO_MENU:
                return None
            raise

    def _stands(self, row: PublishedMenu, told: Json | None) -> bool:
        if told is None:
            return False
        if row.name is MenuName.READERS:
            return is_same(self._buttons(row.name), told.get("menu", {}).get("button"))
        found = [menu for menu in told.get("conditionalmenu", []) if _tag_of(menu) == str(row.tag_id)]
        return len(found) == 1 and is_same(self._buttons(row.name), found[0].get("button"))

    def _save(self, name: MenuName, claimed_at: datetime, digest: str, menu_id: str, tag_id: int | None) -> bool:
        with self._db.writing() as tx:
            saved = save_published(tx, name, claimed_at, digest, menu_id, tag_id, self._clock())
        log.info("menu_published", menu=name.value)
        return saved

    def _alarm(self, error: WeChatError) -> None:
        log.error("menu_refused", code=error.code)
        with self._db.writing() as tx:
            raise_alarm(tx, AlarmKind.MENU, SUBJECT, error.code, str(error), self._clock())

    def _end_alarm(self) -> None:
        with self._db.writing() as tx:
            end_alarm(tx, AlarmKind.MENU, SUBJECT, self._clock())


def _menus_for_tag(told: Json | None, tag_id: int) -> list[str]:
    menus = (told or {}).get("conditionalmenu", [])
    return [str(menu["menuid"]) for menu in menus if "menuid" in menu and _tag_of(menu) == str(tag_id)]


def _tag_of(menu: Json) -> str:
    rule = menu.get("matchrule", {})
    return str(rule.get("tag_id") or rule.get("group_id") or "")
