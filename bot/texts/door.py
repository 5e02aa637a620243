"""What the scanner's page says, for a phone at arm's length: one word of at most six characters, and one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.act_reading import ActFault
from bot.domain.clock import local_day
from bot.domain.door import Before
from bot.domain.kinds import ScanResult
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.tally import TallyRecorded
from bot.domain.tally_words import TallyFault
from bot.texts.checkins import staff_words
from bot.texts.metrics import metric_name
from bot.texts.metrics import words as quantity_words
from bot.texts.moments import clock_words, day_words, moment_words, place_words, time_words
from bot.texts.summary import tally_fault as chat_tally_fault

_NUMERALS = "零一两三四五六七八九十"

WORDS: dict[ScanResult, str] = {
    ScanResult.OK: "签到成功",
    ScanResult.ALREADY: "已签到",
    ScanResult.DUPLICATE: "重复",
    ScanResult.WRONG_OCCURRENCE: "不是本场",
    ScanResult.TOO_EARLY: "尚未开始",
    ScanResult.CLOSED: "已结束",
    ScanResult.CANCELLED: "已取消",
    ScanResult.WAITLISTED: "候补中",
    ScanResult.PENDING: "待审核",
    ScanResult.RELEASED: "名额已释放",
    ScanResult.SUSPENDED: "暂停报名",
    ScanResult.REVOKED: "已失效",
    ScanResult.NOT_REGISTERED: "无效",
    ScanResult.UNKNOWN: "无效",
}
LET_IN = "已放行"
LET_IN_UNKNOWN = "待核"
COUNTED = "已登记"
NOTED = "已记录"
UNDONE = "已撤销"
NOTHING_TO_UNDO = "无法撤销"
NOT_SERVED = "无权限"
NOT_ALLOWED = "须报名"
INVALID = "无法识别"
TRY_AGAIN = "请重试"


@dataclass(frozen=True, slots=True)
class Who:
    """A party as a door names it: masked name and last four digits, empty where they are not known."""

    name: str
    last4: str
    party: Party | None

    @property
    def words(self) -> str:
        """张** 尾号8000，一大两小共3人."""
        named = f"{self.name or '读者'}{f' 尾号{self.last4}' if self.last4 else ''}"
        return f"{named}，{party_in_words(self.party)}" if self.party else named


def party_in_words(party: Party) -> str:
    """A party as it is said aloud: 一大两小共3人, and 1人 for one alone."""
    if party.people == 1:
        return "1人" if party.adults else "1名儿童"
    adults = f"{_numeral(party.adults)}大" if party.adults else ""
    children = f"{_numeral(party.children)}小" if party.children else ""
    return f"{adults}{children}共{party.people}人"


def _numeral(number: int) -> str:
    return _NUMERALS[number] if number < len(_NUMERALS) else str(number)


def scan_ok(who: Who, people: int, *, from_line: bool) -> str:
    """In."""
    rest = who.party.people - people if who.party else 0
    came = f"，实到{people}人，还有{rest}人未到" if rest > 0 else ""
    return f"{who.words}{came}。{'候补有空位，已直接确认。' if from_line else '请入场。'}"


def scan_already(who: Who, before: Before, now: datetime, *, may_add: bool) -> str:
    """In before."""
    rest = "其余的人到了请补到。" if may_add else "不重复计数。"
    return f"{who.words}，{before_words(before, now)}已到{before.people}人。{rest}"


def scan_duplicate(who: Who, before: Before | None, now: datetime) -> str:
    """Let in twice by devices that could not know of each other."""
    when = f"{before_words(before, now)}签到过，" if before else ""
    return f"{who.words}，{when}已记下，不重复计数。"


def before_words(before: Before, now: datetime) -> str:
    """09:31场地工作人员3号, with its day unless it was today."""
    day = "" if local_day(before.at) == local_day(now) else day_words(before.at)
    return f"{day}{clock_words(before.at)} 由{by_words(before)}"


def by_words(before: Before) -> str:
    """Who let them in."""
    return staff_words(before.by) if before.by else ("读者自助" if before.staff_id is None else "同事")


def scan_refused(
    result: ScanResult, who: Who, door: OccurrenceFacts, right: OccurrenceFacts | None, *, may_admit: bool
) -> str:
    """Not in: why, and what to do."""
    if result is ScanResult.WRONG_OCCURRENCE and right is not None:
        else_here = "，或点仍然放行" if may_admit else ""
        return f"这是{right.number}号《{right.name}》的票：{time_words(right)}，{place_words(right)}。请引导前往{else_here}。"
    return f"{_REASONS[result](who, door)}{_WAY_ON_OPEN[result] if may_admit else _WAY_ON_STRICT[result]}"


def _opens(door: OccurrenceFacts) -> str:
    opens = door.check_in_opens_at
    return f"{moment_words(opens)} 起签到。" if opens else "还没有开始签到。"


_REASONS: dict[ScanResult, Callable[[Who, OccurrenceFacts], str]] = {
    ScanResult.ALREADY: lambda who, door: f"{who.words}，已签到。",  # a phone without network said so
    ScanResult.TOO_EARLY: lambda who, door: f"{who.words}。{_opens(door)}",
    ScanResult.CLOSED: lambda who, door: f"{who.words}，本场签到已结束。",
    ScanResult.CANCELLED: lambda who, door: f"{who.words}，报名已取消。",
    ScanResult.WAITLISTED: lambda who, door: f"{who.words}，还在候补，没有空位。",
    ScanResult.PENDING: lambda who, door: f"{who.words}，报名还没有通过审核。",
    ScanResult.RELEASED: lambda who, door: f"{who.words}，来晚了，名额已让出，现在没有空位。",
    ScanResult.SUSPENDED: lambda who, door: f"{who.words}，因多次爽约暂停报名，不能由候补入场。",
    ScanResult.REVOKED: lambda who, door: "读者已注销，这张票随之失效。",
    ScanResult.UNKNOWN: lambda who, door: "不是本馆的入场码。",
    ScanResult.NOT_REGISTERED: lambda who, door: "不是本馆的入场码。",
    ScanResult.WRONG_OCCURRENCE: lambda who, door: "这是另一场的票。",
}
_ADMIT = "想进可点仍然放行，按现场参加计。"
_ASK = "本场须报名，请找组织者处理。"
_WAY_ON_OPEN = dict.fromkeys(_REASONS, _ADMIT) | {
    ScanResult.ALREADY: "",
    ScanResult.TOO_EARLY: "请读者稍等，或点仍然放行。",
    ScanResult.UNKNOWN: "请读者重新打开入场码，或按手机尾号查找，或点仍然放行。",
    ScanResult.NOT_REGISTERED: "请读者重新打开入场码，或按手机尾号查找，或点仍然放行。",
}
_WAY_ON_STRICT = dict.fromkeys(_REASONS, _ASK) | {
    ScanResult.ALREADY: "不重复计数。",
    ScanResult.TOO_EARLY: "请读者稍等。",
    ScanResult.WAITLISTED: "空出位子后请再扫一次。",
    ScanResult.RELEASED: "空出位子后请再扫一次。",
    ScanResult.UNKNOWN: "请读者重新打开入场码，或按手机尾号查找。",
    ScanResult.NOT_REGISTERED: "请读者重新打开入场码，或按手机尾号查找。",
}


def let_in(result: ScanResult, who: Who, people: int, right: OccurrenceFacts | None) -> str:
    """Let in although something stood against it: written down as walk-ins."""
    against = {
        ScanResult.WRONG_OCCURRENCE: f"持{right.number}号《{right.name}》的票" if right else "持另一场的票",
        ScanResult.UNKNOWN: "入场码待核",
        ScanResult.NOT_REGISTERED: "入场码待核",
        ScanResult.REVOKED: "读者已注销",
    }.get(result)
    said = against or f"{who.words}，{WORDS[result]}"
    return f"{said}，已按现场参加记{people}人。"


def walk_ins_counted(people: int, walk_ins: int) -> str:
    """Counted."""
    return f"现场{people}人，本场现场共{walk_ins}人。"


def registered_only(door: OccurrenceFacts) -> str:
    """The rules admit registered readers only."""
    return f"{door.number}号须报名，不接待现场参加，没有记。破例请找组织者登记。"


def tally_noted(done: TallyRecorded) -> str:
    """Noted, with the running total."""
    part = f"（{done.part}）" if done.part else ""
    running = f"，本场累计{quantity_words(done.running.quantity)}" if done.running else ""
    return f"{metric_name(done.metric)}{part} {quantity_words(done.quantity)}{running}。"


def undone() -> str:
    """Taken back."""
    return "这一次已撤销，人数已更新。"


def nothing_to_undo() -> str:
    """Another's, or too long ago."""
    return "只能撤销自己十分钟内的操作，更早的请找主管撤销。"


