"""What is said while somebody signs up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.kinds import RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.questions import Question, QuestionKind
from bot.domain.registration import Registration
from bot.domain.rules import AgeOf
from bot.texts.moments import day_words, moment_words, party_words, place_words, time_words
from bot.texts.refusals import age_words, party_example, party_rule
from bot.texts.waitlist import line_rule


def numbered(facts: OccurrenceFacts) -> str:
    """An occurrence in one short line."""
    return f"{facts.number}. {facts.name}"


@dataclass(frozen=True, slots=True)
class Understood:
    """What is known of a sign-up so far, for reading it back; empty where nothing is known."""

    name: str = ""
    phone: str = ""
    party: Party | None = None
    ages: tuple[int, ...] = ()
    card: str = ""
    answers: tuple[str, ...] = ()
    is_group: bool = False

    def lines(self) -> list[str]:
        """A line for each thing that is known."""
        ages = "、".join(f"{age}岁" for age in self.ages)
        group = "（团体）" if self.is_group else ""
        found = (
            ("姓名", self.name),
            ("电话", masked_phone(self.phone) if self.phone else ""),
            ("人数", f"{party_words(self.party)}{group}" if self.party else ""),
            ("年龄", ages),
            ("读者证", f"尾号{self.card[-4:]}" if self.card else ""),
            ("其他", "；".join(self.answers)),
        )
        return [f"{label}：{value}" for label, value in found if value]


def ask_name(facts: OccurrenceFacts, *, is_held: bool) -> str:
    """First question."""
    kept = "，名额为您保留10分钟" if is_held else ""
    real = "请填写真实姓名，用昵称的报名无效。" if facts.rules.real_name else ""
    return f"正在报名 {numbered(facts)}{kept}。\n请问怎么称呼您？{real}（回复姓名，如 张三；发送「退出」放弃）"


def real_name_please() -> str:
    """The rules void nicknames."""
    return "本场须实名报名，请回复身份证件上的姓名，如 张三；发送「退出」放弃报名。"


def ask_phone(name: str) -> str:
    """Second question."""
    return f"{name}，您好！请回复联系电话（手机或座机均可；发送「退出」放弃报名）。"


def phone_looks_wrong(typed: str) -> str:
    """The number typed cannot be called."""
    return f"「{typed}」不像能拨通的电话号码。请回复11位手机号，座机请带区号，如 0839-3262000。"


def phone_missing() -> str:
    """The answer holds no number at all: say what it is for and how to leave."""
    return (
        "电话只用于活动变动时联系您，活动结束30天后删除。请回复11位手机号，或带区号的座机，如 0839-3262000；"
        "不想留电话请发送「退出」放弃报名。"
    )


def name_looks_wrong() -> str:
    """The answer is no name."""
    return "没能认出姓名。请只回复姓名，如 张三；发送「退出」放弃报名。"


def ask_party(facts: OccurrenceFacts) -> str:
    """Third question."""
    needs_company = facts.rules.children_min or facts.rules.adults_min > 1 or facts.rules.one_adult_per_child
    alone = "" if needs_company else "「1人」"
    return f"请问几位参加？回复如「{party_example(facts.rules)}」{alone}（{party_rule(facts.rules)}）。"


def party_looks_wrong(facts: OccurrenceFacts) -> str:
    """The answer is no party."""
    return (
        f"没能认出人数。请回复如「{party_example(facts.rules)}」（{party_rule(facts.rules)}）；发送「退出」放弃报名。"
    )


def ask_ages(facts: OccurrenceFacts, party: Party, *, unclear: bool) -> str:
    """Ages on the day; `unclear`: a year of birth was said that may be one or the other side of a bound."""
    day = day_words(facts.starts_at) if facts.starts_at else "活动"
    whose = "孩子" if party.children else "参加者"
    several = f"，{party.children}个孩子都要写，如「5岁和7岁」" if party.children > 1 else "，如「5岁」"
    why = "按出生年份还不能确定，" if unclear else f"本场限{age_words(facts.rules)}，" if facts.rules.asks_age else ""
    return f"{why}请问{whose}在{day}当天满几周岁？（回复周岁{several}；登记过家庭成员的也可回复小名）"


def ages_do_not_fit(facts: OccurrenceFacts, party: Party, said: int) -> str:
    """As many ages as people are needed."""
    needed = party.people if facts.rules.age_of is AgeOf.EVERYONE else party.children
    return f"您一行需要{needed}个年龄，收到{said}个。请一次写全，如「5岁和7岁」；人数有误请回复如「一大一小」重新填写。"


def ask_card(facts: OccurrenceFacts) -> str:
    """The rules ask for a reader card."""
    groups = f"（限{'、'.join(facts.rules.reader_groups)}）" if facts.rules.reader_groups else ""
    return f"本场凭读者证报名{groups}，请回复读者证号；没有读者证可到服务台办理，发送「退出」放弃报名。"


def ask_custom(question: Question) -> str:
    """One of the event's own questions."""
    match question.kind:
        case QuestionKind.CHOICE:
            options = "\n".join(f"{place}. {option}" for place, option in enumerate(question.options, 1))
            return f"{question.text}\n{options}\n请回复数字或选项。"
        case QuestionKind.NUMBER:
            return f"{question.text}（请回复数字）"
        case QuestionKind.TEXT:
            return f"{question.text}（请直接回复）"


