"""Errors on demand, seen by a real HTTP client."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from bot.sandbox.api.platform import BrokenConnectionError
from tests.sandbox.account import APPID, SECRET
from tests.sandbox.conftest import Rig

SEND = "message/custom/send"


@pytest.fixture
def base(rig: Rig) -> Iterator[str]:
    """The sandbox on a port of its own."""
    server = make_server("127.0.0.1", 0, rig.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def send(base: str, rig: Rig, openid: str, timeout: float = 5) -> requests.Response:
    body = {"touser": openid, "msgtype": "text", "text": {"content": "x"}}
    query = {"access_token": rig.token()}
    return requests.post(f"{base}/cgi-bin/{SEND}", params=query, json=body, timeout=timeout)


def texts(rig: Rig, openid: str) -> int:
    return [entry["kind"] for entry in rig.chat(openid)].count("text")


def test_ordered_errcode_comes_as_often_as_ordered(rig: Rig, base: str) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "errcode": -1, "times": 2})
    assert [send(base, rig, openid).json()["errcode"] for _ in range(3)] == [-1, -1, 0]
    assert texts(rig, openid) == 1
    assert [call["fault"] for call in rig.get(f"calls?api={SEND}")["calls"]] == ["errcode -1", "errcode -1", None]


def test_fault_of_one_api_leaves_others_alone_and_star_takes_all(rig: Rig) -> None:
    rig.post("faults", {"api": "/cgi-bin/user/get", "errcode": 48001})
    assert rig.errcode("tags/get") == 0
    assert rig.errcode("user/get") == 48001
    value = rig.token()
    rig.post("faults", {"api": "*", "errcode": 45011})
    assert [rig.errcode("tags/get", access_token=value) for _ in range(2)] == [45011, 0]


def test_cut_connection_leaves_the_message_sent(rig: Rig, base: str) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "mode": "cut"})
    with pytest.raises(requests.RequestException):
        send(base, rig, openid).json()
    assert texts(rig, openid) == 1


def test_cut_before_the_effect_sends_nothing(rig: Rig, base: str) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "mode": "cut", "effect": False})
    with pytest.raises(requests.RequestException):
        send(base, rig, openid).json()
    assert texts(rig, openid) == 0


@pytest.mark.parametrize("mode", ["half", "garbage"])
def test_spoilt_answer_is_not_json(rig: Rig, base: str, mode: str) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "mode": mode})
    answer = send(base, rig, openid)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_http_500_has_no_effect(rig: Rig, base: str) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "mode": "http500"})
    assert send(base, rig, openid).status_code == 500
    assert texts(rig, openid) == 0


def test_slow_answer_comes_after_its_seconds(rig: Rig, base: str) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "mode": "slow", "seconds": 0.3})
    started = time.monotonic()
    assert send(base, rig, openid).json()["errcode"] == 0
    assert time.monotonic() - started >= 0.3


def test_token_call_can_fail_too(rig: Rig, base: str) -> None:
    rig.post("faults", {"api": "stable_token", "errcode": 40125})
    wish = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
    assert requests.post(f"{base}/cgi-bin/stable_token", json=wish, timeout=5).json()["errcode"] == 40125


def test_faults_are_listed_and_cleared(rig: Rig) -> None:
    rig.post("faults", {"api": SEND, "errcode": 45009, "times": 9})
    assert rig.get("status")["faults"][0]["times"] == 9
    assert rig.client.delete("/sandbox/faults").get_json() == {"faults": []}


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"api": SEND},
        {"api": SEND, "mode": "explode"},
        {"api": SEND, "errcode": "x"},
        {"api": SEND, "errcode": 1, "mode": "slow"},
        {"api": SEND, "errcode": 1, "times": 0},
        {"api": SEND, "mode": "slow", "seconds": 9999},
    ],
)
def test_impossible_fault_is_refused_in_words(rig: Rig, wish: dict[str, Any]) -> None:
    assert rig.post("faults", wish, status=400)["detail" if wish else "error"]


def test_cut_is_made_by_breaking_off_in_mid_answer(rig: Rig) -> None:
    openid = rig.add_person()
    rig.post("faults", {"api": SEND, "mode": "cut"})
    with pytest.raises(BrokenConnectionError):
        rig.call(SEND, {"touser": openid, "msgtype": "text", "text": {"content": "x"}})
