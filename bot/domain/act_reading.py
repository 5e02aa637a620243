"""What a device sends, read from JSON: acts in order, or what is wrong with one. Whatever comes in, nothing raises.

A phone's clock may stand in 1970 or run ahead of the century: such moments are taken and set right (`happened_at`),
because what was done at the door was done. Only what no clock says is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.domain.door import LONGEST_ID, MOST_PEOPLE, REFUSED_BY_DEVICE, WalkInAudience, Way
from bot.domain.kinds import ScanResult
from bot.domain.tally_words import LONGEST_TALLY, PartsDiffer, TallyEntry, TallyFault, parse_tally

MOST_ACTS = 50
"""In one request: what a phone has collected goes in parts."""

LONGEST_CODE = 2_048
"""A QR holds up to 4,296 characters; ours have 60. Longer ones are cut, and then known to be none of ours."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 64_060_588_800_000  # the year 4000: room to add differences without leaving the calendar
_LARGEST_NUMBER = 2**31 - 1
_ID = re.compile(rf"[A-Za-z0-9_.:-]{{8,{LONGEST_ID}}}")
_DEVICE = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
_FROM_DEVICES = frozenset(Way) - {Way.PAPER}


class ActFault(StrEnum):
    """Why an act cannot be taken."""

    NOT_AN_ACT = "not_an_act"
    ID = "id"
    KIND = "kind"
    OCCURRENCE = "occurrence"
    TIME = "time"
    CODE = "code"
    PEOPLE = "people"
    WAY = "way"
    AUDIENCE = "audience"
    WORDS = "words"
    PLACE = "place"  # a tally's words name another occurrence
    OTHER_ACT = "other_act"  # the id stands for something else already


@dataclass(frozen=True, slots=True)
class SentScan:
    """A scan as it was sent; `at` by the device's clock."""

    id: str
    at: datetime
    occurrence: int
    code: str
    ref: str
    people: int | None
    admitted: bool
    way: Way
    refused: ScanResult | None = None


@dataclass(frozen=True, slots=True)
class SentWalkIns:
    """Walk-ins as they were sent. `admitted`: they were let in before we could be asked."""

    id: str
    at: datetime
    occurrence: int
    people: int
    audience: WalkInAudience
    admitted: bool


@dataclass(frozen=True, slots=True)
class SentTally:
    """A quantity as it was sent."""

    id: str
    at: datetime
    occurrence: int
    entry: TallyEntry


@dataclass(frozen=True, slots=True)
class SentUndo:
    """The device takes back one of its acts."""

    id: str
    at: datetime
    of: str


SentAct = SentScan | SentWalkIns | SentTally | SentUndo


@dataclass(frozen=True, slots=True)
class Unread:
    """Not an act. `tally`: what is wrong with a quantity; `id` and `kind` as far as they could be read."""

    id: str | None
    kind: str
    fault: ActFault
    tally: TallyFault | None = None


class _Wrong(Exception):
    def __init__(self, fault: ActFault, tally: TallyFault | None = None) -> None:
        self.fault, self.tally = fault, tally


def read_device(value: object) -> str | None:
    """The name that a device gave itself; None when it is none."""
    return value if isinstance(value, str) and _DEVICE.fullmatch(value) else None


def read_moment(value: object) -> datetime | None:
    """Milliseconds since 1970; None when it is no moment."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST_MS:
        return None  # not-a-number compares with nothing
    return _EPOCH + timedelta(milliseconds=int(value))


def moment_ms(moment: datetime) -> int:
    """A moment as devices get it."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def read_act(value: object) -> SentAct | Unread:
    """One act of a request."""
    if not isinstance(value, dict):
        return Unread(None, "", ActFault.NOT_AN_ACT)
    kind = value.get("kind")
    act_id = value.get("id")
    known = act_id if isinstance(act_id, str) and _ID.fullmatch(act_id) else None
    try:
        if known is None:
            raise _Wrong(ActFault.ID)
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        if reader is None:
            raise _Wrong(ActFault.KIND)
        return reader(known, _moment(value.get("at")), value)
    except _Wrong as wrong:
        named = kind if isinstance(kind, str) and kind in _READERS else ""
        return Unread(known, named, wrong.fault, wrong.tally)


