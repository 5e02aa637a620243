"""The people who hold the sandbox's phones. Their nicknames are for the screen and never leave the sandbox."""

import secrets
import sqlite3
from typing import Any

from bot.sandbox.database import Database
from bot.sandbox.windows import Window

NICKNAME_LENGTH = 20


class UnknownPersonError(LookupError):
    """No phone with this openid."""


def add_person(db: Database, nickname: str, now: float) -> str:
    """Make a phone; give its new openid (28 characters, as WeChat's)."""
    openid = "o" + secrets.token_urlsafe(21)[:27].replace("-", "x")
    db.run(
        "INSERT INTO people (openid, nickname, created_at) VALUES (?, ?, ?)", openid, nickname[:NICKNAME_LENGTH], now
    )
    return openid


def find_person(db: Database, openid: str) -> sqlite3.Row | None:
    """The row of this person, or None."""
    return db.row("SELECT * FROM people WHERE openid = ?", openid)


def get_person(db: Database, openid: str) -> sqlite3.Row:
    """The row of this person; raise UnknownPersonError."""
    person = find_person(db, openid)
    if person is None:
        raise UnknownPersonError(openid)
    return person


def list_people(db: Database) -> list[dict[str, Any]]:
    """Everyone, as the page shows them, in the order they came."""
    found = db.rows(
        "SELECT people.*, (SELECT max(id) FROM entries WHERE entries.openid = people.openid) AS last_entry "
        "FROM people ORDER BY created_at, openid"
    )
    return [describe_person(db, person) | {"last_entry": person["last_entry"] or 0} for person in found]


def describe_person(db: Database, person: sqlite3.Row) -> dict[str, Any]:
    """One person as the JSON API tells it."""
    return {
        "openid": person["openid"],
        "nickname": person["nickname"],
        "followed": bool(person["followed"]),
        "refuses": bool(person["refuses"]),
        "tags": [{"id": row["id"], "name": row["name"]} for row in list_tags_of(db, person["openid"])],
    }


def list_tags_of(db: Database, openid: str) -> list[sqlite3.Row]:
    """Tags of a person, in the order they were put on."""
    return db.rows(
        "SELECT tags.id, tags.name FROM person_tags JOIN tags ON tags.id = person_tags.tag_id "
        "WHERE person_tags.openid = ? ORDER BY person_tags.applied",
        openid,
    )


def follow(db: Database, openid: str, scene: str, now: float) -> None:
    """From now on this person follows the account; ``scene`` is the poster's value or empty."""
    db.run(
        "UPDATE people SET followed = 1, followed_at = ?, follow_scene = ? WHERE openid = ?", int(now), scene, openid
    )


def unfollow(db: Database, openid: str) -> None:
    """The person leaves: tags, windows and consents go with the following."""
    with db.together():
        db.run(
            "UPDATE people SET followed = 0, message_at = NULL, message_left = 0, action_at = NULL, action_left = 0 "
            "WHERE openid = ?",
            openid,
        )
        db.run("DELETE FROM person_tags WHERE openid = ?", openid)
        db.run("DELETE FROM consents WHERE openid = ?", openid)


def set_refuses(db: Database, openid: str, refuses: bool) -> None:
    """Whether the person has switched the account's template messages off."""
    db.run("UPDATE people SET refuses = ? WHERE openid = ?", int(refuses), openid)


def get_window(person: sqlite3.Row) -> Window:
    """The customer-service window of a person."""
    return Window(person["message_at"], person["message_left"], person["action_at"], person["action_left"])


def set_window(db: Database, openid: str, window: Window) -> None:
    """Keep the customer-service window."""
    db.run(
        "UPDATE people SET message_at = ?, message_left = ?, action_at = ?, action_left = ? WHERE openid = ?",
        window.message_at,
        window.message_left,
        window.action_at,
        window.action_left,
        openid,
    )


def add_consent(db: Database, openid: str, kind: str, reference: str) -> None:
    """One more message of this kind may be sent to this person; for one scene no more than one."""
    db.run(
        "INSERT INTO consents (openid, kind, reference, sends_left) VALUES (?, ?, ?, 1) "
        "ON CONFLICT (openid, kind, reference) DO UPDATE SET "
        "sends_left = CASE kind WHEN 'once' THEN 1 ELSE sends_left + 1 END",
        openid,
        kind,
        reference,
    )


def claim_consent(db: Database, openid: str, kind: str, reference: str) -> bool:
    """Use up one consent; False if none is left."""
    return bool(
        db.run(
            "UPDATE consents SET sends_left = sends_left - 1 "
            "WHERE openid = ? AND kind = ? AND reference = ? AND sends_left > 0",
            openid,
            kind,
            reference,
        )
    )
