"""Getting people in by chat: scans, short codes, the venue screen's code, walk-ins, undo."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update

from bot.domain.kinds import Role
from bot.domain.party import Party
from bot.domain.registration import Registered, Waitlisted
from bot.domain.ticket import issue_token
from bot.domain.venue import current_code
from bot.services.registrations import cancel_registration, join_waitlist, sign_up
from bot.services.staff import invite_staff
from bot.store.door_tables import checkin, walk_in
from bot.store.sign_up_tables import suspension
from bot.store.tables import audit, occurrence
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_house, add_occurrence, add_reader

PAIR = Party(1, 1)


class Door:
    """Number 12 is open for check-in, 13 is next door at the same time, 14 is tomorrow."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        soon, tomorrow = NOW + timedelta(minutes=20), NOW + timedelta(days=1)
        with chat.db.writing() as tx:
            house = add_house(tx)
            self.here = add_occurrence(tx, house, 12, starts_at=soon, capacity=3)
            self.next_door = add_occurrence(tx, house, 13, starts_at=soon)
            self.tomorrow = add_occurrence(tx, house, 14, starts_at=tomorrow)
            self.reader = add_reader(tx, "reader", chat.keys)
            code = invite_staff(tx, Role.VENUE, chat.keys, NOW, occurrence_ids=[self.here.id, self.tomorrow.id])
            self.code = code
        assert "绑定成功" in chat.say("staff", f"绑定 {code}")

    def register(self, facts, who: str = "reader", party: Party = PAIR):
        with self.chat.db.writing() as tx:
            outcome = sign_up(tx, add_reader(tx, who, self.chat.keys), facts, party, None, self.chat.keys, NOW)
        assert isinstance(outcome, Registered)
        return outcome.registration

    def qr(self, registration) -> str:
        return "https://lib.example/T/" + issue_token(registration.id, self.chat.keys.ticket)


@pytest.fixture
def door(chat: Chat) -> Door:
    return Door(chat)


def test_a_scan_lets_the_whole_party_in_with_the_masked_name(chat: Chat, door: Door) -> None:
    said = chat.scan("staff", door.qr(door.register(door.here)))
    assert "签到成功" in said
    assert "张*" in said
    assert "张三" not in said
    assert "1大1小" in said
    assert "2/2" in said


def test_a_second_scan_says_when_and_by_whom_and_counts_nothing(chat: Chat, door: Door) -> None:
    qr = door.qr(door.register(door.here))
    chat.scan("staff", qr)
    said = chat.scan("staff", qr)
    assert "已签到" in said
    assert "09:00" in said
    assert "场地工作人员1号" in said
    with chat.db.reading() as tx:
        people = tx.execute(select(func.sum(checkin.c.people))).scalar_one()
        results = set(tx.scalars(select(checkin.c.result)))
    assert people == 2
    assert results == {"ok", "already"}


def test_the_short_code_does_the_same(chat: Chat, door: Door) -> None:
    code = door.register(door.here).short_code
    assert "签到成功" in chat.say("staff", f"核销 {code.lower()}")
    assert "已签到" in chat.say("staff", f"核销{code[:3]}-{code[3:]}")


@pytest.mark.parametrize("junk", ["https://evil.example/", "CODE_128,6901234567892", "", "x" * 3000, "核销", "ABC"])
def test_foreign_codes_are_invalid(chat: Chat, door: Door, junk: str) -> None:
    assert "无效" in chat.scan("staff", junk)


def test_a_forged_ticket_is_invalid(chat: Chat, door: Door) -> None:
    genuine = door.qr(door.register(door.here))
    forged = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    assert "无效" in chat.scan("staff", forged)


def test_the_wrong_door_names_the_right_one(chat: Chat, door: Door) -> None:
    said = chat.scan("staff", door.qr(door.register(door.next_door)))
    assert "不是本场" in said
    assert "13. 活动13" in said


def test_tomorrows_ticket_at_todays_door_is_not_this_occurrence(chat: Chat, door: Door) -> None:
    assert "不是本场" in chat.scan("staff", door.qr(door.register(door.tomorrow)))


def test_too_early_says_from_when(chat: Chat, door: Door) -> None:
    qr = door.qr(door.register(door.tomorrow))
    chat.now = NOW + timedelta(hours=12)
    said = chat.scan("staff", qr)
    assert "尚未到签到时间" in said
    assert "08:30" in said


