"""How a reader's own pages know them: by a session that a browser keeps, and by a link that the chat gave, good once.

A session is a signed word of the reader's number and of which account that is. It is checked against the database each
time, so it ends with 注销 and with an unfollow: whoever follows again is another reader.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.signed_words import read_words, sign_words
from bot.store import page_links
from bot.store.pii import Keys

LIVES = timedelta(hours=2)
LINK_LIVES = timedelta(minutes=10)

_KEY = "reader pages"
_SESSION = "session"
_SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class KnownReader:
    """Who opens a page. `form_token` goes into every form of theirs: another site cannot know it."""

    id: int
    openid: str
    form_token: str


def page_keys(keys: Keys) -> Sequence[bytes]:
    """The keys under which words of readers' pages are signed: the present secret's first."""
    return tuple(key for key in (keys.derive(_KEY), keys.derive_previous(_KEY)) if key is not None)


def open_session(tx: Connection, reader_id: int, keys: Keys, now: datetime) -> str | None:
    """What the browser keeps, for two hours; None when the reader was forgotten meanwhile."""
    openid = page_links.find_openid(tx, reader_id)
    if openid is None:
        return None
    words = f"{reader_id} {_accounts(openid, keys)[0]}"
    return sign_words(_SESSION, words, now + LIVES, page_keys(keys)[0])


def find_session(tx: Connection, cookie: str, keys: Keys, now: datetime) -> KnownReader | None:
    """The reader of a genuine session that has not ended, if that account is still with us."""
    words = read_words(_SESSION, cookie, page_keys(keys), now)
    if words is None:
        return None
    number, _, account = words.partition(" ")
    openid = page_links.find_openid(tx, int(number))
    if openid is None or account not in _accounts(openid, keys):
        return None
    return KnownReader(int(number), openid, keys.search_hash(f"reader form:{cookie}").hex())


def is_form_token(typed: str, reader: KnownReader) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(typed.encode("ascii", "replace"), reader.form_token.encode())


def _accounts(openid: str, keys: Keys) -> tuple[str, ...]:
    return tuple(each.hex() for each in keys.search_hashes(f"reader page:{openid}"))


# --- links from the chat ---------------------------------------------------------------------------------------------


def give_link(tx: Connection, reader_id: int, keys: Keys, now: datetime) -> str:
    """The token of a link by which one browser comes to know the reader; the link before it ends."""
    token = secrets.token_urlsafe(_SECRET_BYTES)
    page_links.save_link(tx, reader_id, _link_hashes(token, keys)[0], now + LINK_LIVES)
    return token


def is_link(tx: Connection, token: str, keys: Keys, now: datetime) -> bool:
    """Whether a link is good. WeChat's previews fetch addresses, so looking does not use it up."""
    return page_links.find_link(tx, _link_hashes(token, keys), now) is not None


def use_link(tx: Connection, token: str, keys: Keys, now: datetime) -> str | None:
    """What the browser keeps, for whoever uses a link first; None when it is over or was used."""
    reader_id = page_links.use_link(tx, _link_hashes(token, keys), now)
    return None if reader_id is None else open_session(tx, reader_id, keys, now)


def _link_hashes(token: str, keys: Keys) -> tuple[bytes, ...]:
    return keys.search_hashes(f"page link:{token[:100]}")
