"""A reader's own pages: those by which a browser comes to know them, and those that need it to."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from bot.services.families import Agreed, Child, add_child
from bot.services.reader_sessions import give_link, open_session
from bot.store.readers import get_or_add_person
from bot.store.tables import registration
from tests.web.stage import AT_THE_DOOR, DAY_BEFORE, Stage

LONG_TITLE = "“书香利州·悦读童年”六一亲子绘本共读暨 Picture Book 双语故事会（第二季）"


def list_entry_pages(stage: Stage) -> dict[str, str]:
    """Paths by name, for a browser that knows nobody."""
    with stage.db.writing() as tx:
        token = give_link(tx, get_or_add_person(tx, "o-zhang", DAY_BEFORE).id, stage.keys, AT_THE_DOOR)
    return {
        "me-unknown": "/me",
        "me-enter": f"/me/enter/{token}",
        "me-lapsed": "/me/enter/lapsed",
        "me-state": "/me/connect?state=0&code=0",
        "once-lapsed": "/once/back",
        "notices-elsewhere": "/notices",
    }


def list_reader_pages(stage: Stage) -> dict[str, tuple[str, str]]:
    """Path and session by name: of a reader with everything, and of one with nothing."""
    busy, new = _reader(stage, "o-busy"), _reader(stage, "o-new")
    later = AT_THE_DOOR + timedelta(days=2)
    hours = {"starts_at": later, "ends_at": later + timedelta(hours=2)}
    mine = stage.registration(stage.occurrence(title=LONG_TITLE, label="第十二场"))
    places = [
        mine,
        stage.registration(stage.occurrence(**hours), "waitlisted", queued_at=DAY_BEFORE),
        stage.registration(stage.occurrence(status="cancelled", **hours)),
    ]
    with stage.db.writing() as tx:
        tx.execute(update(registration).where(registration.c.id.in_(places)).values(reader_id=busy))
        for nickname, year in (("乐乐", 2019), ("Alexandria", 2014)):
            add_child(tx, busy, Child(nickname, year), Agreed(True, True), stage.keys, DAY_BEFORE)
    pages = {"me": "/me", "family": "/me/family", "family-done": "/me/family?done=added"}
    own = {name: (path, _session(stage, busy)) for name, path in pages.items()}
    own["me-ticket"] = (f"/T/{stage.token(mine)}", _session(stage, busy))
    return own | {f"{name}-empty": (pages[name], _session(stage, new)) for name in ("me", "family")}


def _reader(stage: Stage, openid: str) -> int:
    with stage.db.writing() as tx:
        return get_or_add_person(tx, openid, DAY_BEFORE).id


def _session(stage: Stage, reader_id: int) -> str:
    with stage.db.reading() as tx:
        session = open_session(tx, reader_id, stage.keys, AT_THE_DOOR)
    assert session is not None
    return session