def not_understood_here() -> str:
    """Before the same question again."""
    return "没能认出您的回答；发送「退出」可放弃报名。"


def masked_phone(phone: str) -> str:
    """A phone as it is read back: the middle hidden."""
    local = phone.removeprefix("+86")
    if local != phone and not local.startswith("1"):
        return f"0{local[:3]}****{local[-4:]}"  # a landline is known by its area code: 0839
    return f"{local[:3]}****{local[-4:]}" if len(local) >= 9 else f"****{local[-4:]}"


def pending(facts: OccurrenceFacts, party: Party) -> str:
    """A person decides."""
    return (
        f"已收到报名，等待工作人员审核，{party_words(party)}的名额已为您保留。\n{numbered(facts)}\n时间：{time_words(facts)}\n"
        f"审核结果会通知您。发送「我的」查看进度，不再参加请发送「取消 {facts.number}」。"
    )


def entered(facts: OccurrenceFacts, number: int, drawn_at: datetime | None) -> str:
    """In the lottery."""
    when = f"{moment_words(drawn_at)}抽签，" if drawn_at else ""
    return (
        f"已登记抽签，您的抽签号是{number}号。\n{numbered(facts)}\n时间：{time_words(facts)}\n"
        f"{when}结果会通知您。不再参加请发送「取消 {facts.number}」。"
    )


def already_offered(facts: OccurrenceFacts, party: Party, until: datetime) -> str:
    """A freed place waits for a yes."""
    return (
        f"{numbered(facts)} 有名额空出，已为您一行（{party_words(party)}）保留到{moment_words(until)}。\n"
        "要这个名额请回复「确认」，不要请回复「放弃」。"
    )


def waitlist_closed(facts: OccurrenceFacts, limit: int) -> str:
    """Full, and the line too."""
    line = f"候补名单（{limit}组）也已排满" if limit else "本场不设候补"
    return f"{numbered(facts)}\n名额已满，{line}。请发送「活动」看看其他场次。"


def read_back(facts: OccurrenceFacts, seen: Understood, *, in_line: bool) -> str:
    """All answers once more, before 确认."""
    verb = "候补" if in_line else "报名"
    known = "\n".join(seen.lines())
    return (
        f"请核对{verb}信息：\n{facts.name}\n时间：{time_words(facts)}\n地点：{place_words(facts)}\n{known}\n"
        "无误请回复「确认」；要改请直接回复正确的姓名、电话或人数；发送「退出」放弃。"
    )


def read_back_place(facts: OccurrenceFacts, seen: Understood) -> str:
    """A place found by words, and what else was understood, before anything is done."""
    known = "".join(f"{line}\n" for line in seen.lines())
    return (
        f"您要报名的是这一场吗？\n{numbered(facts)}\n时间：{time_words(facts)}\n地点：{place_words(facts)}\n{known}"
        "是请回复「确认」，不是请发送「活动」查找，或直接发送「报名 编号」。"
    )


def registered(facts: OccurrenceFacts, seen: Understood, party: Party, ticket_url: str, short_code: str) -> str:
    """Done."""
    who = f"{seen.name}（{masked_phone(seen.phone)}），" if seen.phone else ""
    ages = f"，孩子{'、'.join(f'{age}岁' for age in seen.ages)}" if seen.ages and party.children else ""
    return (
        f"报名成功！\n{numbered(facts)}\n时间：{time_words(facts)}\n地点：{place_words(facts)}\n"
        f"{who}{party_words(party)}{ages}\n入场码：{short_code}\n{ticket_url}\n"
        f"到场出示入场码即可签到。不能来请发送「取消 {facts.number}」，改人数发送如「改 {facts.number} 一大一小」。"
    )


