"""Leave for one message: asked on the ticket's page, given on the platform's, written down once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

from sqlalchemy import select, update

from bot.domain.capability import Capability, CapabilityState
from bot.domain.signed_words import sign_words
from bot.services.reader_sessions import page_keys
from bot.store.capabilities import save_states
from bot.store.pii import Keys
from bot.store.tables import occurrence, registration
from bot.store.wechat_tables import subscription
from bot.texts.sandbox import ONCE_TEMPLATE
from tests.web.readers.platform import ELSEWHERE, Phones, path_of, query_of
from tests.web.readers.test_own import own
from tests.web.stage import DAY_BEFORE, StageClock


def asked(phones: Phones, place: int) -> str | None:
    """The platform's page that the ticket's page leads to, if it asks."""
    page = phones.wechat().get(f"/T/{phones.stage.token(place)}").text
    found = re.search(r'href="([^"]*/mp/subscribemsg[^"]*)"', page)
    return unescape(found[1]) if found else None


def answer(phones: Phones, address: str, openid: str, choice: str = "confirm") -> str:
    """Answer there; the address that the browser is led back to."""
    back = phones.platform.get(f"{path_of(address)}&person={openid}&choice={choice}")
    assert back.status_code == 302, back.text
    return path_of(back.location)


def leaves(phones: Phones) -> list[tuple[int, str, int, bool]]:
    """What is written down: reader, template, slot, whether it is unused."""
    columns = (subscription.c.reader_id, subscription.c.template_id, subscription.c.scene, subscription.c.used_at)
    with phones.stage.db.reading() as tx:
        return [(row[0], row[1], row[2], row[3] is None) for row in tx.execute(select(*columns))]


def test_a_yes_is_written_down_once_however_often_the_page_is_loaded(phones: Phones, clock: StageClock) -> None:
    """Also after the message was sent: seen to fail with the moment of loading as that of the leave."""
    openid = phones.add()
    place = own(phones, openid)
    address = asked(phones, place)
    assert address is not None
    given = query_of(address)
    assert address.endswith("#wechat_redirect")
    assert given["reserved"].isalnum() and len(given["reserved"]) <= 128
    back = answer(phones, address, openid)
    for _ in range(2):
        clock.now += timedelta(minutes=5)
        page = phones.wechat().get(back)
        assert page.status_code == 200
        assert "会提醒您一次" in page.text and openid not in page.text
    with phones.stage.db.reading() as tx:
        number = tx.execute(select(occurrence.c.number)).scalar_one()
    kept = [(phones.reader_of(openid), ONCE_TEMPLATE, number, True)]
    assert leaves(phones) == kept
    assert asked(phones, place) is None
    assert "已允许提醒您一次" in phones.wechat().get(f"/T/{phones.stage.token(place)}").text
    with phones.stage.db.writing() as tx:
        tx.execute(update(subscription).values(used_at=DAY_BEFORE))
    phones.wechat().get(back)
    assert [unused for *_, unused in leaves(phones)] == [False]


def test_a_no_is_no(phones: Phones) -> None:
    openid = phones.add()
    address = asked(phones, own(phones, openid))
    assert address is not None
    page = phones.wechat().get(answer(phones, address, openid, "cancel"))
    assert (page.status_code, leaves(phones)) == (200, [])
    assert "不会另外提醒" in page.text


def test_nobody_else_can_answer_and_nothing_can_be_made_up(phones: Phones, clock: StageClock) -> None:
    """Seen to fail without the comparison of openids, and without the signature."""
    openid, other = phones.add("张三"), phones.add("李四")
    first, second = asked(phones, own(phones, openid)), asked(phones, own(phones, openid))
    assert first is not None and second is not None
    client = phones.wechat()
    strange = client.get(answer(phones, first, other))
    assert (strange.status_code, "别人的" in strange.text) == (400, True)
    back = answer(phones, first, openid)
    given = query_of(back)
    with phones.stage.db.reading() as tx:
        words = f"{tx.execute(select(registration.c.id)).scalars().first()} {given['scene']} 0"
    forged = sign_words("once", words, clock.now + timedelta(days=1), page_keys(Keys("a secret of nobody here"))[0])
    changes = [
        {"reserved": forged},
        {"reserved": ""},
        {"reserved": given["reserved"][:-1] + ("A" if given["reserved"][-1] != "A" else "B")},
        {"reserved": query_of(second)["reserved"]},  # of another slot
        {"scene": "9999"},
        {"template_id": "another"},
        {"action": "confirmed"},
        {"openid": ""},
    ]
    for change in changes:
        client.get("/once/back", query_string=given | change)
    assert leaves(phones) == []
    clock.now += timedelta(minutes=30)
    late = client.get(back)
    assert (late.status_code, leaves(phones)) == (400, [])
    assert "再点一次" in late.text


def test_two_registrations_of_one_reader_have_slots_of_their_own(phones: Phones) -> None:
    openid = phones.add()
    addresses = [asked(phones, own(phones, openid)) for _ in range(3)]
    for address in addresses:
        assert address is not None
        phones.wechat().get(answer(phones, address, openid))
    assert len({scene for _, _, scene, _ in leaves(phones)}) == 3


def test_nobody_is_asked_where_it_would_be_of_no_use(phones: Phones) -> None:
    openid = phones.add()
    place, gone = own(phones, openid), own(phones, openid, "cancelled")
    assert asked(phones, place) is not None
    assert asked(phones, gone) is None
    assert "subscribemsg" not in phones.browser(**ELSEWHERE).get(f"/T/{phones.stage.token(place)}").text
    with phones.stage.db.writing() as tx:
        tx.execute(update(occurrence).values(number=occurrence.c.number + 10_001))
    assert asked(phones, place) is None
    with phones.stage.db.writing() as tx:
        tx.execute(update(occurrence).values(number=occurrence.c.number - 10_001))
        save_states(tx, [(Capability.ONCE_MESSAGE, CapabilityState.REFUSED, "48001")], DAY_BEFORE)
    assert asked(phones, place) is None