def not_served(number: int) -> str:
    """Somebody else's occurrence."""
    return f"{number}号不在您负责的场次内，没有记。请换到自己的场次，或请组织者重新邀请。"


def unknown_door(number: int) -> str:
    """No such occurrence."""
    return f"没有{number}号场次，没有记。请重新选择场次。"


def slow_down() -> str:
    """Too many unknown codes in a minute."""
    return "一分钟内输错的码较多，请稍等一分钟，或扫二维码、按手机尾号查找。"


def try_again() -> str:
    """Something unforeseen; the device keeps it."""
    return "这一条没有记上，手机会留着并自动重发。一直不行请改用纸质名单并告诉主管。"


_FAULTS = {
    ActFault.NOT_AN_ACT: "这一条读不懂，没有记。请重新扫码或刷新页面。",
    ActFault.ID: "这一条没有编号，没有记。请刷新页面后重做。",
    ActFault.KIND: "这一条读不懂，没有记。请刷新页面后重做。",
    ActFault.OCCURRENCE: "没有选场次，没有记。请先选择场次。",
    ActFault.TIME: "时间读不懂，没有记。请核对手机时间后重做。",
    ActFault.CODE: "没有读到入场码，没有记。请再扫一次。",
    ActFault.PEOPLE: "人数应在1到9999之间，没有记。请改后重做。",
    ActFault.WAY: "这一条读不懂，没有记。请刷新页面后重做。",
    ActFault.AUDIENCE: "现场人群读不懂，没有记。请刷新页面后重做。",
    ActFault.WORDS: "没有看懂记的是什么，请写如：宣传单 300多 份。",
    ActFault.PLACE: "末尾写的是另一场的编号，没有记。请去掉编号，或换到那一场。",
    ActFault.OTHER_ACT: "这个编号已用于另一条，没有记。请刷新页面后重做。",
}
_TALLY_EXAMPLE = "请写如：宣传单 300多 份。"


