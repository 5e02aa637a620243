"""What stands beside the numbers of a campaign: coverage in the media, words of the staff, photos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Medium(StrEnum):
    """Where a campaign was spoken of (table T7 of library-domain 3.3, and the ways that its seed reports name)."""

    NEWSPAPER = "newspaper"
    TELEVISION = "television"
    RADIO = "radio"
    WEBSITE = "website"
    OFFICIAL_ACCOUNT = "official_account"  # of WeChat
    VIDEO_CHANNEL = "video_channel"
    SCREEN = "screen"  # large screens that run a text
    BANNER = "banner"
    BOARD = "board"  # display panels and columns
    LEAFLET = "leaflet"
    VEHICLE = "vehicle"
    SLOGAN = "slogan"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One entry of the media log. `outlet`: the name of the paper or account; `place`: where a banner hung."""

    id: int
    library_id: int
    event_id: int | None
    day: date | None
    medium: Medium
    outlet: str
    title: str
    link: str
    place: str


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What somebody wrote down; may hold names and never goes into public versions."""

    id: int
    library_id: int
    event_id: int | None
    occurrence_id: int | None
    words: str


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """A photo without its bytes; those are read when the document is drawn. Width and height in pixels."""

    id: int
    library_id: int
    event_id: int | None
    occurrence_id: int | None
    caption: str
    width: int
    height: int


LONGEST_NOTE, LONGEST_TITLE, LONGEST_OUTLET, LONGEST_LINK, LONGEST_CAPTION = 600, 200, 120, 400, 200


@dataclass(frozen=True, slots=True)
class MediaEntry:
    """An entry of the media log as somebody typed it or a file has it."""

    medium: Medium
    outlet: str
    title: str
    link: str
    place: str
    day: date | None
    occurrence_number: int | None = None


@dataclass(frozen=True, slots=True)
class CoverageNoted:
    """An entry, note or caption was stored; `number` and `place` say of what, both empty for a whole library."""

    id: int
    number: int | None
    place: str
    campaign_id: int


@dataclass(frozen=True, slots=True)
class NoPhotoYet:
    """照片 12 说明 from somebody who sent no picture a moment ago."""


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A row of a sheet of media, notes or photos; `row` where it stands, `values` its columns by name."""

    key: str
    library: str
    event: str
    occurrence: str
    row: int
    values: Mapping[str, object]
