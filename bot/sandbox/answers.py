"""Reads what the account answered to a push, as strictly as WeChat's servers and phone do.

``success`` or nothing is silence. A valid reply becomes a dict with ``kind``. Everything else is a fault: the person
sees that the service is out of order.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

from bot.sandbox import crypto
from bot.sandbox.courier import Attempt
from bot.sandbox.pushes import Push
from bot.sandbox.settings import SandboxSettings

TEXT_BYTES = 2048
ARTICLES_AFTER_EVENT = 8
ARTICLES_AFTER_MESSAGE = 1

Answer = dict[str, Any]
MediaExists = Callable[[str], bool]


class BadAnswerError(ValueError):
    """Not something WeChat would show."""


def read_answer(attempt: Attempt, push: Push, settings: SandboxSettings, media_exists: MediaExists) -> Answer:
    """The answer of one delivery: kind ``none``, ``fault`` (with ``reason``), or a reply."""
    try:
        clear = clear_text(attempt, settings)
        return {"kind": "none"} if clear is None else _read_reply(clear, push, media_exists)
    except BadAnswerError as error:
        return {"kind": "fault", "reason": str(error)}


def clear_text(attempt: Attempt, settings: SandboxSettings) -> str | None:
    """The reply's XML, decrypted where needed; None for silence; raise BadAnswerError for anything else."""
    if attempt.outcome != "answered":
        raise BadAnswerError(f"no answer: {attempt.outcome}")
    if attempt.status != 200:
        raise BadAnswerError(f"HTTP status {attempt.status}")
    text = _utf8(attempt.body)
    if text.strip() in ("", "success"):
        return None
    root = _parse(text)
    sealed = root.findtext("Encrypt")
    if sealed is None:
        if settings.mode == "safe":
            raise BadAnswerError("the answer is not encrypted in safe mode")
        return text
    if settings.aes_key is None or settings.mode == "plain":
        raise BadAnswerError("the answer is encrypted in plain mode")
    signature, timestamp, nonce = (_text(root, name) for name in ("MsgSignature", "TimeStamp", "Nonce"))
    if not crypto.same_signature(signature, crypto.sign(settings.token, timestamp, nonce, sealed)):
        raise BadAnswerError("the answer's MsgSignature is wrong")
    try:
        return _utf8(crypto.unseal(sealed, settings.aes_key, settings.appid))
    except crypto.BadCipherError as error:
        raise BadAnswerError(f"the answer cannot be decrypted: {error}") from None


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadAnswerError("the answer is not UTF-8") from None


def _parse(text: str) -> ElementTree.Element:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadAnswerError("the answer declares a document type")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise BadAnswerError("the answer is not XML") from None
    if root.tag != "xml":
        raise BadAnswerError(f"the answer's root is {root.tag}")
    return root


def _text(node: ElementTree.Element, path: str) -> str:
    found = node.findall(path)
    if len(found) != 1:
        raise BadAnswerError(f"{path} occurs {len(found)} times")
    return found[0].text or ""


def _read_reply(clear: str, push: Push, media_exists: MediaExists) -> Answer:
    root = _parse(clear)
    if _text(root, "ToUserName") != push.openid:
        raise BadAnswerError("ToUserName is not the person who wrote")
    if _text(root, "FromUserName") != push.fields.get("ToUserName"):
        raise BadAnswerError("FromUserName is not the account")
    if not _text(root, "CreateTime").isdecimal():
        raise BadAnswerError("CreateTime is not a number")
    kind = _text(root, "MsgType")
    if kind == "text":
        return _read_text(root)
    if kind in ("image", "voice", "video"):
        return _read_media(root, kind, media_exists)
    if kind == "news":
        return _read_news(root, push)
    if kind == "music":
        return {
            "kind": "music",
            "title": root.findtext("Music/Title") or "",
            "url": root.findtext("Music/MusicUrl") or "",
        }
    if kind == "transfer_customer_service":
        return {"kind": "transfer"}
    raise BadAnswerError(f"MsgType {kind!r} is not a reply")


def _read_text(root: ElementTree.Element) -> Answer:
    content = _text(root, "Content")
    if not content.strip():
        raise BadAnswerError("Content is empty")
    if len(content.encode()) > TEXT_BYTES:
        raise BadAnswerError(f"Content is longer than {TEXT_BYTES} bytes")
    return {"kind": "text", "text": content}


def _read_media(root: ElementTree.Element, kind: str, media_exists: MediaExists) -> Answer:
    media_id = _text(root, f"{kind.capitalize()}/MediaId")
    if not media_exists(media_id):
        raise BadAnswerError("MediaId is unknown or expired")
    return {"kind": kind, "media_id": media_id}


def _read_news(root: ElementTree.Element, push: Push) -> Answer:
    items = root.findall("Articles/item")
    count = _text(root, "ArticleCount")
    if not items or not count.isdecimal() or int(count) != len(items):
        raise BadAnswerError("ArticleCount does not match the articles")
    if len(items) > ARTICLES_AFTER_EVENT:
        raise BadAnswerError(f"more than {ARTICLES_AFTER_EVENT} articles")
    names = {"title": "Title", "description": "Description", "picture_url": "PicUrl", "url": "Url"}
    articles = [{ours: item.findtext(theirs) or "" for ours, theirs in names.items()} for item in items]
    # the platform shows the first article only when answering a message
    return {"kind": "news", "articles": articles if push.is_event else articles[:ARTICLES_AFTER_MESSAGE]}
