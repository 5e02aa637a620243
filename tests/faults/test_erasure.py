"""Promise I8 through the running house: after 注销 or an unfollow, nothing in any table or in Redis tells who it was,
and the figures are the same. Promises I9 and I10 beside it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis as redis_library
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain.clock import utc_now
from bot.domain.kinds import Role
from bot.reports.summary_json import to_dict
from bot.services.campaigns import import_campaign_file
from bot.services.demo import SAMPLE
from bot.services.staff import invite_staff
from bot.services.summary import summarize
from bot.services.tallies import import_tally_file
from bot.store.database import Database
from bot.store.pii import Keys
from bot.store.tables import audit, dependant, inbox, metadata, reader, registration
from tests.conversation.conftest import Chat
from tests.factories import NOW, add_house, add_occurrence, add_reader
from tests.faults.line import code_of, scan_push, words_of
from tests.faults.town import Town
from tests.wechat.pushes import event_push

NAME = "欧阳待删"
PHONE = "13800138077"
TALLIES = SAMPLE.with_name("guangyuan-2016-tallies.yaml")


def dump(db: Database, store: redis_library.Redis) -> bytes:
    """Every column of every table, and every key of Redis with its value, in one heap."""
    heap: list[bytes] = []
    with db.reading() as tx:
        for table in metadata.sorted_tables:
            heap += [_plain(value) for row in tx.execute(select(table)) for value in row]
    for key in store.keys("*"):
        heap += [key, *_values(store, key)]
    return b"\n".join(heap)


def _plain(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, default=str).encode()


def _values(store: redis_library.Redis, key: bytes) -> list[bytes]:
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": store.get,
        b"set": store.smembers,
        b"list": lambda name: store.lrange(name, 0, -1),
        b"hash": store.hgetall,
        b"zset": lambda name: store.zrange(name, 0, -1),
    }
    return [str(read[store.type(key)](key)).encode(), store.dump(key) or b""]


def traces(heap: bytes, openid: str, keys: Keys) -> list[str]:
    """What in the heap leads to the person: in clear, encoded, or as the hash by which they can be searched."""
    secrets = {
        "openid": openid.encode(),
        "name": NAME.encode(),
        "escaped name": json.dumps(NAME).strip('"').encode(),
        "phone": PHONE.encode(),
        "phone hash": keys.search_hash(f"+86{PHONE}"),
        **{f"base64 {what}": base64.b64encode(what.encode()) for what in (NAME, PHONE, openid)},
    }
    return [what for what, secret in secrets.items() if secret in heap]


def leave_by_unfollow(town: Town, openid: str) -> None:
    town.line.insist(event_push("unsubscribe", sender=openid))


def leave_by_erasing(town: Town, openid: str) -> None:
    assert "「确认」" in town.line.say(openid, "注销")
    assert "已注销" in town.line.say(openid, "确认")


@pytest.mark.parametrize("leave", [leave_by_unfollow, leave_by_erasing], ids=["unfollow", "erase"])
def test_nothing_personal_is_left_and_the_figures_do_not_change(town: Town, leave: Callable[[Town, str], None]) -> None:
    """Seen to fail with `detach_openid` leaving the openid, and with `forget_contact` leaving the phone's hash on
    registrations.
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
    before_heap, before = dump(town.db, town.stack.redis), figures(town)
    assert "openid" in traces(before_heap, openid, town.keys)
    assert "phone hash" in traces(before_heap, openid, town.keys)
    assert len(sealed_columns_of(town, code)) == 9  # the reader's three beside each place, and the other person's three
    leave(town, openid)
    assert traces(dump(town.db, town.stack.redis), openid, town.keys) == []
    assert sealed_columns_of(town, code) == []
    assert figures(town) == before


def figures(town: Town) -> dict[str, Any]:
    """All figures of the campaign, without the moment of counting."""
    with town.db.reading() as tx:
        counted = to_dict(summarize(tx, town.house.campaign_id, utc_now()))
    del counted["made_at"]
    return counted


def sealed_columns_of(town: Town, code: str) -> list[Any]:
    """What the rows of the erased reader still seal, all their registrations' too; an answer kept for repeats counts."""
    mine = select(registration.c.reader_id).where(registration.c.short_code == code).scalar_subquery()
    kept = (reader.c.name_enc, reader.c.phone_enc, reader.c.phone_hash)
    given = (registration.c.name_enc, registration.c.phone_enc, registration.c.phone_hash)
    with town.db.reading() as tx:
        rows = tx.execute(
            select(*kept, *given).join(registration, registration.c.reader_id == reader.c.id).where(reader.c.id == mine)
        ).all()
        answers = tx.execute(select(inbox.c.key).where(inbox.c.reader_id == mine)).all()
    assert len(rows) == 2
    personal = [value for row in rows for value in row if value is not None]
    assert personal or len(answers) <= 1  # the farewell's own, for its repeats
    return personal


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
