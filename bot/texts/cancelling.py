"""What is said when somebody gives a place back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.texts.moments import moment_words, party_words, time_words

_WHAT = {RegistrationStatus.WAITLISTED: "候补", RegistrationStatus.ENTERED: "抽签登记"}
"""What is given back; everything else is a 报名."""


def ask_cancel(facts: OccurrenceFacts, party: Party, status: RegistrationStatus) -> str:
    """Cancelling always asks."""
    what = _WHAT.get(status, "报名")
    then = "抽签号作废" if status is RegistrationStatus.ENTERED else "名额将让给候补读者"
    return (
        f"确定取消这个{what}吗？\n{facts.number}. {facts.name}\n时间：{time_words(facts)}，{party_words(party)}\n"
        f"回复「确认」取消，{then}；回复「返回」保留。"
    )


def cancelled(facts: OccurrenceFacts, was: RegistrationStatus, *, late: bool) -> str:
    """Done; `late`: after the time for cancelling freely."""
    what = _WHAT.get(was, "报名")
    remark = "已过免责取消时间，下次请尽早告诉我们。" if late else "谢谢您提前告诉我们。"
    return f"已取消 {facts.number}. {facts.name} 的{what}，{remark}想参加其他场次请发送「活动」。"


def too_late(facts: OccurrenceFacts, until: datetime) -> str:
    """The rules take no place back any more."""
    return (
        f"{facts.number}. {facts.name} 的取消截止时间是{moment_words(until)}，现在不能再取消。"
        "确实来不了请发送「人工」说明情况，工作人员会处理。"
    )


def kept() -> str:
    """Not cancelled after all."""
    return "好的，保留不变。发送「我的」可查看您的报名。"


def nothing_to_cancel(facts: OccurrenceFacts | None) -> str:
    """No registration there."""
    where = f"（{facts.number}. {facts.name}）" if facts else ""
    return f"没有找到报名{where}。发送「我的」查看自己的报名。"


def attended_already(facts: OccurrenceFacts) -> str:
    """Checked in: nothing to cancel."""
    return f"您已签到参加 {facts.number}. {facts.name}，不能再取消。发送「我的」查看自己的报名。"


def which_to_cancel(found: Sequence[OccurrenceFacts]) -> str:
    """Several registrations."""
    lines = [f"{facts.number}. {facts.name}（{time_words(facts)}）" for facts in found]
    return "\n".join(["请问取消哪一场？", *lines, f"请回复「取消 编号」，如「取消 {found[0].number}」。"])
