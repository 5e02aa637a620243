from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import zxingcpp
from flask.testing import FlaskClient
from icalendar import Calendar
from PIL import Image
from sqlalchemy import update

from bot.domain.ticket import issue_token
from bot.store.tables import occurrence, registration
from tests.web.stage import AT_THE_DOOR, CONTACT, DAY_BEFORE, ENDS_AT, PUBLIC_URL, STARTS_AT, Stage, StageClock


def _page(client: FlaskClient, stage: Stage, registration_id: int) -> str:
    answer = client.get(f"/T/{stage.token(registration_id)}")
    assert answer.status_code == 200
    return answer.text


def _has_code(page: str) -> bool:
    return "data:image/png;base64" in page


def test_confirmed_ticket_shows_event_party_code_and_how_to_cancel(client: FlaskClient, stage: Stage) -> None:
    held = stage.occurrence(label="第三场")
    page = _page(client, stage, stage.registration(held, short_code="K7P2QX"))
    for words in (
        "亲子绘本共读：好饿的毛毛虫",
        "第三场",
        "5月30日（周六）09:30–11:00",
        "少儿阅览室",
        "利州东路 88 号 2 楼",
        "1大1小",
        "已报名",
        "K7P2QX",
        "到场出示",
        "取消 12",
        "09:00 起可以签到",
        CONTACT,
    ):
        assert words in page
    assert _has_code(page)


@pytest.mark.parametrize("path", ["/T/{upper}", "/t/{lower}", "/t/{upper}", "/T/{lower}", "/T/{upper}/"])
def test_path_and_token_work_in_any_case(client: FlaskClient, stage: Stage, path: str) -> None:
    token = stage.token(stage.registration(stage.occurrence()))
    assert client.get(path.format(upper=token, lower=token.lower())).status_code == 200


def test_picture_reads_as_the_address_of_the_page(client: FlaskClient, stage: Stage) -> None:
    token = stage.token(stage.registration(stage.occurrence()))
    answer = client.get(f"/t/{token.lower()}.PNG")
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)))
    assert answer.mimetype == "image/png"
    assert found.text == f"{PUBLIC_URL.upper()}/T/{token}"


