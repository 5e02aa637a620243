"""Promise I4 for the messages that came with the sign-up rules: changes, children, offers, approvals, appeals, lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from bot.domain.clock import utc_now
from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.services.staff import invite_staff
from bot.store.registrations import new_short_code
from bot.store.sign_up_tables import mark, registration_member, suspension
from bot.store.tables import audit, consent, dependant, notice, reader, registration, request_note
from tests.factories import add_event
from tests.faults.line import code_of
from tests.faults.test_same_push import Case, check_three_copies_and_one_after_a_flush, listed
from tests.faults.town import Town
from tests.wechat.pushes import text_push


def open_event(town: Town, rules: dict[str, Any] | None = None, **values: Any) -> tuple[int, OccurrenceFacts]:
    """An event of its own with these rules, and one occurrence of it."""
    with town.db.writing() as tx:
        event_id = add_event(tx, town.house, f"活动{uuid4().hex[:8]}", rules=rules or {})
    return event_id, town.add_occurrence(event_id=event_id, **values)


def add_organiser(town: Town) -> str:
    """Somebody who was bound as organiser of the library."""
    (openid,) = town.add_readers(1)
    with town.db.writing() as tx:
        code = invite_staff(tx, Role.ORGANISER, town.keys, utc_now(), library_id=town.house.library_id)
    assert "绑定成功" in town.line.say(openid, f"绑定 {code}")
    return openid


def of(who: str) -> Any:
    """The id of somebody, inside a query."""
    return select(reader.c.id).where(reader.c.openid == who).scalar_subquery()


def states(town: Town, who: str) -> Callable[[], Any]:
    columns = (registration.c.status, registration.c.adults, registration.c.children)
    rows = listed(town, *columns, where=registration.c.reader_id == of(who))
    return lambda: sorted(rows())


def moving(town: Town) -> Case:
    event_id, here = open_event(town)
    there = town.add_occurrence(event_id=event_id, starts_at=utc_now() + timedelta(days=3))
    (who,) = town.add_readers(1)
    town.line.say(who, f"报名 {here.number} 2人")
    push = text_push(f"改 {here.number} 到 {there.number}", sender=who)
    return Case(push, "已改好", states(town, who), [("cancelled", 2, 0), ("confirmed", 2, 0)])


def changing_the_party(town: Town) -> Case:
    """The seat that becomes free is given on once."""
    _, facts = open_event(town, capacity=2)
    who, waiting = town.add_readers(2)
    town.line.say(who, f"报名 {facts.number} 2人")
    town.line.say(waiting, f"候补 {facts.number} 1人")
    here = select(registration.c.id).where(registration.c.occurrence_id == facts.id)
    rows = listed(town, notice.c.kind, where=notice.c.registration_id.in_(here))
    return Case(text_push(f"改 {facts.number} 一大", sender=who), "已改好", rows, [("promoted",)])


def adding_a_child(town: Town) -> Case:
    """The guardian's consent is the message that writes the child."""
    (who,) = town.add_readers(1)
    assert "监护人同意" in town.line.say(who, "添加孩子 乐乐 2019")
    rows = listed(town, dependant.c.birth_year, consent.c.kind, where=_is_child_of(who))
    return Case(text_push("监护人同意", sender=who), "已登记", rows, [(2019, "guardian")])


def _is_child_of(who: str) -> Any:
    return (dependant.c.reader_id == of(who)) & (consent.c.id == dependant.c.consent_id)


def removing_a_child(town: Town) -> Case:
    (who,) = town.add_readers(1)
    for said in ("添加孩子 乐乐 2019", "监护人同意", "添加孩子 朵朵 2018"):
        town.line.say(who, said)
    rows = listed(town, audit.c.action, where=(audit.c.actor == _actor(town, who)) & audit.c.action.like("remove%"))
    return Case(text_push("删除孩子 乐乐", sender=who), "已删除", rows, [("remove_dependant",)])


def _actor(town: Town, who: str) -> str:
    with town.db.reading() as tx:
        return f"reader:{tx.execute(select(reader.c.id).where(reader.c.openid == who)).scalar_one()}"


def signing_a_child_up(town: Town) -> Case:
    _, facts = open_event(town, {"age_min": 3, "age_max": 17, "adults_min": 1, "children_min": 1})
    (who,) = town.add_readers(1)
    for said in (f"报名 {facts.number} 一大一小", "监护人同意", "6岁"):
        town.line.say(who, said)
    mine = select(registration.c.id).where(registration.c.reader_id == of(who))
    rows = listed(town, registration_member.c.age, where=registration_member.c.registration_id.in_(mine))
    return Case(text_push("确认", sender=who), "报名成功", rows, [(6,)])


def offered(town: Town) -> tuple[OccurrenceFacts, str, str]:
    """An occurrence soon, whose one place was given back and offered to the first of two in line."""
    rules = {"offer_within_hours": 48, "offer_minutes": 30}
    _, facts = open_event(town, rules, capacity=1, starts_at=utc_now() + timedelta(hours=6))
    first, who, behind = town.add_readers(3)
    town.line.say(first, f"报名 {facts.number} 1人")
    for each in (who, behind):
        assert "候补第" in town.line.say(each, f"候补 {facts.number} 1人")
    town.line.say(first, f"取消 {facts.number}")
    town.line.say(first, "确认")
    return facts, who, behind


