"""A ticket as a picture in the chat, over the real sandbox: what arrives, and how many calls it takes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import zxingcpp
from PIL import Image
from redis import Redis
from sqlalchemy import update

from bot.domain.capability import Capability, CapabilityState
from bot.domain.ticket import issue_token
from bot.reports.qr import ticket_address
from bot.sandbox.people import add_person
from bot.store.capabilities import Capabilities, save_states
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.redis_lines import RedisLines
from bot.store.tables import occurrence, reader, registration
from bot.store.ticket_pictures import wished
from bot.wechat.account import Account
from bot.wechat.gateway import Gateway, gateway_of
from bot.wechat.ticket_sender import TicketSender
from tests.factories import NOW
from tests.services.notices_rows import add_registrations
from tests.wechat.pushes import APPID, TOKEN
from tests.wechat.sandbox import SECRET, ServedSandbox, open_sandbox

PUBLIC_URL = "https://lib.example"
UPLOAD, SEND = "media/upload", "message/custom/send"


@dataclass
class Desk:
    """Somebody with a ticket, and the worker."""

    db: Database
    redis: Redis
    keys: Keys
    sandbox: ServedSandbox
    openid: str
    registration_id: int
    _asked: int = 0
    _seen: int = 0
    capabilities: Capabilities = field(default_factory=Capabilities)

    def ask(self, message: bytes | None = None) -> None:
        """入场码 12, of which the answer's turn makes a wish."""
        self._asked += 1
        wish = wished(self.registration_id, message or self._asked.to_bytes(8, "big"))
        RedisLines(self.redis).ask(wish, 1)

    def work(self) -> int:
        """A round of the worker."""
        return TicketSender(
            db=self.db,
            redis=self.redis,
            gateway=gateway_of(Account(APPID, TOKEN, secret=SECRET), self.redis, self.sandbox.url),
            capabilities=self.capabilities,
            keys=self.keys,
            public_url=PUBLIC_URL,
            clock=lambda: NOW,
        ).send_wished()

    def calls(self) -> list[str]:
        """APIs called since the last look, tokens left out."""
        told = self.sandbox.list_calls()
        fresh, self._seen = told[self._seen :], len(told)
        return [call["api"] for call in fresh if not call["api"].endswith("token")]

    def images(self) -> list[dict[str, Any]]:
        """Pictures in the chat."""
        address = f"{self.sandbox.url}/sandbox/people/{self.openid}/chat"
        entries = requests.get(address, timeout=10).json()["entries"]
        return [entry for entry in entries if entry["kind"] == "image"]


@pytest.fixture
def desk(db: Database, redis: Redis, keys: Keys, tmp_path: Path) -> Iterator[Desk]:
    """A reader whose window is open, with a confirmed registration."""
    with open_sandbox(tmp_path / "sandbox", "L2") as opened:
        box = opened.box
        openid = add_person(box.db, "张三", 0.0)
        box.db.run("UPDATE people SET followed = 1 WHERE openid = ?", openid)
        open_window(opened, openid)
        with db.writing() as tx:
            _, (registration_id,) = add_registrations(tx, keys, 1, starts_at=NOW + timedelta(days=2))
            tx.execute(update(reader).values(openid=openid))
            wanted = (Capability.CUSTOMER_SERVICE, Capability.MEDIA)
            save_states(tx, [(each, CapabilityState.GRANTED, "test") for each in wanted], NOW)
        yield Desk(db, redis, keys, opened, openid, registration_id)


