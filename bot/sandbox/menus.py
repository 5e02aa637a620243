"""The account's menus: one default, and personalised ones by tag (platform notes, section 3)."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.database import Database
from bot.sandbox.people import list_tags_of
from bot.texts import sandbox as texts

MOST_BUTTONS = 3
MOST_SUB_BUTTONS = 5
NAME_BYTES = 16
SUB_NAME_BYTES = 60
KEY_BYTES = 128
URL_BYTES = 1024
_KEYED = frozenset(
    {
        "click",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
    }
)
_OTHER = frozenset({"view", "miniprogram", "media_id", "view_limited", "article_id", "article_view_limited"})


@dataclass(frozen=True, slots=True)
class Menu:
    """One published menu; ``tag_id`` is None for the default one."""

    menu_id: int
    tag_id: int | None
    buttons: list[dict[str, Any]]


def find_button_fault(buttons: Any) -> int | None:
    """The errcode the platform gives for these buttons, None if they are in order."""
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST_BUTTONS:
        return 40016
    return next((fault for fault in (_fault_of(button, NAME_BYTES) for button in buttons) if fault), None)


def _fault_of(button: Any, name_bytes: int) -> int | None:
    if not isinstance(button, dict):
        return 40016
    name = button.get("name")
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= name_bytes:
        return 40018
    children = button.get("sub_button")
    if children and name_bytes == NAME_BYTES:
        if not isinstance(children, list) or len(children) > MOST_SUB_BUTTONS:
            return 40023
        return next((fault for fault in (_fault_of(child, SUB_NAME_BYTES) for child in children) if fault), None)
    kind = button.get("type")
    if kind in _KEYED:
        return None if _fits(button.get("key"), KEY_BYTES) else 40019
    if kind == "view":
        return None if _fits(button.get("url"), URL_BYTES) else 40020
    return None if kind in _OTHER else 40017


def _fits(value: Any, most: int) -> bool:
    return isinstance(value, str) and 1 <= len(value.encode()) <= most


def count_domains(buttons: list[dict[str, Any]]) -> int:
    """Different hosts among the addresses of these buttons."""
    flat = [child for button in buttons for child in (button.get("sub_button") or [button])]
    return len({urlsplit(child["url"]).hostname for child in flat if child.get("url")})


def list_menus(db: Database) -> list[Menu]:
    """The default menu first, then the personalised ones, newest first."""
    rows = db.rows("SELECT * FROM menus ORDER BY tag_id IS NOT NULL, id DESC")
    return [Menu(row["id"], row["tag_id"], json.loads(row["body"])) for row in rows]


def find_default(db: Database) -> Menu | None:
    """The default menu, or None."""
    return next((menu for menu in list_menus(db) if menu.tag_id is None), None)


def publish_default(db: Database, buttons: list[dict[str, Any]]) -> None:
    """Replace the default menu; the personalised ones stay."""
    with db.together():
        db.run("DELETE FROM menus WHERE tag_id IS NULL")
        db.run("INSERT INTO menus (tag_id, body) VALUES (NULL, ?)", json.dumps(buttons, ensure_ascii=False))


def publish_for_tag(db: Database, tag_id: int, buttons: list[dict[str, Any]]) -> int:
    """Add a personalised menu; give its menuid."""
    return db.insert("INSERT INTO menus (tag_id, body) VALUES (?, ?)", tag_id, json.dumps(buttons, ensure_ascii=False))


def withdraw(db: Database, menu_id: int) -> bool:
    """Delete one personalised menu; False if there is none."""
    return bool(db.run("DELETE FROM menus WHERE id = ? AND tag_id IS NOT NULL", menu_id))


def withdraw_all(db: Database) -> None:
    """Deleting the default menu wipes all."""
    db.run("DELETE FROM menus")


def choose_menu(db: Database, openid: str) -> Menu:
    """The menu this person sees.

    Of several tags the one put on last counts; of several menus for it the newest. Without any menu by API the
    phone shows the sandbox's own (menu id 0).
    """
    tags = [row["id"] for row in list_tags_of(db, openid)]
    menus = list_menus(db)
    default = find_default(db)
    if default is None:
        return Menu(0, None, texts.FALLBACK_MENU)
    personal = [menu for menu in menus if menu.tag_id is not None and tags and menu.tag_id == tags[-1]]
    return personal[0] if personal else default


def find_button(menu: Menu, key: str) -> dict[str, Any] | None:
    """The button with this key (or, for a link, this address)."""
    flat = [child for button in menu.buttons for child in (button.get("sub_button") or [button])]
    return next((button for button in flat if key in (button.get("key"), button.get("url"))), None)
