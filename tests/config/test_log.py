"""Nothing secret and nothing personal is ever written, whoever logs it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import BaseModel, SecretStr

from config.log import Redact, configure_logging, secret_values

CANARIES = {
    "phone": "13800138042",
    "phone with spaces": "138 0013 8043",
    "phone with country": "+8613800138044",
    "landline": "0839-3262000",
    "openid": "oAbCdEfGhIjKlMnOpQrStUvWxYz1",
    "token in a query": "https://api/cgi-bin/x?access_token=TOKENCANARY&openid=o",
    "secret in a query": "/cgi-bin/token?appid=wx&secret=SECRETCANARY",
    "secret in JSON": '{"secret": "SECRETCANARY2"}',
    "password in an address": "postgresql://shuqian:PASSWORDCANARY@host/db",
    "ticket": "https://h/T/AEAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "copy of personal data": "https://h/my-data/" + "BQ" * 20,
    "link to a reader's pages": "https://h/me/enter/" + "ENTERCANARY-" * 3,
    "link of staff": "https://h/staff/enter/" + "ENTERCANARY-" * 4,
    "code of web authorisation": "https://h/me/connect?code=CODECANARY&state=STATECANARY",
    "configured secret": "the-configured-secret",
}
MARKS = ("138001380", "138 0013", "3262000", "oAbCdEf", "CANARY", "AEAAAA", "BQBQBQ", "the-configured")


@pytest.fixture
def _restored() -> Iterator[None]:
    """Leaves logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def _configured(_restored: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", ["the-configured-secret"])


@pytest.mark.parametrize("name", sorted(CANARIES))
@pytest.mark.usefixtures("_configured")
def test_canary_reaches_the_log_by_no_way(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Seen to fail with `redact` taken out of the formatter."""
    canary = CANARIES[name]
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
    ours.warning("happened", note=canary, nested={"list": [canary], "deep": {"x": canary}})
    ours.warning(canary)
    theirs.warning("call %s failed", canary, extra={"address": canary})
    try:
        raise ValueError(canary)
    except ValueError:
        ours.exception("broke")
        theirs.exception("broke")
    written = capsys.readouterr().err
    assert written.count("\n") == 5
    for mark in MARKS:
        assert mark not in written


@pytest.mark.usefixtures("_configured")
def test_private_fields_are_masked_whatever_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("x").warning(
        "happened",
        openid="o1",
        name="张三",
        text="报名",
        card="GY1",
        nickname="乐乐",
        answers={"a": "花生"},
        status=403,
        code=45015,
    )
    line = json.loads(capsys.readouterr().err)
    private = ("openid", "name", "text", "card", "nickname", "answers")
    assert {line[name] for name in private} == {"[…]"}
    assert (line["status"], line["code"], line["event"], line["level"]) == (403, 45015, "happened", "warning")


@pytest.mark.usefixtures("_configured")
def test_lines_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("x").debug("quiet")
    logging.getLogger("urllib3.connectionpool").info("GET /x?access_token=1")
    assert capsys.readouterr().err == ""


def test_harmless_words_and_numbers_stay() -> None:
    redact = Redact()
    for words in ("notice 12 sent in 0.5 s", "2026-05-27T01:00:00Z", "occurrence 1380013800", "ticket page"):
        assert redact.text(words) == words


def test_secrets_are_found_in_the_settings() -> None:
    class Some(BaseModel):
        a: SecretStr = SecretStr("one")
        b: str = "two"
        c: SecretStr | None = None

    assert secret_values(Some()) == ["one"]
