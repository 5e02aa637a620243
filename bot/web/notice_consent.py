"""The page on which readers allow notices by the platform's own button (`wx-open-subscribe`, subscription notices).

What they choose comes to the webhook as a push (`subscribe_msg_popup_event`); this page only shows the button. It lives
in WeChat alone: a frame of the platform's draws it, which our policy allows on this page and nowhere else.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from bot.domain.capability import Capability
from bot.web.context import SignedPage, WeChatPages, page_context
from bot.web.headers import POLICY, forbid_keeping
from bot.web.reader_session import is_granted, pages_in_wechat

notice_consent = Blueprint("notice_consent", __name__, template_folder="templates")
notice_consent.after_request(forbid_keeping)

_WITH_OPEN_TAGS = f"{POLICY}; frame-src https://*.qq.com webcompt:"
"""As the platform's page on open tags asks for under a policy."""


@notice_consent.get("/notices")
def show() -> Response:
    """The button, or that it needs WeChat."""
    pages = pages_for_notices()
    signed = None if pages is None else _sign()
    template = pages.notice_template if pages else ""
    answer = Response(render_template("notices.html", signed=signed, template=template))
    if signed is not None:
        answer.headers["Content-Security-Policy"] = _WITH_OPEN_TAGS
    return answer


def pages_for_notices() -> WeChatPages | None:
    """What the page needs, where it is opened in WeChat and the account has the right to notices."""
    pages = pages_in_wechat()
    return pages if pages is not None and pages.notice_template and is_granted(Capability.NOTICE) else None


def _sign() -> SignedPage | None:
    """The signature of this very address, with the query that WeChat may have added."""
    context = page_context()
    if context.sign_page is None:
        return None
    return context.sign_page(context.public_url + request.full_path.removesuffix("?"))
