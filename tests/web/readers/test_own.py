"""The reader's list of registrations, and the ticket's page in the hands of whose it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from bot.domain.kinds import RegistrationStatus
from bot.store.tables import event, registration
from tests.web.readers.platform import ELSEWHERE, Phones


def own(phones: Phones, openid: str, status: str = "confirmed", **values: Any) -> int:
    """A registration of the phone's owner."""
    reader_id = phones.reader_of(openid)
    place = phones.stage.registration(phones.stage.occurrence(**values), status, queued_at=None)
    with phones.stage.db.writing() as tx:
        tx.execute(update(registration).where(registration.c.id == place).values(reader_id=reader_id))
    return place


def test_the_list_shows_own_registrations_with_state_and_ticket(phones: Phones) -> None:
    mine, other = phones.add("张三"), phones.add("李四")
    confirmed, waiting = own(phones, mine, label="第三场"), own(phones, mine, "waitlisted")
    cancelled, strange = own(phones, mine, "cancelled"), own(phones, other)
    page = phones.enter(mine).get("/me").text
    for place in (confirmed, waiting):
        assert f"/T/{phones.stage.token(place)}" in page
    for place in (cancelled, strange):
        assert f"/T/{phones.stage.token(place)}" not in page
    assert "已报名" in page and "候补第 1 位" in page and "第三场" in page


def test_titles_stay_words(phones: Phones) -> None:
    openid = phones.add()
    own(phones, openid)
    with phones.stage.db.writing() as tx:
        tx.execute(update(event).values(title="<script>alert(1)</script>"))
    assert "<script>alert" not in phones.enter(openid).get("/me").text


def test_the_ticket_leads_its_owner_to_their_list_and_nobody_else(phones: Phones) -> None:
    mine, other = phones.add("张三"), phones.add("李四")
    address = f"/T/{phones.stage.token(own(phones, mine))}"
    assert 'href="/me"' in phones.enter(mine).get(address, headers=ELSEWHERE).text
    for client in (phones.enter(other), phones.wechat(), phones.browser()):
        assert 'href="/me"' not in client.get(address).text
    with phones.stage.db.reading() as tx:
        assert tx.scalars(select(registration.c.status)).all() == [RegistrationStatus.CONFIRMED]