def test_cancelled_and_waiting_are_told_apart(chat: Chat, door: Door) -> None:
    registration = door.register(door.here, party=Party(3, 0))
    with chat.db.writing() as tx:
        earlier = NOW - timedelta(hours=1)  # nobody joins a line once the doors are open
        waiting = join_waitlist(tx, add_reader(tx, "w", chat.keys), door.here, Party(1, 0), None, chat.keys, earlier)
    assert isinstance(waiting, Waitlisted)
    assert "候补中" in chat.scan("staff", door.qr(waiting.registration))
    with chat.db.writing() as tx:
        cancel_registration(tx, door.here, registration.reader_id, NOW)
    assert "已取消" in chat.scan("staff", door.qr(registration))


def test_readers_cannot_scan_or_use_staff_words(chat: Chat, door: Door) -> None:
    qr = door.qr(door.register(door.here))
    for said in (chat.scan("stranger", qr), chat.say("stranger", "核销 K7P2QX"), chat.say("stranger", "现场 8")):
        assert "没有权限" in said
    with chat.db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(checkin)).scalar_one() == 0


def test_an_invitation_works_once(chat: Chat, door: Door) -> None:
    assert "邀请码无效" in chat.say("other", f"绑定 {door.code}")
    assert "没有权限" in chat.say("other", "现场 8")


def test_an_invitation_ends_after_a_fortnight(chat: Chat, door: Door) -> None:
    with chat.db.writing() as tx:
        code = invite_staff(tx, Role.ORGANISER, chat.keys, NOW)
    chat.now = NOW + timedelta(days=14)
    assert "邀请码无效" in chat.say("other", f"绑定 {code}")


def test_guessing_invitations_is_stopped(chat: Chat, door: Door) -> None:
    with chat.db.writing() as tx:
        code = invite_staff(tx, Role.ORGANISER, chat.keys, NOW)
    for _ in range(5):
        assert "邀请码无效" in chat.say("other", "绑定 AAAAAAAA")
    assert "次数较多" in chat.say("other", f"绑定 {code}")


def test_the_code_of_the_screen_checks_a_reader_in(chat: Chat, door: Door) -> None:
    door.register(door.here)
    code = current_code(door.here.id, NOW, chat.keys.venue)
    assert "签到成功" in chat.say("reader", f"签到 {code}")
    assert "您已签到" in chat.say("reader", code)


def test_fewer_may_come_than_signed_up(chat: Chat, door: Door) -> None:
    door.register(door.here, party=Party(1, 2))
    code = current_code(door.here.id, NOW, chat.keys.venue)
    assert "实到2人" in chat.say("reader", f"签到 {code} 2人")


def test_a_code_is_worthless_after_a_minute_and_a_half(chat: Chat, door: Door) -> None:
    door.register(door.here)
    code = current_code(door.here.id, NOW, chat.keys.venue)
    chat.now = NOW + timedelta(seconds=90)
    assert "签到码无效" in chat.say("reader", f"签到 {code}")
    chat.now = NOW + timedelta(seconds=89)
    assert "签到成功" in chat.say("reader", f"签到 {code}")


def test_strangers_are_not_registered_and_others_not_at_this_one(chat: Chat, door: Door) -> None:
    with chat.db.writing() as tx:
        tx.execute(update(occurrence).where(occurrence.c.id == door.next_door.id).values(venue_id=None))
    code = current_code(door.here.id, NOW, chat.keys.venue)
    assert "没有找到报名" in chat.say("stranger", f"签到 {code}")
    door.register(door.next_door)
    said = chat.say("reader", f"签到 {code}")
    assert "不是本场" in said
    assert "13. 活动13" in said


def test_before_the_window_a_good_code_is_too_early(chat: Chat, door: Door) -> None:
    door.register(door.tomorrow)
    chat.now = NOW + timedelta(hours=12)
    code = current_code(door.tomorrow.id, chat.now, chat.keys.venue)
    assert "尚未到签到时间" in chat.say("reader", f"签到 {code}")


