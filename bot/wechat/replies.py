"""From our replies to the platform's XML.

wechatpy's renderer lets `]]>` from a reader's input end the CDATA section, and passes characters that XML forbids. Here
input can forge no node, and a text never exceeds what the platform shows.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.conversation.messages import Article, ImageReply, NewsReply, Reply, TextReply

SUCCESS = b"success"
MAX_TEXT_BYTES = 1_800
"""Above about 2,048 bytes the reader sees the platform's fault notice in place of the text."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ELLIPSIS = "…"


def render_reply(reply: Reply, *, to: str, sender: str, now: datetime) -> str:
    """The reply as the platform's XML, addressed from the account (`sender`) to the person (`to`)."""
    return address_reply(render_content(reply, now), to=to, sender=sender)


def render_content(reply: Reply, now: datetime) -> str:
    """What a reply says and when it was said, without a word about to whom."""
    return f"<CreateTime>{int(now.timestamp())}</CreateTime>{_body(reply)}"


def address_reply(content: str, *, to: str, sender: str) -> str:
    """The whole XML round rendered content."""
    addresses = f"<ToUserName>{_cdata(to)}</ToUserName><FromUserName>{_cdata(sender)}</FromUserName>"
    return f"<xml>{addresses}{content}</xml>"


def render_encrypted(ciphertext: str, signature: str, timestamp: str, nonce: str) -> str:
    """The envelope of an encrypted reply."""
    return (
        f"<xml><Encrypt>{_cdata(ciphertext)}</Encrypt><MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )


def fit_text(text: str, limit: int = MAX_TEXT_BYTES) -> str:
    """The text, cut at a character when it exceeds `limit` UTF-8 bytes. Handlers page; this is only a net."""
    raw = text.encode("utf-8", "ignore")
    if len(raw) <= limit:
        return text
    return raw[: limit - len(_ELLIPSIS.encode())].decode("utf-8", "ignore") + _ELLIPSIS


def _body(reply: Reply) -> str:
    if isinstance(reply, TextReply):
        return f"<MsgType><![CDATA[text]]></MsgType><Content>{_cdata(fit_text(reply.text))}</Content>"
    if isinstance(reply, ImageReply):
        media = f"<Image><MediaId>{_cdata(reply.media_id)}</MediaId></Image>"
        return f"<MsgType><![CDATA[image]]></MsgType>{media}"
    return _news(reply)


def _news(reply: NewsReply) -> str:
    items = "".join(map(_item, reply.articles))
    count = len(reply.articles)
    return f"<MsgType><![CDATA[news]]></MsgType><ArticleCount>{count}</ArticleCount><Articles>{items}</Articles>"


def _item(article: Article) -> str:
    return (
        f"<item><Title>{_cdata(article.title)}</Title><Description>{_cdata(article.description)}</Description>"
        f"<PicUrl>{_cdata(article.picture_url)}</PicUrl><Url>{_cdata(article.url)}</Url></item>"
    )


def _cdata(value: str) -> str:
    clean = _FORBIDDEN.sub("", value)
    # Split over two sections: `]]` ends the first, `>` begins the second, so no input can close one early.
    return f"<![CDATA[{clean.replace(']]>', ']]]]><![CDATA[>')}]]>"
