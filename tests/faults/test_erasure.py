"""Promise I8 through the running house: after 注销 or an unfollow, nothing in any table or in Redis tells who it was,
and the figures are the same. Promises I9 and I10 beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from bot.domain.clock import utc_now
from bot.domain.kinds import ConsentKind, Role
from bot.domain.occurrence import OccurrenceFacts
from bot.reports.summary_json import to_dict
from bot.services.campaigns import import_campaign_file
from bot.services.demo import SAMPLE
from bot.services.requests import note_request
from bot.services.retention import SCRUBBED
from bot.services.staff import invite_staff
from bot.services.summary import summarize
from bot.services.tally_files import import_tally_file
from bot.store.amendments import find_consent, save_card
from bot.store.companions import Member, add_answers, add_dependant, add_members
from bot.store.database import Database
from bot.store.personal import HOLDINGS, list_registrations
from bot.store.pii import Keys
from bot.store.readers import add_consent, find_person
from bot.store.registrations import find_active
from bot.store.sign_up_tables import mark, suspension
from bot.store.tables import audit, dependant, registration
from bot.texts.consent import GUARDIAN_VERSION
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_house, add_occurrence, add_reader
from tests.faults.line import code_of, scan_push, words_of
from tests.faults.town import Town
from tests.faults.traces import dump, files_of, written_forms
from tests.wechat.pushes import event_push

NAME = "欧阳待删"
PHONE = "13800138077"
CARD = "GY20260077"
CHILD = "豆豆待删"
ANSWER = "花生过敏待删"
TALLIES = SAMPLE.with_name("guangyuan-2016-tallies.yaml")


def traces(heap: bytes, openid: str, keys: Keys) -> list[str]:
    """What in the heap leads to the person: in clear, encoded, or as a hash by which they can be searched."""
    clear = {"openid": openid, "name": NAME, "phone": PHONE, "card": CARD, "child": CHILD, "answer": ANSWER}
    hashes = {"phone hash": keys.search_hash(f"+86{PHONE}"), "card hash": keys.search_hash(CARD)}
    return [what for what, secret in {**written_forms(clear), **hashes}.items() if secret in heap]


def leave_by_unfollow(town: Town, openid: str) -> None:
    town.line.insist(event_push("unsubscribe", sender=openid))


def leave_by_erasing(town: Town, openid: str) -> None:
    assert "「确认」" in town.line.say(openid, "注销")
    assert "已注销" in town.line.say(openid, "确认")


def add_what_rules_ask_for(town: Town, openid: str, facts: OccurrenceFacts) -> None:
    """A card, a child with the guardian's consent, an age, an answer, a mark, a suspension and an appeal."""
    now = utc_now()
    with town.db.writing() as tx:
        person = find_person(tx, openid, NOW)
        assert person is not None
        place = find_active(tx, facts.id, person.id)
        assert place is not None
        save_card(tx, person.id, CARD, town.keys)
        add_consent(tx, person.id, ConsentKind.GUARDIAN, GUARDIAN_VERSION, now)
        consent_id = find_consent(tx, person.id, ConsentKind.GUARDIAN, GUARDIAN_VERSION)
        assert consent_id is not None
        child = add_dependant(tx, person.id, CHILD, 2019, consent_id, town.keys)
        add_members(tx, place.id, [Member(7, consent_id, child.id)])
        add_answers(tx, place.id, {"diet": ANSWER}, town.keys)
        tx.execute(insert(mark).values(reader_id=person.id, registration_id=place.id, kind="late", points=1, at=now))
        facts_of_ban = {"counted": [], "limit": 3, "window_days": 90}
        ban = {"code": person.id.to_bytes(3, "big").hex().upper(), "policy": "ban", "facts": facts_of_ban}
        tx.execute(
            insert(suspension).values(reader_id=person.id, starts_at=now, ends_at=now + timedelta(days=9), **ban)
        )
        note_request(tx, person.id, f"申诉 我是{NAME}", town.keys, now)