def test_calendar_entry_holds_time_place_and_short_code(client: FlaskClient, stage: Stage) -> None:
    token = stage.token(stage.registration(stage.occurrence(label="第三场"), short_code="K7P2QX"))
    answer = client.get(f"/T/{token}.ics")
    (entry,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert answer.mimetype == "text/calendar"
    assert entry["summary"] == "亲子绘本共读：好饿的毛毛虫 第三场"
    assert entry.decoded("dtstart") == STARTS_AT
    assert entry["location"] == "少儿阅览室 利州东路 88 号 2 楼"
    assert "K7P2QX" in entry["description"]
    assert token not in entry["uid"]


def test_checked_in_ticket_says_when_and_how_many(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    held = stage.occurrence()
    came = stage.registration(held)
    stage.check_in(came, held, AT_THE_DOOR, people=2)
    clock.now = STARTS_AT
    assert "已签到 09:20 · 2 人" in _page(client, stage, came)


def test_waitlisted_ticket_says_its_place_and_shows_no_code(client: FlaskClient, stage: Stage) -> None:
    held = stage.occurrence(capacity=1)
    waiting = [
        stage.registration(held, "waitlisted", queued_at=DAY_BEFORE + timedelta(seconds=second // 2))
        for second in range(3)  # the first two joined in the same second: the row's order decides
    ]
    stage.registration(held, "cancelled", queued_at=DAY_BEFORE)
    pages = [_page(client, stage, registration_id) for registration_id in waiting]
    assert [re.findall(r"候补第 (\d) 位</p>", page) for page in pages] == [["1"], ["2"], ["3"]]
    assert not any(_has_code(page) for page in pages)


@pytest.mark.parametrize(
    ("status", "words"), [("cancelled", "已取消"), ("declined", "未通过"), ("expired", "已过期"), ("entered", "抽签")]
)
def test_registration_without_a_place_says_so_and_has_no_code(
    client: FlaskClient, stage: Stage, status: str, words: str
) -> None:
    gone = stage.registration(stage.occurrence(), status, short_code="K7P2QX")
    page = _page(client, stage, gone)
    assert words in page
    assert not _has_code(page)
    assert "K7P2QX" not in page
    assert client.get(f"/T/{stage.token(gone)}.png").status_code == 404
    assert client.get(f"/T/{stage.token(gone)}.card.png").status_code == 404


def test_held_place_names_its_deadline_and_lapses(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    held = stage.registration(stage.occurrence(), "held", held_until=DAY_BEFORE + timedelta(minutes=10))
    assert "09:40 前" in _page(client, stage, held)
    clock.now = DAY_BEFORE + timedelta(minutes=10)
    assert "已过期" in _page(client, stage, held)


def test_cancelled_occurrence_is_said_first_and_strikes_out_the_calendar(client: FlaskClient, stage: Stage) -> None:
    off = stage.registration(stage.occurrence(status="cancelled"))
    page = _page(client, stage, off)
    (entry,) = Calendar.from_ical(client.get(f"/T/{stage.token(off)}.ics").data).walk("VEVENT")
    assert "本场已取消" in page
    assert not _has_code(page)
    assert entry["status"] == "CANCELLED"


def test_ticket_is_of_no_use_after_the_end(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    late = stage.registration(stage.occurrence())
    clock.now = ENDS_AT + timedelta(seconds=1)
    page = _page(client, stage, late)
    assert "活动已结束" in page
    assert not _has_code(page)


def test_a_confirmed_ticket_outlives_its_readers_data(client: FlaskClient, stage: Stage) -> None:
    kept = stage.registration(stage.occurrence(), short_code="K7P2QX")
    stage.erase_reader_of(kept)
    page = _page(client, stage, kept)
    assert _has_code(page)
    assert "K7P2QX" in page
    assert "取消 12" not in page, "nobody can cancel it by message any more"
    assert client.get(f"/T/{stage.token(kept)}.png").status_code == 200


def test_a_deleted_reader_who_waited_leaves_event_facts_only(client: FlaskClient, stage: Stage) -> None:
    gone = stage.registration(stage.occurrence(), "waitlisted", short_code="K7P2QX")
    stage.erase_reader_of(gone)
    page = _page(client, stage, gone)
    assert "亲子绘本共读" in page
    assert not _has_code(page)
    assert not any(words in page for words in ("K7P2QX", "1大1小", "候补第", "取消 12"))
    for suffix in (".png", ".card.png", ".ics"):
        assert client.get(f"/T/{stage.token(gone)}{suffix}").status_code == 404


def test_page_bears_no_name_and_no_phone(client: FlaskClient, stage: Stage) -> None:
    page = _page(client, stage, stage.registration(stage.occurrence()))
    assert "张" not in page
    assert "138" not in re.sub(r"base64,[^\"]+|/T/\w+|v=\w+", "", page)


def test_title_from_a_file_cannot_bring_markup(client: FlaskClient, stage: Stage) -> None:
    page = _page(client, stage, stage.registration(stage.occurrence(title="<script>alert(1)</script>")))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_forged_address_is_not_found(client: FlaskClient, stage: Stage) -> None:
    token = stage.token(stage.registration(stage.occurrence()))
    forged = (
        token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
        token[:-1],
        token + "A",
        "",
        "票" * 31,
        "A" * 5000,
        "%00" * 31,
        issue_token(1, b"another key".ljust(32)),
        token + ".exe",
        token + ".png.png",
    )
    answers = [client.get(f"/T/{one}") for one in forged]
    assert [answer.status_code for answer in answers] == [404] * len(forged)
    assert all("没有找到" in answer.text for answer in answers)


def test_genuine_signature_of_a_missing_row_is_not_found(client: FlaskClient, stage: Stage) -> None:
    assert client.get(f"/T/{stage.token(999_999)}").status_code == 404


def test_answers_are_never_kept_indexed_or_leaked(client: FlaskClient, stage: Stage) -> None:
    token = stage.token(stage.registration(stage.occurrence()))
    for path in (f"/T/{token}", f"/T/{token}.png", f"/T/{token}.ics"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]


def test_occurrence_without_a_noted_date_has_a_ticket_but_no_calendar(client: FlaskClient, stage: Stage) -> None:
    undated = stage.registration(stage.occurrence(starts_at=None, ends_at=None, date_text="5月下旬"))
    page = _page(client, stage, undated)
    assert "5月下旬" in page
    assert ".ics" not in page
    assert client.get(f"/T/{stage.token(undated)}.ics").status_code == 404


def test_moved_occurrence_shows_at_once(client: FlaskClient, stage: Stage) -> None:
    held = stage.occurrence()
    moved = stage.registration(held)
    with stage.db.writing() as tx:
        tx.execute(
            update(occurrence)
            .where(occurrence.c.id == held)
            .values(starts_at=STARTS_AT + timedelta(days=1), ends_at=ENDS_AT + timedelta(days=1))
        )
        tx.execute(update(registration).where(registration.c.id == moved).values(adults=2, children=0))
    page = _page(client, stage, moved)
    assert "5月31日（周日）09:30–11:00" in page
    assert ">2大<" in page


def test_who_waits_shows_a_code_once_the_doors_are_open(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    waiting = stage.registration(stage.occurrence(), "waitlisted", queued_at=DAY_BEFORE)
    assert not _has_code(_page(client, stage, waiting))
    clock.now = AT_THE_DOOR
    page = _page(client, stage, waiting)
    assert _has_code(page)
    assert "到场时如有空位" in page


def test_a_registration_that_waits_for_a_decision_says_so(client: FlaskClient, stage: Stage) -> None:
    page = _page(client, stage, stage.registration(stage.occurrence(), "pending"))
    assert "待审核" in page
    assert not _has_code(page)


def test_an_offer_names_its_deadline_and_lapses(client: FlaskClient, stage: Stage, clock: StageClock) -> None:
    until = DAY_BEFORE + timedelta(minutes=30)
    offered = stage.registration(stage.occurrence(), "offered", offer_until=until, queued_at=DAY_BEFORE)
    assert "10:00 前" in _page(client, stage, offered)
    clock.now = until
    assert "已过期" in _page(client, stage, offered)


def test_a_deadline_on_another_day_names_the_day(client: FlaskClient, stage: Stage) -> None:
    until = DAY_BEFORE + timedelta(hours=20)  # as winners of a lottery have it
    page = _page(client, stage, stage.registration(stage.occurrence(), "offered", offer_until=until))
    assert "5月30日（周六）05:30 前" in page


def test_released_seat_is_said_and_its_code_still_opens_the_door(
    client: FlaskClient, stage: Stage, clock: StageClock
) -> None:
    clock.now = STARTS_AT + timedelta(minutes=20)
    late = stage.registration(stage.occurrence(), released_at=clock.now)
    page = _page(client, stage, late)
    assert "座位已让出" in page
    assert "已报名" not in page
    assert _has_code(page)
    clock.now = ENDS_AT + timedelta(hours=1)
    assert "活动已结束" in _page(client, stage, late)


def test_who_gave_up_an_offer_whom_a_person_refused_and_who_lost_are_told_apart(
    client: FlaskClient, stage: Stage
) -> None:
    held, until = stage.occurrence(), DAY_BEFORE - timedelta(hours=1)
    ways = {
        "已放弃": stage.registration(held, "declined", offer_until=until),
        "未通过": stage.registration(held, "declined"),
        "已过期": stage.registration(held, "expired", offer_until=until, entry_number=2),
        "未中签": stage.registration(held, "expired", entry_number=3),
    }
    for words, registration_id in ways.items():
        page = _page(client, stage, registration_id)
        assert [each for each in ways if f"</span>{each}</p>" in page] == [words]


def test_entry_of_a_lottery_shows_its_number_and_leads_to_what_is_published(client: FlaskClient, stage: Stage) -> None:
    page = _page(client, stage, stage.registration(stage.occurrence(), "entered", entry_number=7))
    assert "7号" in page
    assert 'href="/lottery/12"' in page
    assert "取消 12" in page
