"""Access tokens in their two spaces.

``token``: each call kills the one before. ``stable_token``: the same token until its last minutes.
"""

import secrets
from dataclasses import dataclass

from bot.sandbox.api.errors import ApiError
from bot.sandbox.database import Database

LIFETIME = 7200
OVERLAP = 300  # an old token lives on beside its successor for five minutes
FORCED_A_DAY = 20
FORCED_PAUSE = 30
_LIFETIME_FACT = "token_lifetime"
_FORCED_FACT = "forced_refreshes"
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its remaining seconds."""

    value: str
    expires_in: int


def set_lifetime(db: Database, seconds: int, now: float) -> None:
    """Tokens given out from now on live this long, and those already given out no longer than that."""
    db.remember(_LIFETIME_FACT, seconds)
    db.run("UPDATE tokens SET expires_at = min(expires_at, ?)", now + seconds)


def issue_token(db: Database, now: float) -> Token:
    """``GET token``: a new one each time; the one before has five minutes left."""
    with db.together():
        return _replace(db, "plain", now)


def issue_stable_token(db: Database, now: float, *, force: bool) -> Token:
    """``POST stable_token``: the current one unless it is in its last five minutes; ``force`` is limited."""
    with db.together():
        if force:
            _count_forced(db, now)
            return _replace(db, "stable", now)
        current = db.row(
            "SELECT * FROM tokens WHERE space = 'stable' AND expires_at > ? ORDER BY expires_at DESC LIMIT 1", now
        )
        margin = min(OVERLAP, _lifetime(db) / 2)  # a test may ask for tokens shorter than the margin
        if current is not None and current["expires_at"] - now > margin:
            return Token(current["value"], int(current["expires_at"] - now))
        return _replace(db, "stable", now)


def check_token(db: Database, value: str, now: float) -> None:
    """Raise the platform's error for a missing, unknown or expired token."""
    if not value:
        raise ApiError(41001)
    found = db.row("SELECT expires_at FROM tokens WHERE value = ?", value)
    if found is None:
        raise ApiError(40001)
    if found["expires_at"] <= now:
        raise ApiError(42001)


def expire_tokens(db: Database, now: float) -> None:
    """All tokens are over (42001)."""
    db.run("UPDATE tokens SET expires_at = ? WHERE expires_at > ?", now, now)


def forget_tokens(db: Database) -> None:
    """All tokens are unknown (40001), as after another system fetched new ones."""
    db.run("DELETE FROM tokens")


def _lifetime(db: Database) -> int:
    return int(db.fact(_LIFETIME_FACT, LIFETIME))


def _replace(db: Database, space: str, now: float) -> Token:
    value, lifetime = f"{secrets.randbelow(90) + 10}_" + secrets.token_urlsafe(96), _lifetime(db)
    db.run("UPDATE tokens SET expires_at = min(expires_at, ?) WHERE space = ?", now + OVERLAP, space)
    db.run("DELETE FROM tokens WHERE expires_at < ?", now - _DAY_SECONDS)
    db.run(
        "INSERT INTO tokens (value, space, issued_at, expires_at) VALUES (?, ?, ?, ?)",
        value,
        space,
        now,
        now + lifetime,
    )
    return Token(value, lifetime)


def _count_forced(db: Database, now: float) -> None:
    recent = [moment for moment in db.fact(_FORCED_FACT, []) if now - moment < _DAY_SECONDS]
    if len(recent) >= FORCED_A_DAY:
        raise ApiError(45009)
    if recent and now - recent[-1] < FORCED_PAUSE:
        raise ApiError(45011)
    db.remember(_FORCED_FACT, [*recent, now])
