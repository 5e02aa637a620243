"""候补, 确认, 放弃, 候补第几 and 调整候补 as they are typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.services.registrations import cancel_registration, join_waitlist, sign_up
from bot.services.staff import invite_staff
from bot.services.waitlists import expire_offers
from bot.store.tables import audit, registration
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_event, add_house, add_occurrence, add_reader

STARTS = NOW + timedelta(days=2)
SOON = STARTS - timedelta(hours=3)
RULES = {"offer_within_hours": 4, "offer_minutes": 30, "per_event": None, "overlap": True}


class Town:
    """Numbers 12 and 13 have one seat each, taken by "a"; "b" and "c" wait at both. Freed late, seats are offered."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        with chat.db.writing() as tx:
            house = add_house(tx)
            self.facts = {}
            for number in (12, 13):
                event_id = add_event(tx, house, f"故事会{number}", rules=RULES)
                values = {"event_id": event_id, "capacity": 1, "starts_at": STARTS}
                self.facts[number] = add_occurrence(tx, house, number, **values)
            self.ids = {who: add_reader(tx, who, chat.keys) for who in "abcd"}
            for facts in self.facts.values():
                sign_up(tx, self.ids["a"], facts, Party(1, 0), None, chat.keys, NOW)
                for who in "bc":
                    join_waitlist(tx, self.ids[who], facts, Party(1, 0), None, chat.keys, NOW)

    def free(self, number: int = 12) -> None:
        """The seat is given back three hours before the start."""
        self.chat.now = SOON
        with self.chat.db.writing() as tx:
            cancel_registration(tx, self.facts[number], self.ids["a"], SOON)

    def state(self, who: str, number: int = 12) -> str:
        """The state of somebody's last registration."""
        with self.chat.db.reading() as tx:
            query = select(registration.c.status).where(
                registration.c.reader_id == self.ids[who], registration.c.occurrence_id == self.facts[number].id
            )
            return str(tx.execute(query.order_by(registration.c.id.desc())).scalars().first())

    def bind(self, who: str, role: Role, facts: OccurrenceFacts | None = None) -> None:
        """Make somebody staff."""
        with self.chat.db.writing() as tx:
            library_id = facts.library_id if facts else None
            code = invite_staff(tx, role, self.chat.keys, self.chat.now, library_id=library_id)
        assert "绑定成功" in self.chat.say(who, f"绑定 {code}")

    def code(self, who: str, number: int = 12) -> str:
        """The short code of somebody's registration."""
        with self.chat.db.reading() as tx:
            query = select(registration.c.short_code).where(
                registration.c.reader_id == self.ids[who], registration.c.occurrence_id == self.facts[number].id
            )
            return str(tx.execute(query).scalar_one())


@pytest.fixture
def town(chat: Chat) -> Town:
    return Town(chat)


@pytest.mark.parametrize("said", ["确认", "确认 12", "好的"])
def test_yes_to_an_offer_gives_the_ticket(chat: Chat, town: Town, said: str) -> None:
    town.free()
    answer = chat.say("b", said)
    assert "候补成功" in answer
    assert "https://lib.example/T/" in answer
    assert town.code("b") in answer
    assert town.state("b") == "confirmed"
    assert "您已报名" in chat.say("b", "确认 12")


@pytest.mark.parametrize("said", ["放弃", "放弃 12", "不要了"])
def test_no_to_an_offer_passes_it_on(chat: Chat, town: Town, said: str) -> None:
    town.free()
    assert "已放弃" in chat.say("b", said)
    assert (town.state("b"), town.state("c")) == ("declined", "offered")
    assert "候补成功" in chat.say("c", "确认")


@pytest.mark.parametrize("said", ["确认", "确认 12"])
def test_yes_after_its_time_is_too_late_whether_or_not_the_task_has_run(chat: Chat, town: Town, said: str) -> None:
    town.free()
    chat.now = SOON + timedelta(minutes=30)
    answer = chat.say("b", said)
    assert "已过期" in answer
    assert "「候补 12」" in answer
    assert (town.state("b"), town.state("c")) == ("expired", "offered")
    chat.now = SOON + timedelta(minutes=60)
    with chat.db.writing() as tx:
        expire_offers(tx, chat.now)
    assert "已过期" in chat.say("c", said)


def test_several_offers_are_told_apart_by_their_numbers(chat: Chat, town: Town) -> None:
    town.free(12)
    town.free(13)
    asked = chat.say("b", "确认")
    assert "12. 故事会12" in asked and "13. 故事会13" in asked and "哪一场" in asked
    assert (town.state("b", 12), town.state("b", 13)) == ("offered", "offered")
    assert "候补成功" in chat.say("b", "确认 13")
    assert "已放弃" in chat.say("b", "放弃")
    assert (town.state("b", 12), town.state("b", 13)) == ("declined", "confirmed")