def open_window(opened: ServedSandbox, openid: str) -> None:
    """As if the reader had written just now."""
    from bot.sandbox import people
    from bot.sandbox.windows import Window

    people.set_window(opened.box.db, openid, Window().after_message(opened.box.clock()))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_picture_arrives_and_holds_the_ticket(desk: Desk) -> None:
    desk.ask()
    assert desk.work() == 1
    assert desk.calls() == [UPLOAD, SEND]
    assert len(desk.images()) == 1
    stored = desk.sandbox.box.db.row("SELECT content FROM media")
    assert stored is not None
    picture = Image.open(io.BytesIO(stored["content"]))
    assert 640 <= picture.width <= 750
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == ticket_address(PUBLIC_URL, issue_token(desk.registration_id, desk.keys.ticket))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_asked_three_times_is_three_pictures_and_one_upload(desk: Desk) -> None:
    for _ in range(3):
        desk.ask()
    assert desk.work() == 3
    assert desk.calls() == [UPLOAD, SEND, SEND, SEND]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_push_delivered_again_wishes_nothing_more(desk: Desk) -> None:
    for _ in range(2):
        desk.ask(b"the same message")
    assert desk.work() == 1
    assert desk.work() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_dropped_picture_is_uploaded_again_once(desk: Desk) -> None:
    """Seen to fail with the second round taken out: no picture."""
    desk.sandbox.post("faults", api=SEND, errcode=40007)
    desk.ask()
    assert desk.work() == 1
    assert desk.calls() == [UPLOAD, SEND, UPLOAD, SEND]
    assert len(desk.images()) == 1
    desk.sandbox.post("faults", api=SEND, errcode=40007, times=5)
    desk.ask()
    assert desk.work() == 0
    assert desk.calls() == [SEND, UPLOAD, SEND]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", [45015, 45047, 48001])
def test_refusal_ends_it(desk: Desk, code: int) -> None:
    desk.sandbox.post("faults", api=SEND, errcode=code)
    desk.ask()
    assert desk.work() == desk.work() == 0
    assert desk.calls() == [UPLOAD, SEND]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_outcome_unknown_is_not_sent_again(desk: Desk) -> None:
    desk.sandbox.post("faults", api=SEND, mode="cut")
    desk.ask()
    assert desk.work() == desk.work() == 0
    assert len(desk.images()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("answer", [{}, {"media_id": ["m"]}])
def test_upload_without_a_picture_of_theirs_harms_no_other_wish(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    """Seen to fail with whatever stands there taken: KeyError ended the round, or `['m']` was kept and sent for days."""
    answers, call = [answer], Gateway.call

    def once_odd(self: Gateway, api: str, *args: Any, **options: Any) -> Any:
        return answers.pop() if api == UPLOAD and answers else call(self, api, *args, **options)

    monkeypatch.setattr(Gateway, "call", once_odd)
    desk.ask()
    desk.ask()
    assert desk.work() == 1
    assert desk.calls() == [UPLOAD, SEND]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_cancelled_while_it_was_uploaded_is_not_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail with the second look taken out: the picture of a ticket that is none arrives."""
    upload = TicketSender._media_of

    def cancel_meanwhile(self: TicketSender, picture: Any) -> str:
        with desk.db.writing() as tx:
            tx.execute(update(registration).values(status="cancelled", cancelled_at=NOW))
        return upload(self, picture)

    monkeypatch.setattr(TicketSender, "_media_of", cancel_meanwhile)
    desk.ask()
    assert desk.work() == 0
    assert desk.images() == []
    desk.ask()
    assert desk.work() == 0
    assert desk.calls() == [UPLOAD], "a cancelled one is not even drawn"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_moved_occurrence_has_another_picture(desk: Desk) -> None:
    desk.ask()
    desk.work()
    with desk.db.writing() as tx:
        tx.execute(update(occurrence).values(starts_at=NOW + timedelta(days=3), ends_at=NOW + timedelta(days=4)))
    desk.ask()
    desk.work()
    assert desk.calls() == [UPLOAD, SEND] * 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_tried_without_the_rights(desk: Desk) -> None:
    with desk.db.writing() as tx:
        save_states(tx, [(Capability.MEDIA, CapabilityState.REFUSED, "test")], NOW)
    desk.ask()
    assert desk.work() == 0
    assert desk.calls() == []
