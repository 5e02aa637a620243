"""Who may do what by which URL. A route without an entry in the table fails the walk; so does an entry without a route.

Columns: nobody, venue staff at their occurrence, venue staff of another one, an organiser of another library, one of
this library, a manager, a session that was ended, one that is over by its time. `in`: led to the sign-in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update

from bot.domain.kinds import Role
from bot.services.sessions import form_token_of
from bot.store.campaigns import get_campaign
from bot.store.occurrences import get_occurrence
from bot.store.staff_tables import staff_session
from bot.store.tables import library
from bot.web.staff_session import COOKIE
from tests.web.staff.people import House, link_in
from tests.web.stage import AT_THE_DOOR

WHO = ("nobody", "venue", "elsewhere", "organiser-elsewhere", "organiser", "manager", "ended", "over")
EVERYBODY = {
    "pages.static",
    "pages.home",
    "pages.privacy",
    "pages.children",
    "parts.send",
    "tickets.show",
    "venues.show",
    "venues.show_door",
    "venues.show_state",
    "lotteries.show",
    "lotteries.download",
    "my_data.show",
    "my_data.download",
    "joining.show",
    "once.come_back",
    "notice_consent.show",
    "scanner.show_home",
    "scanner.show_scanner",
    "worker.show_worker",
    "worker.show_decoder",
    "health.live",
    "health.ready",
    "health.metrics",
}
"""Endpoints that ask for no session: each is public, or guarded by what its address holds. The scanner's page and its
worker are the same for everybody and open without network; what they show comes through /staff/api."""
SHELL = ("scanner.", "worker.")

STAFF = {
    "GET sign_in.show_code": "200 303 303 303 303 303 200 200",
    "GET sign_in.tell_state": "200 200 200 200 200 200 200 200",
    "GET sign_in.by_wechat": "303 303 303 303 303 303 303 303",
    "GET sign_in.come_back": "400 400 400 400 400 400 400 400",
    "GET sign_in.show_link": "200 200 200 200 200 200 200 200",
    "POST sign_in.enter": "303 303 303 303 303 303 303 303",
    "POST sign_in.leave": "in 303 303 303 303 303 in 303",
    "GET staff_people.show": "in 403 403 200 200 200 in in",
    "POST staff_people.stop": "in 403 403 200 200 200 in in",
    "GET staff_account.show": "in 403 403 403 403 200 in in",
    "POST staff_account.ask": "in 403 403 403 403 303 in in",
    "GET staff_unreached.show": "in 403 403 200 200 200 in in",
    "POST staff_unreached.resend": "in 403 403 200 200 200 in in",
    "GET paper.send_sheet": "in 200 403 403 200 200 in in",
    "GET paper.show": "in 200 403 403 200 200 in in",
    "POST paper.mark": "in 200 403 403 200 200 in in",
    "GET posters.show_list": "in 403 403 200 200 200 in in",
    "GET posters.send_all": "in 403 403 404 200 200 in in",
    "GET posters.show": "in 403 403 403 200 200 in in",
    "GET posters.send_png": "in 403 403 403 200 200 in in",
    "GET posters.send_pdf": "in 403 403 403 200 200 in in",
    "GET staff_reports.show_list": "in 403 403 200 200 200 in in",
    "GET staff_reports.show": "in 403 403 200 200 200 in in",
    "GET staff_reports.show_rows": "in 403 403 200 200 200 in in",
    "POST staff_reports.build": "in 403 403 404 404 404 in in",
    "POST staff_reports.confirm": "in 403 403 200 200 200 in in",
    "GET staff_reports.download": "in 403 403 404 404 404 in in",
    "GET staff_reports.show_words": "in 403 403 200 200 200 in in",
    "POST staff_reports.write": "in 403 403 200 200 200 in in",
    "GET staff_tallies.show": "in 403 403 200 200 200 in in",
    "POST staff_tallies.note": "in 403 403 200 200 200 in in",
    "POST staff_tallies.add_photo": "in 403 403 200 200 200 in in",
    "POST staff_tallies.take_back": "in 403 403 200 200 200 in in",
    "GET staff_tallies.send_photo": "in 403 403 404 404 404 in in",
    "GET scanner.show_plain": "in 200 200 200 200 200 in in",
    "POST scanner.take_plain": "in 200 200 200 200 200 in in",
    "GET staff_api.show_live": "401 200 403 403 200 200 401 401",
    "GET staff_api.show_signature": "401 200 200 200 200 200 401 401",
    "POST staff_api.leave": "401 200 200 200 200 200 401 200",
    "GET staff_api.show_doors": "401 200 200 200 200 200 401 401",
    "GET staff_api.show_list": "401 200 403 403 200 200 401 401",
    "GET staff_api.show_found": "401 200 403 403 200 200 401 401",
    "POST ticket_check_in.check_in": "in 404 404 404 404 404 in in",
    "POST staff_api.decode_photo": "401 400 400 400 400 400 401 401",
    "POST staff_api.take_acts": "401 200 200 200 200 200 401 200",
}
"""Answers to each role. What an act of a member may do at which door is tested in tests/web/doors."""


class Town:
    """One browser for each column of the table."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.here, self.there = house.stage.occurrence(), house.stage.occurrence()
        with house.db.reading() as tx:
            self.number = get_occurrence(tx, self.here).number
            self.campaign = get_campaign(tx, house.stage.campaign_id).key
        with house.db.writing() as tx:
            row = insert(library).values(code="other", name="旺苍县图书馆", level="county")
            other = int(tx.execute(row.returning(library.c.id)).scalar_one())
        ours = house.stage.library_id
        house.hire("venue", Role.VENUE, self.here, library_id=ours)
        house.hire("elsewhere", Role.VENUE, self.there, library_id=ours)
        house.hire("organiser-elsewhere", Role.ORGANISER, library_id=other)
        house.hire("organiser", Role.ORGANISER, library_id=ours)
        house.hire("manager", Role.MANAGER)
        house.hire("ended", Role.MANAGER)
        house.hire("over", Role.MANAGER)

    def browser(self, who: str) -> tuple[FlaskClient, str]:
        """A browser as the column says, and the token of its forms."""
        if who == "nobody":
            return self.house.browser(), ""
        client = self.house.enter(who)
        cookie = client.get_cookie(f"__Host-{COOKIE}")
        assert cookie is not None
        with self.house.db.writing() as tx:
            mine = staff_session.c.token_hash == self.house.keys.search_hash(f"staff session:{cookie.value}")
            session_id = int(tx.execute(staff_session.select().where(mine)).scalar_one())
            if who == "ended":
                tx.execute(update(staff_session).where(mine).values(ended_at=AT_THE_DOOR))
            if who == "over":
                over = AT_THE_DOOR - timedelta(seconds=1)
                tx.execute(update(staff_session).where(mine).values(expires_at=over))
        return client, form_token_of(session_id, self.house.keys)

    def address(self, rule: str) -> str:
        """The rule with values of this library."""
        if "<token>" in rule:
            return link_in(self.house.say("venue", "扫码"))
        number = "7" if "/reports/" in rule else str(self.number)  # a version that there is not
        path = rule.replace("<int:number>", number).replace("<ticket>", "A" * 31).replace("<key>", self.campaign)
        path = path.replace("<name>", "report.docx").replace("<int:photo_id>", "1")
        assert "<" not in path, f"say what stands in {rule}"
        return path


