"""How a browser comes to know its reader, and everything that must not make it believe it does."""

from __future__ import annotations

import logging
from datetime import timedelta
from time import monotonic

import pytest

from bot.domain.capability import Capability, CapabilityState
from bot.store.capabilities import save_states
from bot.store.database import Database
from bot.web import reader_session
from bot.web.reader_session import COOKIE, own_page
from bot.wechat import page_auth
from tests.web.readers.platform import ELSEWHERE, Phones, knows, query_of
from tests.web.stage import DAY_BEFORE, StageClock
from tests.wechat.conversations import wait_until

SESSION = f"__Host-{COOKIE}"

CALLS = "/sandbox/calls?api=sns/oauth2/access_token"


@pytest.fixture
def db(small_db: Database) -> Database:
    """What is told here does not depend on the kind of database; what does stands in test_sessions."""
    return small_db


def test_wechat_tells_who_opens_the_page(phones: Phones, caplog: pytest.LogCaptureFixture) -> None:
    openid = phones.add()
    caplog.set_level(logging.INFO)
    client = phones.enter(openid)
    page = client.get("/me")
    assert page.status_code == 200
    assert "您目前没有报名" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    cookie = client.get_cookie(SESSION)
    assert cookie is not None
    assert (cookie.http_only, cookie.secure, cookie.same_site, cookie.max_age) == (True, True, "Lax", 7200)
    assert openid not in page.text + caplog.text


def test_the_platform_is_asked_in_its_own_words(phones: Phones) -> None:
    sent = phones.wechat().get("/me/family")
    assert list(query_of(sent.location)) == ["appid", "redirect_uri", "response_type", "scope", "state"]
    assert sent.location.endswith("#wechat_redirect")
    asked = query_of(sent.location)
    assert asked["redirect_uri"] == "https://shuqian.library.example/me/connect"
    assert asked["scope"] == "snsapi_base"
    assert asked["state"].isalnum() and len(asked["state"]) <= 128
    assert "no-store" in sent.headers["Cache-Control"]


def test_one_comes_back_to_the_page_that_one_wanted(phones: Phones) -> None:
    phones.enter(phones.add(), "/me/family")


def test_other_browsers_and_accounts_without_the_right_are_told_another_way(phones: Phones) -> None:
    told = [phones.browser(**ELSEWHERE).get("/me")]
    with phones.stage.db.writing() as tx:
        save_states(tx, [(Capability.OAUTH, CapabilityState.REFUSED, "48001")], DAY_BEFORE)
    told.append(phones.wechat().get("/me"))
    for page in told:
        assert page.status_code == 403
        assert "网页" in page.text and "十分钟内点开一次" in page.text


def test_a_code_counts_only_with_the_state_of_this_browser(phones: Phones) -> None:
    """Login CSRF. Seen to fail without the comparison in `where_to`."""
    attacker, victim = phones.wechat(), phones.wechat()
    code = query_of(phones.authorise(attacker.get("/me"), phones.add("mallory")))["code"]
    victim.get("/me")
    of_another_browser = query_of(attacker.get("/me").location)["state"]
    for given in ("", "0" * 32, "ä", of_another_browser):
        answer = victim.get("/me/connect", query_string={"code": code, "state": given})
        assert answer.status_code == 400
        assert "重新进入" in answer.text
        assert not knows(victim)


def test_the_way_to_wechat_and_back_takes_five_minutes_at_most(phones: Phones, clock: StageClock) -> None:
    client = phones.wechat()
    back = phones.authorise(client.get("/me"), phones.add())
    clock.now += timedelta(minutes=5)
    assert client.get(back).status_code == 400
    assert not knows(client)


def test_a_preview_is_nobody(phones: Phones) -> None:
    phones.platform.post("/sandbox/snapshot", json={"on": True})
    client = phones.wechat()
    answer = client.get(phones.authorise(client.get("/me"), phones.add()))
    phones.platform.post("/sandbox/snapshot", json={"on": False})
    assert answer.status_code == 400
    assert "使用完整服务" in answer.text
    assert not knows(client)


