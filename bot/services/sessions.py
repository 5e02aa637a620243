"""Who is signed in on which browser: sign-in by code and by link, what a session may do, and how it ends.

A browser keeps a secret of 256 bits, we keep its keyed hash. For twelve hours, and no longer than the role lasts, the
session does what its role may; for eight days more it only brings what a phone noted without network; once somebody
ended it, it does nothing.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.services.audit import note_audit
from bot.store import sessions as store
from bot.store.pii import Keys
from bot.store.readers import StaffMember
from bot.store.sessions import FoundSession, StandingRole

LIVES = timedelta(hours=12)
BRINGS_FOR = timedelta(days=8)
SEEN_EVERY = timedelta(minutes=5)
CODE_LIVES = timedelta(minutes=5)
LINK_LIVES = timedelta(minutes=10)
FETCHED_WITHIN = timedelta(minutes=2)
"""How long after staff sent the code its browser may take to notice."""
SIGN_INS_KEPT = timedelta(hours=1)
SESSIONS_KEPT = BRINGS_FOR + timedelta(days=30)

_SECRET_BYTES = 32
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Session:
    """A session that may do something now. `is_due`: it is time to note that its browser was seen."""

    id: int
    member: StaffMember
    expires_at: datetime
    is_due: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A browser was signed in. `secret` is for its cookie and is kept nowhere else."""

    secret: str
    member: StaffMember
    expires_at: datetime


def find_session(tx: Connection, secret: str, keys: Keys, now: datetime, *, only_bring: bool = False) -> Session | None:
    """The session of a browser, if it may do something now: everything, or `only_bring` what it still holds."""
    hashes = _session_hashes(secret, keys)
    found = store.find_session(tx, hashes) if secret else None
    if found is None or found.ended_at is not None or found.role_ended_at is not None:
        return None
    expires_at = _end_of(found)
    if now >= expires_at + (BRINGS_FOR if only_bring else timedelta()):
        return None
    is_due = found.seen_at <= now - SEEN_EVERY or found.token_hash != hashes[0]
    return Session(found.id, found.member, expires_at, is_due)


def note_seen(tx: Connection, session_id: int, secret: str, keys: Keys, now: datetime) -> None:
    """Note that a browser was seen; its secret's hash is from then on the present key's, so a rotation signs nobody
    out."""
    store.touch_session(tx, session_id, _session_hashes(secret, keys)[0], now)


def _end_of(found: FoundSession) -> datetime:
    return found.expires_at if found.role_ends_at is None else min(found.expires_at, found.role_ends_at)


def _session_hashes(secret: str, keys: Keys) -> tuple[bytes, ...]:
    return keys.search_hashes(f"staff session:{secret}")


def open_session(tx: Connection, staff_id: int, device: str, keys: Keys, now: datetime) -> Opened | None:
    """Sign a browser in with a new secret; None when the role has ended meanwhile."""
    role = store.find_role(tx, staff_id, now, lock=True)
    return None if role is None else _open(tx, role, device, keys, now)


def _open(tx: Connection, role: StandingRole, device: str, keys: Keys, now: datetime) -> Opened:
    """The role's row is locked: whoever ends the role waits, and then finds this session to end with it."""
    staff_id = role.member.id
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    expires_at = _until(role, now)
    session_id = store.insert_session(tx, staff_id, _session_hashes(secret, keys)[0], device, expires_at, now)
    note_audit(tx, f"staff:{staff_id}", "sign_in", f"session:{session_id}", {"device": device}, now)
    return Opened(secret, role.member, expires_at)


def _until(role: StandingRole, now: datetime) -> datetime:
    return now + LIVES if role.ends_at is None else min(now + LIVES, role.ends_at)


# --- by code ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code that a browser shows, and the secret by which that browser is told from others."""

    code: str
    browser: str
    expires_at: datetime


class CodesUsedUp(RuntimeError):
    """No free code was found in many tries: nearly a million browsers want to sign in at once."""


def show_code(tx: Connection, device: str, keys: Keys, now: datetime) -> ShownCode:
    """A new code for a browser, other than every living one. Raises CodesUsedUp."""
    browser = secrets.token_urlsafe(_SECRET_BYTES)
    browser_hash = _browser_hashes(browser, keys)[0]
    expires_at = now + CODE_LIVES
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(1_000_000):06d}"
        if store.add_code(tx, _code_hashes(code, keys)[0], browser_hash, device, expires_at, now):
            return ShownCode(code, browser, expires_at)
    raise CodesUsedUp


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nobody has sent the code yet."""

    expires_at: datetime


class Lapsed:
    """The code is over, used, or was never this browser's."""


def follow_code(tx: Connection, code: str, browser: str, keys: Keys, now: datetime) -> Waiting | Lapsed | None:
    """How a browser's code stands; None once somebody has sent it, and `fetch_session` signs in."""
    found = store.find_sign_in(tx, _code_hashes(code, keys), _browser_hashes(browser, keys), now)
    if found is None:
        return Lapsed()
    return None if found.is_claimed else Waiting(found.expires_at)


