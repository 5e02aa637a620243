"""/staff/reports and /staff/tallies: figures with their rows, the report, its words, and what is noted at a desk."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.domain.kinds import Role
from bot.store.occurrences import get_occurrence
from bot.store.report_tables import media_item, note, photo
from bot.store.tables import audit, correction, tally
from tests.reports.test_photos import taken
from tests.web.staff.people import House
from tests.web.stage import AT_THE_DOOR

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Desk:
    """An organiser's browser before a campaign with one occurrence, to which three people came."""

    def __init__(self, house: House, role: Role = Role.ORGANISER) -> None:
        self.house = house
        self.place = house.stage.occurrence(title="剪纸 <b>体验</b>")
        ticket = house.stage.registration(self.place)
        house.stage.check_in(ticket, self.place, AT_THE_DOOR)
        house.hire("o-wang", role, library_id=house.stage.library_id)
        self.browser: FlaskClient = house.enter("o-wang")
        with house.db.reading() as tx:
            self.number = get_occurrence(tx, self.place).number

    @property
    def token(self) -> str:
        page = self.browser.get("/staff/tallies").text
        found = re.search('name="form_token" value="([^"]+)"', page)
        assert found
        return found[1]

    def send(self, path: str, **form: object) -> str:
        return self.browser.post(path, data={"form_token": self.token, **form}).text


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@one_database
def test_every_linked_number_opens_rows_that_sum_to_it(desk: Desk) -> None:
    page = desk.browser.get("/staff/reports/week").text
    assert "剪纸 &lt;b&gt;体验&lt;/b&gt;" in page
    links = re.findall(r'<a href="(/staff/reports/week/rows\?[^"]+)">([\d,.]+)</a>', page)
    assert len(links) > 5
    for address, printed in dict(links).items():
        rows = desk.browser.get(address.replace("&amp;", "&")).text
        assert f"合计 {printed}</h1>" in rows, address


@one_database
def test_draft_is_built_and_taken_and_the_words_of_a_person_stay(desk: Desk) -> None:
    assert "草稿已按最新数据重新生成" in desk.send("/staff/reports/week/build")
    taken_file = desk.browser.get("/staff/reports/week/0/report.docx")
    assert taken_file.data[:2] == b"PK"
    assert "attachment" in taken_file.headers["Content-Disposition"]
    slot = re.search('name="slot" value="([^"]+)"', desk.browser.get("/staff/reports/week/words").text)
    assert slot
    page = desk.send("/staff/reports/week/words", slot=slot[1], words="本馆高度重视 <i>宣传周</i>。")
    assert "已保存" in page
    assert "本馆高度重视 &lt;i&gt;宣传周&lt;/i&gt;。" in page
    desk.send("/staff/reports/week/build")
    assert "本馆高度重视" in desk.browser.get("/staff/reports/week/0/report.txt").text
    assert "已恢复" in desk.send("/staff/reports/week/words", slot=slot[1], words="")


@one_database
def test_library_confirms_its_figures_and_a_later_change_shows(desk: Desk) -> None:
    assert "未核对" in desk.browser.get("/staff/reports/week").text
    assert "广元市图书馆：已核对" in desk.send("/staff/reports/week/confirm", confirmed="city")
    desk.send("/staff/tallies", kind="tally", words=f"宣传单 300多份 {desk.number}")
    assert "核对后有变动" in desk.browser.get("/staff/reports/week").text


def test_what_is_noted_at_the_desk_is_as_in_the_chat_and_can_be_taken_back_with_a_reason(desk: Desk) -> None:
    assert "300多份" in desk.send("/staff/tallies", kind="tally", words=f"宣传单 300多份 {desk.number}")
    wrong = desk.send("/staff/tallies", kind="tally", words="征文 75篇 其中一等奖5篇、二等奖10篇")
    assert "75篇" in wrong
    assert "15篇" in wrong
    assert 'value="征文 75篇' in wrong  # what was typed is kept
    desk.send("/staff/tallies", kind="media", words="广元晚报 《启动》 5月27日")
    desk.send("/staff/tallies", kind="note", words=f"{desk.number} 孩子们很开心")
    with desk.house.db.reading() as tx:
        numbered = tx.scalar(select(tally.c.id))
        assert tx.scalar(select(media_item.c.outlet)) == "广元晚报"
        assert tx.scalar(select(note.c.words)) == "孩子们很开心"
    assert "请写明" in desk.send("/staff/tallies/take-back", entry=f"tally:{numbered}", reason=" ")
    assert "已撤回" in desk.send("/staff/tallies/take-back", entry=f"tally:{numbered}", reason="重复")
    assert "没有找到" in desk.send("/staff/tallies/take-back", entry=f"tally:{numbered}", reason="重复")
    with desk.house.db.reading() as tx:
        assert tx.execute(select(correction.c.old, correction.c.reason)).one() == ("300多份", "重复")
        assert tx.scalar(select(audit.c.detail).where(audit.c.action == "take_back")) == {"reason": "重复"}


@one_database
def test_photo_is_uploaded_shown_to_its_library_and_nothing_else_is_taken(desk: Desk) -> None:
    upload = {"photo": (io.BytesIO(taken(2000, 900)), "现场.jpg"), "caption": "现场", "number": str(desk.number)}
    assert "照片已保存" in desk.send("/staff/tallies/photo", **upload)
    with desk.house.db.reading() as tx:
        photo_id = tx.scalar(select(photo.c.id))
    assert desk.browser.get(f"/staff/tallies/photo/{photo_id}.jpg").data[:3] == b"\xff\xd8\xff"
    text = {"photo": (io.BytesIO(b"<svg onload=alert(1)>"), "a.svg"), "number": str(desk.number)}
    assert "不是能读的照片" in desk.send("/staff/tallies/photo", **text)


@one_database
def test_odd_addresses_are_not_found(desk: Desk) -> None:
    for path in (
        "nothing",
        "week/rows",
        "week/rows?measure=x",
        "week/rows?measure=sessions&event_id=-1",
        "week?library=x",
    ):
        assert desk.browser.get(f"/staff/reports/{path}").status_code == 404, path


@one_database
def test_who_is_of_another_library_takes_nothing_back(house: House) -> None:
    """Seen to fail without the library in the statement that takes back."""
    own = Desk(house)
    own.send("/staff/tallies", kind="tally", words=f"宣传单 300多份 {own.number}")
    with house.db.writing() as tx:
        numbered = tx.scalar(select(tally.c.id))
        tx.execute(tally.update().values(library_id=None))
    assert "没有找到" in own.send("/staff/tallies/take-back", entry=f"tally:{numbered}", reason="重复")
