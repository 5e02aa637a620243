"""A door with staff signed in on browsers, for tests of /staff/api."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.store.database import Database
from bot.store.occurrences import get_occurrence
from bot.store.pii import Keys
from bot.store.readers import get_or_add_person
from bot.store.staff import save_role, save_served
from bot.store.staff_tables import staff_session
from bot.web.staff_session import COOKIE
from tests.web.stage import AT_THE_DOOR, Stage

HEADERS = {"X-Shuqian": "1"}


def ms(moment: datetime) -> int:
    """A moment as devices send it."""
    return int(moment.timestamp() * 1000)


class Phone:
    """A browser of somebody at the door."""

    def __init__(self, client: FlaskClient, staff_id: int, device: str, number: int) -> None:
        self.client, self.staff_id, self.device, self.number = client, staff_id, device, number

    def scan(self, code: str, at: datetime = AT_THE_DOOR, **more: Any) -> dict[str, Any]:
        """An act, not yet sent."""
        act = {"id": str(uuid4()), "kind": "scan", "occurrence": self.number, "code": code, "at": ms(at)}
        return {**act, "way": "camera", **more}

    def send(self, *acts: object, now: datetime = AT_THE_DOOR) -> list[dict[str, Any]]:
        """Upload acts; the answers."""
        answer = self.post({"device": self.device, "now": ms(now), "acts": list(acts)})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        answers: list[dict[str, Any]] = answer.get_json()["answers"]
        assert len(answers) == len(acts)
        return answers

    def post(self, body: object, **more: Any) -> Any:
        """POST /staff/api/acts with this body."""
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post("/staff/api/acts", data=data, content_type="application/json", headers=HEADERS, **more)


def sign_in(
    app: Flask,
    db: Database,
    keys: Keys,
    number: int,
    *,
    name: str = "door",
    role: Role = Role.VENUE,
    serves: tuple[int, ...] = (),
    now: datetime = AT_THE_DOOR,
) -> Phone:
    """A browser that somebody is signed in on."""
    token = secrets.token_urlsafe(16)
    with db.writing() as tx:
        staff_id = save_role(tx, get_or_add_person(tx, f"o-{name}", now).id, role, None, now)
        save_served(tx, staff_id, serves)
        tx.execute(
            insert(staff_session).values(
                staff_id=staff_id,
                token_hash=keys.search_hash(f"staff session:{token}"),
                device="test",
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=12),
            )
        )
    client = app.test_client()
    for name in (COOKIE, f"__Host-{COOKIE}"):  # by http and by https
        client.set_cookie(name, token, domain="localhost")
    return Phone(client, staff_id, f"phone-{name}", number)


def facts_of(stage: Stage, occurrence_id: int) -> OccurrenceFacts:
    """An occurrence of the stage."""
    with stage.db.reading() as tx:
        return get_occurrence(tx, occurrence_id)