def fetch_session(tx: Connection, code: str, browser: str, keys: Keys, now: datetime) -> Opened | None:
    """Sign in the browser whose code was sent, exactly once; None when it was done, or the role has ended."""
    hashes = _code_hashes(code, keys), _browser_hashes(browser, keys)
    staff_id = store.find_claimer(tx, *hashes)
    role = None if staff_id is None else store.find_role(tx, staff_id, now, lock=True)  # first, as who ends a role does
    device = None if role is None else store.use_code(tx, *hashes, now)
    return None if role is None or device is None else _open(tx, role, device, keys, now)


@dataclass(frozen=True, slots=True)
class CodeClaimed:
    """The browser that shows the code is signed in. `device`: what it says it is."""

    device: str
    ends_at: datetime


class CodeUnknown:
    """No browser shows this code now."""


def claim_code(tx: Connection, member: StaffMember, code: str, keys: Keys, now: datetime) -> CodeClaimed | CodeUnknown:
    """Let a staff member sign in the browser that shows this code."""
    role = store.find_role(tx, member.id, now, lock=True)
    if role is None:
        return CodeUnknown()
    for hashed in _code_hashes(code, keys):  # one after the other: a code stands once under each key
        device = store.claim_code(tx, hashed, member.id, now + FETCHED_WITHIN, now)
        if device is not None:
            note_audit(tx, f"staff:{member.id}", "claim_sign_in", f"staff:{member.id}", {"device": device}, now)
            return CodeClaimed(device, _until(role, now))
    return CodeUnknown()


def _code_hashes(code: str, keys: Keys) -> tuple[bytes, ...]:
    return keys.search_hashes(f"sign-in code:{code}")


def _browser_hashes(browser: str, keys: Keys) -> tuple[bytes, ...]:
    return keys.search_hashes(f"sign-in browser:{browser}")


# --- by link ---------------------------------------------------------------------------------------------------------


def give_link(tx: Connection, member: StaffMember, keys: Keys, now: datetime) -> str:
    """The token of a link by which this staff member signs one browser in."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    store.insert_link(tx, _link_hashes(token, keys)[0], member.id, now + LINK_LIVES, now)
    return token


def read_link(tx: Connection, token: str, keys: Keys, now: datetime) -> StaffMember | None:
    """Who would be signed in by a link. WeChat's previews fetch addresses, so looking does not use it up."""
    staff_id = store.find_link(tx, _link_hashes(token, keys), now)
    role = store.find_role(tx, staff_id, now) if staff_id is not None else None
    return role.member if role else None


def use_link(tx: Connection, token: str, device: str, keys: Keys, now: datetime) -> Opened | None:
    """Sign a browser in by a link, once; None when it is over, was used, or the role has ended."""
    hashes = _link_hashes(token, keys)
    staff_id = store.find_link(tx, hashes, now)
    role = None if staff_id is None else store.find_role(tx, staff_id, now, lock=True)
    if role is None or not store.use_link(tx, hashes, now):
        return None
    return _open(tx, role, device, keys, now)


def _link_hashes(token: str, keys: Keys) -> tuple[bytes, ...]:
    return keys.search_hashes(f"sign-in link:{token}")


# --- forms and endings -----------------------------------------------------------------------------------------------


def form_token_of(session_id: int, keys: Keys) -> str:
    """What every form of a session carries: another site cannot know it."""
    return keys.search_hash(f"staff form:{session_id}").hex()


def is_form_token(typed: str, session_id: int, keys: Keys) -> bool:
    """Whether a form was made for this session, under the present key or the one before it."""
    hashes = keys.search_hashes(f"staff form:{session_id}")
    given = typed.encode("ascii", "replace")
    return any(hmac.compare_digest(given, each.hex().encode()) for each in hashes)


def sign_out(tx: Connection, session_id: int, member: StaffMember, now: datetime) -> None:
    """End one's own session on this browser."""
    if store.end_session(tx, session_id, member.id, now):
        note_audit(tx, f"staff:{member.id}", "sign_out", f"session:{session_id}", {}, now)


def sign_out_everywhere(tx: Connection, member: StaffMember, now: datetime) -> int:
    """End all of one's own sessions; how many browsers were signed in."""
    ended = store.end_sessions_of(tx, member.id, member.id, now)
    note_audit(tx, f"staff:{member.id}", "sign_out_everywhere", f"staff:{member.id}", {"sessions": ended}, now)
    return ended


def sweep_sessions(tx: Connection, now: datetime) -> tuple[int, int]:
    """Delete sign-ins that lapsed and sessions long over; how many of each."""
    return store.sweep(tx, now - SIGN_INS_KEPT, now - SESSIONS_KEPT)
