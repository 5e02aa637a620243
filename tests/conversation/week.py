"""A week made by campaign file, for tests that show in chat what a rule of the file does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from bot.domain.campaign_file import CampaignImported
from bot.domain.kinds import Role
from bot.services.campaigns import import_campaign_file
from bot.services.staff import invite_staff
from bot.store.tables import occurrence, registration
from bot.texts.campaign_files import fault_report
from tests.conversation.conftest import Chat
from tests.factories import add_reader

HEAD = """\
活动周: {简称: w, 名称: 读书周, 主办馆: gy, 开始日期: 2026-05-27, 结束日期: 2026-06-02}
馆:
  - {代码: gy, 馆名: 市图书馆, 级别: 市级, 联系方式: 一楼服务台}
  - {代码: cx, 馆名: 县图书馆, 级别: 县级, 上级馆: gy}
"""
SATURDAY = '日期: 2026-05-30, 开始时间: "14:00", 结束时间: "16:00"'


class Week:
    """A campaign made by file: events `a`, `b`, … in the order given, their occurrences numbered from 1."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self._known = 0

    def publish(
        self, *events: str, occurrences: Sequence[str] = (SATURDAY,), rules: str = "", questions: str = ""
    ) -> None:
        """Import the file. Each event is held at each of the times; a second call changes what differs."""
        rows = [f"  - {{编号: {key}, 名称: 绘本{key}, 类别: 阅读推广, {cells}}}" for key, cells in self._keyed(events)]
        held = [
            f"  - {{活动: {key}, 场次编号: {place}, {times}}}"
            for key, _ in self._keyed(events)
            for place, times in enumerate(occurrences, 1)
        ]
        parts = [HEAD, "报名规则:", rules, "活动:", *rows, "报名问题:", questions, "场次:", *held, ""]
        with self.chat.db.writing() as tx:
            outcome = import_campaign_file(tx, "\n".join(parts).encode(), self.chat.now)
        assert isinstance(outcome, CampaignImported), fault_report(outcome.faults)

    @staticmethod
    def _keyed(events: Sequence[str]) -> list[tuple[str, str]]:
        """With its key; in the city library and with sign-up unless it says otherwise."""
        usual = {"馆:": "馆: gy", "报名:": "报名: 需要"}
        found = []
        for place, cells in enumerate(events):
            added = [cell for name, cell in usual.items() if name not in cells]
            found.append((chr(ord("a") + place), ", ".join([*added, cells])))
        return found

    def reader(self, who: str, phone: str | None = None) -> str:
        """Somebody who has agreed and whose name and phone are on record."""
        self._known += 1
        with self.chat.db.writing() as tx:
            add_reader(tx, who, self.chat.keys, phone=phone or f"+86138001380{self._known:02d}")
        return who

    def say(self, who: str, *texts: str) -> str:
        """Messages one after the other; the last answer."""
        return [self.chat.say(who, text) for text in texts][-1]

    def at(self, local: str) -> None:
        """Move the clock to a local time such as 2026-05-28 09:00:00."""
        self.chat.now = datetime.fromisoformat(f"{local}+08:00").astimezone(UTC)

    def states(self) -> list[str]:
        """States of all registrations in order."""
        with self.chat.db.reading() as tx:
            return list(tx.scalars(select(registration.c.status).order_by(registration.c.id)))

    def serve(self) -> list[str]:
        """Make `staff` serve all occurrences; the short codes of the tickets, in order of registration."""
        with self.chat.db.writing() as tx:
            everywhere = list(tx.scalars(select(occurrence.c.id)))
            code = invite_staff(tx, Role.VENUE, self.chat.keys, self.chat.now, occurrence_ids=everywhere)
            tickets = list(tx.scalars(select(registration.c.short_code).order_by(registration.c.id)))
        assert "绑定成功" in self.say("staff", f"绑定 {code}")
        return tickets
