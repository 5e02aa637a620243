"""Back from the platform's page on which a reader allowed one message, or did not."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for

from bot.domain.capability import Capability
from bot.domain.ticket import issue_token
from bot.services.leaves import Answer, Answered, Brought, Question, find_question, is_asked, take_answer
from bot.texts.reader_pages import ONCE
from bot.web.context import page_context
from bot.web.headers import forbid_keeping
from bot.web.reader_session import is_granted, pages_in_wechat

once = Blueprint("once", __name__, template_folder="templates")
once.after_request(forbid_keeping)


@once.get("/once/back")
def come_back() -> Response:
    """Take the answer; loading the page again changes nothing."""
    context, given = page_context(), request.args
    template = context.wechat.once_template if context.wechat else ""
    brought = Brought(
        reserved=given.get("reserved", ""),
        openid=given.get("openid", ""),
        scene=given.get("scene", ""),
        template_id=given.get("template_id", ""),
        agreed=given.get("action") == "confirm",
    )
    answered, now = Answered(Answer.LAPSED, None), context.clock()
    if is_asked(brought, template, context.keys, now):  # whatever else is typed costs no turn at writing
        with context.db.writing() as tx:
            answered = take_answer(tx, brought, template, context.keys, now)
    number = answered.registration_id
    headline, advice = ONCE[answered.answer.value]
    page = render_template(
        "once.html",
        headline=headline,
        advice=advice,
        ticket=None if number is None else issue_token(number, context.keys.ticket),
    )
    return Response(page, status=400 if answered.answer in (Answer.LAPSED, Answer.OTHER) else 200)


def once_question(registration_id: int) -> tuple[Question, str] | None:
    """What a ticket's page may ask its reader, and the address of the platform's page; None where it may not ask."""
    context, pages = page_context(), pages_in_wechat()
    if pages is None or not pages.once_template or not is_granted(Capability.ONCE_MESSAGE):
        return None
    with context.db.reading() as tx:
        question = find_question(tx, registration_id, pages.once_template, context.keys, context.clock())
    if question is None:
        return None
    back = context.public_url + url_for("once.come_back")
    return question, pages.auth.consent_url(pages.once_template, question.scene, back, question.reserved)
