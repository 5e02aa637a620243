"""How the report of a campaign is written: its form, grouping, numbers and headings (column `campaign.wording`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum


class Form(StrEnum):
    """What the document is (library-domain 4.1): one goes up to the authority, the other stays in the house."""

    REPORT = "report"  # titled as a report, with addressee and closing formula
    SUMMARY = "summary"  # neither addressee nor closing formula


class GroupBy(StrEnum):
    """By what the activities are put together."""

    KIND = "kind"
    LIBRARY = "library"


class Numbering(StrEnum):
    """How headings are numbered; whoever draws the document puts the numbers."""

    STANDARD = "standard"  # GB/T 9704: ideograph and comma, in brackets, digit and point, digit in brackets
    PLAIN = "plain"  # ideograph and comma, then digit and comma


class Headings(StrEnum):
    """Whether a heading stands alone or the text runs on after it."""

    OWN_LINE = "own_line"
    RUN_IN = "run_in"


class Points(StrEnum):
    """How the activities of one group follow each other."""

    FLOWING = "flowing"  # one after the other in the same sentences
    COUNTED = "counted"  # firstly, secondly, thirdly
    ITEMS = "items"  # each under a heading of its own


class CountsAs(StrEnum):
    """How exactly counted people are told in the text; tables are always exact."""

    EXACT = "exact"
    ROUNDED = "rounded"  # 337 is told as more than 300


class FontNames(StrEnum):
    """By which names the document asks for its fonts; machines have older or newer ones (library-domain 4.2)."""

    GB2312 = "gb2312"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class ReportStyle:
    """How a report is written. `form` None: a report where there is an addressee, else a summary.

    `issuer` signs the document; empty: the library that it is of. `details`: tell of activities without any figure
    what readers were told of them.
    """

    form: Form | None = None
    group_by: GroupBy = GroupBy.KIND
    numbering: Numbering = Numbering.STANDARD
    headings: Headings = Headings.OWN_LINE
    points: Points = Points.FLOWING
    counts: CountsAs = CountsAs.EXACT
    fonts: FontNames = FontNames.GB2312
    issuer: str = ""
    details: bool = False

    def as_data(self) -> dict[str, str | bool]:
        """What differs from the default, as it is stored."""
        return {
            name: str(value) if isinstance(value, StrEnum) else value
            for name in _NAMES
            if (value := getattr(self, name)) != getattr(DEFAULT_STYLE, name)
        }


DEFAULT_STYLE = ReportStyle()
_NAMES = tuple(field.name for field in fields(ReportStyle))
CHOICES: Mapping[str, type[StrEnum]] = {
    "form": Form,
    "group_by": GroupBy,
    "numbering": Numbering,
    "headings": Headings,
    "points": Points,
    "counts": CountsAs,
    "fonts": FontNames,
}
"""What may be chosen for each name."""
LONGEST_ISSUER = 120


def read_style(data: object) -> ReportStyle:
    """The style of a campaign from what is stored; nothing, or an empty one, is the default.

    Raises ValueError with the fault: a name or value that there is not.
    """
    if data is None:
        return DEFAULT_STYLE
    if not isinstance(data, Mapping):
        raise ValueError("the style must be a mapping of names to values")
    read: dict[str, object] = {}
    for name, value in data.items():
        if name not in _NAMES:
            raise ValueError(f"no such name: {name!r}; known are {', '.join(_NAMES)}")
        if value is not None:
            read[name] = _read(str(name), value)
    return ReportStyle(**read)  # type: ignore[arg-type]


def _read(name: str, value: object) -> object:
    if name == "details":
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}")
        return value
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {value!r}")
    if name == "issuer":
        if len(value) > LONGEST_ISSUER:
            raise ValueError(f"{name} is longer than {LONGEST_ISSUER} characters")
        return value
    choices = CHOICES[name]
    try:
        return choices(value)
    except ValueError:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}") from None
