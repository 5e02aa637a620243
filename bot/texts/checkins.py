"""What is said at the door: to staff who scan, and to readers who check themselves in."""

from __future__ import annotations

from bot.domain.checkin import CheckedIn, CheckedInBefore, CountedIn, CountedOut, NoRoom, ScanRefused
from bot.domain.kinds import ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.texts.moments import clock_words, day_words, moment_words, party_words, place_words, time_words
from bot.texts.staff import ROLE_WORDS


def scanned(outcome: CheckedIn, said: int | None = None) -> str:
    """To staff: in. `said`: how many came, as typed."""
    seen = outcome.attendance
    more = (said or 0) - outcome.party.people
    return (
        f"签到成功 {outcome.name or '读者'} {party_words(outcome.party)}{_how_many_came(outcome)}\n"
        + ("候补读者到场，有空位，已直接确认。\n" if outcome.from_line else "")
        + (f"报名共{outcome.party.people}人，多来的{more}人请登记「现场 {more}」。\n" if more > 0 else "")
        + f"{outcome.facts.number}. {outcome.facts.name}\n已到 {seen.came}/{seen.expected}"
        + (f"，现场 {seen.walk_ins}" if seen.walk_ins else "")
        + "\n误扫请十分钟内发送「撤销」。"
    )


def _how_many_came(outcome: CheckedIn) -> str:
    """Said when only a part of the party came."""
    return f"，实到{outcome.people}人" if outcome.people < outcome.party.people else ""


def staff_words(label: str) -> str:
    """A member's label (venue-3) in words."""
    role, _, serial = label.rpartition("-")
    known = {kind.value: name for kind, name in ROLE_WORDS.items()}
    return f"{known[role]}{serial}号" if role in known else label


def scanned_before(outcome: CheckedInBefore) -> str:
    """To staff: used."""
    by = f"，由{staff_words(outcome.by)}操作" if outcome.by else "，读者自助签到"
    seen = outcome.attendance
    return (
        f"已签到 {outcome.name or '读者'}：{day_words(outcome.at)}{clock_words(outcome.at)}{by}\n"
        f"{outcome.facts.number}. {outcome.facts.name}\n已到 {seen.came}/{seen.expected}，不重复计数，请扫下一位。"
    )


def scan_refused(outcome: ScanRefused) -> str:
    """To staff: not in, and why."""
    facts = outcome.facts
    if facts is None or outcome.result in (ScanResult.UNKNOWN, ScanResult.NOT_REGISTERED):
        return "无效：不是本系统的入场码。请让读者发送「我的」重新打开，或发送「核销 六位入场码」。"
    where = f"{facts.number}. {facts.name}（{time_words(facts)}，{place_words(facts)}）"
    sentences = {
        ScanResult.WRONG_OCCURRENCE: f"不是本场：这是 {where} 的入场码，请读者到那里签到。",
        ScanResult.CANCELLED: f"已取消：这个报名已取消，不能入场。{where}\n读者仍想参加可登记「现场 人数」。",
        ScanResult.WAITLISTED: f"候补中：还没有名额。{where}\n开始签到后如有空位，请再扫一次，即可直接入场。",
        ScanResult.PENDING: f"待审核：这个报名还没有通过审核。{where}\n请组织者发送「审核」处理，或登记「现场 人数」。",
        ScanResult.RELEASED: f"名额已释放：开场后未到，名额已让给现场读者，现在没有空位。{where}\n有空位时请再扫一次，即可入场。",
        ScanResult.SUSPENDED: f"暂停报名：读者因多次爽约暂停报名，不能由候补直接入场。{where}\n请登记「现场 人数」或请组织者处理。",
        ScanResult.REVOKED: f"已失效：读者已注销，这个报名随之取消。{where}\n读者仍想参加可登记「现场 人数」。",
        ScanResult.DUPLICATE: f"重复：这个入场码已经签到。{where}\n不重复计数，请扫下一位。",
        ScanResult.CLOSED: f"已结束：{where} 的签到已结束。迟到的读者请登记「现场 人数 {facts.number}」；"
        "纸质名单上已签到的，请发送「核销 补 入场码」补录。",
    }
    if outcome.result is ScanResult.TOO_EARLY and outcome.opens_at is not None:
        return f"尚未到签到时间：{where}\n{moment_words(outcome.opens_at)} 起可签到。"
    return sentences[outcome.result]


def checked_in_self(outcome: CheckedIn) -> str:
    """To the reader: in."""
    return f"签到成功！{party_words(outcome.party)}，实到{outcome.people}人。\n{outcome.facts.name}\n{_enjoy(outcome.facts)}"


