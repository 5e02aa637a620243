"""The specification of the chat: who says what, and what the answer contains (design section 5). See dialogues/*.yaml."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete

from bot.store.database import Database, open_database
from bot.store.pii import Keys
from bot.store.tables import metadata, programme_edition
from tests.conversation.conftest import Chat
from tests.conversation.play import Dialogue, Play, read_dialogues
from tests.conversation.town import add_programme

DIALOGUES = dict(read_dialogues())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """One database of each kind for all dialogues: making a new one takes longer than talking."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("town") / "shuqian.db"
        shutil.copy(sqlite_template, path)
        url = f"sqlite:///{path}"
    else:
        server, name = request.getfixturevalue("postgres"), f"town_{uuid4().hex[:12]}"
        server.run(f"CREATE DATABASE {name} TEMPLATE template_shuqian")
        url = server.address(name)
    database = open_database(url)
    yield database
    database.dispose()


@pytest.fixture
def db(town: Database, keys: Keys) -> Database:
    """The programme, and nothing that an earlier dialogue left."""
    with town.writing() as tx:
        for table in reversed(metadata.sorted_tables):
            if table is not programme_edition:
                tx.execute(delete(table))
        add_programme(tx, keys)
    return town


@pytest.mark.parametrize(("name", "steps"), DIALOGUES.items(), ids=DIALOGUES.keys())
def test_dialogue(chat: Chat, name: str, steps: Dialogue) -> None:
    Play(chat, name).run(steps)


def test_the_table_is_as_large_as_it_was_agreed() -> None:
    assert len(DIALOGUES) >= 150


CONTRACT = [
    "报名成功",
    "名额已满",
    "候补第3位",
    "您已报名",
    "报名尚未开始",
    "报名已截止",
    "年龄不符",
    "时间冲突",
    "暂停报名",
    "需监护人同意",
    "已取消",
    "没有找到报名",
    "候补成功",
    "已放弃",
    "已过期",
    "签到成功",
    "您已签到",
    "签到码无效",
    "尚未到签到时间",
    "不是本场",
    "您是不是想",
    "已签到",
    "无效",
    "候补中",
    "没有权限",
    "已记录",
    "「同意」",
    "「不同意」",
    "「监护人同意」",
    "人数不符",
    "无需报名",
    "限报一场",
    "提醒已关闭",
    "提醒已开启",
    "已更正",
    "已撤回",
    "已注销",
    "已登记抽签",
    "中签",
    "未中签",
    "已转工作人员",
]


@pytest.mark.parametrize("phrase", CONTRACT)
def test_every_phrase_of_the_contract_is_said_in_some_dialogue(phrase: str) -> None:
    """Of design section 5, without what is still to be built: rating, and signing in to the console."""
    expected = [str(step.get(key, "")) for steps in DIALOGUES.values() for step in steps for key in ("答", "通知")]
    assert any(phrase in answer for answer in expected)
