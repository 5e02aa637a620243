"""What is said about a reader's own registrations and tickets."""

from __future__ import annotations

from datetime import datetime

from bot.domain.kinds import OccurrenceStatus, RegistrationStatus
from bot.domain.occurrence import OccurrenceFacts
from bot.domain.registration import Registration
from bot.texts.moments import clock_words, party_words, place_words, time_words
from bot.texts.sign_up import STATUS_WORDS


def own_registration(
    facts: OccurrenceFacts, registration: Registration, place: int | None, ticket_url: str, came_at: datetime | None
) -> str:
    """One registration in 我的."""
    state = STATUS_WORDS[registration.status]
    if facts.status is OccurrenceStatus.CANCELLED:
        state = "本场已由图书馆取消"
    elif came_at is not None:
        state = f"已签到 {clock_words(came_at)}"
    elif place is not None:
        state = f"候补第{place}位"
    lines = [f"{facts.number}. {facts.name}【{state}】", f"{time_words(facts)}，{party_words(registration.party)}"]
    if registration.status is RegistrationStatus.CONFIRMED and facts.status is OccurrenceStatus.SCHEDULED:
        lines.append(f"入场码 {registration.short_code} {ticket_url}")
    return "\n".join(lines)


def own_list(entries: list[str]) -> str:
    """我的."""
    return "\n".join(["您的报名：", *entries, "取消请发送「取消 编号」。"])


def no_registrations() -> str:
    """我的 with nothing."""
    return "您目前没有报名。发送「活动」看看近期活动，再发送「报名 编号」。"


def ticket(facts: OccurrenceFacts, registration: Registration, ticket_url: str) -> str:
    """入场码."""
    return (
        f"{facts.number}. {facts.name}\n时间：{time_words(facts)}\n地点：{place_words(facts)}\n"
        f"入场码：{registration.short_code}\n{ticket_url}\n到场打开链接出示二维码，或报六位入场码。不能来请发送「取消 {facts.number}」。"
    )


def card_title(facts: OccurrenceFacts) -> str:
    """The ticket's card in the chat, for accounts that can send no picture; cut off by the phone after two lines."""
    return f"入场码 · {facts.number}. {facts.name}"


def card_lines(facts: OccurrenceFacts, registration: Registration) -> str:
    """What stands on it."""
    return (
        f"时间：{time_words(facts)}\n地点：{place_words(facts)}\n"
        f"{party_words(registration.party)}，入场码 {registration.short_code}\n"
        f"点开出示二维码，或报六位入场码。不能来请发送「取消 {facts.number}」。"
    )


def no_ticket_yet(facts: OccurrenceFacts, status: RegistrationStatus) -> str:
    """Registered, but without a place."""
    return f"{facts.number}. {facts.name}\n目前{STATUS_WORDS[status]}，报名成功后才有入场码。发送「我的」查看进度。"


def no_ticket() -> str:
    """No registration to show a ticket for."""
    return "没有找到报名，因此没有入场码。发送「我的」查看自己的报名，发送「活动」看看近期活动。"