def waitlisted(facts: OccurrenceFacts, place: int, party: Party) -> str:
    """In line."""
    return (
        f"已为您登记候补，{party_words(party)}，候补第{place}位。\n{numbered(facts)}\n时间：{time_words(facts)}\n"
        f"{line_rule(facts)}\n"
        f"发送「我的」查看进度，不再等候请发送「取消 {facts.number}」。"
    )


def already_registered(facts: OccurrenceFacts, registration: Registration, ticket_url: str) -> str:
    """Again the same: the state and the ticket there is."""
    state = "" if registration.status is RegistrationStatus.CONFIRMED else f"，{STATUS_WORDS[registration.status]}"
    ticket = f"入场码：{registration.short_code}\n{ticket_url}\n" if not state else ""
    return (
        f"您已报名 {numbered(facts)}（{party_words(registration.party)}{state}），无需重复报名。\n"
        f"时间：{time_words(facts)}\n{ticket}"
        f"不能来请发送「取消 {facts.number}」；改人数发送如「改 {facts.number} 一大一小」。"
    )


def already_waiting(facts: OccurrenceFacts, place: int) -> str:
    """Again the same: the place in line."""
    return f"您已报名候补 {numbered(facts)}，目前候补第{place}位，有空位会按顺序递补并通知您。不再等候请发送「取消 {facts.number}」。"


def full(facts: OccurrenceFacts, left: int, waiting: int, *, can_wait: bool) -> str:
    """No place: what there is, and the waitlist."""
    state = f"名额已满，已有{waiting}组在候补。" if waiting else "名额已满。"
    if left:
        state = f"名额已满：只剩{left}个名额，不够您一行人。"
    offer = (
        f"回复「确认」或「候补 {facts.number}」排候补，有人取消会按顺序递补。也可发送「活动」看看其他场次。"
        if can_wait
        else "请发送「活动」看看其他场次。"
    )
    return f"{numbered(facts)}\n{state}\n{offer}"


def waitlist_or_not(facts: OccurrenceFacts) -> str:
    """Something else was answered to the offer of the waitlist."""
    return f"{numbered(facts)} 名额已满。排候补请回复「确认」，不排请回复「放弃」；也可发送「活动」看看其他场次。"


def one_at_a_time(others: Sequence[int]) -> str:
    """Several numbers in one message: the first is dealt with."""
    listed = "".join(f"「报名 {number}」" for number in others)
    return f"一次办一场，其他场次请随后再发送{listed}。"


def starting_over() -> str:
    """填错了: the questions come again."""
    return "好的，我们重新填写。"


def no_such_number(number: int) -> str:
    """An unknown public number."""
    return f"没有找到{number}号场次。请发送「活动」查看编号，再发送「报名 编号」。"


def which_occurrence() -> str:
    """报名 without anything to go by."""
    return "请问报名哪一场？发送「活动」查看编号，再发送如「报名 12」，也可一次写全：报名 12 张三 电话 一大一小。"


def choose_among(found: Sequence[OccurrenceFacts], *, time_fits: bool) -> str:
    """Several fit the words, or the title does and the time does not."""
    lines = [f"{numbered(facts)}（{time_words(facts)}）" for facts in found]
    heading = "找到几场，您想报哪一场？" if time_fits else "您说的时间没有这个活动，它的场次是："
    return "\n".join([heading, *lines, f"请回复编号选择，如「{found[0].number}」。"])


def several_families(facts: OccurrenceFacts | None) -> str:
    """One account signs up one party."""
    number = facts.number if facts else "编号"
    return (
        f"一个微信号为一家（一组）报名。请您先发送「报名 {number} 姓名 电话 人数」报自己一家，"
        "其他家庭请用各自的微信关注本号后同样发送；不会操作的读者可发送「人工」由工作人员代报。"
    )


def nothing_to_confirm() -> str:
    """确认 without a question."""
    return "好的，目前没有待确认的事项。发送「活动」看看近期活动，发送「我的」查看自己的报名。"


def given_up() -> str:
    """The dialogue is left, nothing kept."""
    return "好的，已放弃，没有为您报名。想看其他场次请发送「活动」。"


STATUS_WORDS = {
    RegistrationStatus.HELD: "名额保留中",
    RegistrationStatus.PENDING: "待审核",
    RegistrationStatus.CONFIRMED: "已报名",
    RegistrationStatus.WAITLISTED: "候补中",
    RegistrationStatus.OFFERED: "待确认递补",
    RegistrationStatus.ENTERED: "已登记抽签",
    RegistrationStatus.CANCELLED: "已取消",
    RegistrationStatus.DECLINED: "已放弃",
    RegistrationStatus.EXPIRED: "已过期",
}
