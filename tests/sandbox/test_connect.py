"""Web authorisation and the page that asks for one message, as strict as the platform's."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from bot.texts.sandbox import ONCE_TEMPLATE
from tests.sandbox.account import APPID, SECRET
from tests.sandbox.conftest import Rig, told

PAGE = "https://lib.example/me/connect"


def authorize(rig: Rig, openid: str = "", **changes: str) -> Any:
    """Open the authorising page, in the documented order of parameters."""
    asked = {"appid": APPID, "redirect_uri": PAGE, "response_type": "code", "scope": "snsapi_base", "state": "abc1"}
    return rig.client.get(f"/connect/oauth2/authorize?{urlencode(asked | changes | {'person': openid})}")


def code_of(rig: Rig, openid: str) -> str:
    """A code for a person."""
    answer = authorize(rig, openid)
    given = parse_qs(urlsplit(answer.location).query)
    assert (answer.status_code, given["state"]) == (302, ["abc1"])
    assert answer.location.startswith(PAGE)
    return given["code"][0]


def exchange(rig: Rig, good: str, **changes: str) -> dict[str, Any]:
    """Exchange it."""
    asked = {"appid": APPID, "secret": SECRET, "code": good, "grant_type": "authorization_code"} | changes
    return told(rig.client.get("/sns/oauth2/access_token", query_string=asked))


def test_a_code_is_good_once_and_for_five_minutes(rig: Rig) -> None:
    openid = rig.add_person()
    code = code_of(rig, openid)
    assert exchange(rig, code)["openid"] == openid
    assert exchange(rig, code)["errcode"] == 40163
    late = code_of(rig, openid)
    rig.clock.now += 300
    assert exchange(rig, late)["errcode"] == 40029
    assert exchange(rig, "unknown")["errcode"] == 40029


def test_the_exchange_wants_the_right_account(rig: Rig) -> None:
    code = code_of(rig, rig.add_person())
    wrong = {"appid": "wx-other", "secret": "wrong", "grant_type": "x", "code": ""}
    assert [exchange(rig, code, **{name: value})["errcode"] for name, value in wrong.items()] == [
        40013,
        40125,
        40002,
        41008,
    ]
    recorded = rig.get("calls?api=sns/oauth2/access_token")["calls"]
    assert SECRET not in str(recorded)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"redirect_uri": "https://evil.example/"}, 10003),
        ({"redirect_uri": "javascript:alert(1)"}, 10003),
        ({"appid": "wx-other"}, 10013),
        ({"scope": "snsapi_login"}, 10014),
        ({"state": "a-b"}, 10014),
        ({"state": "a" * 129}, 10014),
    ],
)
def test_a_wrong_address_is_refused_with_the_platforms_number(
    make_rig: Any, changes: dict[str, str], fault: int
) -> None:
    rig = make_rig(page_url="https://lib.example")
    answer = authorize(rig, rig.add_person(), **changes)
    assert answer.status_code == 400
    assert str(fault) in answer.text


def test_the_order_of_parameters_counts(rig: Rig) -> None:
    query = {"redirect_uri": PAGE, "appid": APPID, "response_type": "code", "scope": "snsapi_base", "state": "a"}
    assert rig.client.get(f"/connect/oauth2/authorize?{urlencode(query)}").status_code == 400


@pytest.mark.parametrize("level", ["L0", "L1", "L2"])
def test_only_verified_service_accounts_learn_who_opens_a_page(rig: Rig, level: str) -> None:
    openid = rig.add_person()
    code = code_of(rig, openid)
    rig.post("level", {"level": level})
    answer = authorize(rig, openid)
    assert (answer.status_code, "没有这个权限" in answer.text) == (400, True)
    assert exchange(rig, code)["errcode"] == 48001


def test_a_preview_tells_an_openid_of_nobody(rig: Rig) -> None:
    openid = rig.add_person()
    rig.post("snapshot", {"on": True})
    answer = exchange(rig, code_of(rig, openid))
    assert answer["is_snapshotuser"] == 1
    assert answer["openid"] != openid
    rig.post("snapshot", {"on": False})
    assert exchange(rig, code_of(rig, openid))["openid"] == openid


def test_the_page_asks_which_phone_unless_the_sandbox_shows_one(rig: Rig) -> None:
    openid = rig.add_person("<b>王阿姨</b>")
    page = authorize(rig)
    assert page.status_code == 200
    assert openid in page.text and "<b>王" not in page.text
    rig.client.set_cookie("sandbox-phone", openid)
    assert authorize(rig).status_code == 302


def subscribe(rig: Rig, **changes: str) -> Any:
    """Open the page that asks for one message."""
    asked = {"action": "get_confirm", "appid": APPID, "scene": "12", "template_id": ONCE_TEMPLATE, "redirect_url": PAGE}
    return rig.client.get(f"/mp/subscribemsg?{urlencode(asked | {'reserved': 'R1'} | changes)}")


def test_leave_for_one_message_comes_back_and_does_not_add_up(rig: Rig) -> None:
    openid = rig.add_person()
    assert "允许" in subscribe(rig, person=openid).text
    for _ in range(2):
        back = subscribe(rig, person=openid, choice="confirm")
        given = {name: values[0] for name, values in parse_qs(urlsplit(back.location).query).items()}
        expected = {
            "openid": openid,
            "template_id": ONCE_TEMPLATE,
            "action": "confirm",
            "scene": "12",
            "reserved": "R1",
        }
        assert given == expected
    message = {"touser": openid, "template_id": ONCE_TEMPLATE, "scene": "12", "title": "提醒"}
    message |= {"data": {"content": {"value": "明天九点半"}}}  # type: ignore[dict-item]
    assert [rig.errcode("message/template/subscribe", message) for _ in range(2)] == [0, 43101]


def test_a_no_tells_no_openid(rig: Rig) -> None:
    back = subscribe(rig, person=rig.add_person(), choice="cancel")
    assert "openid" not in back.location
    assert "action=cancel" in back.location


@pytest.mark.parametrize(
    "changes",
    [
        {"scene": "10001"},
        {"scene": "x"},
        {"reserved": "a-b"},
        {"action": "x"},
        {"redirect_url": "x"},
        {"template_id": "T"},
    ],
)
def test_a_wrong_question_is_refused(rig: Rig, changes: dict[str, str]) -> None:
    assert subscribe(rig, person=rig.add_person(), **changes).status_code == 400
    rig.post("level", {"level": "L1"})
    assert subscribe(rig, person=rig.add_person()).status_code == 400
