"""Welcome, help, not understood, leaving a dialogue, the reader's own data, a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.domain.registration import Contact
from bot.texts.commands import Command, entry_of, help_text_lines
from bot.texts.sign_up import masked_phone


def welcome(account: str) -> str:
    """To a new follower."""
    return (
        f"欢迎关注{account or '图书馆'}！在这里可以查活动、报名、签到，全程发消息即可。\n"
        "发送「活动」看近期活动，发送「报名 编号」报名，发送「我的」看入场码，发送「帮助」看全部说明。"
    )


def hello(account: str) -> str:
    """To somebody who says hello."""
    return (
        f"您好！这里是{account or '图书馆'}，很高兴为您服务。\n"
        "发送「活动」看近期活动，发送「报名 12」这样的编号报名，发送「我的」看入场码，发送「帮助」看全部说明。"
    )


def help_text(served: Collection[Command], *, staff: bool) -> str:
    """帮助: the commands that are served here."""
    return "\n".join(
        [
            "欢迎使用！可以发送：",
            *help_text_lines(staff=staff, served=tuple(served)),
            "直接打字也可以，比如「周六有少儿活动吗」。",
        ]
    )


def not_understood(guesses: Sequence[Command]) -> str:
    """Best guess or the help."""
    examples = [entry.example for guess in guesses if (entry := entry_of(guess)) is not None]
    if examples:
        return f"您是不是想发送：{'、'.join(f'「{example}」' for example in examples)}？\n发送「帮助」查看全部说明，发送「人工」找工作人员。"
    return (
        "没有完全看懂您的意思。发送「活动」看近期活动，「我的」看自己的报名，「帮助」看全部说明，「人工」找工作人员。"
    )


def you_are_welcome() -> str:
    """谢谢, 知道了, 再见."""
    return "不客气，祝您阅读愉快！发送「活动」看近期活动，发送「我的」看自己的报名。"


def not_served_yet(command: Command) -> str:
    """A word that is understood, of a function that is still to come: how to get there meanwhile."""
    meanwhile = {
        Command.MOVE: "换场请先报名新的一场（「报名 编号」），成功后再发送「取消 编号」退掉原来的。",
        Command.CHANGE_PARTY: "改人数请先发送「取消 编号」，再发送「报名 编号 人数」重新报名。",
        Command.GUARDIAN_AGREE: "目前没有需要监护人同意的事项。发送「活动」看看近期活动。",
        Command.REPORT: "周报暂未开放。看数字请发送「今日」或「统计」。",
    }
    return meanwhile.get(
        command, "这项功能暂未开放。需要办理请发送「人工」加内容，会转给工作人员；其他请发送「帮助」。"
    )


def only_text_please() -> str:
    """A picture, a voice, a place."""
    return "目前只能看懂文字消息，请打字发送：「活动」看近期活动，「我的」看自己的报名，「帮助」看全部说明，「人工」找工作人员。"


def left_dialogue() -> str:
    """退出."""
    return "已退出，没有保存未完成的内容。发送「活动」看近期活动，发送「帮助」查看可以发送的内容。"


def nothing_to_leave() -> str:
    """退出 or 返回 without a dialogue."""
    return "现在没有进行中的操作。发送「活动」看近期活动，发送「帮助」查看可以发送的内容。"


def reminders_on() -> str:
    """提醒 开."""
    return "提醒已开启：活动前一天和前一小时会通知您。关闭请发送「提醒 关」。"


def reminders_off() -> str:
    """提醒 关."""
    return "提醒已关闭。递补、取消等变动仍会通知您。重新打开请发送「提醒 开」。"


def ask_erase() -> str:
    """注销 always asks."""
    return "注销会立即删除您的姓名、电话、微信标识和同行信息，删除后无法凭本微信查询或取消已有报名。确定请回复「确认」，不注销请回复「返回」。"


def erased() -> str:
    """Done."""
    return "已注销，您的个人信息已全部删除。感谢您的支持，随时欢迎再来。发送「活动」仍可查看活动。"


def not_erased() -> str:
    """Kept after all."""
    return "好的，没有注销，一切照旧。发送「我的」看自己的报名。"


_URGENT = ("走丢", "走失", "不见了", "找不到孩子", "受伤", "晕倒", "救命", "急救", "着火", "报警")


def contact_person(contact: str, asked: str) -> str:
    """人工; what cannot wait is not left to office hours."""
    line = f"图书馆联系方式：{contact}\n" if contact else ""
    if any(word in asked for word in _URGENT):
        return f"请马上找身边的现场工作人员或到服务台，紧急情况请直接拨打110或120。\n{line}您的消息已转工作人员，也请当面告诉他们。"
    return f"{line}您的请求已转工作人员，上班时间会处理；急事请直接到服务台或致电。\n发送「帮助」可自助查询和报名。"


def turn_page() -> str:
    """At the foot of a page that is not the last."""
    return "……（未完，回复「更多」看下一页）"


def amended(contact: Contact) -> str:
    """修改 done."""
    return (
        f"已更正：{contact.name}，{masked_phone(contact.phone)}。以后的报名按此联系；"
        "已有报名里另写了联系人的不受影响。发送「我的信息」可查看。"
    )


def how_to_amend() -> str:
    """修改 without anything to go by."""
    return "请发送「修改 电话 新号码」「修改 姓名 新姓名」「修改 读者证 证号」或「修改 孩子 小名 出生年份」。改人数请先「取消 编号」再重新报名。"


def nothing_to_amend() -> str:
    """No name or phone on record."""
    return "系统里没有保存您的姓名和电话，无需更正。报名时会请您填写，发送「活动」看近期活动。"
