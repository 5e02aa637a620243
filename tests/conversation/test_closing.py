"""更正, 核对 and 周报, as they are typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.corrections import (
    CheckInCorrection,
    TallyCorrection,
    WalkInCorrection,
    read_correction,
)
from bot.conversation.intents import recognise
from bot.domain.kinds import Exactness
from bot.services.reports import freeze
from bot.store.checkins import add_walk_ins
from bot.store.corrections import list_corrections
from bot.texts.commands import Command
from tests.conversation.conftest import Chat
from tests.factories import NOW
from tests.services.report_rows import HOUR, add_week


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("更正 现场 12 80 改为 85 原因 点错", WalkInCorrection(12, 80, 85, "点错")),
        ("更正现场12号 80人改成85人，原因：点错了", WalkInCorrection(12, 80, 85, "点错了")),
        ("更正 现场 80 改为 85 12 原因 点错", WalkInCorrection(12, 80, 85, "点错")),
        ("更正 現場 12 八十 改為 八十五 原因 點錯", WalkInCorrection(12, 80, 85, "点错")),
        ("更正 签到 K7P2QX 2 改为 3 原因 后到一人", CheckInCorrection("K7P2QX", 2, 3, "后到一人")),
        ("更正 签到 k7p2qx 改为 3人", CheckInCorrection("K7P2QX", None, 3, "")),
    ],
)
def test_a_head_count_is_corrected_as_people_type_it(typed: str, asked: object) -> None:
    assert read_correction(typed) == asked
    assert recognise(typed).command is Command.CORRECT


def test_a_tally_is_corrected_with_its_exactness_title_and_place() -> None:
    asked = read_correction("更正 宣传单《健康》3000份 改为 3200多份 12 原因 漏记")
    assert isinstance(asked, TallyCorrection)
    assert (asked.metric, asked.part, asked.number, asked.reason) == ("宣传单", "健康", 12, "漏记")
    assert (asked.old.number, asked.new.number, asked.new.exactness) == (3000, 3200, Exactness.MORE_THAN)


def test_a_doubtful_tally_is_corrected_by_what_it_should_be() -> None:
    asked = read_correction("更正 咨询 待核 改为 80多人次 12 原因 查了登记表")
    assert isinstance(asked, TallyCorrection)
    assert (asked.metric, asked.old.number, asked.new.number) == ("咨询", None, 80)


@pytest.mark.parametrize("typed", ["更正 现场 80", "更正 改为", "更正数据"])
def test_what_does_not_say_how_things_stand_is_no_correction(typed: str) -> None:
    assert read_correction(typed) is None
    assert recognise(typed).command is Command.CORRECT


@pytest.mark.parametrize(
    "typed", ["更正 电话 13800138000", "更正电话", "更正 姓名 张三", "更正 我的电话 改为 13800138000"]
)
def test_readers_still_correct_their_own_data(typed: str) -> None:
    assert recognise(typed).command is Command.AMEND


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("核对", Command.CONFIRM_FIGURES),
        ("核对 无误", Command.CONFIRM_FIGURES),
        ("核对无误", Command.CONFIRM_FIGURES),
        ("核对 苍溪馆 无误", Command.CONFIRM_FIGURES),
        ("周报", Command.REPORT),
        ("周报 采纳 补传", Command.REPORT),
    ],
)
def test_the_words_of_closing_are_known(typed: str, command: Command) -> None:
    assert recognise(typed).command is command


def test_a_manager_corrects_and_is_read_back_what_was_done(chat: Chat) -> None:
    add_week(chat.db)
    said = chat.say("manager", "更正 现场 12 80 改为 85 原因 点错")
    assert "80人 → 85人（原因：点错）" in said
    assert "「更正 现场 12 85 改为 80 原因 …」" in said
    said = chat.say("manager", "更正 宣传单 3000份 改为 3200份 15 原因 漏记一箱")
    assert "3000份 → 3200份（原因：漏记一箱）" in said
    with chat.db.reading() as tx:
        written = [(row.subject, row.field, row.old, row.new, row.reason) for row in list_corrections(tx, NOW)]
    assert written == [
        ("walk_in", "people", "80", "85", "点错"),
        ("tally", "leaflets_distributed", "3000份", "3200份", "漏记一箱"),
    ]


def test_the_old_figure_must_be_right_and_a_reason_be_given(chat: Chat) -> None:
    add_week(chat.db)
    assert "现在记的是 80人，与您写的原数不符" in chat.say("manager", "更正 现场 12 79 改为 85 原因 点错")
    assert "请在后面写明原因" in chat.say("manager", "更正 现场 12 80 改为 85")
    assert "现在记的是 3000份（15 号场次）" in chat.say("manager", "更正 宣传单 300份 改为 3200份 原因 漏记")
    with chat.db.reading() as tx:
        assert list_corrections(tx, NOW) == []


def test_an_organiser_corrects_her_own_library_until_the_freeze(chat: Chat) -> None:
    week = add_week(chat.db)
    assert "3000份 → 3100份" in chat.say("organiser", "更正 宣传单 3000份 改为 3100份 15 原因 漏记")
    assert "没有权限" in chat.say("organiser", "更正 现场 12 80 改为 85 原因 点错")
    with chat.db.writing() as tx:
        freeze(tx, week.house.campaign_id, chat.keys, HOUR, actor="task")
    chat.now = HOUR + timedelta(hours=1)
    assert "本次活动数据已定稿" in chat.say("organiser", "更正 宣传单 3100份 改为 3200份 原因 漏记")
    said = chat.say("manager", "更正 宣传单 3100份 改为 3200份 原因 漏记")
    assert "3100份 → 3200份" in said
    assert "另存为第2版，共3处不同" in said


def test_a_branch_sees_and_confirms_its_figures_and_a_change_shows(chat: Chat) -> None:
    add_week(chat.db)
    said = chat.say("organiser", "核对")
    assert "【核对数字】苍溪县图书馆（未核对）" in said
    assert "宣传单 3000份" in said
    assert "已核对：苍溪县图书馆" in chat.say("organiser", "核对 无误")
    assert "苍溪县图书馆：已核对" in chat.say("manager", "核对")
    assert "请写明馆名" in chat.say("manager", "核对 无误")
    chat.say("manager", "更正 宣传单 3000份 改为 3200份 原因 漏记")
    assert "苍溪县图书馆：核对后有变动，请重新核对" in chat.say("manager", "核对")
    assert "已核对：广元市图书馆" in chat.say("manager", "核对 市馆 无误")


def test_nobody_confirms_for_another_library(chat: Chat) -> None:
    add_week(chat.db)
    assert "没有权限" in chat.say("organiser", "核对 市馆 无误")
    assert "没有权限" in chat.say("venue", "核对 无误")


def test_the_report_is_shown_to_organisers_with_its_state_and_refused_to_others(chat: Chat) -> None:
    week = add_week(chat.db)
    said = chat.say("organiser", "周报")
    assert "https://lib.example/staff/reports/2026" in said
    assert "草稿" in said
    for who in ("venue", "读者"):
        assert "没有权限" in chat.say(who, "周报")
    with chat.db.writing() as tx:
        freeze(tx, week.house.campaign_id, chat.keys, HOUR, actor="task")
    assert "已定稿 第1版" in chat.say("organiser", "周报")


def test_what_came_after_the_freeze_is_shown_to_managers_and_taken_up_by_them(chat: Chat) -> None:
    week = add_week(chat.db)
    with chat.db.writing() as tx:
        freeze(tx, week.house.campaign_id, chat.keys, HOUR, actor="task")
        add_walk_ins(tx, week.city.id, 8, week.venue.id, NOW)
    chat.now = HOUR
    said = chat.say("manager", "周报")
    assert "现场 80 人，共 80 人次" in said
    assert "定稿后到达，未计入当前版本" in said
    assert "· 亲子阅读 现场参加：80人次 → 88人次" in said
    assert "合计" not in said, "one line for each change, where it happened"
    assert "定稿后到达" not in chat.say("organiser", "周报")
    assert "没有权限" in chat.say("organiser", "周报 采纳 补传")
    assert "请写明原因" in chat.say("manager", "周报 采纳")
    assert "已另存为第2版" in chat.say("manager", "周报 采纳 补传离线人数")
    assert "没有要采纳的变动" in chat.say("manager", "周报 采纳 再来一次")
    assert "定稿后到达" not in chat.say("manager", "周报")


def test_a_manager_who_counts_after_the_freeze_leaves_a_version_and_venue_staff_are_refused(chat: Chat) -> None:
    week = add_week(chat.db)
    with chat.db.writing() as tx:
        freeze(tx, week.house.campaign_id, chat.keys, NOW + timedelta(hours=1), actor="task", at_once=True)
    chat.now = NOW + timedelta(hours=1, minutes=5)
    assert "本次活动数据已定稿" in chat.say("venue", "现场 8 12")
    assert "本次活动数据已定稿" in chat.say("venue", "撤销")
    said = chat.say("manager", "现场 8 12")
    assert "另存为第2版" in said
