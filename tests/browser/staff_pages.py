"""Pages of staff: those by which they sign in, and those that need a session."""

from __future__ import annotations

from sqlalchemy import insert, update

from bot.domain.capability import Capability, CapabilityState
from bot.domain.kinds import Role
from bot.services.sessions import give_link, open_session
from bot.store.alarms import AlarmKind, raise_alarm
from bot.store.campaigns import get_campaign
from bot.store.capabilities import save_states
from bot.store.occurrences import get_occurrence
from bot.store.readers import StaffMember, get_or_add_person
from bot.store.staff import save_role, save_served
from bot.store.tables import notice
from bot.store.wechat_tables import published_menu
from tests.services.notices_rows import queue
from tests.web.stage import AT_THE_DOOR, DAY_BEFORE, Stage


def list_sign_in_pages(stage: Stage) -> dict[str, str]:
    """Paths by name, for a browser that is not signed in."""
    with stage.db.writing() as tx:
        staff_id = save_role(tx, get_or_add_person(tx, "o-li", DAY_BEFORE).id, Role.VENUE, None, DAY_BEFORE)
        token = give_link(tx, StaffMember(staff_id, Role.VENUE, None, ""), stage.keys, AT_THE_DOOR)
    return {
        "sign-in": "/staff/sign-in",
        "enter": f"/staff/enter/{token}",
        "enter-lapsed": "/staff/enter/lapsed",
        "join": "/J/K7P2QXA3",
    }


def list_staff_pages(stage: Stage) -> dict[str, str]:
    """Paths by name, for an organiser's browser; a volunteer and her two phones are there to be seen."""
    place = stage.occurrence()
    with stage.db.writing() as tx:
        person = get_or_add_person(tx, "o-wang", DAY_BEFORE)
        staff_id = save_role(tx, person.id, Role.VENUE, stage.library_id, DAY_BEFORE)
        save_served(tx, staff_id, [place])
        for device in ("安卓手机·微信", "苹果手机·微信"):
            open_session(tx, staff_id, device, stage.keys, DAY_BEFORE)
    ticket = stage.token(stage.registration(place))
    _leave_unreached(stage)
    fixed = {"people": "/staff/people", "unreached": "/staff/unreached", "ticket-by-staff": f"/T/{ticket}"}
    with stage.db.reading() as tx:
        number = get_occurrence(tx, place).number
        key = get_campaign(tx, stage.campaign_id).key
    reports = {
        "reports": "/staff/reports",
        "report": f"/staff/reports/{key}",
        "report-rows": f"/staff/reports/{key}/rows?measure=registrations",
        "report-words": f"/staff/reports/{key}/words",
        "tallies": "/staff/tallies",
    }
    posters = {"posters": "/staff/posters", "poster": f"/staff/poster/{number}"}
    return fixed | posters | reports | _list_paper_pages(stage, place)


def list_manager_pages(stage: Stage) -> dict[str, str]:
    """The account with a right of each state, alarms, menus and a worker that is silent."""
    granted, refused, unknown = CapabilityState
    states = {
        Capability.SCENE_QR: (refused, "qrcode/create: 48001"),
        Capability.NOTICE: (unknown, "not asked: the platform is slow"),
    }
    with stage.db.writing() as tx:
        found = [(each, *states.get(each, (granted, f"{each.value}: ok"))) for each in Capability]
        save_states(tx, [each for each in found if each[0] is not Capability.OAUTH], DAY_BEFORE)
        raise_alarm(tx, AlarmKind.RIGHT_LOST, Capability.SCENE_QR.value, 48001, "qrcode/create: 48001", AT_THE_DOOR)
        for _ in range(3):
            raise_alarm(
                tx, AlarmKind.TEMPLATE, "message/template/send", 47003, "47003 a field does not fit", DAY_BEFORE
            )
        tx.execute(insert(published_menu).values(name="readers", digest="", published_at=DAY_BEFORE))
    return {"account": "/staff/account"}


def list_pressed_tickets(stage: Stage) -> dict[str, str]:
    """Tickets on which staff press the button, by the tone of what comes of it."""
    now, off = stage.occurrence(), stage.occurrence(status="cancelled")
    came = stage.registration(now)
    stage.check_in(came, now, AT_THE_DOOR)
    tickets = {"green": stage.registration(now), "amber": came, "red": stage.registration(off)}
    return {tone: f"/T/{stage.token(registration_id)}" for tone, registration_id in tickets.items()}


def _leave_unreached(stage: Stage) -> None:
    """An occurrence of which three readers may not know: refused, unknown, waiting for their next message."""
    held = stage.occurrence(title="“书香利州·悦读童年”六一亲子绘本共读暨双语故事会（第二季）", label="第十二场")
    unsent = (("failed", "template", 43004), ("unknown", "customer_service", None), ("failed", "banner", 45015))
    for state, way, code in unsent:
        place = stage.registration(held)
        with stage.db.writing() as tx:
            queue(tx, place, due_at=DAY_BEFORE, now=DAY_BEFORE)
            told = {"state": state, "channel": way, "error_code": code}
            tx.execute(update(notice).where(notice.c.registration_id == place).values(**told))


def _list_paper_pages(stage: Stage, place: int) -> dict[str, str]:
    """The paper list without anybody on it, and with a line of each state."""
    busy = stage.occurrence(title="“书香利州·悦读童年”六一亲子绘本共读暨双语故事会（第二季）", label="第十二场")
    stage.check_in(stage.registration(busy), busy, AT_THE_DOOR)
    stage.registration(busy)
    for status in ("waitlisted", "pending"):
        stage.registration(busy, status, queued_at=DAY_BEFORE)
    with stage.db.reading() as tx:
        numbers = [get_occurrence(tx, each).number for each in (place, busy)]
    return {f"paper-{name}": f"/staff/paper/{number}" for name, number in zip(("empty", "busy"), numbers, strict=True)}


def session_secret(stage: Stage, role: Role = Role.ORGANISER) -> str:
    """The cookie's value of a browser that somebody of this role is signed in on."""
    with stage.db.writing() as tx:
        person = get_or_add_person(tx, f"o-{role.value}", DAY_BEFORE)
        staff_id = save_role(tx, person.id, role, stage.library_id, DAY_BEFORE)
        opened = open_session(tx, staff_id, "安卓手机·微信", stage.keys, AT_THE_DOOR)
    assert opened is not None
    return opened.secret
