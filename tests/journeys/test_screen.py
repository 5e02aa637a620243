"""The screen at a door with everything running: the worker makes its QRs, the sandbox is the platform that gives them."""

from __future__ import annotations

import base64
import io
import re
import time
from typing import Any

import zxingcpp
from PIL import Image
from sqlalchemy import select, update

from bot.domain.capability import Capability, CapabilityState
from bot.store.capabilities import list_rights
from bot.store.tables import event, occurrence
from tests.faults.stack import wait_for
from tests.journeys.conftest import Phone, StartWhole, Whole
from tests.journeys.test_event_week import sign_up

_SCREEN = re.compile(r"https?://\S+/venue/\S+")
_SENT = re.compile(r"签到 \d{6}")


def _screen_of(whole: Whole, staff: Phone) -> str:
    """The address of the screen, as staff are told it."""
    assert "绑定成功" in staff.say(f"绑定 {whole.invitation}")
    found = _SCREEN.search(staff.say(str(whole.open_now)))
    assert found
    return found[0]


def _read_qr(whole: Whole, screen: str) -> str:
    """What a phone reads off the screen."""
    state: dict[str, Any] = whole.open_page(f"{screen}/state").json()
    picture = Image.open(io.BytesIO(base64.b64decode(state["qr"].removeprefix("data:image/png;base64,"))))
    (code,) = zxingcpp.read_barcodes(picture)
    return str(code.text)


def _wait_for_qr(whole: Whole, screen: str, start: str) -> str:
    """The content of the QR once it is of that kind; the screen keeps asking, as a television does."""
    read: list[str] = []

    def has_come() -> bool:
        read.append(_read_qr(whole, screen))
        return read[-1].startswith(start)

    wait_for(has_come, f"a QR with {start}", 60.0)
    return read[-1]


def _state_of(whole: Whole, capability: Capability) -> CapabilityState:
    with whole.db.reading() as tx:
        return next(each.state for each in list_rights(tx) if each.capability is capability)


def _allow_self_walk_ins(whole: Whole) -> None:
    """From now on readers without a place count themselves in at what goes on now."""
    with whole.db.writing() as tx:
        held = select(event.c.id, event.c.rules).join(occurrence).where(occurrence.c.number == whole.open_now)
        event_id, rules = tx.execute(held).one()
        tx.execute(update(event).where(event.c.id == event_id).values(rules={**(rules or {}), "self_walk_ins": True}))


def test_one_scan_checks_in_where_the_account_may_and_an_address_says_what_to_send_where_it_may_not(
    start_whole: StartWhole,
) -> None:
    """Signed pushes all the way: SCAN of a follower, subscribe with `qrscene_`, 48001 below the level."""
    whole = start_whole("sqlite")
    reader, second, staff = whole.add_phone("张三"), whole.add_phone("李四"), whole.add_phone("馆员")
    assert "报名成功" in sign_up(reader, whole.open_now)
    screen = _screen_of(whole, staff)

    assert "签到成功" in reader.act("scene", scene=_wait_for_qr(whole, screen, "http://weixin.qq.com/q/"))
    scanned = int(time.time())
    wait_for(lambda: int(time.time()) > scanned, "the next second: two like scans in one count as one (design §5)")
    assert "您已签到" in reader.act("scene", scene=_wait_for_qr(whole, screen, "http://weixin.qq.com/q/"))
    _allow_self_walk_ins(whole)
    second.act("unfollow")
    assert "现场参加登记 1 人" in second.act("scene", scene=_wait_for_qr(whole, screen, "http://weixin.qq.com/q/"))

    reader.session.post(f"{reader.sandbox}/level", json={"level": "L1"}, timeout=10).raise_for_status()
    for made_ahead in whole.stack.redis.scan_iter("shuqian:scene-qr:*"):
        whole.stack.redis.delete(made_ahead)  # else the screen rightly goes on showing them, for a minute
    wait_for(lambda: _state_of(whole, Capability.SCENE_QR) is CapabilityState.REFUSED, "the right is gone", 60.0)
    own = _wait_for_qr(whole, screen, whole.stack.settings.effective_public_url.upper())
    page = whole.open_page(own)
    sent = _SENT.search(page.text)
    assert page.status_code == 200
    assert sent, page.text
    assert "您已签到" in reader.say(sent[0])
