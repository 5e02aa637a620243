"""Reading the pushes that are not a reader's words: reports, choices about notices, the account's verification.

Whatever is missing or odd in them makes less of them, never an error: the platform shows faults to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.wechat.fields import moment_of, number_of, openid_of, parts_of, text_of
from bot.wechat.pushes import (
    Choice,
    Choices,
    DeliveryReport,
    News,
    SentReport,
    SentReports,
    Verification,
    VerificationNews,
)
from bot.wechat.xml import Element

_LONGEST_TEMPLATE_ID = 64
_LONGEST_STATUS = 40
_CHOICES = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent")
_SENT = "SubscribeMsgSentEvent"

READ_BUT_EMPTY = frozenset({"user_info_modified", "masssendjobfinish", "publishjobfinish"})
"""Known, documented, and nothing to us: we hold no nickname or portrait, and send and publish no articles."""


def read_news(event: str, fields: Element) -> News | None:
    """What the account is told by an event (in small letters); None when it is nothing to us, or tells nothing."""
    read = _READERS.get(event)
    return read(fields) if read else None


def is_news(event: str) -> bool:
    """Whether such events are told to the account, not asked by a reader, as far as is known."""
    return event in _READERS or event in READ_BUT_EMPTY


def _delivery_report(fields: Element) -> DeliveryReport | None:
    number = number_of(fields, "MsgID")  # capital D here, unlike in messages
    return None if number is None else DeliveryReport(number, text_of(fields, "Status")[:_LONGEST_STATUS])


def _sent_reports(fields: Element) -> SentReports | None:
    openid, at = openid_of(fields, "FromUserName"), moment_of(fields, "CreateTime")
    if not openid or at is None:
        return None
    reports = tuple(
        SentReport(
            openid=openid,
            template_id=template_id,
            message_id=number_of(each, "MsgID"),
            code=code,
            status=text_of(each, "ErrorStatus")[:_LONGEST_STATUS],
            sent_at=at,
        )
        for each, template_id in _listed(fields, _SENT)
        if (code := number_of(each, "ErrorCode")) is not None
    )
    return SentReports(reports) if reports else None


def _popup(fields: Element) -> Choices | None:
    return _choices(fields, may_agree=True)


def _change(fields: Element) -> Choices | None:
    """Of a change in the settings only the refusal counts: what gives leave for a notice is the popup alone."""
    return _choices(fields, may_agree=False)


def _choices(fields: Element, *, may_agree: bool) -> Choices | None:
    openid, at = openid_of(fields, "FromUserName"), moment_of(fields, "CreateTime")
    if not openid or at is None:
        return None
    words = {"reject": False} | ({"accept": True} if may_agree else {})
    chosen = {
        template_id: words[word]
        for tag in _CHOICES  # the official sample of one event bore the tag of the other
        for each, template_id in _listed(fields, tag)
        if (word := text_of(each, "SubscribeStatusString").lower()) in words
    }
    choices = tuple(Choice(template_id, agrees) for template_id, agrees in chosen.items())
    return Choices(openid, at, choices) if choices else None


def _listed(fields: Element, tag: str) -> Iterator[tuple[Element, str]]:
    """The lists under a tag, each with the template that it is about; without a template it is about nothing."""
    for group in parts_of(fields, tag):
        for each in parts_of(group, "List"):
            template_id = text_of(each, "TemplateId")
            if 0 < len(template_id) <= _LONGEST_TEMPLATE_ID:
                yield each, template_id


def _verification(what: Verification) -> Callable[[Element], VerificationNews]:
    def read(fields: Element) -> VerificationNews:
        return VerificationNews(what, moment_of(fields, "ExpiredTime") or moment_of(fields, "FailTime"))

    return read


_READERS: dict[str, Callable[[Element], News | None]] = {
    "templatesendjobfinish": _delivery_report,
    "subscribe_msg_popup_event": _popup,
    "subscribe_msg_change_event": _change,
    "subscribe_msg_sent_event": _sent_reports,
    **{what.value: _verification(what) for what in Verification},
}
