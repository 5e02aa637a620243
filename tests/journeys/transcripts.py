"""The journeys of a reader and of staff at each level of rights, as they are written down in README.md.

A test plays them anew and compares, so that the README shows what happens and not what once was meant:
`WRITE_TRANSCRIPTS=1 pytest tests/journeys/test_transcripts.py` writes them again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.domain.capability import Level
from bot.domain.kinds import Role
from bot.domain.ticket import issue_token, ticket_url
from bot.sandbox import chats
from bot.sandbox.menus import choose_menu
from bot.services.notices import list_missing_reminders, queue_reminders
from bot.services.staff import invite_staff
from bot.store.early_reports import EarlyReports
from bot.store.inbox import Inbox
from bot.texts.sandbox import TEMPLATES
from bot.wechat.mailing import Mailer
from bot.wechat.menu_round import keep_menus
from bot.wechat.templates import Templates
from bot.wechat.ticket_sender import TicketSender
from tests.conversation.play import Play
from tests.journeys.line import LineChat

MOST_LINES = 3
LECTURE, READING = 3, 1
"""Of the programme of the dialogues: a lecture tomorrow, and what goes on now."""

_MASKS = (
    (re.compile(r"http://127\.0\.0\.1:\d+|https://signup\.library\.example"), "https://…"),
    (re.compile(r"/(T|staff/enter|J|me|D|venue)/[A-Za-z0-9_\-]{8,}"), r"/\1/…"),
    (
        re.compile(r"(?<=入场码：)[A-Z0-9]{6}|(?<=短码：)[A-Z0-9]{6}|(?<=入场码 )[A-Z0-9]{6}|(?<=核销 )[A-Z0-9]{6}"),
        "K7P2QX",
    ),
)


@dataclass
class Journey:
    """One level being played; `lines` is what stands in the README."""

    chat: LineChat
    level: Level
    lines: list[str] = field(default_factory=list)
    _seen: int = 0

    def work(self) -> None:
        """What the worker does by itself: menus, pictures, reminders, notices."""
        world = self.chat.services
        gateway, capabilities = world.gateway(), world.capabilities
        keep_menus(world.db, world.redis, gateway, world.account.appid, capabilities, world.clock)
        TicketSender(
            db=world.db,
            redis=world.redis,
            gateway=gateway,
            capabilities=capabilities,
            keys=world.keys,
            public_url=world.settings.effective_public_url,
            clock=world.clock,
        ).send_wished()
        with world.db.writing() as tx:
            for missing in list_missing_reminders(tx, [24.0], world.clock()):
                queue_reminders(tx, *missing[:2], [24.0], world.clock(), all_day=missing[2])
        mailer = Mailer(
            db=world.db,
            gateway=gateway,
            redis=world.redis,
            inbox=Inbox(world.redis),
            early=EarlyReports(world.redis),
            capabilities=capabilities,
            templates=Templates.parse(TEMPLATES[0]["template_id"], None, None),
            ticket_url=self._ticket_url,
            clock=world.clock,
        )
        while mailer.deliver_due():
            pass

    def _ticket_url(self, registration_id: int) -> str:
        world = self.chat.services
        return ticket_url(world.settings.effective_public_url, issue_token(registration_id, world.keys.ticket))

    def note(self, words: str) -> None:
        """A line between the messages."""
        self.lines.append(f"（{words}）")

    def tell(self, who: str) -> None:
        """Write down what has come into somebody's chat since."""
        openid = self.chat.openid_of(who)
        for entry in chats.list_entries(self.chat.box.db, openid, self._seen):
            self._seen = max(self._seen, int(entry["id"]))
            self.lines += _told(who, entry)

    def menu_of(self, who: str) -> str:
        """The names of the buttons that somebody sees."""
        if self.level is Level.L0:
            return "无"
        buttons = choose_menu(self.chat.box.db, self.chat.openid_of(who)).buttons
        return " | ".join(_button_words(button) for button in buttons)


def _button_words(button: dict[str, Any]) -> str:
    below = "、".join(each["name"] for each in button.get("sub_button") or [])
    return f"{button['name']}（{below}）" if below else str(button["name"])


