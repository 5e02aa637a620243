"""The page with the platform's button for notices: signed for its own address, and only in WeChat with the right."""

from __future__ import annotations

import pytest

from bot.domain.capability import Capability
from bot.store.database import Database
from bot.web.context import SignedPage
from bot.wechat.js_pages import PageSignature, sign_page
from tests.web.readers.platform import ELSEWHERE, IN_WECHAT, Phones, asked_each_time, grant, pages_of
from tests.web.readers.test_own import own
from tests.web.stage import PUBLIC_URL, Stage, StageClock, build_app


@pytest.fixture
def db(small_db: Database) -> Database:
    """The same on every kind of database."""
    return small_db


TEMPLATE = "NoticeTemplate_0000000000000000000000000001"


def test_the_page_is_signed_and_lets_only_the_platform_draw_in_it(
    phones: Phones, stage: Stage, clock: StageClock, redis: object
) -> None:
    """The address is signed as WeChat sees it: seen to fail without its query."""
    signed: list[str] = []

    def sign(url: str) -> SignedPage:
        signed.append(url)
        return PageSignature("wx0123456789abcdef", "1", "nonce", sign_page("ticket", "nonce", "1", url))

    wechat = pages_of(redis, "http://127.0.0.1:9", notice_template=TEMPLATE)  # type: ignore[arg-type]
    rest = {"wechat": wechat, "capabilities": asked_each_time(), "sign_page": sign}
    client = build_app(stage.db, redis, stage.keys, clock, **rest).test_client()  # type: ignore[arg-type]
    ticket = f"/T/{stage.token(own(phones, phones.add()))}"
    assert 'href="/notices"' not in client.get(ticket, headers=IN_WECHAT).text  # not granted
    grant(stage.db, Capability.NOTICE)
    page = client.get("/notices?from=singlemessage", headers=IN_WECHAT)
    assert signed == [f"{PUBLIC_URL}/notices?from=singlemessage"]
    assert f'template="{TEMPLATE}"' in page.text
    assert page.headers.getlist("Content-Security-Policy")[0].endswith("; frame-src https://*.qq.com webcompt:")
    assert len(page.headers.getlist("Content-Security-Policy")) == 1
    assert 'href="/notices"' in client.get(ticket, headers=IN_WECHAT).text
    other = client.get("/notices", headers=ELSEWHERE)
    assert "要在手机微信里" in other.text
    assert "qq.com" not in other.headers["Content-Security-Policy"]
