"""What every API call goes through: ordered faults, token, rights, quota, the record, and the platform's JSON."""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import wraps
from typing import Any

from flask import Blueprint, Response, request

from bot.sandbox.api.errors import ApiError
from bot.sandbox.api.tokens import check_token
from bot.sandbox.box import Sandbox, current_sandbox
from bot.sandbox.calls import record_call
from bot.sandbox.database import Database
from bot.sandbox.faults import Fault, take_fault
from bot.sandbox.settings import Level

JSON_TYPE = "application/json; encoding=utf-8"  # as the platform spells it
OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
DEFAULT_DAILY_LIMIT = 500_000
DAILY_LIMITS = {
    "token": 2_000,
    "message/template/send": 100_000,
    "qrcode/create": 100_000,
    "menu/create": 1_000,
    "menu/delete": 1_000,
    "menu/addconditional": 2_000,
    "menu/delconditional": 2_000,
    "menu/trymatch": 20_000,
    "media/upload": 100_000,
    "ticket/getticket": 1_000_000,
}
_LIMITS_FACT = "daily_limits"
_MINUTE_LIMITS_FACT = "minute_limits"
_ESCAPED = re.compile(rb"\\u(?!00[0-7])[0-9a-fA-F]{4}")
_PLATFORM_TIME = timezone(timedelta(hours=8))  # quotas start anew at midnight in China

Answer = dict[str, Any] | Response
View = Callable[[Sandbox], Answer]


class BrokenConnectionError(Exception):
    """Raised in mid-answer so that the server drops the connection, as ordered."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One API: its name below ``/cgi-bin/`` and what it asks for."""

    api: str
    methods: tuple[str, ...] = ("POST",)
    needs: Level = Level.L0
    token: bool = True
    counted: bool = True


def endpoint(
    blueprint: Blueprint,
    api: str,
    *,
    methods: tuple[str, ...] = ("POST",),
    needs: Level = Level.L0,
    token: bool = True,
    counted: bool = True,
    path: str = "",
) -> Callable[[View], View]:
    """Register a view as the platform's API ``api``, at ``path`` if it is not below ``/cgi-bin/``."""
    asked = Endpoint(api, methods, needs, token, counted)

    def register(view: View) -> View:
        @wraps(view)
        def serve() -> Response:
            return _serve(asked, view)

        blueprint.add_url_rule(
            path or f"/cgi-bin/{api}", endpoint=api.replace("/", "_"), view_func=serve, methods=["GET", "POST"]
        )
        return view

    return register


def json_body() -> dict[str, Any]:
    """The JSON object of the call; 44002 without a body, 47001 for anything but an object.

    Also 47001 for Chinese written as escapes: WeChat would take it and show readers the escapes as they are.
    """
    raw = request.get_data()
    if not raw:
        raise ApiError(44002)
    if _ESCAPED.search(raw):
        raise ApiError(47001, "write Chinese as UTF-8, not as escapes")
    try:
        body = json.loads(raw)
    except ValueError:
        raise ApiError(47001) from None
    if not isinstance(body, dict):
        raise ApiError(47001)
    return body


def text_field(body: dict[str, Any], name: str, errcode: int = 47001) -> str:
    """A text that must be there; ``errcode`` if it is not."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ApiError(errcode)
    return value


def count_use(db: Database, api: str, now: float) -> None:
    """Count one call against the day's quota (45009 beyond it) and the minute's, where one is set (45011)."""
    db.run(
        "INSERT INTO quotas (api, day, used) VALUES (?, ?, 1) ON CONFLICT (api, day) DO UPDATE SET used = used + 1",
        api,
        _day(now),
    )
    if used_today(db, api, now) > daily_limit(db, api):
        raise ApiError(45009)
    if (most := db.fact(_MINUTE_LIMITS_FACT, {}).get(api)) is not None:
        _count_in_minute(db, api, most, now)


def _count_in_minute(db: Database, api: str, most: int, now: float) -> None:
    with db.together():
        name, minute = f"minute:{api}", int(now // 60)
        counted, used = db.fact(name, (minute, 0))
        used = used + 1 if counted == minute else 1
        db.remember(name, (minute, used))
    if used > most:
        raise ApiError(45011)


def set_minute_limit(db: Database, api: str, limit: int | None) -> None:
    """How many calls of an API a minute takes before 45011; None: any number."""
    with db.together():
        limits = {name: most for name, most in db.fact(_MINUTE_LIMITS_FACT, {}).items() if name != api}
        db.remember(_MINUTE_LIMITS_FACT, limits | ({} if limit is None else {api: limit}))


def used_today(db: Database, api: str, now: float) -> int:
    """Calls of this API since the platform's midnight."""
    return db.number("SELECT used FROM quotas WHERE api = ? AND day = ?", api, _day(now))