def test_who_never_wrote_to_the_account_is_asked_to_follow_it(phones: Phones) -> None:
    client = phones.wechat()
    answer = client.get(phones.authorise(client.get("/me"), phones.add(known=False)))
    assert answer.status_code == 403
    assert "请先关注公众号" in answer.text


def test_a_platform_that_does_not_answer_holds_nobody(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail with the exchange on the thread of the request."""
    monkeypatch.setattr(page_auth, "PATIENCE_S", 0.1)
    phones.platform.post("/sandbox/faults", json={"api": "sns/oauth2/access_token", "mode": "slow", "seconds": 1.2})
    client = phones.wechat()
    back = phones.authorise(client.get("/me"), phones.add())
    before = len(phones.platform.get(CALLS).get_json()["calls"])
    begun = monotonic()
    answer = client.get(back)
    assert monotonic() - begun < 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "再试一次" in answer.text
    second = client.get(phones.authorise(client.get("/me"), phones.add()))  # nobody waits for the next one at all
    assert second.status_code == 503
    calls = phones.platform.get(CALLS).get_json()["calls"]
    assert len(calls) - before <= 1
    # What is held up comes in later, and must not be counted by the tests behind this one.
    wait_until(lambda: len(phones.platform.get(CALLS).get_json()["calls"]) > before)


def test_every_refusal_of_the_platform_has_words(phones: Phones) -> None:
    openid, client = phones.add(), phones.wechat()
    for errcode in (-1, 40029, 48001, 40013):
        fault = {"api": "sns/oauth2/access_token", "errcode": errcode, "times": 9}
        phones.platform.post("/sandbox/faults", json=fault)
        answer = client.get(phones.authorise(client.get("/me"), openid))
        phones.platform.delete("/sandbox/faults")
        assert answer.status_code in (400, 503)
        assert str(errcode) not in answer.text
        assert "我的" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/me",
        "/me//evil",
        "/me/../x",
        "/metrics\n",
        "",
        "/wechat",
    ],
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert own_page(path) == "/me"


def test_an_address_says_nothing_of_where_to_go(phones: Phones) -> None:
    client = phones.wechat()
    sent = client.get("/me?next=https://evil.example&redirect_uri=https://evil.example")
    assert "evil" not in sent.location
    back = client.get(f"{phones.authorise(sent, phones.add())}&next=https://evil.example")
    assert back.location == "/me"


def test_a_session_ends_after_two_hours_and_by_leaving(phones: Phones, clock: StageClock) -> None:
    client = phones.enter(phones.add())
    token = client.get("/me").text.partition('name="form_token" value="')[2].partition('"')[0]
    clock.now += timedelta(hours=1, minutes=59)
    assert knows(client)
    left = client.post("/me/leave", data={"form_token": token}, headers=ELSEWHERE)
    assert "已退出" in left.text
    assert client.get_cookie(SESSION) is None
    again = phones.enter(phones.add())
    clock.now += timedelta(hours=2)
    assert not knows(again)


def test_a_session_cannot_be_made_up(phones: Phones) -> None:
    cookie = phones.enter(phones.add()).get_cookie(SESSION)
    assert cookie is not None
    client = phones.browser()
    client.set_cookie(SESSION, cookie.value)
    assert knows(client)
    changed = cookie.value[:18] + ("A" if cookie.value[18] != "A" else "B") + cookie.value[19:]
    for forged in (changed, cookie.value[:-2], cookie.value.lower(), "A" * 80, "1", "ä", "=" * 40, "A" * 2000):
        client.set_cookie(SESSION, forged)
        assert not knows(client)


def test_who_brings_bad_codes_costs_no_more_calls(phones: Phones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_session, "BAD_CODES_A_MINUTE", 3)
    client, calls = phones.wechat(), CALLS
    before = len(phones.platform.get(calls).get_json()["calls"])
    for _ in range(6):
        state = query_of(client.get("/me").location)["state"]
        client.get("/me/connect", query_string={"code": "guess", "state": state})
    assert len(phones.platform.get(calls).get_json()["calls"]) - before == 3