FORMS = {"POST staff_tallies.note": {"kind": "tally"}, "POST staff_reports.confirm": {"confirmed": "other"}}
BODIES: dict[str, dict[str, Any]] = {
    "POST staff_api.decode_photo": {"data": b"no photo", "content_type": "image/png"},
    "POST staff_api.leave": {"json": {}},
    "POST staff_api.take_acts": {"json": {"device": "phone-a", "acts": []}},
}
QUERIES = {
    "POST staff_reports.build": {"library": "nobody"},
    "GET staff_reports.show_rows": {"measure": "sessions"},
    "GET staff_api.show_found": {"q": "8000"},
    "GET staff_api.show_live": {"once": ""},
}


def _ask(town: Town, key: str, rule: str, who: str) -> str:
    client, token = town.browser(who)
    method = key.split()[0]
    form = {"form_token": token, "batch": uuid4().hex[:16]} | FORMS.get(key, {})
    more: dict[str, Any] = BODIES.get(key, {"data": form} if method == "POST" else {})
    headers = {"X-Shuqian": "1"} if rule.startswith("/staff/api/") else {}
    path = town.address(rule)
    answer = client.open(path, method=method, headers=headers, query_string=QUERIES.get(key), **more)
    answer.close()
    leads = str(answer.location or "").startswith("/staff/sign-in")
    return "in" if leads and answer.status_code == 302 else str(answer.status_code)


def _routes(house: House) -> dict[str, str]:
    """All but the readers' own pages, which tests/web/readers/test_access.py walks."""
    found = {}
    for rule in house.app.url_map.iter_rules():
        if f"{rule.rule}/".startswith("/me/"):
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            found[f"{method} {rule.endpoint}"] = rule.rule
    return found


def test_every_route_is_in_the_table(house: House) -> None:
    """Seen to fail with a route that nobody had entered."""
    routes = _routes(house)
    public = {key for key in routes if key.split()[1] in EVERYBODY}
    assert {key for key in public if not key.startswith("GET ")} == set()
    assert set(routes) - public == set(STAFF)
    assert {key.split()[1] for key in public} == EVERYBODY
    inside = [key for key in public if routes[key].startswith(("/staff", "/console"))]
    assert all(key.split()[1].startswith(SHELL) for key in inside)


@pytest.mark.parametrize("who", WHO)
def test_each_role_gets_what_the_table_says_and_nothing_else(house: House, who: str) -> None:
    """Seen to fail without `serves` at a door's list, and with /staff/people open to every role in page and service."""
    town = Town(house)
    column = WHO.index(who)
    routes = _routes(house)
    wanted = {key: answers.split()[column] for key, answers in STAFF.items()}
    assert {key: _ask(town, key, routes[key], who) for key in STAFF} == wanted
