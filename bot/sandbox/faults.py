"""Errors on demand: the next calls of an API fail as ordered.

A fault names an API (``message/custom/send``, or ``*`` for all), what happens (an ``errcode`` or a ``mode``) and how
many times. Modes: ``slow`` (answers after ``seconds``), ``cut`` (the connection breaks in mid-answer), ``half`` (half
of the JSON), ``garbage`` (a web page instead of JSON), ``http500``. With ``effect`` the call does its work before its
answer is spoilt, so that the caller cannot know the outcome; that is the default for slow, cut, half and garbage.
"""

from dataclasses import asdict, dataclass
from typing import Any

from bot.sandbox.database import Database

MODES = ("slow", "cut", "half", "garbage", "http500")
_WITH_EFFECT = ("slow", "cut", "half", "garbage")
_FACT = "faults"
_MOST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """One ordered fault; ``times`` calls are still to fail."""

    api: str
    times: int = 1
    errcode: int | None = None
    mode: str | None = None
    seconds: float = 10.0
    effect: bool = False

    @property
    def name(self) -> str:
        """For the record of calls."""
        return self.mode or f"errcode {self.errcode}"


def parse_fault(wish: dict[str, Any]) -> Fault:
    """Read an order from JSON; raise ValueError in words."""
    api, mode, errcode = wish.get("api"), wish.get("mode"), wish.get("errcode")
    times, seconds = wish.get("times", 1), wish.get("seconds", 10)
    if not isinstance(api, str) or not api:
        raise ValueError("api is needed, for example message/custom/send, or * for all")
    if (mode is None) == (errcode is None):
        raise ValueError("give either errcode or mode")
    if mode is not None and mode not in MODES:
        raise ValueError(f"mode is one of {', '.join(MODES)}")
    if errcode is not None and not _is_whole(errcode):
        raise ValueError("errcode is a whole number")
    if not _is_whole(times) or times < 1:
        raise ValueError("times is a whole number from 1")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError(f"seconds is at most {_MOST_SECONDS}")
    effect = bool(wish.get("effect", mode in _WITH_EFFECT))
    return Fault(api.removeprefix("/cgi-bin/").strip("/"), times, errcode, mode, float(seconds), effect)


def list_faults(db: Database) -> list[dict[str, Any]]:
    """Faults still to happen."""
    found: list[dict[str, Any]] = db.fact(_FACT, [])
    return found


def order_fault(db: Database, fault: Fault) -> None:
    """Add a fault behind those already ordered."""
    with db.together():
        db.remember(_FACT, [*list_faults(db), asdict(fault)])


def clear_faults(db: Database) -> None:
    """Forget all ordered faults."""
    db.remember(_FACT, [])


def take_fault(db: Database, api: str) -> Fault | None:
    """The fault this call must meet, counted down; None for a call that works."""
    with db.together():
        faults = list_faults(db)
        for place, found in enumerate(faults):
            if found["api"] in (api, "*"):
                left = [*faults[:place], *faults[place + 1 :]]
                if found["times"] > 1:
                    left.insert(place, found | {"times": found["times"] - 1})
                db.remember(_FACT, left)
                return Fault(**found)
    return None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
