"""Templates as they are configured, and whether what we put into them fits (wechat-platform.md section 3).

A value that breaks a field's rule is refused by the platform with 47003, for every reader anew. So it is fitted or
found wrong here, and a template that is not the account's becomes one alarm.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock
from bot.domain.kinds import NoticeKind
from bot.domain.notice import Lane, lane_of
from bot.store.alarms import AlarmKind, end_alarm, raise_alarm
from bot.store.database import Database
from bot.wechat.errors import GatewayError
from bot.wechat.gateway import Gateway

CHECKED_S = 600.0
"""For how long an answer about the account's templates counts."""

_CHINESE = re.compile("[\u3400-\u9fff]")
_PLACE = re.compile(r"\{\{(\w+)\.DATA\}\}")
_VALUES = frozenset({"title", "start", "place", "number", "code"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Template:
    """A template's id, which of its fields takes which of our values, and whether it serves more than reminders."""

    template_id: str
    fields: tuple[tuple[str, str], ...] = (("thing1", "title"), ("time2", "start"), ("thing3", "place"))
    for_urgent: bool = False

    @classmethod
    def parse(cls, text: str, *, for_urgent: bool = False) -> Template:
        """Read `ID` or `ID:thing1=title,time2=start,…`; raise ValueError for a value that we do not have."""
        template_id, _, pairs = text.partition(":")
        if not pairs:
            return cls(template_id.strip(), for_urgent=for_urgent)
        split = (pair.partition("=") for pair in pairs.split(","))
        fields = tuple((name.strip(), value.strip()) for name, _, value in split)
        unknown = {value for _, value in fields} - _VALUES
        if unknown:
            raise ValueError(f"the template asks for {', '.join(sorted(unknown))}")
        return cls(template_id.strip(), fields, for_urgent)

    def serves(self, kind: NoticeKind) -> bool:
        """Whether notices of this kind go out by it."""
        return kind is NoticeKind.REMINDER or (self.for_urgent and lane_of(kind) is Lane.URGENT)


def fit_field(name: str, value: str) -> str | None:
    """The value as the field's type takes it, shortened where that leaves sense; None when it cannot be made to fit."""
    kind, value = name.rstrip("0123456789"), " ".join(value.split())
    if not value:
        return None
    if kind == "thing":
        return value if len(value) <= 20 else f"{value[:19]}…"
    if kind == "character_string":
        return value if len(value) <= 32 and not _CHINESE.search(value) else None
    if kind == "phrase":
        return value if len(value) <= 5 and len(_CHINESE.findall(value)) == len(value) else None
    if kind == "name":
        return value[: 10 if _CHINESE.search(value) else 20]
    if kind == "number":
        return value if len(value) <= 32 and value.replace(".", "", 1).isdecimal() else None
    if kind in ("time", "date"):
        return value if re.match(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?$", value, re.ASCII) else None
    return value


class Templates:
    """The account's own list of templates, looked at now and then."""

    def __init__(
        self, gateway: Gateway, db: Database, clock: Clock, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway, self._db, self._clock, self._seconds = gateway, db, clock, seconds
        self._contents: dict[str, str] | None = None
        self._until = 0.0
        self._told: dict[str, str] = {}

    def fit(self, template: Template, values: Mapping[str, str], *, listed: bool = False) -> dict[str, str] | None:
        """The fields as they are sent; None, and an alarm, when this template cannot be used.

        `listed`: it must be among the account's templates for template messages, with just these fields.
        """
        fitted = {name: fit_field(name, values[value]) for name, value in template.fields}
        wrong = sorted(name for name, value in fitted.items() if value is None)
        fault = f"does not take our value in {', '.join(wrong)}" if wrong else ""
        if not fault and listed:
            fault = self._find_fault(template)
        self._tell(template, fault)
        return None if fault else {name: value for name, value in fitted.items() if value is not None}

    def _find_fault(self, template: Template) -> str:
        contents = self._list()
        if contents is None:
            return ""
        content = contents.get(template.template_id)
        if content is None:
            return "is not among the account's templates"
        asked, given = set(_PLACE.findall(content)), {name for name, _ in template.fields}
        return f"has other fields: {', '.join(sorted(asked ^ given))}" if asked != given else ""

    def _list(self) -> dict[str, str] | None:
        if self._seconds() >= self._until:
            try:
                told = self._gateway.call("template/get_all_private_template")
            except GatewayError:
                return self._contents
            found = told.get("template_list", [])
            self._contents = {str(each.get("template_id")): str(each.get("content")) for each in found}
            self._until = self._seconds() + CHECKED_S
        return self._contents

    def _tell(self, template: Template, fault: str) -> None:
        subject = template.template_id
        if self._told.get(subject, "") == fault:
            return
        try:
            with self._db.writing() as tx:
                if fault:
                    raise_alarm(tx, AlarmKind.TEMPLATE, subject, None, fault, self._clock())
                else:
                    end_alarm(tx, AlarmKind.TEMPLATE, subject, self._clock())
        except SQLAlchemyError as error:
            log.error("alarm_not_written", alarm=f"template {subject}", error=type(error).__name__)
            return
        self._told[subject] = fault
