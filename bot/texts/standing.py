"""What is said about a reader's standing, about appeals, and to those who decide them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.eligibility import Suspension
from bot.domain.kinds import MarkKind
from bot.domain.rules import StandingPolicy
from bot.domain.standing import Mark, OpenAppeal, Standing, Tally
from bot.texts.moments import day_words, moment_words
from bot.texts.refusals import suspended

MOST_SHOWN = 10
"""Marks in one answer; there are hardly ever more within the time that they are kept."""

_KINDS = {
    MarkKind.NO_SHOW: "未到场也未取消",
    MarkKind.LATE: "迟到",
    MarkKind.LATE_CANCEL: "取消太晚",
    MarkKind.ATTENDED: "按时参加",
}


def standing(seen: Standing) -> str:
    """我的信用: suspension, how far one is, each mark, and how to appeal."""
    lines = []
    if seen.suspension:
        lines.append(suspended(seen.suspension))
    against = [mark for mark in seen.marks if mark.is_against]
    lines += [_tally_words(tally) for tally in seen.tallies]
    if not lines and not seen.marks:
        return "您的信用良好：没有爽约记录，可以正常报名。来不了时提前发送「取消 编号」就不会有影响。发送「活动」看近期活动。"
    if seen.marks:
        lines.append("记录：")
        lines += [_mark_words(mark) for mark in seen.marks[:MOST_SHOWN]]
    if not seen.suspension:
        lines.append("目前可以正常报名。")
        if against:
            lines.append(f"记录有误或有特殊情况，请发送「申诉 {against[0].code} 原因」，由工作人员核对。")
    lines.append("图书馆取消的场次不计。发送「活动」看近期活动。")
    return "\n".join(lines)


def _tally_words(tally: Tally) -> str:
    days = tally.window_days
    if tally.policy is StandingPolicy.POINTS:
        return f"信用分：{tally.stands}分（满分{tally.limit}分，扣到0分将暂停报名；{days}天前的记录不再计算）"
    return f"爽约：{days}天内{tally.stands}次（满{tally.limit}次将暂停报名）"


def _mark_words(mark: Mark) -> str:
    points = f"，{mark.points:+d}分" if mark.points else ""
    code = f"，编号{mark.code}" if mark.is_against else ""
    return f"·{day_words(mark.at)}《{mark.name}》{_KINDS[mark.kind]}{points}{code}"


def held(records: int) -> str:
    """In 我的信息: that there are records, and where to read them."""
    return f"参加和爽约记录：{records}条（规则期过后删除，发送「我的信用」查看）"


def suspended_in_short(suspension: Suspension) -> str:
    """Before they try: at the head of 我的 and in 详情."""
    return f"您目前暂停报名，到{moment_words(suspension.ends_at)}恢复；原因和申诉请发送「我的信用」。"


def appeal_taken(code: str, answer_by: datetime, contact: str) -> str:
    """A person decides, and by when."""
    urgent = f"急事请致电 {contact}。" if contact else ""
    return (
        f"申诉已收到（编号 {code}），已转工作人员。由工作人员核对后决定，{moment_words(answer_by)}前答复您，结果会发消息通知。\n"
        f"{urgent}发送「我的信用」查看记录。"
    )


def reason_missing(code: str) -> str:
    """申诉 without words."""
    return f"请写明情况，如「申诉 {code} 当天已到场，签到没有成功」，由工作人员核对。发送「我的信用」查看记录。"


def too_many_appeals(contact: str) -> str:
    """Enough of them wait."""
    urgent = f"有急事请致电 {contact}。" if contact else "有急事请到服务台。"
    return f"您的申诉已在处理中，请等候答复，不用重复发送。{urgent}发送「我的信用」查看记录。"


def nothing_to_appeal() -> str:
    """No mark and no suspension."""
    return "您没有爽约记录，也没有被暂停报名，无需申诉。有其他问题请发送「人工」加内容，会转给工作人员。"


# --- to those who decide -----------------------------------------------------------------------------------------------


def open_appeals(shown: Sequence[OpenAppeal], total: int) -> str:
    """申诉 from an organiser: what waits for an answer, masked."""
    if not shown:
        return "目前没有待处理的申诉。发送「今日」看今天的数字。"
    lines = [f"待处理的申诉（{total}条）："]
    lines += [_appeal_words(each) for each in shown]
    lines.append("同意请发送「解除暂停 编号 原因」，不同意请发送「维持 编号 原因」，读者会收到结果和原因。")
    return "\n".join(lines)


def _appeal_words(each: OpenAppeal) -> str:
    words = " ".join(each.words.split())
    what = f"暂停到{day_words(each.suspended_until)}" if each.suspended_until else "单次记录"
    counted = "、".join(f"《{name}》" for name in each.counted)
    return f"{each.code} {each.name}（{what}，{counted}）：{words}（请在{moment_words(each.answer_by)}前答复）"


def how_to_decide(*, lifted: bool) -> str:
    """Without a code."""
    example = "解除暂停 K7P2QX 情况属实" if lifted else "维持 K7P2QX 签到记录已核对"
    return f"请写明申诉的六位编号和原因，如「{example}」。发送「申诉」看待处理的申诉。"


def say_why(code: str) -> str:
    """A no needs a reason."""
    return f"维持原处理请写明原因，会告知读者，如「维持 {code} 签到记录已核对」。"


def decided(code: str, *, lifted: bool, is_suspension: bool) -> str:
    """Done."""
    if not lifted:
        return f"已记录：{code} 维持原处理，读者会收到您写的原因。发送「申诉」看其他待处理的申诉。"
    what = "已解除暂停，相关爽约记录不再计算" if is_suspension else "已撤销这条记录"
    return f"{code} {what}，读者会收到通知。发送「申诉」看其他待处理的申诉。"


def decided_before() -> str:
    """Somebody was faster, or nobody had appealed."""
    return "这个编号没有待处理的申诉，或已经有人处理过了。发送「申诉」看待处理的申诉。"


def unknown_code() -> str:
    """Neither a suspension nor a mark."""
    return "没有找到这个编号，或记录已经撤销。请核对六位编号，发送「申诉」看待处理的申诉。"


def not_in_charge() -> str:
    """Another library's."""
    return "没有权限：这条记录不属于您负责的馆。请转告相应馆的活动组织者或业务主管。"


def not_for_this_role() -> str:
    """Venue staff."""
    return "没有权限：申诉由活动组织者或业务主管处理。发送「帮助」查看可以发送的内容。"


def own_case() -> str:
    """Nobody decides about themselves."""
    return "没有权限：这是您自己的记录，请由其他工作人员处理。"
