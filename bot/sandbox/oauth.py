"""Codes of web authorisation: each stands for one person, once, for five minutes."""

import secrets

from bot.sandbox.database import Database

CODE_LIVES = 300
SNAPSHOT_FACT = "snapshot_users"
"""Whether pages are opened as a preview: the platform then tells an openid of nobody."""


class BadCodeError(Exception):
    """The code is unknown or over, or was exchanged before (`used`)."""

    def __init__(self, *, used: bool) -> None:
        super().__init__(used)
        self.used = used


def give_code(db: Database, openid: str, now: float) -> str:
    """A new code for a person."""
    code = secrets.token_hex(16)
    db.run("INSERT INTO codes (code, openid, expires_at) VALUES (?, ?, ?)", code, openid, now + CODE_LIVES)
    return code


def take_code(db: Database, code: str, now: float) -> str:
    """The openid of a code, once; raise BadCodeError."""
    taken = db.run("UPDATE codes SET used = 1 WHERE code = ? AND used = 0 AND expires_at > ?", code, now)
    found = db.row("SELECT openid, used, expires_at FROM codes WHERE code = ?", code)
    if found is None or not taken:
        raise BadCodeError(used=found is not None and bool(found["used"]))
    return str(found["openid"])


def new_openid() -> str:
    """An openid of nobody, as a preview is given."""
    return "o" + secrets.token_hex(14)[:27]