def test_guessing_screen_codes_is_stopped(chat: Chat, door: Door) -> None:
    door.register(door.here)
    right = current_code(door.here.id, NOW, chat.keys.venue)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert "签到码无效" in chat.say("reader", f"签到 {wrong}")
    assert "次数较多" in chat.say("reader", f"签到 {right}")
    chat.redis.flushall()  # the window of ten minutes is Redis' own; without it the door is open again
    assert "签到成功" in chat.say("reader", f"签到 {right}")


def test_walk_ins_add_up_and_can_be_taken_back(chat: Chat, door: Door) -> None:
    assert "现场共 8 人" in chat.say("staff", "现场 8")
    assert "现场共 12 人" in chat.say("staff", "现场4人")
    assert "已撤销" in chat.say("staff", "撤销")
    with chat.db.reading() as tx:
        standing = tx.execute(select(func.sum(walk_in.c.people)).where(walk_in.c.undone_at.is_(None))).scalar_one()
    assert standing == 8


def test_walk_ins_of_another_door_are_refused(chat: Chat, door: Door) -> None:
    assert "没有权限" in chat.say("staff", "现场 8 13")


def test_an_undone_check_in_can_be_scanned_again(chat: Chat, door: Door) -> None:
    qr = door.qr(door.register(door.here))
    chat.scan("staff", qr)
    assert "已撤销" in chat.say("staff", "撤销")
    assert "签到成功" in chat.scan("staff", qr)


def test_undo_ends_after_ten_minutes(chat: Chat, door: Door) -> None:
    chat.scan("staff", door.qr(door.register(door.here)))
    chat.now = NOW + timedelta(minutes=10, seconds=1)
    assert "没有可撤销" in chat.say("staff", "撤销")


def test_undo_from_a_reader_is_cancel(chat: Chat, door: Door) -> None:
    door.register(door.here)
    assert "确定取消" in chat.say("reader", "撤销")


@pytest.mark.parametrize("text", ["现场 -3", "现场 8.5", "现场 999999999", "现场 0"])
def test_odd_head_counts_are_not_counted(chat: Chat, door: Door, text: str) -> None:
    assert "「现场 8」" in chat.say("staff", text)
    with chat.db.reading() as tx:
        assert tx.execute(select(func.count()).select_from(walk_in)).scalar_one() == 0


@pytest.mark.parametrize("text", ["核销 K7P2QX", "现场 8", "记录 宣传单 300份", "统计", "登录 482913", "周报"])
def test_staff_words_from_readers_are_refused(chat: Chat, door: Door, text: str) -> None:
    assert "没有权限" in chat.say("stranger", text)


def test_a_lower_role_is_not_taken_and_its_invitation_stays_good(chat: Chat, door: Door) -> None:
    with chat.db.writing() as tx:
        organiser = invite_staff(tx, Role.ORGANISER, chat.keys, NOW)
        venue = invite_staff(tx, Role.VENUE, chat.keys, NOW)
    assert "绑定成功" in chat.say("boss", f"绑定 {organiser}")
    assert "无需再绑定" in chat.say("boss", f"绑定 {venue}")
    assert "绑定成功" in chat.say("colleague", f"绑定 {venue}")


def make_manager(chat: Chat, who: str = "boss") -> None:
    with chat.db.writing() as tx:
        code = invite_staff(tx, Role.MANAGER, chat.keys, NOW)
    assert "绑定成功" in chat.say(who, f"绑定 {code}")


def counted(chat: Chat) -> int:
    with chat.db.reading() as tx:
        return int(
            tx.execute(select(func.sum(checkin.c.people)).where(checkin.c.counted_as.is_not(None))).scalar() or 0
        )


def test_a_manager_takes_back_a_check_in_hours_later_and_says_why(chat: Chat, door: Door) -> None:
    make_manager(chat)
    code = door.register(door.here).short_code
    assert "没有可撤销的签到" in chat.say("boss", f"撤销 {code} 扫错了人")
    chat.say("staff", f"核销 {code}")
    chat.now = NOW + timedelta(hours=5)
    assert "请写明原因" in chat.say("boss", f"撤销 {code}")
    assert "没有权限" in chat.say("staff", f"撤销 {code} 扫错了人")
    assert counted(chat) == 2
    said = chat.say("boss", f"撤销 {code.lower()} 原因：扫错了人")
    assert "已撤销签到" in said and "扫错了人" in said and "原因：" not in said.split("原因已记录：")[1]
    assert counted(chat) == 0
    with chat.db.reading() as tx:
        noted = tx.execute(select(audit.c.detail).where(audit.c.action == "undo")).scalar_one()
    assert noted["reason"] == "扫错了人"
    assert "没有可撤销的签到" in chat.say("boss", f"撤销 {code} 再来一次")


