"""What staff read when they ask for the children of an occurrence, approve it, or look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.minors import (
    AccessApproved,
    AccessAsked,
    AccessNeeded,
    AccessNotServed,
    ApproveOutcome,
    ListedMember,
    MembersListed,
    MinorAccess,
    NotAManager,
    NothingToApprove,
    OwnRequest,
)
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import moment_words


def how_to_look() -> str:
    """查看名单 without a number."""
    return (
        "请发送「查看名单 编号 原因」，例如「查看名单 12 按年龄分组」。儿童信息须经主管批准后才能查看，每次都有记录。"
    )


def looked(facts: OccurrenceFacts, outcome: AccessAsked | AccessNeeded | AccessNotServed | MembersListed) -> str:
    """Asked for, needed, refused, or the list itself."""
    match outcome:
        case MembersListed(members, until):
            return _list(facts, members, until)
        case AccessAsked(number):
            return (
                f"已申请查看{facts.number}号《{facts.title}》的儿童名单，申请号 {number}。请主管发送「批准名单 {number}」，"
                f"批准后再发送「查看名单 {facts.number}」。"
            )
        case AccessNeeded(None):
            return (
                f"查看儿童信息须写明原因并经主管批准。请发送「查看名单 {facts.number} 原因」，例如「查看名单 "
                f"{facts.number} 按年龄分组」。"
            )
        case AccessNeeded(number):
            return (
                f"申请 {number} 还没有批准。请主管发送「批准名单 {number}」，批准后再发送「查看名单 {facts.number}」。"
            )
        case AccessNotServed():
            return f"没有权限：{facts.number}号不是您负责的场次。看自己负责的场次请发送「今日」。"


def _list(facts: OccurrenceFacts, members: Sequence[ListedMember], until: datetime) -> str:
    if not members:
        return f"{facts.number}号《{facts.title}》没有登记儿童信息。人数请发送「今日」查看。"
    lines = [f"{facts.number}号《{facts.title}》儿童名单，{len(members)}人（只供现场使用，请勿转发或抄录）："]
    lines += [f"{at}. {member.nickname or '未留小名'}，{member.age}岁" for at, member in enumerate(members, 1)]
    lines.append(f"批准有效至{moment_words(until)}，本次查看已记录。再看请发送「查看名单 {facts.number}」。")
    return "\n".join(lines)


def approval(outcome: ApproveOutcome) -> str:
    """批准名单 with a number."""
    match outcome:
        case AccessApproved(access, facts, until):
            return (
                f"已批准申请 {access.id}：{access.staff_label} 可查看{facts.number}号《{facts.title}》的儿童名单，"
                f"至{moment_words(until)}。请告诉申请人发送「查看名单 {facts.number}」。"
            )
        case NotAManager():
            return not_a_manager()
        case OwnRequest():
            return "不能批准自己的申请，请另一位主管发送「批准名单 申请号」。"
        case NothingToApprove():
            return "没有这个待批准的申请，可能已经批准或已过期。发送「批准名单」看待批准的申请。"


def not_a_manager() -> str:
    """Somebody else than a manager wants to approve."""
    return "没有权限：只有主管可以批准查看儿童名单。请把申请号告诉主管。"


def requests(waiting: Sequence[tuple[MinorAccess, OccurrenceFacts]]) -> str:
    """批准名单 alone: what waits."""
    if not waiting:
        return "目前没有待批准的名单申请。发送「今日」看数字。"
    lines = ["待批准的名单申请："]
    lines += [
        f"{access.id}：{access.staff_label}，{facts.number}号《{facts.title}》，原因：{access.reason}"
        for access, facts in waiting
    ]
    return "\n".join([*lines, f"批准请发送「批准名单 {waiting[0][0].id}」，不批准则不用处理，七天后失效。"])
