"""Traces in addresses: each figure of a page links to the rows it was counted from (promise I7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import StrEnum

from bot.domain.kinds import Category, Mode
from bot.domain.trace import Measure, Trace

_LARGEST_ID = 2**63 - 1
_IDS = ("library_id", "event_id", "occurrence_id", "tally_id")
_FLAGS = ("branches", "undated", "without_event", "without_occurrence")
_WORDS = {"audience": 20, "metric": 80, "unit": 12, "part": 120, "recipient": 120}
_KINDS: Mapping[str, type[StrEnum]] = {"measure": Measure, "category": Category, "mode": Mode}


class BadTraceError(ValueError):
    """An address that names no figure."""


def query_of(trace: Trace) -> dict[str, str]:
    """A trace as the query of an address; what does not narrow it is left out."""
    said: dict[str, str] = {}
    for field in fields(Trace):
        value = getattr(trace, field.name)
        if value is None or value is False or value == "":
            continue
        said[field.name] = "1" if value is True else value.isoformat() if isinstance(value, date) else str(value)
    return said


def read_trace(query: Mapping[str, str]) -> Trace:
    """The trace in an address. Raises BadTraceError for one that says nothing sensible."""
    values: dict[str, object] = {name: query.get(name) == "1" for name in _FLAGS}
    try:
        for name, kind in _KINDS.items():
            if name in query:
                values[name] = kind(query[name])
        for name in _IDS:
            if name in query:
                values[name] = _id(query[name])
        if "day" in query:
            values["day"] = date.fromisoformat(query["day"])
        values |= {name: query[name][:longest] for name, longest in _WORDS.items() if name in query}
        return Trace(**values)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise BadTraceError(str(error)) from error


def _id(text: str) -> int:
    number = int(text)
    if not 0 < number <= _LARGEST_ID:
        raise BadTraceError(text)
    return number
