"""What is said to staff besides the scans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.checkin import Attendance
from bot.domain.kinds import Role
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import day_words, time_words

ROLE_WORDS = {
    Role.VENUE: "场地工作人员",
    Role.ORGANISER: "活动组织者",
    Role.MANAGER: "业务主管",
    Role.KEEPER: "系统管理员",
}


def bound(role: Role, served: Sequence[OccurrenceFacts], ends_at: datetime | None = None) -> str:
    """The invitation was taken."""
    where = "、".join(f"{facts.number}. {facts.name}" for facts in served[:5])
    scope = f"\n负责场次：{where}" + (" 等" if len(served) > 5 else "") if where else ""
    until = f"\n身份到{day_words(ends_at - timedelta(seconds=1))}结束时为止。" if ends_at else ""
    return (
        f"绑定成功，您现在是{ROLE_WORDS[role]}。{scope}{until}\n"
        "可以发送：\n"
        "「扫码」打开网页扫码，没网也能用\n"
        "「核销 六位入场码」为读者签到\n"
        "「现场 8」登记现场人数\n"
        "「记录 宣传单 300 份」记台账\n"
        "「今日」「统计」看数字\n"
        "「撤销」收回上一次操作"
    )


def role_included(role: Role) -> str:
    """A lower role than the present one was offered."""
    return (
        f"您已是{ROLE_WORDS[role]}，本来就可以扫码签到、登记现场和记台账，无需再绑定；邀请码没有使用，可转给同事。"
        "发送「今日」看数字。"
    )


def other_scope(role: Role) -> str:
    """A day's invitation to another place than the lasting role's."""
    return (
        f"您已是{ROLE_WORDS[role]}，这份当天邀请的是您负责范围以外的场次，没有使用。请组织者改邀另一位同事，"
        "或先「停用」您现在的身份再邀请；也可以用另一个微信号绑定。"
    )


def invitation_invalid() -> str:
    """Unknown, used or too old."""
    return "邀请码无效、已被使用或已过期。请核对后重发「绑定 邀请码」，或请组织者重新邀请。"


def too_many_invitations() -> str:
    """Guessing."""
    return "邀请码输错次数较多，请十分钟后再试，并向组织者核对邀请码。"


def how_to_bind() -> str:
    """绑定 without a code."""
    return "请发送「绑定」加组织者给您的邀请码，如「绑定 K7P2QXA3」。"


def not_staff() -> str:
    """A staff word from a reader."""
    return "没有权限：这是工作人员的功能。工作人员请先发送「绑定 邀请码」；读者请发送「帮助」查看可以发送的内容。"


def how_to_redeem() -> str:
    """核销 without a code."""
    return "请发送「核销」加读者入场码的六位字符，如「核销 K7P2QX」。"


def walk_ins_counted(facts: OccurrenceFacts, people: int, seen: Attendance) -> str:
    """Counted, with the running total."""
    return (
        f"已登记现场 {people} 人，本场现场共 {seen.walk_ins} 人，签到 {seen.came}/{seen.expected}，"
        f"合计 {seen.came + seen.walk_ins} 人次。\n{facts.number}. {facts.name}\n记错请十分钟内发送「撤销」。"
    )


def no_walk_ins(facts: OccurrenceFacts) -> str:
    """The rules admit registered readers only."""
    return (
        f"本场须报名，不接待现场参加：{facts.number}. {facts.name}。没有登记。\n"
        "需要破例请由活动组织者登记；已报名或候补的读者请扫入场码，有空位会直接确认。"
    )


def how_to_count_walk_ins() -> str:
    """现场 without a number."""
    return "请发送「现场」加人数，如「现场 8」；不是当前场次请加编号，如「现场 8 12」。"


def walk_ins_out_of_range() -> str:
    """Nobody, or more than a hall holds."""
    return "人数应在1到9999之间，请重新发送，如「现场 8」。"


def which_served(found: Sequence[OccurrenceFacts], example: str) -> str:
    """Several occurrences are open at once, or none."""
    if not found:
        return f"现在没有正在进行的场次。请在末尾注明编号，如「{example} 12」。"
    lines = [f"{facts.number}. {facts.name}（{time_words(facts)}）" for facts in found]
    return "\n".join([f"现在有几场在进行，请注明编号，如「{example} {found[0].number}」：", *lines])


def not_served(facts: OccurrenceFacts) -> str:
    """Somebody else's occurrence."""
    return f"没有权限：{facts.number}. {facts.name} 不在您负责的场次内。请核对场次编号，如「现场 8 12」。"


_ACTS = {
    "checkin": "签到",
    "walk_in": "现场登记",
    "tally": "台账记录",
    "media_item": "媒体宣传记录",
    "note": "备注",
    "photo": "照片",
}


def undone(kind: str, at_words: str, facts: OccurrenceFacts | None) -> str:
    """Taken back."""
    what = _ACTS[kind]
    where = f"（{facts.number}. {facts.name}）" if facts else ""
    return f"已撤销您 {at_words} 的{what}{where}。发送「今日」查看最新数字。"


def nothing_to_undo() -> str:
    """Nothing of one's own within ten minutes."""
    return "没有可撤销的操作：只能撤销自己十分钟内的上一次签到、现场登记或台账记录。更早的请联系主管更正。"


def reason_in(typed: str) -> str:
    """The reason behind a code, without the word for it, at most as long as is kept."""
    return typed.removeprefix("原因").strip(" :：,，")[:200]


def check_in_taken_back(facts: OccurrenceFacts, people: int, at_words: str, reason: str) -> str:
    """A manager took a check-in back."""
    return (
        f"已撤销签到：{at_words}，{people}人（{facts.number}. {facts.name}）。原因已记录：{reason}\n"
        "发送「今日」查看最新数字；撤错了请让读者重新签到。"
    )


def no_check_in(code: str) -> str:
    """Nobody was let in with this code."""
    return f"没有可撤销的签到：{code} 没有签到记录，或已撤销。请核对六位入场码。"


def reason_missing(code: str) -> str:
    """Nobody takes back what was hours ago without saying why."""
    return f"请写明原因，如「撤销 {code} 扫错了人」。原因会记入日志。"


def not_correcting() -> str:
    """Only managers take back later, or what others did."""
    return "没有权限：只能发送「撤销」收回自己十分钟内的上一次操作。更早的或别人的签到请业务主管撤销。"


def walk_in_example(people: int) -> str:
    """What was typed, to be completed with a number."""
    return f"现场 {people}"
