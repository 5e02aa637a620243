"""Reading the JSON that the page and the tests send."""

from typing import Any

from flask import request

from bot.sandbox.box import current_sandbox
from bot.sandbox.phone import NotPossibleError

_NUMBERS = ("create_time", "msg_id")


def read_wishes() -> dict[str, Any]:
    """The JSON object of the request (an empty body counts as ``{}``), with its delivery wishes checked."""
    wishes = request.get_json(silent=True) if request.get_data() else {}
    if not isinstance(wishes, dict):
        raise NotPossibleError("bad_json")
    for name in _NUMBERS:
        if name in wishes and (isinstance(wishes[name], bool) or not isinstance(wishes[name], int)):
            raise NotPossibleError("bad_json", f"{name} is a whole number")
    try:
        current_sandbox().plan.changed(wishes)
    except ValueError as error:
        raise NotPossibleError("bad_plan", str(error)) from None
    return wishes


def read_text(wishes: dict[str, Any], name: str, default: str | None = None, most: int = 4096) -> str:
    """A text among the wishes; raise NotPossibleError if it is missing, empty or too long."""
    value = wishes.get(name, default)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise NotPossibleError("bad_json", f"{name} is a text of 1 to {most} characters")
    return value


def read_number(wishes: dict[str, Any], name: str, least: int, most: int) -> int:
    """A whole number among the wishes; raise NotPossibleError if it is missing or out of range."""
    value = wishes.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise NotPossibleError("bad_json", f"{name} is a whole number from {least} to {most}")
    return value
