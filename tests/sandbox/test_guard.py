"""Only the sandbox's own page and local tools may change anything."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.settings import SandboxSettings
from tests.sandbox.conftest import Rig


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
def test_foreign_requests_are_refused(rig: Rig, headers: dict[str, str]) -> None:
    answer = rig.client.post("/sandbox/people", json={"nickname": "张三"}, headers=headers)
    assert answer.status_code == 403
    assert rig.get("people")["people"] == []


def test_own_page_is_let_in(rig: Rig) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert rig.client.post("/sandbox/people", json={"nickname": "张三"}, headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_bodies_that_other_sites_can_send_are_refused(rig: Rig, kind: str) -> None:
    assert rig.client.post("/sandbox/people", data='{"nickname": "x"}', content_type=kind).status_code == 415


def test_page_runs_only_its_own_scripts_and_stays_out_of_frames(rig: Rig) -> None:
    page = rig.client.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script>" not in page.text
    assert "style=" not in page.text


def test_pictures_of_news_come_only_from_what_the_account_sent(rig: Rig) -> None:
    assert rig.client.get("/sandbox/picture/1/0").status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("people", {"nickname": " "}, "bad_json"),
        ("people", {"nickname": "x" * 21}, "bad_json"),
        ("people", {"nickname": 5}, "bad_json"),
        ("knobs", {"times": 0}, "bad_plan"),
        ("knobs", {"times": 21}, "bad_plan"),
        ("knobs", {"delay": "x"}, "bad_plan"),
        ("level", {"level": "L9"}, "bad_level"),
        ("tokens", {"lifetime": 0}, "bad_json"),
    ],
)
def test_bad_wishes_are_refused_in_words(rig: Rig, path: str, body: dict[str, Any], error: str) -> None:
    assert rig.post(path, body, status=400)["error"] == error


def test_nobody_is_404_and_nothing_is_shown_for_a_bad_plan(rig: Rig) -> None:
    assert rig.post("people/oNobody/say", {"text": "x"}, status=404)["error"] == "unknown_person"
    openid = rig.add_person()
    before = rig.chat(openid)
    assert rig.act(openid, "say", status=400, text="x", times=99)["error"] == "bad_plan"
    assert rig.act(openid, "send", status=400, kind="poem")["error"] == "unknown_kind"
    assert rig.act(openid, "send", status=400, kind="custom", fields={"a b": "x"})["error"] == "bad_push"
    assert rig.act(openid, "send", status=400, kind="image", content_base64="AAAA")["error"] == "not_a_picture"
    assert rig.chat(openid) == before


def test_knobs_hold_for_later_pushes(rig: Rig) -> None:
    openid = rig.add_person()
    rig.post("knobs", {"times": 2})
    assert len(rig.act(openid, "say", text="x")["attempts"]) == 2
    rig.client.delete("/sandbox/knobs")
    assert len(rig.act(openid, "say", text="x")["attempts"]) == 1


def test_settings_name_every_fault_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"token is empty.*webhook_url.*needs an aes_key.*L0, L1") as caught:
        SandboxSettings(
            webhook_url="ftp://x",
            token="",
            appid="a",
            secret="s",
            data_dir=tmp_path,
            public_url="http://x",
            mode="safe",
            level="L7",
        )
    assert "secret" not in str(caught.value)
