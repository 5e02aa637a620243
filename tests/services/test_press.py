"""Drafts and documents: built by themselves, told of once, and healed after a process died in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.domain.kinds import NoticeKind
from bot.domain.summary import Confirmed
from bot.services.closing import confirm_figures, show_confirmations
from bot.services.notices import claim_letters, take_banner
from bot.services.report_desk import edit_slot
from bot.services.reports import DraftKept, FrozenMeanwhile, NewerKept, freeze, gather, keep_draft
from bot.store import outbox
from bot.store import reports as store
from bot.store.database import Database
from bot.store.outbox_bundles import Settled, settle_bundle
from bot.store.pii import Keys
from bot.store.tables import notice, reader
from bot.texts.notices import word_in_short, word_notice
from tests.conftest import TEST_SECRET
from tests.services.report_rows import AFTER, HOUR, Moving, Week, add_week, figures_as_files, note, press_of

ROOT = Path(__file__).parents[2]


def draft(db: Database, week: Week) -> bytes | None:
    """What the draft was drawn from, in words."""
    with db.reading() as tx:
        stored = store.find_version(tx, week.house.campaign_id, None, 0)
        return store.read_document(tx, stored.id, "report.txt") if stored else None


def told(db: Database) -> list[tuple[str, str]]:
    """Who was told what, in order."""
    query = select(notice.c.kind, reader.c.openid).join(reader, reader.c.id == notice.c.reader_id).order_by(notice.c.id)
    with db.reading() as tx:
        return [(row[0], row[1]) for row in tx.execute(query)]


def test_a_draft_is_made_again_when_figures_or_words_change_but_not_within_ten_minutes(
    db: Database, keys: Keys
) -> None:
    week, clock = add_week(db), Moving()
    press = press_of(db, keys, clock)
    with db.reading() as tx:
        closing = store.get_closing(tx, week.house.campaign_id)
    assert press.renew_draft(closing)
    assert draft(db, week) == b"0 80 3000 []"
    clock.now += timedelta(minutes=11)
    assert not press.renew_draft(closing), "nothing has changed"
    with db.writing() as tx:
        note(tx, "宣传单 200份", week.branch, week.venue)
    assert press.renew_draft(closing)
    assert draft(db, week) == b"0 80 3200 []"
    with db.writing() as tx:
        edit_slot(tx, week.house.campaign_id, None, "conclusion", "办得好。\r\n", None, clock.now)
    clock.now += timedelta(minutes=9)
    assert not press.renew_draft(closing), "too soon"
    clock.now += timedelta(minutes=1)
    assert press.renew_draft(closing)
    assert draft(db, week) == "0 80 3200 [('conclusion', '办得好。')]".encode()


def test_organisers_and_managers_are_told_of_the_draft_once_and_of_the_frozen_version_once(
    db: Database, keys: Keys
) -> None:
    week, clock = add_week(db), Moving()
    press = press_of(db, keys, clock)
    with db.reading() as tx:
        closing = store.get_closing(tx, week.house.campaign_id)

    def beat(_: int) -> None:
        press.renew_draft(closing)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(beat, range(4)))
    drafted = [("report_drafted", "manager"), ("report_drafted", "organiser")]
    assert sorted(told(db)) == drafted
    clock.now = HOUR
    with db.writing() as tx:
        freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: press.draw_versions(), range(2)))
    assert sorted(told(db)) == [*drafted, ("report_frozen", "manager"), ("report_frozen", "organiser")]


def test_a_notice_to_staff_is_worded_with_its_link_and_shown_at_the_head_where_no_channel_is(
    db: Database, keys: Keys
) -> None:
    week, clock = add_week(db), Moving()
    with db.reading() as tx:
        closing = store.get_closing(tx, week.house.campaign_id)
    press_of(db, keys, clock).renew_draft(closing)
    lease = AFTER + timedelta(minutes=2)
    with db.writing() as tx:
        (first, second) = outbox.claim_due(tx, AFTER, 5, timedelta(minutes=2))
        (letter,) = claim_letters(tx, first, lease, AFTER)
        settle_bundle(tx, [first], Settled("failed", outbox.BANNER), AFTER)  # type: ignore[arg-type]
    words = word_notice(letter, "")
    assert "《图书馆服务宣传周》已结束" in words
    assert "https://lib.example/staff/reports/2026" in words
    assert "6月3日" in words, "until when the figures can be confirmed"
    assert len(words.encode()) <= 1800
    assert letter.openid is not None
    with db.writing() as tx:
        assert take_banner(tx, letter.openid, 1000, AFTER) == [word_in_short(letter)]
        assert take_banner(tx, letter.openid, 1000, AFTER) == []
        late = HOUR + timedelta(minutes=1)
        assert claim_letters(tx, second, lease, late) == [], "of no use after the freeze"
    assert letter.kind is NoticeKind.REPORT_DRAFTED


def test_an_older_draft_does_not_take_the_place_of_a_newer_one_nor_of_a_frozen_version(
    db: Database, keys: Keys
) -> None:
    week = add_week(db)
    with db.writing() as tx:
        old = gather(tx, week.house.campaign_id, keys, AFTER)
        note(tx, "宣传单 200份", week.branch, week.venue)
        new = gather(tx, week.house.campaign_id, keys, AFTER + timedelta(seconds=1))
        files = figures_as_files(new, lambda *_: None)
        assert isinstance(keep_draft(tx, new, files, AFTER), DraftKept)
        assert isinstance(keep_draft(tx, old, {"report.txt": b"old"}, AFTER), NewerKept)
    assert draft(db, week) == b"0 80 3200 []"
    with db.writing() as tx:
        freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")
        assert keep_draft(tx, new, {"report.txt": b"late"}, HOUR) == FrozenMeanwhile()
    assert draft(db, week) == b"0 80 3200 []"


_DIES = f"""
import sys, time
from bot.store.database import open_database
from bot.store.pii import Keys
from tests.services.report_rows import Moving, figures_as_files, press_of
from dataclasses import replace
from datetime import datetime

