"""How a dialogue of dialogues/*.yaml is played: its steps, one function each.

A dialogue is a list of steps. Somebody says something and the answer contains (答) and does not contain (不含):

    - 妈妈: 报名 3
      答: [同意, 不同意]
      不含: 报名成功

`妈妈 点` taps a menu button, `妈妈 扫` scans, `妈妈 关注` follows (perhaps by a scene), `妈妈 取关` leaves, `妈妈 发` sends
a picture. Before and in between: `认识` (who has agreed and given name and phone), `已报名`, `工作人员` (who is staff: role
and numbers), `名额`, `规则` and `提问` (changed by the organiser), `馆方取消`, `暂停报名`, `过了` (time passes), `到了` (it
is now), `Redis 清空`, `任务` (a background job runs: 开签, 抽签, 结算, 定稿), `通知` (who
was told what by a notice). At the end: `库中` (number → who → state and party, or 无).

In what is said, {签到码 1} is the code on the screen of occurrence 1, {旧签到码 1} the one two minutes ago, {错签到码 1}
another, {入场码 妈妈 1} the short code of a ticket, {二维码 妈妈 1} what its QR holds, {暂停编号 妈妈} the code of a suspension, {邀请码 venue 1} an
invitation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import yaml
from sqlalchemy import Connection, func, insert, select, update

from bot.domain.kinds import Role
from bot.domain.party import Party
from bot.domain.ticket import issue_token
from bot.domain.venue import current_code
from bot.services import lotteries, standing
from bot.services.reports import freeze
from bot.services.staff import invite_staff
from bot.store.door_tables import walk_in
from bot.store.outbox import get_letter
from bot.store.reports import list_unfrozen
from bot.store.sign_up_tables import registration_member, suspension
from bot.store.tables import consent, correction, dependant, event, notice, occurrence, reader, registration, tally
from bot.texts.moments import party_words
from bot.texts.notices import word_notice
from tests.conversation.conftest import Chat
from tests.conversation.town import DIALOGUES, know, moment, register

Step = Mapping[str, Any]
Dialogue = list[Step]

_SPANS = {"分钟": 60, "小时": 3600, "天": 86400, "秒": 1}
_PLACEHOLDER = re.compile(r"\{([^}]+)\}")
_NEXT_STEP = re.compile("「|回复|请|^工作人员：04 ")  # the last: the menu's second line, for staff
_ACTIVE = ("held", "pending", "confirmed", "waitlisted", "offered", "entered")
_TABLES = {
    "同行儿童": registration_member,
    "家庭成员": dependant,
    "同意": consent,
    "台账": tally,
    "现场": walk_in,
    "更正": correction,
    "报名": registration,
}


def read_dialogues() -> Iterator[tuple[str, Dialogue]]:
    """Every dialogue under its name, theme first."""
    for path in sorted(DIALOGUES.glob("*.yaml")):
        if path.stem != "programme":
            for name, steps in yaml.safe_load(path.read_text(encoding="utf-8")).items():
                yield f"{path.stem}·{name}", steps


class Play:
    """One dialogue being played; `script` is what was said so far, for whoever reads a failure."""

    def __init__(self, chat: Chat, name: str = "") -> None:
        self.chat = chat
        self.script = [name]
        self._before = {kind: self.count(kind) for kind in _TABLES}

    def run(self, steps: Dialogue) -> None:
        """All steps in turn."""
        for step in steps:
            what, value = next(iter(step.items()))
            act = _ACTS.get(what)
            if act is not None:
                act(self, value)
            else:
                self._speak(what, str(value), step)

    def _speak(self, what: str, value: str, step: Step) -> None:
        who, _, how = what.partition(" ")
        said = _SENDERS[how](self.chat, who, self.filled(value))
        self.script.append(f"{what}: {value}\n    → " + said.replace("\n", "\n      "))
        for phrase in _listed(step.get("答")):
            assert self.filled(phrase) in said, self._failure(f"no “{phrase}”")
        for phrase in _listed(step.get("不含")):
            assert self.filled(phrase) not in said, self._failure(f"“{phrase}”")
        if how != "取关":
            assert "答" in step, self._failure("nothing is expected of this answer")
            assert _NEXT_STEP.search(said.splitlines()[-1]), self._failure("does not end with what can be sent next")

    def _failure(self, what: str) -> str:
        return "\n".join([*self.script, f"!! {what}"])

    # --- what stands in braces ---------------------------------------------------------------------------------------

    def filled(self, words: Any) -> str:
        """Codes in their places."""
        return _PLACEHOLDER.sub(lambda found: self._value(*found[1].split()), str(words))

    def _value(self, kind: str, *of: str) -> str:
        keys, now = self.chat.keys, self.chat.now
        match kind:
            case "签到码":
                return current_code(self.occurrence(of[0]), now, keys.venue)
            case "旧签到码":
                return current_code(self.occurrence(of[0]), now - timedelta(minutes=2), keys.venue)
            case "错签到码":
                return f"{(int(current_code(self.occurrence(of[0]), now, keys.venue)) + 1) % 1_000_000:06d}"
            case "入场码":
                return str(self.registration(*of).short_code)
            case "二维码":
                return "https://lib.example/T/" + issue_token(self.registration(*of).id, keys.ticket)
            case "暂停编号":
                return self.suspension_code(*of)
            case "邀请码":
                return self.invitation(*of)
        raise AssertionError(f"no placeholder {kind}")

    def occurrence(self, number: str | int) -> int:
        """The id behind a public number."""
        with self.chat.db.reading() as tx:
            return int(tx.execute(select(occurrence.c.id).where(occurrence.c.number == int(number))).scalar_one())

    def registration(self, who: str, number: str | int) -> Any:
        """The latest registration of somebody."""
        query = (
            select(registration)
            .join(reader)
            .where(reader.c.openid == self.chat.openid_of(who), registration.c.occurrence_id == self.occurrence(number))
            .order_by(registration.c.id.desc())
        )
        with self.chat.db.reading() as tx:
            return tx.execute(query).first()

    def suspension_code(self, who: str) -> str:
        """How reader and staff speak of the suspension."""
        query = select(suspension.c.code).join(reader, reader.c.id == suspension.c.reader_id)
        with self.chat.db.reading() as tx:
            return str(tx.execute(query.where(reader.c.openid == self.chat.openid_of(who))).scalar_one())

    def invitation(self, role: str, *numbers: str) -> str:
        """A fresh invitation."""
        ids = [self.occurrence(number) for number in numbers]
        with self.chat.db.writing() as tx:
            return invite_staff(tx, Role(role), self.chat.keys, self.chat.now, occurrence_ids=ids)

    # --- what happens besides talk -----------------------------------------------------------------------------------

    def known(self, people: str | list[str]) -> None:
        """认识."""
        with self.chat.db.writing() as tx:
            for who in _listed(people):
                know(tx, self.chat.keys, who, self.chat.openid_of(who))

    def registered(self, places: Mapping[str, str]) -> None:
        """已报名: who → number and party."""
        for who, place in places.items():
            number, party = str(place).split()
            with self.chat.db.writing() as tx:
                register(tx, self.chat.keys, who, int(number), party, self.chat.now, self.chat.openid_of(who))

    def staff(self, people: Mapping[str, str]) -> None:
        """工作人员: who → role and numbers."""
        for who, role in people.items():
            assert "绑定成功" in self.chat.say(who, f"绑定 {self.invitation(*role.split())}")

    def pass_time(self, span: str) -> None:
        """过了."""
        count, unit = re.fullmatch(r"(\d+)(\D+)", span).groups()  # type: ignore[union-attr]
        self.chat.now += timedelta(seconds=int(count) * _SPANS[unit])

    def set_time(self, words: str) -> None:
        """到了."""
        self.chat.now = moment(words)

    def flush(self, _: Any) -> None:
        """Redis 清空."""
        self.chat.redis.flushall()

    def capacity(self, seats: Mapping[int, int]) -> None:
        """名额."""
        for number, many in seats.items():
            with self.chat.db.writing() as tx:
                tx.execute(update(occurrence).where(occurrence.c.number == number).values(capacity=many))

    def rules(self, rules: Mapping[int, Mapping[str, Any]]) -> None:
        """规则: the organiser changes them."""
        for number, patch in rules.items():
            here = select(occurrence.c.event_id).where(occurrence.c.number == number).scalar_subquery()
            with self.chat.db.writing() as tx:
                tx.execute(update(event).where(event.c.id == here).values(rules=dict(patch)))

    def cancelled(self, number: int) -> None:
        """馆方取消."""
        with self.chat.db.writing() as tx:
            tx.execute(update(occurrence).where(occurrence.c.number == number).values(status="cancelled"))

    def suspended(self, who: str) -> None:
        """暂停报名: until 15 June, for three events."""
        counted = ["晨读会", "剪纸体验", "观影会"]
        facts = {"counted": counted, "limit": 3, "window_days": 90, "day_cap": 10, "marks": []}
        with self.chat.db.writing() as tx:
            row = {
                "reader_id": know(tx, self.chat.keys, who, self.chat.openid_of(who)),
                "code": "K7P2QX",
                "policy": "ban",
                "facts": facts,
                "starts_at": self.chat.now - timedelta(days=1),
                "ends_at": moment("6月15日 00:00"),
            }
            tx.execute(insert(suspension).values(**row))

    def job(self, name: str) -> None:
        """任务: what the worker does by the clock."""
        list_work, do = _JOBS[name]
        with self.chat.db.reading() as tx:
            work = list_work(tx, self.chat.now)
        for occurrence_id in work:
            with self.chat.db.writing() as tx:
                do(self.chat, tx, occurrence_id)

    def told(self, expected: Mapping[str, Any]) -> None:
        """通知: who → what the latest notice says."""
        for who, phrases in expected.items():
            query = (
                select(notice.c.id)
                .join(reader, reader.c.id == notice.c.reader_id)
                .where(reader.c.openid == self.chat.openid_of(who))
            )
            with self.chat.db.reading() as tx:
                latest = tx.execute(query.order_by(notice.c.id.desc())).scalars().first()
                assert latest is not None, self._failure(f"no notice to {who}")
                said = word_notice(get_letter(tx, latest), "https://lib.example/T/X")
            self.script.append(f"通知 {who}\n    → {said}")
            for phrase in _listed(phrases):
                assert phrase in said, self._failure(f"no “{phrase}”")

    def stored(self, expected: Mapping[Any, Any]) -> None:
        """库中: number → who → state and party; or a kind of row → how many more than before."""
        for key, value in expected.items():
            if isinstance(key, str):
                many = self.count(key) - self._before[key]
                assert many == value, self._failure(f"{many} rows of {key}")
                continue
            for who, state in value.items():
                assert self.state(who, key) == state, self._failure(f"{who} at {key} is {self.state(who, key)}")

    def count(self, kind: str) -> int:
        """Rows of one kind."""
        with self.chat.db.reading() as tx:
            return int(tx.execute(select(func.count()).select_from(_TABLES[kind])).scalar_one())

    def state(self, who: str, number: int) -> str:
        """confirmed 1大1小; without an active registration: 无, or how the last one ended."""
        row = self.registration(who, number)
        if row is None:
            return "无"
        if row.held_until is not None and row.status == "held" and row.held_until <= self.chat.now:
            return "expired"
        return f"{row.status} {party_words(Party(row.adults, row.children))}" if row.status in _ACTIVE else row.status


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


_JOBS: dict[str, tuple[Callable[[Connection, datetime], list[int]], Callable[[Chat, Connection, int], object]]] = {
    "开签": (
        lambda tx, now: [facts.id for facts in lotteries.list_to_open(tx, now)],
        lambda chat, tx, each: lotteries.open_lottery(tx, each, chat.keys, chat.now),
    ),
    "抽签": (
        lambda tx, now: [facts.id for facts in lotteries.list_due(tx, now)],
        lambda chat, tx, each: lotteries.draw_lottery(tx, each, chat.keys, chat.now),
    ),
    "定稿": (
        lambda tx, now: [closing.campaign_id for closing in list_unfrozen(tx) if closing.is_due(now)],
        lambda chat, tx, each: freeze(tx, each, chat.keys, chat.now, actor="task"),
    ),
    "结算": (standing.list_due, lambda chat, tx, each: standing.settle_occurrence(tx, each, chat.now)),
}
_SENDERS: dict[str, Callable[[Chat, str, str], str]] = {
    "": lambda chat, who, words: chat.say(who, words),
    "点": lambda chat, who, button: chat.tap(who, button),
    "扫": lambda chat, who, code: chat.scan(who, code),
    "关注": lambda chat, who, scene: chat.follow(who, scene or None),
    "取关": lambda chat, who, _: chat.unfollow(who),
    "发": lambda chat, who, kind: chat.send_other(who, kind),
}
_ACTS: dict[str, Callable[[Play, Any], None]] = {
    "认识": Play.known,
    "已报名": Play.registered,
    "工作人员": Play.staff,
    "过了": Play.pass_time,
    "到了": Play.set_time,
    "Redis 清空": Play.flush,
    "名额": Play.capacity,
    "规则": Play.rules,
    "馆方取消": Play.cancelled,
    "暂停报名": Play.suspended,
    "任务": Play.job,
    "通知": Play.told,
    "库中": Play.stored,
}