def _scan(act_id: str, at: datetime, sent: dict[str, object]) -> SentScan:
    code, ref = sent.get("code"), sent.get("ref")
    if (code is None) == (ref is None):
        raise _Wrong(ActFault.CODE)
    people = sent.get("people")
    return SentScan(
        act_id,
        at,
        _number(sent.get("occurrence")),
        _text(code, ActFault.CODE) if ref is None else "",
        _text(ref, ActFault.CODE) if code is None else "",
        None if people is None else _people(people),
        _flag(sent.get("admitted")),
        _way(sent.get("way", Way.CAMERA.value)),
        _refused(sent.get("refused"), admitted=_flag(sent.get("admitted"))),
    )


def _walk_ins(act_id: str, at: datetime, sent: dict[str, object]) -> SentWalkIns:
    audience = sent.get("audience", "")
    if not isinstance(audience, str) or audience not in set(WalkInAudience):
        raise _Wrong(ActFault.AUDIENCE)
    people = _people(sent.get("people"))
    admitted = _flag(sent.get("admitted"))
    return SentWalkIns(act_id, at, _number(sent.get("occurrence")), people, WalkInAudience(audience), admitted)


def _tally(act_id: str, at: datetime, sent: dict[str, object]) -> SentTally:
    occurrence = _number(sent.get("occurrence"))
    words = sent.get("words")
    if not isinstance(words, str) or "\0" in words or not _is_text(words):
        raise _Wrong(ActFault.WORDS)
    entry = parse_tally(words[: LONGEST_TALLY + 1])
    if isinstance(entry, PartsDiffer):
        raise _Wrong(ActFault.WORDS, TallyFault.BAD_PART)
    if isinstance(entry, TallyFault):
        raise _Wrong(ActFault.WORDS, entry)
    if entry.occurrence_number not in (None, occurrence):
        raise _Wrong(ActFault.PLACE)
    return SentTally(act_id, at, occurrence, entry)


def _undo(act_id: str, at: datetime, sent: dict[str, object]) -> SentUndo:
    of = sent.get("of")
    if not isinstance(of, str) or not _ID.fullmatch(of):
        raise _Wrong(ActFault.ID)
    return SentUndo(act_id, at, of)


_READERS: dict[str, Callable[[str, datetime, dict[str, object]], SentAct]] = {
    "scan": _scan,
    "walk_in": _walk_ins,
    "tally": _tally,
    "undo": _undo,
}


def _moment(value: object) -> datetime:
    moment = read_moment(value)
    if moment is None:
        raise _Wrong(ActFault.TIME)
    return moment


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LARGEST_NUMBER:
        raise _Wrong(ActFault.OCCURRENCE)
    return value


def _people(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PEOPLE:
        raise _Wrong(ActFault.PEOPLE)
    return value


def _flag(value: object) -> bool:
    if value is not None and not isinstance(value, bool):
        raise _Wrong(ActFault.PEOPLE)
    return bool(value)


def _refused(value: object, *, admitted: bool) -> ScanResult | None:
    """Why the device turned them away by itself; nobody is let in and turned away at once."""
    if value is None:
        return None
    if admitted or not isinstance(value, str) or value not in {result.value for result in REFUSED_BY_DEVICE}:
        raise _Wrong(ActFault.KIND)
    return ScanResult(value)


def _way(value: object) -> Way:
    if not isinstance(value, str) or value not in {way.value for way in _FROM_DEVICES}:
        raise _Wrong(ActFault.WAY)
    return Way(value)


def _text(value: object, fault: ActFault) -> str:
    """Any text that a code can hold: whoever scans a pass of another house learns that it is none of ours."""
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(fault)
    text = value[:LONGEST_CODE]
    if not _is_text(text):
        raise _Wrong(fault)
    return text


def _is_text(value: str) -> bool:
    """Whether it can be written down: JSON can hold halves of characters."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