@pytest.mark.parametrize("leave", [leave_by_unfollow, leave_by_erasing], ids=["unfollow", "erase"])
def test_nothing_personal_is_left_and_the_figures_do_not_change(
    town: Town, leave: Callable[[Town, str], None], tmp_path: Path
) -> None:
    """In no row, in no key of Redis, and after the task that follows in no byte of the database's files. Seen to fail
    with `detach_openid` leaving the openid, with `forget` passing over registrations (the phone's hash stayed), and in
    the file with `secure_delete` off; for both databases see also tests/store/test_scrub.py.
    """
    openid = f"o-leaving-{utc_now().timestamp()}"
    facts = town.add_occurrence(starts_at=utc_now() - timedelta(minutes=5), capacity=2)
    later = town.add_occurrence(capacity=1)
    town.line.say(openid, f"报名 {facts.number} {NAME} {PHONE} 一大一小")
    code = code_of(town.line.say(openid, "同意"))
    assert "报名成功" in town.line.say(openid, f"报名 {later.number} 李四 13800138001 1人")  # somebody else's name
    assert "签到成功" in words_of(town.line.insist(scan_push(town.add_staff(facts), code)))
    assert PHONE[-4:] in town.line.say(openid, "我的信息")
    town.line.say(openid, f"人工 我是{NAME}，请打{PHONE}")
    add_what_rules_ask_for(town, openid, later)
    before_heap, before = dump(town.db, town.stack.redis), figures(town)
    assert {"openid", "phone hash", "card hash"} <= set(traces(before_heap, openid, town.keys))
    assert "openid" in traces(files_of(town.db, tmp_path), openid, town.keys)
    assert sum(rows_held(town, code).values()) >= 9
    leave(town, openid)
    assert traces(dump(town.db, town.stack.redis), openid, town.keys) == []
    assert not any(rows_held(town, code).values())
    assert figures(town) == before
    assert town.db.scrub(SCRUBBED, at_night=True)
    assert traces(files_of(town.db, tmp_path), openid, town.keys) == []
    assert figures(town) == before


def figures(town: Town) -> str:
    """What `summary --json` prints, without the moment of counting."""
    with town.db.reading() as tx:
        counted = to_dict(summarize(tx, town.house.campaign_id, town.keys, utc_now()))
    del counted["made_at"]
    return json.dumps(counted, ensure_ascii=False, indent=2)


def rows_held(town: Town, code: str) -> dict[str, int]:
    """How many rows of each table still hold something of the reader with this short code."""
    found = {}
    with town.db.reading() as tx:
        reader_id = tx.execute(select(registration.c.reader_id).where(registration.c.short_code == code)).scalar_one()
        places = list_registrations(tx, reader_id)
        for holding in HOLDINGS:
            filled = [column.is_not(None) for column in holding.blanked]
            rows = select(func.count()).select_from(holding.table).where(holding.rows_of(reader_id, places))
            found[holding.table.name] = tx.execute(rows.where(or_(*filled)) if filled else rows).scalar_one()
    return found


def test_a_child_without_a_recorded_consent_cannot_be_written(db: Database, keys: Keys) -> None:
    """The schema alone refuses it: `consent_id` is required and must exist."""
    with db.writing() as tx:
        reader_id = add_reader(tx, "o-guardian", keys)
    row = {"reader_id": reader_id, "nickname_enc": b"sealed", "birth_year": 2019}
    for consent_id in (None, 4711):
        with pytest.raises(IntegrityError), db.writing() as tx:
            tx.execute(insert(dependant).values(**row, consent_id=consent_id))
    with db.reading() as tx:
        assert tx.execute(select(dependant.c.id)).all() == []


def audited(db: Database) -> list[tuple[str, str]]:
    """Who did what, in order; the ids left out."""
    with db.reading() as tx:
        rows = tx.execute(select(audit.c.actor, audit.c.action).order_by(audit.c.id))
        return [(actor.split(":")[0], action) for actor, action in rows]


def test_what_must_be_traceable_leaves_an_audit_row(chat: Chat, db: Database, keys: Keys) -> None:
    """Promise I10. Seen to fail with the `note_audit` of 绑定 taken out."""
    with db.writing() as tx:
        facts = add_occurrence(
            tx, add_house(tx), 12, starts_at=NOW - timedelta(minutes=5), closes_at=NOW.replace(year=2099)
        )
        invitation = invite_staff(tx, Role.VENUE, keys, NOW, occurrence_ids=[facts.id])
    chat.say("staff", f"绑定 {invitation}")
    chat.say("a", "报名 12 张三 13800138000 1人")
    chat.say("a", "同意")
    chat.say("staff", "现场 8")
    chat.say("staff", "撤销")
    chat.say("a", "撤回同意")
    chat.unfollow("a")
    assert audited(db) == [
        ("command", "invite"),
        ("staff", "bind"),
        ("reader", "consent"),
        ("staff", "undo"),
        ("reader", "withdraw"),
        ("reader", "erase"),
    ]


def test_imports_leave_audit_rows(db: Database) -> None:
    with db.writing() as tx:
        import_campaign_file(tx, SAMPLE.read_bytes(), NOW)
    assert audited(db)
    before = len(audited(db))
    with db.writing() as tx:
        import_tally_file(tx, TALLIES.read_bytes(), NOW)
    assert len(audited(db)) > before


def test_audit_rows_name_nobody(chat: Chat, db: Database) -> None:
    with db.writing() as tx:
        add_occurrence(tx, add_house(tx), 12)
    chat.say("o-audited", f"报名 12 {NAME} {PHONE} 1人")
    chat.say("o-audited", "同意")
    chat.say("o-audited", f"人工 我是{NAME}")
    chat.unfollow("o-audited")
    with db.reading() as tx:
        written = "".join(str(tuple(row)) for row in tx.execute(select(audit)))
    assert "erase" in written
    assert not any(secret in written for secret in (NAME, PHONE, "o-audited"))
