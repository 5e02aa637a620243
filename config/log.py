"""Logging: one line of JSON for each thing that happened (words for people at a terminal), with nothing personal in it.

Redaction is the last step before writing and applies to every logger, also those of libraries: their errors quote
addresses with tokens in them.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from structlog.typing import EventDict, Processor

if TYPE_CHECKING:
    from pydantic import BaseModel

MASK = "[…]"

_PRIVATE_KEYS = frozenset(
    {
        *("card", "nickname", "birth_year", "answers", "contact", "members"),
        *("phone", "name", "openid", "sender", "recipient", "text", "words", "reply", "body", "query"),
        *("token", "access_token", "secret", "appsecret", "aes_key", "signature", "msg_signature", "nonce", "echostr"),
        *("password", "cookie", "authorization", "secret_key", "database_url", "redis_url", "code", "ticket"),
    }
)
_HARMLESS_VALUES = (bool, int, type(None))
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=\?)[^\s\"'<>]*=[^\s\"'<>]*"), MASK),  # query strings, whole
    (
        re.compile(
            r"(?i)\b((?:access_|refresh_)?token|(?:jsapi_|api_)?ticket|(?:app)?secret|signature|key|password)"
            r"([\"']?\s*(?:[=:]|%3D)\s*[\"']?)[^\s\"'&,}]+"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), MASK),  # user and password in an address
    (re.compile(r"(?<!\d)(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"), MASK),  # mobile phones
    (re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"), MASK),  # landlines
    (re.compile(r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])"), MASK),  # openids
    (re.compile(r"(?<![A-Za-z0-9])\d{1,3}_[A-Za-z0-9_-]{40,}"), MASK),  # access tokens, by their shape
    (re.compile(r"(?i)(/T/)[A-Z2-7]{31}"), rf"\1{MASK}"),  # ticket addresses
    (re.compile(r"(?i)(/(?:me|staff)/enter/)[\w-]{32,}"), rf"\1{MASK}"),  # links that make a browser known
    (re.compile(r"(?i)(/my-data/)[A-Z2-7]{40}"), rf"\1{MASK}"),  # a reader's copy of their own data
)
_QUIET = ("urllib3", "requests", "kombu", "amqp", "PIL", "matplotlib")
# These tell of every scan of the schedule, also when it found nothing: three lines every two seconds.
_QUIET_UNLESS_DEBUGGING = ("celery.worker.strategy", "celery.app.trace", "celery.beat")


def secret_values(settings: BaseModel) -> list[str]:
    """All secrets that the settings hold, for masking them."""
    # Known by their method: the scheduler logs too, and does without the weight of pydantic.
    return [value.get_secret_value() for _, value in settings if hasattr(value, "get_secret_value")]


class Redact:
    """Masks private fields by name, and phones, openids, tokens and query strings wherever they stand."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 6)

    def __call__(self, logger: Any, method: str, event: EventDict) -> EventDict:
        """A processor of structlog."""
        return {name: self._masked(name, value) for name, value in event.items()}

    def text(self, words: str) -> str:
        """The words without what must not be written."""
        for secret in self._secrets:
            words = words.replace(secret, MASK)
        for pattern, mask in _PATTERNS:
            words = pattern.sub(mask, words)
        return words

    def _masked(self, name: str, value: Any) -> Any:
        if isinstance(value, _HARMLESS_VALUES):
            return value
        if name.lower() in _PRIVATE_KEYS:
            return MASK
        if isinstance(value, dict):
            return {key: self._masked(str(key), part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked("", part) for part in value]
        return value if isinstance(value, float) else self.text(str(value))


def configure_logging(level: str, secrets: Sequence[str] = ()) -> None:
    """Send structlog and the standard library's loggers through one chain to standard error.

    `secrets` are masked word for word wherever they turn up. Calling again replaces the configuration.
    """
    redact = Redact(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _StderrHandler()
    handler.setFormatter(_formatter(shared, redact))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _QUIET_UNLESS_DEBUGGING:
        logging.getLogger(name).setLevel(logging.NOTSET if root.level <= logging.DEBUG else logging.WARNING)


class _StderrHandler(logging.Handler):
    """Writes to what standard error is at that moment, not to what it was when logging was configured."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception as fault:  # a fault in logging must not become a fault of the request
            # Not `handleError`, which writes the record as it is, past the redaction.
            where = f"{record.name} {record.filename}:{record.lineno}"
            sys.stderr.write(json.dumps({"event": "not_logged", "where": where, "error": type(fault).__name__}) + "\n")


def _formatter(shared: list[Processor], redact: Redact) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
    )