def taking_an_offer(town: Town) -> Case:
    facts, who, _ = offered(town)
    return Case(text_push(f"确认 {facts.number}", sender=who), "候补成功", states(town, who), [("confirmed", 1, 0)])


def declining_an_offer(town: Town) -> Case:
    facts, who, behind = offered(town)
    rows = listed(town, notice.c.kind, where=notice.c.reader_id == of(behind))
    return Case(text_push(f"放弃 {facts.number}", sender=who), "已放弃", rows, [("offered",)])


def pending(town: Town) -> tuple[str, str, str]:
    """An organiser, somebody who waits for approval, and the code."""
    _, facts = open_event(town, {"approval": True})
    organiser, (who,) = add_organiser(town), town.add_readers(1)
    town.line.say(who, f"报名 {facts.number} 1人")
    with town.db.reading() as tx:
        code = tx.execute(select(registration.c.short_code).where(registration.c.reader_id == of(who))).scalar_one()
    return organiser, who, code


def approving(town: Town) -> Case:
    organiser, who, code = pending(town)
    rows = listed(town, notice.c.kind, where=notice.c.reader_id == of(who))
    return Case(text_push(f"通过 {code}", sender=organiser), "通过", rows, [("approved",)])


def rejecting(town: Town) -> Case:
    organiser, who, code = pending(town)
    rows = listed(town, notice.c.kind, notice.c.facts, where=notice.c.reader_id == of(who))
    push = text_push(f"驳回 {code} 材料不全", sender=organiser)
    return Case(push, "驳回", rows, [("rejected", {"reason": "材料不全"})])


def suspended(town: Town) -> tuple[str, str]:
    """Somebody under suspension, with the mark that it rests on, and its code."""
    (who,) = town.add_readers(1)
    facts = town.add_occurrence()
    ticket = code_of(town.line.say(who, f"报名 {facts.number} 1人"))
    code, now = new_short_code(), utc_now()
    with town.db.writing() as tx:
        reader_id = tx.execute(select(reader.c.id).where(reader.c.openid == who)).scalar_one()
        place = tx.execute(select(registration.c.id).where(registration.c.short_code == ticket)).scalar_one()
        row = {"reader_id": reader_id, "registration_id": place, "kind": "no_show", "points": 0, "at": now}
        marked = tx.execute(insert(mark).values(**row)).inserted_primary_key
        assert marked is not None
        because = {"counted": ["活动"], "limit": 1, "window_days": 90, "marks": [marked[0]], "day_cap": 0}
        span = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=30)}
        tx.execute(insert(suspension).values(reader_id=reader_id, code=code, policy="ban", facts=because, **span))
    return who, code


def appealing(town: Town) -> Case:
    who, _ = suspended(town)
    rows = listed(town, request_note.c.kind, where=request_note.c.reader_id == of(who))
    return Case(text_push("申诉 那天孩子发烧了", sender=who), "申诉", rows, [("appeal",)])


def lifting(town: Town) -> Case:
    who, code = suspended(town)
    organiser = add_organiser(town)
    rows = listed(town, notice.c.kind, where=notice.c.reader_id == of(who))
    return Case(text_push(f"解除暂停 {code} 已核实", sender=organiser), code, rows, [("appeal_answered",)])


def moving_in_line(town: Town) -> Case:
    _, facts = open_event(town, capacity=1)
    first, second, who = town.add_readers(3)
    organiser = add_organiser(town)
    town.line.say(first, f"报名 {facts.number} 1人")
    for each in (second, who):
        town.line.say(each, f"候补 {facts.number} 1人")
    with town.db.reading() as tx:
        row = tx.execute(
            select(registration.c.short_code, registration.c.id).where(registration.c.reader_id == of(who))
        ).one()
    rows = listed(town, audit.c.action, where=audit.c.subject == f"registration:{row.id}")
    push = text_push(f"调整候补 {row.short_code} 1 行动不便", sender=organiser)
    return Case(push, "1", rows, [("move_in_line",)])


def withdrawing_the_guardians_consent(town: Town) -> Case:
    (who,) = town.add_readers(1)
    for said in ("添加孩子 乐乐 2019", "监护人同意"):
        town.line.say(who, said)
    where = (audit.c.actor == _actor(town, who)) & audit.c.action.like("withdraw%")
    rows = listed(town, audit.c.action, where=where)
    return Case(text_push("撤回监护人同意", sender=who), "已撤回", rows, [("withdraw_guardian",)])


CASES = (
    moving,
    changing_the_party,
    adding_a_child,
    removing_a_child,
    signing_a_child_up,
    taking_an_offer,
    declining_an_offer,
    approving,
    rejecting,
    appealing,
    lifting,
    moving_in_line,
    withdrawing_the_guardians_consent,
)


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_three_copies_at_once_and_one_after_a_flush(town: Town, make: Callable[[Town], Case]) -> None:
    check_three_copies_and_one_after_a_flush(town, make(town))