def _told(who: str, entry: dict[str, Any]) -> list[str]:
    kind, side = entry["kind"], entry["side"]
    words = str(entry.get("text", ""))
    if side == "reader":
        return [f"{who}　{_masked(words)}"]
    if side == "system":
        what = {"tapped": f"点菜单「{entry.get('name', '')}」", "scanned": "扫码", "poster": "扫海报上的码"}.get(kind)
        what = (
            "扫海报上的码，关注"
            if kind == "followed" and entry.get("scene")
            else "关注"
            if kind == "followed"
            else what
        )
        return [f"{who}　（{what}）"] if what else []
    if kind == "image":
        return ["图书馆　［图片：入场码］"]
    if kind == "template":
        fields = "，".join(f"{each['label']}{each['value']}" for each in entry["fields"])
        return [f"图书馆　［模板消息］{entry['title']}：{fields}"]
    if kind == "news":
        (article,) = entry["articles"]
        return [f"图书馆　［图文］{article['title']}", *_short(article["description"])]
    head, *rest = _masked(words).splitlines() or [""]
    more = "…" if len(rest) >= MOST_LINES else ""
    push = "［客服消息］" if entry.get("service") else ""
    return [
        f"图书馆　{push}{head}",
        *(f"　　　　{line}" for line in rest[: MOST_LINES - 1]),
        *([f"　　　　{more}"] if more else []),
    ]


def _short(words: str) -> list[str]:
    return [f"　　　　{line}" for line in _masked(words).splitlines()[:MOST_LINES]]


def _masked(words: str) -> str:
    for pattern, mask in _MASKS:
        words = pattern.sub(mask, words)
    return words


def play_reader(journey: Journey) -> None:
    """Follow → 活动 → 报名 → 票 → reminder → 我的."""
    chat, who = journey.chat, "读者"
    chat.follow(who, f"o{LECTURE}" if journey.level is Level.L3 else None)
    journey.work()
    journey.tell(who)
    journey.note(f"菜单：{journey.menu_of(who)}")
    if journey.level is Level.L0:
        chat.say(who, "01")
    elif journey.level is not Level.L3:
        chat.tap(who, "LIST")
    chat.say(who, f"报名 {LECTURE} 王建国 13800138000 1人")
    chat.say(who, "同意")
    journey.tell(who)
    chat.say(who, f"票 {LECTURE}")
    journey.work()
    journey.tell(who)
    chat.now += timedelta(hours=5, minutes=31)
    journey.note("第二天下午的活动，提前一天提醒")
    journey.work()
    journey.tell(who)
    chat.say(who, "我的")
    journey.tell(who)


def play_staff(journey: Journey) -> None:
    """绑定 → scan → 现场 → 记录 → 统计."""
    chat, who = journey.chat, "馆员"
    play = Play(chat)
    play.known("妈妈")
    play.registered({"妈妈": f"{READING} 1大1小"})
    with chat.db.writing() as tx:
        code = invite_staff(tx, Role.ORGANISER, chat.keys, chat.now)
    chat.follow(who)
    journey._seen = max((int(each["id"]) for each in chats.list_entries(chat.box.db, chat.openid_of(who))), default=0)
    chat.say(who, f"绑定 {code}")
    journey.work()
    journey.lines += [f"{who}　绑定 邀请码"]
    entries = chats.list_entries(chat.box.db, chat.openid_of(who), journey._seen)
    journey.lines += _told(who, entries[-1])
    journey._seen = int(entries[-1]["id"])
    journey.note(f"菜单：{journey.menu_of(who)}")
    if journey.level is Level.L0:
        chat.say(who, play.filled(f"核销 {{入场码 妈妈 {READING}}}"))
    else:
        chat.scan(who, play.filled(f"{{二维码 妈妈 {READING}}}"))
    chat.say(who, f"现场 8 {READING}")
    chat.say(who, f"记录 宣传单 300多份 {READING}")
    chat.say(who, "统计")
    journey.tell(who)