def checked_in_self_before(outcome: CheckedInBefore) -> str:
    """To the reader: used."""
    return f"您已签到（{clock_words(outcome.at)}），无需再次签到。\n{outcome.facts.name}\n{_enjoy(outcome.facts)}"


def self_refused(outcome: ScanRefused) -> str:
    """To the reader: not in, why and what to do."""
    facts = outcome.facts
    if facts is None:
        return code_invalid()
    where = f"{facts.number}. {facts.name}（{time_words(facts)}，{place_words(facts)}）"
    if outcome.result is ScanResult.TOO_EARLY and outcome.opens_at is not None:
        return f"尚未到签到时间：{where}\n{moment_words(outcome.opens_at)} 起可签到，请到时再发送屏幕上的新签到码。"
    sentences = {
        ScanResult.WRONG_OCCURRENCE: f"不是本场：您报名的是 {where}，请到该场地签到。",
        ScanResult.NOT_REGISTERED: f"没有找到报名：{where}\n请找现场工作人员登记参加，或发送「我的」查看自己的报名。",
        ScanResult.WAITLISTED: f"候补中：{where} 还没有轮到您。请问现场工作人员是否有空位。",
        ScanResult.CANCELLED: f"没有找到报名：{where} 的报名已取消。请找现场工作人员登记参加。",
        ScanResult.PENDING: f"待审核：{where} 的报名还没有通过审核，请找现场工作人员。",
        ScanResult.RELEASED: f"名额已释放：{where} 开场后您还没有签到，名额已让给现场读者，现在没有空位。请问现场工作人员是否还能安排。",
        ScanResult.SUSPENDED: f"暂停报名：{where} 有空位，但您因多次爽约暂停报名。请找现场工作人员，或发送「我的信用」查看。",
        ScanResult.REVOKED: f"没有找到报名：{where} 的报名已随注销取消。请找现场工作人员登记参加。",
        ScanResult.DUPLICATE: f"您已签到：{where}，无需再次签到。",
        ScanResult.CLOSED: f"签到已结束：{where}。有疑问请问现场工作人员，或发送「我的」查看自己的报名。",
    }
    return sentences.get(outcome.result, code_invalid())


def counted_in(outcome: CountedIn) -> str:
    """To a reader without a place who counted themselves in."""
    facts = outcome.facts
    if outcome.again:
        return f"您已签到（现场参加 {outcome.people} 人），无需再次签到；人数有变请再发一次，如「签到 签到码 3人」。\n{facts.name}\n{_enjoy(facts)}"
    return (
        f"签到成功！您没有报名，已按现场参加登记 {outcome.people} 人。\n{facts.name}\n"
        f"人数不对请再发一次，如「签到 签到码 3人」；不参加了请十分钟内发送「撤销」。{_enjoy(facts)}"
    )


def counted_out(outcome: CountedOut) -> str:
    """To a reader who took back that they had counted themselves in."""
    facts = outcome.facts
    return f"已撤销现场参加的登记（{outcome.people} 人）：{facts.number}. {facts.name}。\n又想参加，请再发送门口屏幕上的签到码。"


def no_room(outcome: NoRoom) -> str:
    """To a reader without a place: full."""
    facts = outcome.facts
    where = f"{facts.number}. {facts.name}"
    if not outcome.left:
        return f"名额已满：{where}，现场已没有空位。请问现场工作人员是否还能安排。"
    return (
        f"登记不了 {outcome.people} 人：{where}，现场还能自助登记 {outcome.left} 人。"
        f"人少一些请发送如「签到 签到码 {outcome.left}人」，或请问现场工作人员是否还能安排。"
    )


def self_check_in_paused() -> str:
    """Too many wrong codes at this venue."""
    return "这里的自助签到暂停十分钟：输错的签到码太多。请直接向现场工作人员出示入场码（发送「我的」），不影响入场。"


def _enjoy(facts: OccurrenceFacts) -> str:
    return f"祝您和家人在{facts.venue or facts.library_name}度过愉快的时光！发送「我的」查看其他报名。"


def code_invalid() -> str:
    """Wrong or too old."""
    return "签到码无效：可能输错或已更换。请看场地屏幕上正在显示的六位数字，发送如「签到 482913」。"


def how_to_check_in() -> str:
    """签到 without a code."""
    return "请发送「签到」加场地屏幕上的六位数字，如「签到 482913」；没有屏幕时请向工作人员出示入场码（发送「我的」）。"


def too_many_tries() -> str:
    """Guessing."""
    return "输错次数较多，请稍等十分钟再试，或直接向现场工作人员出示入场码（发送「我的」）。"


def scan_not_staff() -> str:
    """A reader tapped the scan button."""
    return "没有权限：扫码签到供工作人员使用。您来参加活动请发送「签到」加场地屏幕上的六位数字，或出示入场码（发送「我的」）。"
