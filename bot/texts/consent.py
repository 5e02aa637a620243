"""The privacy notice and the words of consent (library-domain P2-P8)."""

from __future__ import annotations

PRIVACY_VERSION = "2026-11"
"""Version of the notice at /privacy; a new one asks readers again (library-domain P3)."""

GUARDIAN_VERSION = "2026-11"
"""Version of the children's rules at /privacy/children; a new one asks guardians again (library-domain P3, P4)."""


def ask_consent(title: str, privacy_url: str) -> str:
    """Before the first personal datum: what is asked for, why, how long, and both answers."""
    return (
        f"报名《{title}》前请您知悉：\n"
        "我们需要您的姓名、电话和同行人数，只用于本次活动的联系与签到，活动结束30天后删除姓名和电话。\n"
        f"完整说明：{privacy_url}\n"
        "名额已为您保留10分钟。回复「同意」继续，回复「不同意」则不保存任何信息。"
    )


def ask_consent_in_line(title: str, privacy_url: str) -> str:
    """The same for the waitlist, where no place is held."""
    return (
        f"候补《{title}》前请您知悉：\n"
        "我们需要您的姓名、电话和同行人数，只用于本次活动的联系与签到，活动结束30天后删除姓名和电话。\n"
        f"完整说明：{privacy_url}\n"
        "回复「同意」继续，回复「不同意」则不保存任何信息。"
    )


def consent_or_not(title: str, privacy_url: str) -> str:
    """Something else was answered: both answers once more."""
    return (
        f"报名《{title}》还差一步：请先回复「同意」或「不同意」（个人信息使用说明：{privacy_url}）。\n"
        "「确认」「好的」不算同意。回复「同意」后继续，已经写的不用重发；回复「不同意」则不保存任何信息。发送「退出」放弃。"
    )


def not_agreed_anew() -> str:
    """A no from somebody whose data are on record by an earlier yes."""
    return (
        "好的，没有新增保存您的信息。以前报名时您同意保存的信息仍在，查看请发送「我的信息」，删除请发送「撤回同意」。\n"
        "您仍可发送「活动」查询活动，无需报名的活动直接到场参加。"
    )


def not_agreed(*, released: bool) -> str:
    """After a no: nothing kept, everything that needs no data goes on."""
    place = "，为您保留的名额也已放回" if released else ""
    return (
        f"好的，没有保存您的任何信息{place}。\n"
        "您仍可发送「活动」查询活动，无需报名的活动直接到场参加。想报名时再发「报名 编号」即可。"
    )


def nothing_to_agree() -> str:
    """同意 without a question."""
    return "目前没有需要您同意的事项。发送「活动」看看近期活动，发送「报名 编号」开始报名。"


def agreed_without_request() -> str:
    """同意 after the question was lost."""
    return "谢谢，已记下您的同意。请再发一次「报名 编号」完成报名。"


def ask_guardian_consent(title: str, children_url: str) -> str:
    """Before a child's first datum, apart from the general consent: what, why, how long, and both answers (P4, P5)."""
    return (
        f"《{title}》要核对小朋友的年龄。不满十四周岁儿童的信息属于敏感个人信息，需监护人同意（与一般同意分开）：\n"
        "只记孩子活动当天的周岁，记入「家庭成员」的另记小名和出生年份；只用于核对是否适合参加和现场安排，活动结束30天后删除。\n"
        f"儿童个人信息保护规则：{children_url}\n"
        "您是孩子的监护人并且同意，请回复「监护人同意」；回复「不同意」则不保存孩子的任何信息，不影响您参加其他活动。"
    )


def guardian_consent_or_not(title: str, children_url: str) -> str:
    """Something else was answered to the guardian's question: both answers once more."""
    return (
        f"报名《{title}》还差一步：请先回复「监护人同意」或「不同意」（儿童个人信息保护规则：{children_url}）。\n"
        "普通的「同意」或「确认」不算。回复「不同意」则不保存孩子的任何信息。发送「退出」放弃。"
    )


def guardian_not_agreed() -> str:
    """A guardian's no: nothing of the child is kept, everything that needs no child's data goes on."""
    return (
        "好的，没有保存孩子的任何信息。\n"
        "不核对年龄的活动仍可照常报名，无需报名的活动可以直接带孩子到场参加。发送「活动」看看近期活动。"
    )


def guardian_withdrawn() -> str:
    """The guardian's consent taken back: the children are forgotten."""
    return (
        "已撤回监护人同意。孩子的小名、出生年份和报名里的年龄已经删除，已有的报名和入场码仍然有效（「我的」可查看）。\n"
        "您自己的信息不变；以后报名核对年龄的活动时，会重新征得您的同意。"
    )


def no_guardian_consent() -> str:
    """撤回监护人同意 without one in force."""
    return (
        "目前没有保存孩子的信息，也没有生效的监护人同意。查看全部请发送「我的信息」，撤回自己的同意请发送「撤回同意」。"
    )


def withdrawn() -> str:
    """Consent taken back."""
    return (
        "已撤回。您的姓名、电话等信息已从系统中删除，已有的报名和入场码仍然有效（「我的」可查看）。\n"
        "以后再报名时会重新征得您的同意。发送「活动」看近期活动。"
    )