def forget_use(db: Database) -> None:
    """All quotas start anew."""
    db.run("DELETE FROM quotas")


def daily_limit(db: Database, api: str) -> int:
    """Calls a day the account has of this API."""
    return int(db.fact(_LIMITS_FACT, {}).get(api, DAILY_LIMITS.get(api, DEFAULT_DAILY_LIMIT)))


def set_daily_limit(db: Database, api: str, limit: int) -> None:
    """Give the account another quota."""
    with db.together():
        db.remember(_LIMITS_FACT, db.fact(_LIMITS_FACT, {}) | {api: limit})


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, _PLATFORM_TIME).date().isoformat()


def _serve(asked: Endpoint, view: View) -> Response:
    box = current_sandbox()
    fault = take_fault(box.db, asked.api)
    if fault is not None and fault.mode == "slow":
        time.sleep(fault.seconds)
    answer: Answer = _work(box, asked, view) if fault is None or fault.effect else dict(OK)
    if fault is not None and fault.errcode is not None:
        answer = ApiError(fault.errcode).answer()
    response = _render(answer)
    if fault is not None:
        response = _spoil(response, fault)
    _record(box, asked, answer, response.status_code, fault)
    return response


def _work(box: Sandbox, asked: Endpoint, view: View) -> Answer:
    try:
        if request.method not in asked.methods:
            raise ApiError(43002)
        if asked.token:
            check_token(box.db, request.args.get("access_token", ""), box.clock())
        if box.level < asked.needs:
            raise ApiError(48001)
        if asked.counted:
            count_use(box.db, asked.api, box.clock())
        return view(box)
    except ApiError as error:
        return error.answer()


def _render(answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(json.dumps(answer, ensure_ascii=False), content_type=JSON_TYPE)


def _spoil(response: Response, fault: Fault) -> Response:
    body = response.get_data()
    if fault.mode == "http500":
        return Response(GARBAGE, status=500, content_type="text/html")
    if fault.mode == "garbage":
        return Response(GARBAGE, content_type="text/html")
    if fault.mode == "half":
        return Response(body[: len(body) // 2], content_type=JSON_TYPE)
    if fault.mode == "cut":
        cut = Response(_break_off(), content_type=JSON_TYPE)
        cut.headers["Content-Length"] = str(max(len(body), 1))
        return cut
    return response


def _break_off() -> Iterator[bytes]:
    raise BrokenConnectionError("the sandbox cuts this connection, as ordered")
    yield b""


def _record(box: Sandbox, asked: Endpoint, answer: Answer, status: int, fault: Fault | None) -> None:
    told = answer if isinstance(answer, dict) else {"content_type": answer.content_type}
    record_call(
        box.db,
        now=box.clock(),
        method=request.method,
        api=asked.api,
        query=request.args.to_dict(),
        body=_body_for_record(),
        status=status,
        answer=told,
        fault=fault.name if fault else None,
    )


def _body_for_record() -> Any:
    if request.files:
        return {name: {"filename": file.filename} for name, file in request.files.items()}
    raw = request.get_data()
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return {"unreadable_bytes": len(raw)}
