"""/staff/posters: pages and files for who organises."""

from __future__ import annotations

import pytest

from bot.domain.kinds import Role
from bot.reports.typesetting import NotDrawnError
from bot.store.occurrences import get_occurrence
from tests.web.staff.people import House


def test_organiser_is_led_from_the_chat_to_the_page_and_gets_the_files(house: House) -> None:
    with house.db.reading() as tx:
        number = get_occurrence(tx, house.stage.occurrence(title="剪纸 <b>#1</b>")).number
    house.hire("o-wang", Role.ORGANISER, library_id=house.stage.library_id)
    assert f"/staff/poster/{number}" in house.say("o-wang", f"海报 {number}")
    assert "/staff/posters" in house.say("o-wang", "海报")
    browser = house.enter("o-wang")
    page = browser.get(f"/staff/poster/{number}").text
    assert "剪纸 &lt;b&gt;#1&lt;/b&gt;" in page
    assert "海报上没有二维码" in page
    assert f"/staff/poster/{number}" in browser.get("/staff/posters").text
    picture = browser.get(f"/staff/poster/{number}.png")
    sheet = browser.get(f"/staff/poster/{number}.pdf?size=A3")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    assert (sheet.mimetype, sheet.data[:4]) == ("application/pdf", b"%PDF")
    assert sheet.headers["Content-Disposition"].startswith("attachment")


def test_what_cannot_be_drawn_is_an_answer_of_its_own(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with house.db.reading() as tx:
        number = get_occurrence(tx, house.stage.occurrence()).number
    house.hire("o-wang", Role.ORGANISER, library_id=house.stage.library_id)

    def fail(*_: object) -> bytes:
        raise NotDrawnError("no font")

    monkeypatch.setattr("bot.reports.poster.typeset", fail)
    browser = house.enter("o-wang")
    assert [browser.get(f"/staff/poster/{number}.{ending}").status_code for ending in ("png", "pdf")] == [503, 503]
    assert browser.get(f"/staff/poster/{number}").status_code == 200
