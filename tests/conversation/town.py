"""What is on, and who is who, while the dialogues are spoken: dialogues/programme.yaml in the database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, insert, select

from bot.domain.clock import local
from bot.domain.kinds import SignUp
from bot.domain.party import Party
from bot.domain.registration import Pending, Registered, Waitlisted
from bot.services.registrations import join_waitlist, sign_up
from bot.store.occurrences import find_by_number
from bot.store.pii import Keys
from bot.store.tables import campaign, event, library, occurrence, reader, venue
from tests.factories import NOW, add_reader

DIALOGUES = Path(__file__).with_name("dialogues")
CONTACTS = {
    "妈妈": ("张小明妈妈", "+8613800138000"),
    "爸爸": ("张爸爸", "+8613800138000"),  # the same phone: one family
    "邻居": ("李四", "+8613900139000"),
    "爷爷": ("王建国", "+8613700137000"),
}
"""Nobody here is real."""

_MOMENT = re.compile(r"(\d+)月(\d+)日 (\d+):(\d+)(?::(\d+))?")
_PARTY = re.compile(r"(?:(\d)大)?(?:(\d)小)?")


def moment(words: str) -> datetime:
    """5月30日 10:00 in China, of the year of the programme."""
    found = _MOMENT.fullmatch(words)
    assert found, f"no moment: {words}"
    month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return datetime(2026, month, day, hour, minute, second, tzinfo=local(NOW).tzinfo).astimezone(UTC)


def party_of(words: str) -> Party:
    """1大2小 as a party."""
    found = _PARTY.fullmatch(words.replace("两", "2").replace("一", "1"))
    assert found and words, f"no party: {words}"
    return Party(int(found[1] or 0), int(found[2] or 0))


def read_programme() -> Mapping[str, Any]:
    """The file as data."""
    return yaml.safe_load((DIALOGUES / "programme.yaml").read_text(encoding="utf-8"))


def add_programme(tx: Connection, keys: Keys) -> None:
    """Libraries, one campaign, its occurrences, and the registrations that there are."""
    programme = read_programme()
    libraries = {
        code: _insert(
            tx, library, code=code, name=row["名"], aliases=row["别名"], level=row["级"], contact="0839-3262000"
        )
        for code, row in programme["馆"].items()
    }
    campaign_id = _insert(
        tx,
        campaign,
        key="2026",
        title="图书馆服务宣传周",
        library_id=libraries["gy"],
        starts_on=date(2026, 5, 27),
        ends_on=date(2026, 6, 2),
    )
    events: dict[str, int] = {}
    for number, row in programme["场次"].items():
        title = row["活动"]
        if title not in events:
            events[title] = _insert(tx, event, **_event(row, campaign_id, libraries[row.get("馆", "gy")]))
        _insert(tx, occurrence, **_occurrence(tx, number, row, campaign_id, events[title], libraries))
    for number, parties in programme["已报名"].items():
        for who, party in parties.items():
            register(tx, keys, who, number, party, NOW - timedelta(days=1))


def register(
    tx: Connection, keys: Keys, who: str, number: int, party: str, now: datetime, openid: str | None = None
) -> None:
    """A place, or one in line, that somebody has already."""
    facts = find_by_number(tx, number, now)
    assert facts is not None, f"no occurrence {number}"
    reader_id = know(tx, keys, who, openid or who)
    outcome = sign_up(tx, reader_id, facts, party_of(party), None, keys, now)
    if not isinstance(outcome, Registered | Pending):
        outcome = join_waitlist(tx, reader_id, facts, party_of(party), None, keys, now)
        assert isinstance(outcome, Waitlisted), outcome


def know(tx: Connection, keys: Keys, who: str, openid: str | None = None) -> int:
    """Somebody who has agreed and whose name and phone are on record; without `openid` the name stands for it."""
    openid = openid or who
    present = tx.execute(select(reader.c.id).where(reader.c.openid == openid, reader.c.name_enc.is_not(None))).scalar()
    if present is not None:
        return int(present)
    name, phone = CONTACTS[who]
    return add_reader(tx, openid, keys, name=name, phone=phone)


def _event(row: Mapping[str, Any], campaign_id: int, library_id: int) -> dict[str, Any]:
    questions = [_question(place, each) for place, each in enumerate(row.get("问题", []))]
    return {
        "campaign_id": campaign_id,
        "key": row["活动"],
        "title": row["活动"],
        "category": "reading_promotion",
        "library_id": library_id,
        "audience": row.get("对象", []),
        "partners": [],
        "sign_up": SignUp.NONE if row.get("报名") == "无需" else SignUp.REQUIRED,
        "rules": row.get("规则", {}),
        "questions": questions,
    }


def _question(place: int, row: Mapping[str, Any]) -> dict[str, Any]:
    ((text, kind),) = row.items()
    options = kind if isinstance(kind, list) else []
    return {
        "key": f"q{place}",
        "text": text,
        "kind": "choice" if options else "text",
        "options": options,
        "only_if": None,
    }


def _occurrence(
    tx: Connection, number: int, row: Mapping[str, Any], campaign_id: int, event_id: int, libraries: Mapping[str, int]
) -> dict[str, Any]:
    starts_at = moment(row["时间"])
    place = row.get("地点", "一楼报告厅")
    venue_id = tx.execute(select(venue.c.id).where(venue.c.name == place)).scalar()
    if venue_id is None:
        venue_id = _insert(tx, venue, library_id=libraries[row.get("馆", "gy")], name=place, address="")
    return {
        "campaign_id": campaign_id,
        "event_id": event_id,
        "key": str(number),
        "number": number,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=row.get("小时", 1.5)),
        "venue_id": venue_id,
        "extra_venues": [],
        "capacity": row.get("名额", 50),
        "opens_at": moment(row["开放"]) if "开放" in row else None,
        "closes_at": moment(row["截止"]) if "截止" in row else None,
        "status": "cancelled" if row.get("状态") == "取消" else "scheduled",
    }


def _insert(tx: Connection, table: Any, **values: Any) -> int:
    return int(tx.execute(insert(table).values(**values)).inserted_primary_key[0])  # type: ignore[index]
