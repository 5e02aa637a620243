"""The menu API."""

from typing import Any

from flask import Blueprint

from bot.sandbox import menus, people
from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.platform import OK, endpoint, json_body, text_field
from bot.sandbox.box import Sandbox
from bot.sandbox.settings import Level

blueprint = Blueprint("sandbox_menus", __name__)

MOST_DOMAINS = 3
_PRIVATE_RULES = ("sex", "gender", "country", "province", "city", "language", "client_platform_type")


@endpoint(blueprint, "menu/create", needs=Level.L1)
def menu_create(box: Sandbox) -> dict[str, Any]:
    """Publish the default menu."""
    menus.publish_default(box.db, _read_buttons(json_body()))
    return OK


@endpoint(blueprint, "menu/get", methods=("GET",), needs=Level.L1)
def menu_get(box: Sandbox) -> dict[str, Any]:
    """All published menus."""
    default = menus.find_default(box.db)
    if default is None:
        raise ApiError(46003)
    answer: dict[str, Any] = {"menu": {"button": _tell(default.buttons), "menuid": default.menu_id}}
    personal = [menu for menu in menus.list_menus(box.db) if menu.tag_id is not None]
    if personal:
        answer["conditionalmenu"] = [
            {"button": _tell(menu.buttons), "matchrule": {"tag_id": str(menu.tag_id)}, "menuid": menu.menu_id}
            for menu in personal
        ]
    return answer


@endpoint(blueprint, "menu/delete", methods=("GET",), needs=Level.L1)
def menu_delete(box: Sandbox) -> dict[str, Any]:
    """Delete the default menu and all others with it."""
    menus.withdraw_all(box.db)
    return OK


@endpoint(blueprint, "menu/addconditional", needs=Level.L2)
def menu_addconditional(box: Sandbox) -> dict[str, Any]:
    """Publish a menu for the bearers of a tag."""
    body = json_body()
    buttons, rule = _read_buttons(body), body.get("matchrule")
    if not isinstance(rule, dict) or not any(rule.values()):
        raise ApiError(65304)
    if any(rule.get(name) for name in _PRIVATE_RULES):
        raise ApiError(65320)
    if menus.find_default(box.db) is None:
        raise ApiError(65303)
    if menus.count_domains(buttons) > MOST_DOMAINS:
        raise ApiError(65316)
    tag = str(rule.get("tag_id", ""))
    if not tag.isdecimal() or box.db.row("SELECT id FROM tags WHERE id = ?", int(tag)) is None:
        raise ApiError(45159)
    return {"menuid": str(menus.publish_for_tag(box.db, int(tag), buttons))}


@endpoint(blueprint, "menu/delconditional", needs=Level.L2)
def menu_delconditional(box: Sandbox) -> dict[str, Any]:
    """Delete one personalised menu."""
    menu_id = str(json_body().get("menuid", ""))
    if not menu_id.isdecimal() or not menus.withdraw(box.db, int(menu_id)):
        raise ApiError(65301)
    return OK


@endpoint(blueprint, "menu/trymatch", needs=Level.L2)
def menu_trymatch(box: Sandbox) -> dict[str, Any]:
    """The menu one follower sees."""
    openid = text_field(json_body(), "user_id", 40003)
    if people.find_person(box.db, openid) is None:
        raise ApiError(40003)
    if menus.find_default(box.db) is None:
        raise ApiError(46003)
    return {"button": _tell(menus.choose_menu(box.db, openid).buttons)}


@endpoint(blueprint, "get_current_selfmenu_info", methods=("GET",), needs=Level.L1)
def get_current_selfmenu_info(box: Sandbox) -> dict[str, Any]:
    """The default menu in the shape of the account's settings page."""
    default = menus.find_default(box.db)
    if default is None:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    buttons = [
        {"name": button["name"], "sub_button": {"list": button["sub_button"]}} if button.get("sub_button") else button
        for button in default.buttons
    ]
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}


def _read_buttons(body: dict[str, Any]) -> list[dict[str, Any]]:
    buttons: list[dict[str, Any]] = body.get("button", [])
    fault = menus.find_button_fault(buttons)
    if fault is not None:
        raise ApiError(fault)
    return buttons


def _tell(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [button | {"sub_button": button.get("sub_button", [])} for button in buttons]
