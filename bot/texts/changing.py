"""What is said when readers change a registration of theirs."""

from __future__ import annotations

from datetime import datetime

from bot.domain.occurrence import OccurrenceFacts
from bot.domain.party import Party
from bot.domain.registration import Contact
from bot.texts.moments import moment_words, party_words, place_words, time_words
from bot.texts.sign_up import masked_phone


def _named(facts: OccurrenceFacts) -> str:
    return f"{facts.number}. {facts.name}"


def how_to_change() -> str:
    """What can be changed, by example."""
    return (
        "要改什么？换场发送如「改 12 到 15」；改人数发送如「改 12 一大两小」；换陪同的大人发送如「改 12 李四 电话」。"
    )


def moved(here: OccurrenceFacts, there: OccurrenceFacts, party: Party, url: str, code: str) -> str:
    """The new place is sure, the old one given back."""
    return (
        f"已改好：{_named(here)} 换成 {_named(there)}，{party_words(party)}。\n时间：{time_words(there)}\n"
        f"地点：{place_words(there)}\n新的入场码：{code}\n{url}\n原来的入场码已失效。不能来请发送「取消 {there.number}」。"
    )


def full_there(here: OccurrenceFacts, there: OccurrenceFacts) -> str:
    """No place there: nothing was given up."""
    return (
        f"{_named(there)} 名额已满，没有换场，您在 {_named(here)} 的报名保留不变。\n"
        f"可发送「候补 {there.number}」排候补，候补成功后再取消原来的一场。"
    )


def sign_up_there_first(here: OccurrenceFacts, there: OccurrenceFacts) -> str:
    """The other one asks for more."""
    return (
        f"{_named(there)} 还需要填写其他信息，没有换场，{_named(here)} 的报名保留不变。\n"
        f"请先发送「报名 {there.number}」，报上后再发送「取消 {here.number}」。"
    )


def stays(facts: OccurrenceFacts, why: str) -> str:
    """Refused, and nothing changed."""
    why = why.replace(
        f"「报名 {facts.number} ", f"「改 {facts.number} "
    )  # what to send next is a change, not a sign-up
    return f"{why}\n没有改动，您在 {_named(facts)} 的报名保留不变。发送「我的」查看。"


def party_changed(facts: OccurrenceFacts, party: Party, url: str) -> str:
    """Done; the ticket, where there is one, is the same."""
    ticket = f"入场码不变：{url}\n" if url else ""
    return f"已改好：{_named(facts)}，现在是{party_words(party)}。\n{ticket}不能来请发送「取消 {facts.number}」。"


def no_room_for_more(facts: OccurrenceFacts, left: int) -> str:
    """Not enough seats for the larger party."""
    return f"名额已满：{_named(facts)} 只剩{left}个名额，不够增加的人数。没有改动，您原来的报名保留不变。发送「我的」查看。"


def others_wait(facts: OccurrenceFacts, waiting: int) -> str:
    """Free seats belong to those in line."""
    return (
        f"名额已满：{_named(facts)} 还有{waiting}家在候补，空出的名额先给他们。"
        "没有改动，您原来的报名保留不变。发送「我的」查看。"
    )


def attended_already(facts: OccurrenceFacts) -> str:
    """Checked in: the place was used as it is."""
    return f"您已签到参加 {_named(facts)}，不能再改。人数以签到为准，有出入请告诉现场工作人员。发送「我的」查看。"


def too_late_to_move(facts: OccurrenceFacts, until: datetime) -> str:
    """The rules take no place back any more, so none is given up for another."""
    return (
        f"{_named(facts)} 的取消截止时间是{moment_words(until)}，现在不能再换场，报名保留不变。"
        "确实来不了请发送「人工」说明情况，工作人员会处理。"
    )


def consent_first(facts: OccurrenceFacts, privacy_url: str) -> str:
    """No name and no phone is kept without consent to the notice."""
    return (
        f"保存联系人的姓名和电话，要先取得您对个人信息告知的同意：{privacy_url}\n"
        f"没有改动，您在 {_named(facts)} 的报名保留不变。下次报名时会请您回复「同意」；现在要改请发送「人工」联系工作人员。"
    )


def ages_needed(facts: OccurrenceFacts, party: Party) -> str:
    """The rules are about ages, and they were not said."""
    if party.children == 0:
        return f"{_named(facts)} 要核对每个人的年龄，请连年龄一起发送，如「改 {facts.number} 两大 65岁和70岁」。"
    return (
        f"{_named(facts)} 要核对孩子的年龄，请连年龄一起发送，如「改 {facts.number} 一大两小 5岁和7岁」；"
        "第一次需监护人同意，请先发送「添加孩子 小名 出生年份」。"
    )


def contact_changed(facts: OccurrenceFacts, contact: Contact) -> str:
    """Another grown-up comes along."""
    return (
        f"已改好：{_named(facts)} 的联系人改为{contact.name}（{masked_phone(contact.phone)}），名额和入场码不变。\n"
        "陪同的大人可以更换，请让来的人出示这张入场码。发送「我的」查看。"
    )