def draw(material, progress):
    files = figures_as_files(material, progress)
    print("drawn", flush=True)
    time.sleep(60)
    return files

url, campaign_id, moment = sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
press = replace(press_of(open_database(url), Keys({TEST_SECRET!r}), Moving(moment)), draw=draw)
press.build_draft(campaign_id) if sys.argv[4] == "draft" else press.draw_versions()
"""


def die_between_drawing_and_keeping(database_url: str, week: Week, what: str) -> None:
    """A process of its own, killed with -9 when it has drawn and not kept."""
    moment = (AFTER if what == "draft" else HOUR).isoformat()
    command = [sys.executable, "-c", _DIES, database_url, str(week.house.campaign_id), moment, what]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=dict(os.environ))
    assert process.stdout is not None
    assert process.stdout.readline() == b"drawn\n"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()


def test_a_process_killed_between_drawing_and_keeping_leaves_all_as_it_was_and_the_next_round_heals_it(
    database_url: str, db: Database, keys: Keys
) -> None:
    week, clock = add_week(db), Moving()
    press = press_of(db, keys, clock)
    with db.reading() as tx:
        closing = store.get_closing(tx, week.house.campaign_id)
    die_between_drawing_and_keeping(database_url, week, "draft")
    assert draft(db, week) is None
    assert told(db) == []
    assert press.renew_draft(closing)
    assert len(told(db)) == 2
    with db.writing() as tx:
        freeze(tx, week.house.campaign_id, keys, HOUR, actor="task")
    die_between_drawing_and_keeping(database_url, week, "versions")
    clock.now = HOUR
    assert press.draw_versions() == 1
    assert len(told(db)) == 4
    with db.reading() as tx:
        version = store.find_latest(tx, week.house.campaign_id, None)
        assert version is not None
        assert store.read_document(tx, version.id, "report.txt") == b"1 80 3000 []"


def test_a_librarys_own_report_is_frozen_with_the_campaigns_or_kept_when_first_asked_for(
    db: Database, keys: Keys
) -> None:
    week, clock = add_week(db), Moving()
    press = press_of(db, keys, clock)
    campaign_id = week.house.campaign_id
    press.build_draft(campaign_id, week.branch_id)
    with db.writing() as tx:
        freeze(tx, campaign_id, keys, HOUR, actor="task")
    press.add_version_of(campaign_id, week.house.library_id)
    press.add_version_of(campaign_id, week.house.library_id)
    press.draw_versions()
    with db.reading() as tx:
        assert store.list_scopes(tx, campaign_id) == [None, week.house.library_id, week.branch_id]
        for library_id, code in ((week.house.library_id, b"gy"), (week.branch_id, b"cx")):
            version = store.find_latest(tx, campaign_id, library_id)
            assert version is not None
            assert version.number == 1
            assert store.read_document(tx, version.id, "public.docx") == code


def test_a_confirmation_is_of_the_same_figures_in_the_campaigns_summary_and_in_the_librarys_own(
    db: Database, keys: Keys
) -> None:
    week = add_week(db)
    with db.writing() as tx:
        confirm_figures(tx, week.house.campaign_id, week.branch_id, week.organiser, keys, AFTER)
        for library_id in (None, week.branch_id):
            states = show_confirmations(tx, week.house.campaign_id, keys, AFTER, library_id)
            assert {each.library.code: each.state for each in states}["cx"] is Confirmed.YES
        note(tx, "宣传单 1份", week.branch, week.venue)
        states = show_confirmations(tx, week.house.campaign_id, keys, AFTER)
        assert [each.state for each in states] == [Confirmed.NO, Confirmed.CHANGED]


def test_the_same_material_has_the_same_digest_whenever_it_was_gathered(db: Database, keys: Keys) -> None:
    week = add_week(db)
    with db.reading() as tx:
        early = gather(tx, week.house.campaign_id, keys, AFTER)
        late = gather(tx, week.house.campaign_id, keys, HOUR)
    assert early.digest == late.digest
    assert early.digest != replace(late, slots={"title": "x"}).digest
