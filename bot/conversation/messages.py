"""What comes in and what goes out, free of any platform.

The webhook translates the platform's XML into these; `key` tells repeats of one delivery apart from new messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """What every message bears: sender (openid), moment of sending (UTC) and the key of this delivery."""

    sender: str
    sent_at: datetime
    key: bytes


@dataclass(frozen=True, slots=True)
class TextMessage(Incoming):
    """Typed words, or what a voice message was heard to say."""

    text: str


@dataclass(frozen=True, slots=True)
class MenuClick(Incoming):
    """A tap on a menu button; `button` is its key, such as LIST, MINE, HELP, TODAY."""

    button: str


@dataclass(frozen=True, slots=True)
class CodeScan(Incoming):
    """A QR or bar code scanned from the menu; `waits` when the scanner waits for our answer."""

    button: str
    code: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Follow(Incoming):
    """A new follower, perhaps by a scene QR."""

    scene: str | None


@dataclass(frozen=True, slots=True)
class SceneScan(Incoming):
    """A follower scanned a scene QR."""

    scene: str


@dataclass(frozen=True, slots=True)
class Unfollow(Incoming):
    """The follower left; the platform obliges us to delete what is personal."""


@dataclass(frozen=True, slots=True)
class PictureMessage(Incoming):
    """A picture; `source`: the address at which the platform holds it for some days, empty when it named none."""

    source: str


@dataclass(frozen=True, slots=True)
class OtherMessage(Incoming):
    """A voice in which no words were recognised, a place, a link: nothing we can read.

    `kind` is the platform's word for it.
    """

    kind: str


Message = TextMessage | MenuClick | CodeScan | Follow | SceneScan | Unfollow | PictureMessage | OtherMessage


@dataclass(frozen=True, slots=True)
class TextReply:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class ImageReply:
    """A picture that was uploaded before."""

    media_id: str


@dataclass(frozen=True, slots=True)
class Article:
    """One card."""

    title: str
    description: str
    picture_url: str
    url: str


@dataclass(frozen=True, slots=True)
class NewsReply:
    """Cards; one in answer to a message. `instead`: the same in words, for an answer that must say more besides."""

    articles: tuple[Article, ...]
    instead: str = ""


Reply = TextReply | ImageReply | NewsReply
