"""How a browser comes to know its reader, and everything that must not make it believe it does."""

from __future__ import annotations

from tests.web.readers.platform import Phones


def test_wechat_tells_who_opens_the_page(phones: Phones) -> None:
    openid = phones.add()
    page = phones.enter(openid).get("/me")
    assert page.status_code == 200
    assert "您目前没有报名" in page.text