def test_a_suspended_reader_in_line_is_not_let_in_by_the_chat_either(chat: Chat, door: Door) -> None:
    """Seen to fail with `decide_check_in` alone, as it was before the scanner came."""
    early = NOW - timedelta(hours=3)
    with chat.db.writing() as tx:
        reader_id = add_reader(tx, "late", chat.keys)
        outcome = sign_up(tx, add_reader(tx, "full", chat.keys), door.here, Party(3, 0), None, chat.keys, early)
        assert isinstance(outcome, Registered)
        waiting = join_waitlist(tx, reader_id, door.here, PAIR, None, chat.keys, early)
        assert isinstance(waiting, Waitlisted)
        cancel_registration(tx, door.here, add_reader(tx, "full", chat.keys), NOW)
        until = NOW + timedelta(days=30)
        facts = {"counted": ["K7P2QX"], "limit": 3, "window_days": 90}
        tx.execute(
            insert(suspension).values(
                reader_id=reader_id, code="K7P2QX", policy="ban", facts=facts, starts_at=NOW, ends_at=until
            )
        )
    assert "暂停报名" in chat.say("staff", f"核销 {waiting.registration.short_code}")
    assert counted(chat) == 0


def test_several_codes_are_a_paper_list_also_after_the_doors_have_closed(chat: Chat, door: Door) -> None:
    first, second = door.register(door.here), door.register(door.tomorrow, "other")
    with chat.db.writing() as tx:
        tx.execute(update(occurrence).values(ends_at=NOW - timedelta(minutes=1), starts_at=NOW - timedelta(hours=2)))
    closed = chat.say("staff", f"核销 {first.short_code}")
    assert "已结束" in closed
    assert "「核销 补 入场码」" in closed
    said = chat.say("staff", f"核销 {first.short_code} 1人，{second.short_code}、ZZZZZZ")
    assert "已补录 2 组 3 人" in said
    assert "没有找到：ZZZZZZ" in said
    again = chat.say("staff", f"核销 补 {first.short_code} 1")
    assert "已签到，不重复计数" in again
    assert counted(chat) == 3
    assert "已补录 1 组 2 人" in chat.say("staff", f"核销 {first.short_code} 补录"), (
        "the second of the two came as well"
    )
    assert counted(chat) == 4


def test_a_paper_list_is_for_those_who_serve_the_door_and_for_open_doors(chat: Chat, door: Door) -> None:
    here, beside = door.register(door.here), door.register(door.next_door, "other")
    assert "没有权限" in chat.say("reader", f"核销 {here.short_code} {beside.short_code}")
    said = chat.say("staff", f"核销 {here.short_code} {beside.short_code}")
    assert "已补录 1 组 2 人" in said
    assert "不在您负责的场次内" in said
    early = door.register(door.tomorrow, "early")
    assert "起才能签到" in chat.say("staff", f"核销 补 {early.short_code}")
    assert counted(chat) == 2


def test_more_codes_than_a_message_holds_mark_nobody(chat: Chat, door: Door) -> None:
    codes = " ".join(f"AAAA{first}{second}" for first in "23456789" for second in "2345678")
    assert "一次最多 50 个" in chat.say("staff", f"核销 {codes}")
    assert counted(chat) == 0


def test_staff_get_the_address_of_the_sheet(chat: Chat, door: Door) -> None:
    said = chat.say("staff", "签到表 12")
    assert "https://lib.example/staff/sheet/12.docx" in said
    assert "https://lib.example/staff/paper/12" in said
    assert "没有权限" in chat.say("staff", "签到表 13")
    assert "没有权限" in chat.say("reader", "签到表 12")
    assert "签到表 12" in chat.say("staff", "签到表")


def test_posters_are_for_who_organises(chat: Chat, door: Door) -> None:
    assert "组织者" in chat.say("staff", "海报 12")
    assert "没有权限" in chat.say("reader", "海报 12")
