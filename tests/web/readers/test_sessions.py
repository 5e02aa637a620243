"""How long a browser knows its reader, and that codes and links are good once, on both databases."""

from __future__ import annotations

from datetime import timedelta

from bot.services.reader_sessions import give_link
from tests.web.readers.platform import Phones, knows, query_of
from tests.web.stage import StageClock


def test_a_session_ends_with_the_reader(phones: Phones) -> None:
    """注销 and an unfollow erase; who follows again is another reader. Seen to fail without the look at the openid."""
    openid = phones.add()
    client = phones.enter(openid)
    phones.forget(openid)
    assert not knows(client)
    phones.reader_of(openid)
    assert not knows(client)


def test_a_code_is_good_once_and_loading_the_way_back_again_does_no_harm(phones: Phones) -> None:
    client, other = phones.wechat(), phones.wechat()
    back = phones.authorise(client.get("/me"), phones.add())
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 303  # WeChat does that at times; the browser is known
    state = query_of(other.get("/me").location)["state"]
    reused = other.get("/me/connect", query_string={"code": query_of(back)["code"], "state": state})
    assert reused.status_code == 400
    assert "请重新打开这个页面" in reused.text
    assert not knows(other)


def link_of(phones: Phones, openid: str, clock: StageClock) -> str:
    """The path of a link from the chat."""
    reader_id = phones.reader_of(openid)
    with phones.stage.db.writing() as tx:
        return f"/me/enter/{give_link(tx, reader_id, phones.stage.keys, clock.now)}"


def test_a_link_is_good_once_by_its_button(phones: Phones, clock: StageClock) -> None:
    link, client, other = link_of(phones, phones.add(), clock), phones.browser(), phones.browser()
    assert client.get(link).status_code == client.get(link).status_code == 200  # WeChat looks at addresses
    assert not knows(client)
    assert client.post(link).location == "/me"
    assert knows(client)
    assert other.post(link).status_code == other.get(link).status_code == 404
    assert not knows(other)


def test_a_link_ends_after_ten_minutes_with_the_next_one_and_with_the_reader(phones: Phones, clock: StageClock) -> None:
    openid, client = phones.add(), phones.browser()
    first = link_of(phones, openid, clock)
    second = link_of(phones, openid, clock)
    assert client.get(first).status_code == 404
    clock.now += timedelta(minutes=10)
    assert client.post(second).status_code == 404
    third = link_of(phones, openid, clock)
    phones.forget(openid)
    assert client.post(third).status_code == 404
    assert not knows(client)


def test_other_sites_cannot_press_the_button(phones: Phones, clock: StageClock) -> None:
    link, client = link_of(phones, phones.add(), clock), phones.browser()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post(link, headers=headers).status_code == 403
    assert client.post(link, headers={"Origin": "https://shuqian.library.example"}).status_code == 303


def test_guessers_of_links_are_braked(phones: Phones) -> None:
    client = phones.browser()
    assert [client.get("/me/enter/guess").status_code for _ in range(61)][::60] == [404, 429]
