"""The main job, end to end: from a follower to a counted reader, with the sandbox in WeChat's place."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.domain.clock import utc_now
from bot.domain.ticket import find_token
from bot.store.tables import campaign, event, occurrence
from tests.faults.stack import wait_for
from tests.journeys.conftest import TICKET, Phone, StartWhole, Whole
from tests.wechat.pushes import AES_KEY

REMIND_BEFORE = timedelta(minutes=50)


def add_occurrence(whole: Whole, number: int, starts_in: timedelta, capacity: int) -> int:
    """One more occurrence of the sample's films, of which a reader may see several; its public number."""
    starts_at = utc_now() + starts_in
    with whole.db.writing() as tx:
        event_id, campaign_id = tx.execute(
            select(event.c.id, campaign.c.id).join(campaign).where(event.c.title == "优秀国产影片放映")
        ).one()
        tx.execute(
            insert(occurrence).values(
                campaign_id=campaign_id,
                event_id=event_id,
                key=f"journey-{number}",
                number=number,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
                extra_venues=[],
                capacity=capacity,
            )
        )
    return number


def sign_up(phone: Phone, number: int, rest: str = "张三 13800138000 一大一小") -> str:
    """All in one message, and consent when it is asked for."""
    said = phone.say(f"报名 {number} {rest}")
    return phone.say("同意") if "「同意」" in said else said


def count_in_and_check(whole: Whole, reader: Phone, staff: Phone, *, counted: str) -> None:
    """Follow → 活动 → 报名 → ticket → 绑定 → scan → scan again → 统计."""
    assert "报名" in reader.greeting
    assert "发送「" in reader.say("活动")
    asked = reader.say(f"报名 {whole.open_now} 张三 13800138000 一大一小")
    assert "「同意」" in asked
    done = reader.say("同意")
    assert "报名成功" in done
    found = TICKET.search(done)
    assert found, done
    page = whole.open_page(found[0])
    assert page.status_code == 200
    assert "张三" not in page.text
    assert whole.open_page(f"{found[0]}.png").content.startswith(b"\x89PNG")
    assert "没有权限" in staff.scan(found[0])
    assert "绑定成功" in staff.say(f"绑定 {whole.invitation}")
    assert find_token(found[0])
    first = staff.scan(found[0].upper())
    assert "签到成功" in first
    assert "2/2" in first
    scanned = int(time.time())
    wait_for(lambda: int(time.time()) > scanned, "the next second: two like scans in one count as one (design §5)")
    assert "已签到" in staff.scan(found[0].upper())
    assert counted in staff.say("统计")
    assert "您已报名" in sign_up(reader, whole.open_now)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_from_a_follower_to_a_counted_reader(start_whole: StartWhole, kind: str) -> None:
    """With what goes out by itself beside it: a reminder, and the notice to the one who moves up."""
    whole = start_whole(kind, REMINDER_OFFSETS=f"{REMIND_BEFORE.total_seconds() / 3600:.6f}")
    reader, staff, second = whole.add_phone("张三"), whole.add_phone("馆员"), whole.add_phone("李四")
    soon = add_occurrence(whole, 901, REMIND_BEFORE + timedelta(seconds=4), capacity=20)
    assert "报名成功" in sign_up(second, soon, "李四 13800138001 1人")

    small = add_occurrence(whole, 902, timedelta(days=2), capacity=2)
    count_in_and_check(whole, reader, staff, counted="报名 2 组 3 人，签到 2/3 人")
    assert "报名成功" in sign_up(reader, small, "2人")
    assert "名额已满" in second.say(f"报名 {small} 2人")
    assert "候补第1位" in second.say("确认")
    assert "「确认」" in reader.say(f"取消 {small}")
    assert "已取消" in reader.say("确认")
    second.wait_for_notice("候补成功")
    assert TICKET.search(next(each for each in second.notices() if "候补成功" in each))

    second.wait_for_notice("提醒")
    told = [each for each in second.notices() if "提醒" in each or "候补成功" in each]
    assert len(told) == 2, told
    see_menus_and_ticket(whole, reader, staff)


def see_menus_and_ticket(whole: Whole, reader: Phone, staff: Phone) -> None:
    """Each sees the menu of their role, and the ticket comes as a picture after the words."""
    wait_for(lambda: staff.menu() == ["扫码签到", "今日", "记录"], "the menu of staff")
    assert reader.menu() == ["活动", "我的", "帮助"]
    assert "「记录 宣传单 300 份" in staff.act("tap", key="RECORD")
    assert TICKET.search(reader.say(f"票 {whole.open_now}"))
    wait_for(lambda: len(reader.pictures()) == 1, "the picture of the ticket")


def test_the_same_in_safe_mode(start_whole: StartWhole) -> None:
    """Every push and answer encrypted; nothing of it readable on the way."""
    whole = start_whole("sqlite", WECHAT_MODE="safe", WECHAT_AES_KEY=AES_KEY)
    reader, staff = whole.add_phone("张三"), whole.add_phone("馆员")
    count_in_and_check(whole, reader, staff, counted="签到 2/2 人")
    told = reader.session.post(
        f"{reader.sandbox}/people/{reader.openid}/say", json={"text": "我的", "times": 3, "parallel": True}, timeout=20
    ).json()
    assert len(set(told["clear"])) == 1
    assert all("<Encrypt>" in each["body"] and "入场码" not in each["body"] for each in told["attempts"])
    wait_for(lambda: whole.stack.redis.get("shuqian:heartbeat:worker"), "the worker takes tasks")
