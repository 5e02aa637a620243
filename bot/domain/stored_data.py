"""Frozen data classes as plain data for a JSON column, and back. What has its default value is left out.

So a version of a report keeps its figures themselves: its documents can be drawn again from them, whatever changed
since. Fields that come later have defaults, so older rows stay readable.
"""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


def to_data(value: object) -> Any:
    """A value as what JSON knows. Mappings are lists of pairs, since their keys need not be text."""
    if isinstance(value, Enum):
        return to_data(value.value)
    if value is None or isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | Fraction):
        return str(value)
    if is_dataclass(value):
        return {
            field.name: to_data(held)
            for field in fields(value)
            if (held := getattr(value, field.name)) != _default_of(field) or _has_no_default(field)
        }
    if isinstance(value, Mapping):
        return [[to_data(key), to_data(held)] for key, held in value.items()]
    if isinstance(value, tuple | list):
        return [to_data(each) for each in value]
    if isinstance(value, frozenset | set):
        return sorted(to_data(each) for each in value)
    raise TypeError(f"{type(value).__name__} has no form as plain data")


def from_data(kind: type[Made], data: Any) -> Made:
    """The data class that `to_data` made this from; raises ValueError or TypeError when it is something else."""
    return _read(kind, data)  # type: ignore[no-any-return]


def digest_of(data: Any) -> str:
    """A fingerprint of plain data: the same for the same data, whatever the order of names."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _has_no_default(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _default_of(field: Field[Any]) -> object:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if data is None:
            return None
        (only,) = [each for each in get_args(kind) if each is not type(None)]
        return _read(only, data)
    if origin is tuple:
        return _read_tuple(get_args(kind), data)
    if origin in (frozenset, list):
        return origin(_read(get_args(kind)[0], each) for each in data)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        of_key, of_value = get_args(kind)
        return {_read(of_key, key): _read(of_value, held) for key, held in data}
    return _read_plain(kind, data)


def _read_tuple(parts: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_read(parts[0], each) for each in data)
    return tuple(_read(part, each) for part, each in zip(parts, data, strict=True))


def _read_plain(kind: Any, data: Any) -> Any:
    if kind in (Any, object):
        return data
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: _read(hints[name], held) for name, held in data.items()})  # type: ignore[operator]
    if issubclass(kind, date | time):
        return kind.fromisoformat(data)
    return kind(data)
