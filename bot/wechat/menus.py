"""The account's menus as they should be (wechat-platform.md section 3: sizes, kinds of buttons, rules by tag).

A button's key is its `Command` in `bot.conversation.engine.BUTTONS`. What a menu shows is no leave: staff whose role
has ended may still see an old one for minutes, and every answer asks for the role itself.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bot.store.menus import MenuName
from bot.texts import menus as words

Button = dict[str, Any]


def _click(name: str, key: str) -> Button:
    return {"type": "click", "name": name, "key": key}


READERS: list[Button] = [_click(words.LIST, "LIST"), _click(words.MINE, "MINE"), _click(words.HELP, "HELP")]
_SCAN: Button = {"type": "scancode_waitmsg", "name": words.SCAN, "key": "SCAN"}
SHARED: list[Button] = [
    *READERS[:2],
    {"name": words.MORE, "sub_button": [READERS[2], {**_SCAN, "name": words.SCAN_FOR_STAFF}]},
]
"""The readers' menu of an account that can have no other: staff scan by it too. Readers who try are told who may."""

STAFF: list[Button] = [
    _SCAN,
    _click(words.TODAY, "TODAY"),
    {
        "name": words.RECORD,
        "sub_button": [
            _click(words.RECORD_HOW, "RECORD"),
            _click(words.STATS, "STATS"),
            _click(words.SCAN_PAGE, "SCANNER"),
            # This menu hides the readers' one, and staff take part themselves.
            _click(words.LIST_AS_READER, "LIST"),
            _click(words.MINE_AS_READER, "MINE"),
        ],
    },
]
BUTTONS_OF: dict[MenuName, list[Button]] = {MenuName.READERS: READERS, MenuName.STAFF: STAFF}


def buttons_of(name: MenuName, *, shared: bool) -> list[Button]:
    """The buttons of a menu; `shared`: the account can have no menu for staff alone."""
    return SHARED if shared and name is MenuName.READERS else BUTTONS_OF[name]


def digest_of(buttons: list[Button], appid: str, tag_id: int | None = None) -> str:
    """What tells a menu from an older one, from another account's, and from one for another tag."""
    told = json.dumps([appid, tag_id, buttons], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def is_same(wanted: list[Button], told: object) -> bool:
    """Whether the platform tells of these buttons; it adds empty lists and fields of its own."""
    return isinstance(told, list) and [_plain(each) for each in told] == [_plain(each) for each in wanted]


def _plain(button: object) -> object:
    if not isinstance(button, dict):
        return None
    below = button.get("sub_button") or []
    below = below.get("list", []) if isinstance(below, dict) else below
    if below:
        return button.get("name"), [_plain(each) for each in below]
    return button.get("name"), button.get("type"), button.get("key"), button.get("url")