def test_an_open_question_comes_before_an_offer_unless_its_number_is_named(chat: Chat, town: Town) -> None:
    town.free(12)
    assert "确定取消" in chat.say("b", "取消 13")
    assert "候补成功" in chat.say("b", "确认 12")
    assert town.state("b", 13) == "waitlisted"
    assert "已取消" in chat.say("b", "确认"), "the question about 13 is still open"
    assert (town.state("b", 12), town.state("b", 13)) == ("confirmed", "cancelled")


def test_a_question_about_the_same_occurrence_is_the_one_that_is_answered(chat: Chat, town: Town) -> None:
    town.free(12)
    chat.say("b", "取消 12")
    assert "已取消" in chat.say("b", "确认 12")
    assert (town.state("b"), town.state("c")) == ("cancelled", "offered")


@pytest.mark.parametrize("said", ["确认 99", "放弃 12", "确认 12"])
def test_a_number_without_an_offer_is_answered_with_what_can_be_sent(chat: Chat, town: Town, said: str) -> None:
    answer = chat.say("c", said)
    assert "没有待您确认的名额" in answer
    assert "「我的」" in answer


def test_yes_and_no_to_nothing_are_as_before(chat: Chat, town: Town) -> None:
    assert "没有待确认" in chat.say("d", "确认")
    assert "候补" not in chat.say("d", "放弃")


def test_the_offer_shows_in_what_is_ones_own_and_when_signing_up_again(chat: Chat, town: Town) -> None:
    town.free()
    assert "待确认递补" in chat.say("b", "我的")
    assert "「确认」" in chat.say("b", "报名 12")


# --- places ----------------------------------------------------------------------------------------------------------


def test_who_joins_hears_the_rule_of_this_line(chat: Chat, town: Town) -> None:
    chat.say("d", "报名 12 1人")
    joined = chat.say("d", "确认")
    assert "候补第3位" in joined
    assert "先等前面一家" in joined
    assert "开始前4小时" in joined and "30分钟内回复「确认」" in joined


def test_who_joins_a_line_that_passes_over_hears_that(chat: Chat, town: Town) -> None:
    with chat.db.writing() as tx:
        house = town.facts[12]
        event_id = add_event(tx, house_of(house), "讲座", rules={**RULES, "waitlist_fit": "pass"})
        values = {"event_id": event_id, "capacity": 1, "starts_at": STARTS}
        facts = add_occurrence(tx, house_of(house), 14, venue_id=None, **values)
        sign_up(tx, town.ids["a"], facts, Party(1, 0), None, chat.keys, NOW)
    joined = chat.say("d", "候补 14 1人")
    assert "候补第1位" in joined
    assert "可先递补" in joined or "先递补" in joined
    assert "先等前面一家" not in joined


def house_of(facts: OccurrenceFacts):
    from tests.factories import House

    return House(facts.library_id, facts.campaign_id, 0)


@pytest.mark.parametrize("said", ["候补第几", "候补进度 12", "我排第几"])
def test_the_place_in_line_can_be_asked_at_any_time(chat: Chat, town: Town, said: str) -> None:
    answer = chat.say("c", said)
    assert "候补第2位，共2组" in answer
    town.free()
    assert "候补第1位，共1组" in chat.say("c", "候补第几")
    assert "「确认 12」" in chat.say("b", said)
    chat.now = STARTS - timedelta(minutes=10)
    assert "不再递补" in chat.say("c", "候补进度 12")


def test_all_own_places_are_shown_without_a_number_and_nobody_waits_says_so(chat: Chat, town: Town) -> None:
    answer = chat.say("b", "候补进度")
    assert "12. 故事会12" in answer and "13. 故事会13" in answer
    assert "没有在" in chat.say("d", "候补第几")
    assert "12号场次" in chat.say("d", "候补进度 12")


def test_an_organiser_moves_a_reader_who_then_sees_the_new_place(chat: Chat, town: Town) -> None:
    town.bind("boss", Role.ORGANISER, town.facts[12])
    code = town.code("c")
    assert "候补码" in chat.say("c", "候补第几")
    assert "请发送「调整候补」" in chat.say("boss", f"调整候补 {code} 1")
    assert "第2位改为第1位" in chat.say("boss", f"调整候补 {code} 1 带轮椅老人")
    assert "候补第1位" in chat.say("c", "候补第几 12")
    assert "候补第2位" in chat.say("b", "候补第几 12")
    with chat.db.reading() as tx:
        kept = tx.execute(select(audit.c.detail).where(audit.c.action == "move_in_line")).scalar_one()
    assert kept["reason"] == "带轮椅老人"


def test_readers_and_venue_staff_move_nobody(chat: Chat, town: Town) -> None:
    code = town.code("c")
    assert "没有权限" in chat.say("b", f"调整候补 {code} 1 我急")
    town.bind("door", Role.VENUE)
    assert "没有权限" in chat.say("door", f"调整候补 {code} 1 认识")
    assert "没有找到" in chat.say("door", "调整候补 ZZZZZZ 1 认识")
