"""Templates of the account: how our values fit the fields' types, and whether a template is what the settings say.

Both are looked at before anything is sent, so that one fault of a setting is one alarm, not thousands of refusals.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError

from bot.domain.clock import Clock
from bot.domain.kinds import NoticeKind
from bot.store.alarms import AlarmKind, raise_alarm
from bot.store.database import Database
from bot.store.redis import RedisUnavailable
from bot.texts.notices import KIND_VALUE, TEMPLATE_VALUES
from bot.wechat.errors import GatewayError
from bot.wechat.gateway import Gateway

KNOWN_S = 600
"""How long the account's list of templates, or a refusal of one of them, is remembered."""

_CHINESE = re.compile("[\u3400-\u9fff]")
_FIELD = re.compile(r"\{\{(\w+)\.DATA\}\}")
_NUMBER = re.compile(r"\d{1,32}(\.\d+)?\Z", re.ASCII)
_LIST_API = "template/get_all_private_template"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FieldTemplate:
    """One template: its id, and which of its fields takes which of our values."""

    template_id: str
    fields: tuple[tuple[str, str], ...] = (("thing1", "title"), ("time2", "start"), ("thing3", "place"))

    @classmethod
    def parse(cls, text: str) -> FieldTemplate:
        """Read `ID` or `ID:thing1=title,time2=start,…`; raise ValueError for a value that we do not have."""
        template_id, _, pairs = text.partition(":")
        if not pairs:
            return cls(template_id.strip())
        fields = tuple((name.strip(), value.strip()) for name, _, value in (p.partition("=") for p in pairs.split(",")))
        unknown = {value for _, value in fields} - TEMPLATE_VALUES
        if unknown:
            raise ValueError(f"the template asks for {', '.join(sorted(unknown))}")
        return cls(template_id.strip(), fields)

    def carries(self, kind: NoticeKind) -> bool:
        """Reminders always; other notices only where a field says which kind it is: it would mislead else."""
        return kind is NoticeKind.REMINDER or any(value == KIND_VALUE for _, value in self.fields)

    def fill(self, values: Mapping[str, str]) -> dict[str, str] | None:
        """The fields with values that fit their types; None when one cannot be made to fit."""
        filled: dict[str, str] = {}
        for name, value in self.fields:
            fitted = fit(name, values[value])
            if fitted is None:
                return None
            filled[name] = fitted
        return filled


@dataclass(frozen=True, slots=True)
class Templates:
    """What the settings name. `once` is the one template of one-time subscription messages."""

    reminder: FieldTemplate | None = None
    notice: FieldTemplate | None = None
    once: str | None = None

    @classmethod
    def parse(cls, reminder: str | None, notice: str | None, once: str | None) -> Templates:
        """Read the three settings; raise ValueError as FieldTemplate does."""
        return cls(
            FieldTemplate.parse(reminder) if reminder else None, FieldTemplate.parse(notice) if notice else None, once
        )


def fit(field: str, value: str) -> str | None:
    """A value as the field's type takes it (wechat-platform.md section 3); None when it cannot be."""
    value = " ".join(value.split())
    chinese = len(_CHINESE.findall(value))
    if not value:
        return None
    match field.rstrip("0123456789"):
        case "thing":
            return _cut(value, 20)
        case "name":
            return value[: 10 if chinese else 20]
        case "phrase":
            return value if len(value) <= 5 and chinese == len(value) else None
        case "character_string":
            return value if len(value) <= 32 and not chinese else None
        case "number":
            return value if _NUMBER.match(value) else None
        case "time" | "date":
            return value if _is_moment(value) else None
        case _:
            return value  # of a type whose rule nobody has written down: the platform will say


class TemplateBook:
    """Which templates may be used now. What it knows lies in Redis for all processes."""

    def __init__(self, gateway: Gateway, redis: Redis, db: Database, clock: Clock) -> None:
        self._gateway, self._redis, self._db, self._clock = gateway, redis, db, clock

    def is_out(self, template_id: str) -> bool:
        """Whether the platform has lately refused this template."""
        try:
            return bool(self._redis.exists(_out(template_id)))
        except RedisUnavailable:
            return False

    def leave_out(self, template_id: str) -> None:
        """The platform refused it; the watch over the account has raised the alarm."""
        try:
            self._redis.set(_out(template_id), 1, ex=KNOWN_S)
        except RedisUnavailable:
            return

    def check(self, template: FieldTemplate) -> bool:
        """Whether the account has this template with these fields. An alarm says what is wrong with it; when the
        platform does not say what there is, it is taken to be right.
        """
        known = self._list()
        if known is None:
            return True
        wanted = known.get(template.template_id)
        if wanted is None:
            self._refuse(template.template_id, 40037, "the account has no template of this id")
            return False
        ours = {name for name, _ in template.fields}
        wrong = sorted(set(wanted) ^ ours)
        if wrong:
            self._refuse(template.template_id, 47003, f"these fields do not match the setting: {', '.join(wrong)}")
        return not wrong

    def _list(self) -> dict[str, list[str]] | None:
        try:
            kept = self._redis.get("shuqian:templates")
        except RedisUnavailable:
            return None
        if isinstance(kept, bytes):
            known: dict[str, list[str]] | None = json.loads(kept)
            return known
        known = self._fetch()
        try:
            self._redis.set("shuqian:templates", json.dumps(known), ex=KNOWN_S if known is not None else 60)
        except RedisUnavailable:
            return known
        return known

    def _fetch(self) -> dict[str, list[str]] | None:
        try:
            listed = self._gateway.call(_LIST_API).get("template_list")
        except GatewayError as error:
            log.warning("templates_not_listed", error=str(error))
            return None
        if not isinstance(listed, list):
            return None
        return {
            str(each.get("template_id", "")): _FIELD.findall(str(each.get("content", "")))
            for each in listed
            if isinstance(each, dict)
        }

    def _refuse(self, template_id: str, code: int, why: str) -> None:
        self.leave_out(template_id)
        try:
            with self._db.writing() as tx:
                raise_alarm(tx, AlarmKind.TEMPLATE, template_id, code, why, self._clock())
        except SQLAlchemyError as error:
            log.error("alarm_not_written", error=type(error).__name__)


def _out(template_id: str) -> str:
    return f"shuqian:template:out:{template_id}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _is_moment(value: str) -> bool:
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M"):
        try:
            datetime.strptime(value, form)  # noqa: DTZ007 (only its form is looked at)
        except ValueError:
            continue
        return True
    return False
