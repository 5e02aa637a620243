"""What is said about the line in front of a full occurrence: its rule, places in it, offers, and a change by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.rules import Allocation, WaitlistFit
from bot.domain.waitlist import MovedInLine
from bot.texts.moments import moment_words, party_words, place_words, time_words


def _numbered(facts: OccurrenceFacts) -> str:
    return f"{facts.number}. {facts.name}"


def line_rule(facts: OccurrenceFacts) -> str:
    """How the line of this event moves, said to whoever joins it."""
    rules = facts.rules
    fit = (
        "空位不够前面一家的人数时，后面人数合适的先递补，前面一家位次不变"
        if rules.waitlist_fit is WaitlistFit.PASS
        else "空位不够前面一家的人数时，先等前面一家"
    )
    if rules.approval:
        how = "有人取消时按先后顺序递补，由工作人员审核并通知您"
    elif rules.offer_within_hours:
        how = (
            f"有人取消时按先后顺序递补：开始前{rules.offer_within_hours}小时以外自动递补并通知您，"
            f"之后会先问您，{_minutes_words(max(1, rules.offer_minutes))}内回复「确认」有效"
        )
    else:
        how = "有人取消时按先后顺序自动递补并通知您"
    opens = f"{moment_words(facts.check_in_opens_at)}开始签到后不再递补。" if facts.check_in_opens_at else ""
    return f"{how}；{fit}。{opens}"


def _minutes_words(minutes: int) -> str:
    return f"{minutes // 60}小时" if minutes % 60 == 0 else f"{minutes}分钟"


# --- offers ----------------------------------------------------------------------------------------------------------


def offer_taken(facts: OccurrenceFacts, party: Party, ticket_url: str, short_code: str) -> str:
    """确认 in time: the ticket."""
    done = "中签名额已确认" if facts.rules.allocation is Allocation.LOTTERY else "候补成功"
    return (
        f"{done}！\n{_numbered(facts)}\n时间：{time_words(facts)}\n地点：{place_words(facts)}\n"
        f"{party_words(party)}\n入场码：{short_code}\n{ticket_url}\n"
        f"到场出示入场码即可签到。来不了请发送「取消 {facts.number}」。"
    )


def offer_declined(facts: OccurrenceFacts) -> str:
    """放弃."""
    return f"已放弃 {_numbered(facts)} 的名额，让给下一位。想看其他场次请发送「活动」。"


def offer_lapsed(facts: OccurrenceFacts, *, can_wait: bool) -> str:
    """Too late."""
    again = f"还想参加可发送「候补 {facts.number}」重新排队，或" if can_wait else "请"
    return f"已过期：{_numbered(facts)} 为您保留的名额没有等到回复，已让给下一位。\n{again}发送「活动」看看其他场次。"


def offer_cancelled(facts: OccurrenceFacts) -> str:
    """The library called it off meanwhile."""
    return f"{_numbered(facts)} 已由图书馆取消，这个名额不再有效。请发送「活动」看看其他场次。"


def which_offer(found: Sequence[tuple[OccurrenceFacts, datetime]], *, yes: bool) -> str:
    """Several offers are open."""
    verb = "确认" if yes else "放弃"
    lines = [f"{_numbered(facts)}（{time_words(facts)}，保留到{moment_words(until)}）" for facts, until in found]
    return "\n".join([f"您有几个待确认的名额，请问{verb}哪一场？回复如「{verb} {found[0][0].number}」：", *lines])


def nothing_offered(number: int) -> str:
    """确认 12 or 放弃 12 without an offer there."""
    return f"{number}号场次目前没有待您确认的名额。发送「我的」查看自己的报名和候补，取消报名请发送「取消 {number}」。"


# --- places ----------------------------------------------------------------------------------------------------------


def place_entry(facts: OccurrenceFacts, short_code: str, place: int, waiting: int, *, moves: bool) -> str:
    """One place in line, with the code by which staff find it."""
    rule = line_rule(facts) if moves else "已开始签到，不再递补；到场时如有空位，请工作人员扫您的候补码直接入场。"
    return f"{_numbered(facts)}（{time_words(facts)}）\n候补第{place}位，共{waiting}组在候补，候补码 {short_code}。\n{rule}"


def offer_entry(facts: OccurrenceFacts, until: datetime) -> str:
    """One place that waits for an answer."""
    number = facts.number
    return (
        f"{_numbered(facts)}（{time_words(facts)}）\n已有名额，为您保留到{moment_words(until)}，"
        f"请回复「确认 {number}」或「放弃 {number}」。"
    )


def places(entries: Sequence[str]) -> str:
    """候补第几."""
    return "\n".join([*entries, "不再等候请发送「取消 编号」。"])


def not_in_line(number: int | None) -> str:
    """候补第几 from somebody who waits nowhere, or not there."""
    where = f"{number}号场次的" if number is not None else ""
    return f"您目前没有在{where}候补中。发送「我的」查看自己的报名，满员的场次可发送「候补 编号」排队。"


# --- staff -----------------------------------------------------------------------------------------------------------


def moved_in_line(outcome: MovedInLine) -> str:
    """The order was changed."""
    facts = outcome.facts
    if outcome.served:
        return f"已调整并递补成功，已通知读者，原因已记入日志。\n{_numbered(facts)}"
    return (
        f"已调整：候补第{outcome.before}位改为第{outcome.after}位，原因已记入日志，读者不另行通知。\n{_numbered(facts)}\n"
        "读者发送「候补进度」可看到最新位次。"
    )


def how_to_move() -> str:
    """What is missing."""
    return (
        "请发送「调整候补」加候补码、新位次和原因，如「调整候补 K7P2QX 1 带轮椅老人，馆长同意」。"
        "原因会记入日志，请不要写姓名电话。"
    )


def nobody_to_move(code: str) -> str:
    """No such registration in a line."""
    return f"没有找到候补中的「{code}」：可能已递补、已取消或输错。请让读者发送「候补进度」核对后重发。"


def move_not_allowed() -> str:
    """Another library's line, or a role that does not decide this."""
    return "没有权限：候补顺序由本馆的活动组织者调整。"
