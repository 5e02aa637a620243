"""What is said to staff about registrations that a person decides about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.approval import Decided, NothingToDecide
from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.texts.moments import moment_words, party_words, time_words
from bot.texts.sign_up import STATUS_WORDS


def pending_entry(
    facts: OccurrenceFacts, code: str, name: str | None, party: Party, since: datetime, *, is_first: bool
) -> str:
    """One that waits; the first of its occurrence names the occurrence."""
    head = f"{facts.number}. {facts.name}（{time_words(facts)}）\n" if is_first else ""
    return f"{head}  {code} {name or '读者'} {party_words(party)}，{moment_words(since)}报名"


def pending_list(entries: Sequence[str], count: int) -> str:
    """审核."""
    return "\n".join([f"待审核 {count} 份：", *entries, "请发送「通过 码」或「驳回 码 原因」。"])


def nothing_pending(number: int | None) -> str:
    """Nothing waits."""
    where = f"{number}号场次" if number is not None else "目前"
    return f"{where}没有待审核的报名。发送「今日」看数字。"


def decided(outcome: Decided) -> str:
    """Done."""
    verb = "已通过" if outcome.status is RegistrationStatus.CONFIRMED else "已驳回"
    after = "" if outcome.status is RegistrationStatus.CONFIRMED else "，名额已让出"
    return (
        f"{verb}：{outcome.name or '读者'} {party_words(outcome.party)}{after}，将通知读者。\n"
        f"{outcome.facts.number}. {outcome.facts.name}\n发送「审核」看其余待审核的报名。"
    )


def nothing_to_decide(outcome: NothingToDecide, code: str) -> str:
    """Decided already, cancelled, too late, or no such code."""
    if outcome.facts is None or outcome.status is None:
        return f"没有找到报名「{code}」。请发送「审核」核对六位码后重发。"
    where = f"{outcome.facts.number}. {outcome.facts.name}"
    if outcome.status is RegistrationStatus.PENDING:
        return f"活动已开始或已取消，不能再审核：{where}。到场的读者可登记「现场 人数」。"
    return f"「{code}」不在待审核中，目前是{STATUS_WORDS[outcome.status]}：{where}。请发送「审核」看其余报名。"


def not_allowed() -> str:
    """A role that does not decide, or another library's event."""
    return "没有权限：报名由本馆的活动组织者审核。发送「帮助」查看可以发送的内容。"


def how_to_decide() -> str:
    """No code."""
    return "请发送「通过」或「驳回」加报名的六位码，如「通过 K7P2QX」「驳回 K7P2QX 名额留给学生」。发送「审核」看待审核的报名。"