def act_fault(fault: ActFault, tally: TallyFault | None = None) -> str:
    """Why an act was not taken, and what to do."""
    if tally is not None:
        return chat_tally_fault(tally).split("\n", 1)[0].replace("：", "，", 1) + _TALLY_EXAMPLE
    return _FAULTS[fault]


REFUSED_REQUESTS = {
    "not_json": ("这个请求读不懂", "内容不是约定的格式。请刷新页面后再试，没有同步的记录都还在手机里。"),
    "device": ("这台设备没有名字", "请刷新页面后再试，没有同步的记录都还在手机里。"),
    "too_many": ("一次发来的太多了", "请分批发送，每批不超过五十条。没有同步的记录都还在手机里。"),
    "no_door": ("没有这个场次", "请返回重新选择场次。"),
    "not_served": ("这一场不由您负责", "请返回选择自己的场次，或请组织者重新邀请。"),
    "search": ("请输入手机尾号四位，或姓名", "尾号要四位数字；姓名至少写出姓。"),
    "photo": ("这个文件里看不出照片", "请拍一张清楚的入场码照片（JPG 或 PNG），或输入六位入场码。"),
    "busy": ("正在识别别的照片", "请稍等几秒再拍一次，或输入六位入场码。"),
    "store_away": ("系统暂时忙不过来", "记录都还在手机里，会自动重发，请继续扫码。"),
}
"""Headline and advice of requests that are refused as a whole."""
