"""The JSON API of the workshop: what a developer or a test may turn.

- ``GET /sandbox/status``: mode, level, delivery plan, faults, late pushes still to go, address of the webhook
- ``POST /sandbox/faults {api, errcode|mode, times, seconds, effect}``, ``GET``, ``DELETE`` (see faults.py)
- ``POST /sandbox/level {level: "L0".."L3"}``
- ``POST /sandbox/knobs {times, parallel, delay, attempts, timeout, pause}``, ``GET``, ``DELETE``
- ``GET /sandbox/calls?api=message/custom/send&after=N``, ``DELETE``
- ``POST /sandbox/tokens {lifetime?, expire?, forget?}``: seconds a token lives; end all now (42001); unknown (40001)
- ``POST /sandbox/quota {api, daily_limit?, minute_limit?}``: calls a day (45009) and a minute (45011, null: any number)
- ``POST /sandbox/templates {template_id, title, content, const?}``, ``GET``: ``const`` one approved value a line
- ``POST /sandbox/snapshot {on}``: pages are opened as WeChat's preview (``is_snapshotuser``) until it is off
- ``POST /sandbox/check``: the address check WeChat does when the webhook is entered
- ``POST /sandbox/decode`` (the picture as raw ``application/octet-stream``): ``{results: [text]}``
"""

import io
from dataclasses import asdict
from typing import Any

import zxingcpp
from flask import Blueprint, request
from PIL import Image, UnidentifiedImageError

from bot.sandbox import calls, faults
from bot.sandbox.api.messages import add_template, list_templates
from bot.sandbox.api.platform import set_daily_limit, set_minute_limit
from bot.sandbox.api.tokens import expire_tokens, forget_tokens, set_lifetime
from bot.sandbox.box import current_sandbox
from bot.sandbox.courier import Plan
from bot.sandbox.oauth import SNAPSHOT_FACT
from bot.sandbox.phone import NotPossibleError
from bot.sandbox.settings import Level
from bot.sandbox.views.wishes import read_number, read_text, read_wishes

blueprint = Blueprint("sandbox_tools", __name__, url_prefix="/sandbox")

Told = dict[str, Any]
MOST_PIXELS = 40_000_000


@blueprint.get("/status")
def status() -> Told:
    """How the stand-in is set."""
    box = current_sandbox()
    return {
        "mode": box.settings.mode,
        "level": box.level.name,
        "webhook_url": box.settings.webhook_url,
        "plan": asdict(box.plan),
        "faults": faults.list_faults(box.db),
        "pending": box.later.pending,
    }


@blueprint.get("/faults")
def list_faults() -> Told:
    """Faults still to happen."""
    return {"faults": faults.list_faults(current_sandbox().db)}


@blueprint.post("/faults")
def order_fault() -> Told:
    """Let the next calls of an API fail."""
    box, wishes = current_sandbox(), read_wishes_raw()
    try:
        faults.order_fault(box.db, faults.parse_fault(wishes))
    except ValueError as error:
        raise NotPossibleError("bad_fault", str(error)) from None
    return list_faults()


@blueprint.delete("/faults")
def clear_faults() -> Told:
    """No more faults."""
    faults.clear_faults(current_sandbox().db)
    return list_faults()


@blueprint.post("/level")
def set_level() -> Told:
    """Another kind of account."""
    try:
        current_sandbox().set_level(Level.parse(read_text(read_wishes(), "level")))
    except ValueError as error:
        raise NotPossibleError("bad_level", str(error)) from None
    return status()


@blueprint.get("/knobs")
def knobs() -> Told:
    """How pushes are delivered."""
    return asdict(current_sandbox().plan)


@blueprint.post("/knobs")
def set_knobs() -> Told:
    """Deliver pushes in another way from now on."""
    box = current_sandbox()
    box.set_plan(box.plan.changed(read_wishes()))
    return knobs()


@blueprint.delete("/knobs")
def reset_knobs() -> Told:
    """Deliver pushes as WeChat does."""
    current_sandbox().set_plan(Plan())
    return knobs()


@blueprint.get("/calls")
def list_calls() -> Told:
    """API calls so far, secrets masked."""
    after = request.args.get("after", "0")
    if not after.isdecimal():
        raise NotPossibleError("bad_json", "after is a number")
    return {"calls": calls.list_calls(current_sandbox().db, request.args.get("api"), int(after))}


@blueprint.delete("/calls")
def clear_calls() -> Told:
    """Forget the calls so far."""
    calls.clear_calls(current_sandbox().db)
    return {"calls": []}


@blueprint.post("/tokens")
def turn_tokens() -> Told:
    """Shorten, end or forget access tokens."""
    box, wishes = current_sandbox(), read_wishes()
    if "lifetime" in wishes:
        set_lifetime(box.db, read_number(wishes, "lifetime", 1, 7200), box.clock())
    if wishes.get("expire"):
        expire_tokens(box.db, box.clock())
    if wishes.get("forget"):
        forget_tokens(box.db)
    return {"done": True}


@blueprint.post("/quota")
def set_quota() -> Told:
    """Give the account other quotas of one API."""
    box, wishes = current_sandbox(), read_wishes_raw()
    api = read_text(wishes, "api")
    if "daily_limit" in wishes or "minute_limit" not in wishes:
        set_daily_limit(box.db, api, read_number(wishes, "daily_limit", 0, 10_000_000))
    if "minute_limit" in wishes:
        unlimited = wishes["minute_limit"] is None
        set_minute_limit(box.db, api, None if unlimited else read_number(wishes, "minute_limit", 0, 10_000_000))
    return {"api": api} | {name: wishes[name] for name in ("daily_limit", "minute_limit") if name in wishes}


@blueprint.get("/templates")
def templates() -> Told:
    """Templates of the account."""
    return {"templates": list_templates(current_sandbox())}


@blueprint.post("/templates")
def grant_template() -> Told:
    """Grant the account a template."""
    wishes = read_wishes()
    template = {name: read_text(wishes, name) for name in ("template_id", "title", "content")}
    constants = {"const": read_text(wishes, "const")} if "const" in wishes else {}
    add_template(current_sandbox(), template | constants)
    return templates()


@blueprint.post("/snapshot")
def set_snapshot() -> Told:
    """Open pages as a preview, or as their reader again."""
    on = read_wishes().get("on", True) is True
    current_sandbox().db.remember(SNAPSHOT_FACT, on)
    return {"on": on}


@blueprint.post("/check")
def check_address() -> Told:
    """Check the webhook as WeChat does when its address is entered."""
    passed, attempt = current_sandbox().courier.check_address()
    return {"passed": passed, "attempt": attempt.describe()}


@blueprint.post("/decode")
def decode() -> Told:
    """Read the codes in a picture."""
    try:
        picture = Image.open(io.BytesIO(request.get_data()))
        if picture.width * picture.height > MOST_PIXELS:
            raise NotPossibleError("not_a_picture")
        found = zxingcpp.read_barcodes(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise NotPossibleError("not_a_picture") from None
    return {"results": [code.text for code in found if code.text]}


def read_wishes_raw() -> Told:
    """A JSON object whose words are not delivery wishes."""
    wishes = request.get_json(silent=True)
    if not isinstance(wishes, dict):
        raise NotPossibleError("bad_json")
    return wishes
