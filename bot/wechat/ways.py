"""The ways to a reader, best first, each with the rule that is looked at before a call is spent on it.

template message → subscription notice → one-time subscription message → customer-service message; what none of them
carries waits for the head of the reader's next answer (design section 6; wechat-platform.md section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.capability import Capability
from bot.domain.notice import Letter
from bot.store.database import Database
from bot.store.subscriptions import give_back, use
from bot.store.windows import Window, Windows
from bot.texts.notice_bundles import bundle_fields, once_words, word_bundle
from bot.wechat.gateway import Gateway, Turn
from bot.wechat.templates import Template, Templates


class Way(StrEnum):
    """The channel of a notice, as it is stored."""

    TEMPLATE = "template"
    NOTICE = "notice"
    ONCE = "once"
    CUSTOMER_SERVICE = "customer_service"


NEEDS = {
    Way.TEMPLATE: Capability.TEMPLATE,
    Way.NOTICE: Capability.NOTICE,
    Way.ONCE: Capability.ONCE_MESSAGE,
    Way.CUSTOMER_SERVICE: Capability.CUSTOMER_SERVICE,
}


class NotThisWayError(Exception):
    """The rule of a way speaks against it; no call was made."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message to one reader: one letter, or several reminders of one hour. The first one leads."""

    letters: tuple[Letter, ...]
    openid: str

    @property
    def lead(self) -> Letter:
        """The notice that the message is filed under."""
        return self.letters[0]


@dataclass(frozen=True, slots=True)
class Trial:
    """A way that is open for a message. `repeatable`: sent twice, it arrives once."""

    way: Way
    send: Callable[[Turn | None], int | None]
    repeatable: bool = False


class Ladder:
    """Knows which ways are configured, and how each is sent."""

    def __init__(
        self,
        gateway: Gateway,
        db: Database,
        windows: Windows,
        templates: Templates,
        ticket_url: Callable[[int], str],
        configured: Mapping[Way, Template],
        clock: Callable[[], datetime],
    ) -> None:
        self._gateway, self._db, self._windows, self._templates = gateway, db, windows, templates
        self._ticket_url, self._configured, self._clock = ticket_url, configured, clock

    def climb(self, post: Post, open_ways: frozenset[Way]) -> Iterator[Trial]:
        """The ways for a message, best first, of those that account and reader allow."""
        senders = {
            Way.TEMPLATE: self._by_template,
            Way.NOTICE: self._by_notice,
            Way.ONCE: self._once,
            Way.CUSTOMER_SERVICE: self._by_service,
        }
        for way, send in senders.items():
            if way in open_ways and self._serves(way, post):
                yield Trial(way, lambda turn, send=send: send(post, turn), repeatable=way is Way.TEMPLATE)  # type: ignore[misc]

    def release(self, post: Post) -> None:
        """A call never left: the reader's leave that was taken for it is given back."""
        with self._db.writing() as tx:
            give_back(tx, post.lead.id)

    def _serves(self, way: Way, post: Post) -> bool:
        if way is Way.CUSTOMER_SERVICE:
            return True
        template = self._configured.get(way)
        return template is not None and template.serves(post.lead.kind)

    def _by_template(self, post: Post, turn: Turn | None) -> int | None:
        template = self._configured[Way.TEMPLATE]
        fields = self._fitted(template, post, listed=True)
        return self._gateway.send_template(
            post.openid,
            template.template_id,
            fields,
            url=self._ticket_url(post.lead.registration_id),
            client_msg_id=f"notice-{post.lead.id}",
            turn=turn,
        )

    def _by_notice(self, post: Post, turn: Turn | None) -> None:
        template = self._configured[Way.NOTICE]
        fields = self._fitted(template, post)
        self._take_leave(Way.NOTICE, template, post)
        body = {
            "touser": post.openid,
            "template_id": template.template_id,
            "page": self._ticket_url(post.lead.registration_id),
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        self._gateway.call("message/subscribe/bizsend", body, turn=turn)

    def _once(self, post: Post, turn: Turn | None) -> None:
        template = self._configured[Way.ONCE]
        scene = self._take_leave(Way.ONCE, template, post)
        title, content = once_words(post.letters)
        body = {
            "touser": post.openid,
            "template_id": template.template_id,
            "url": self._ticket_url(post.lead.registration_id),
            "scene": str(scene),
            "title": title,
            "data": {"content": {"value": content, "color": "#173177"}},
        }
        self._gateway.call("message/template/subscribe", body, turn=turn)

    def _by_service(self, post: Post, turn: Turn | None) -> None:
        if self._windows.take(post.openid) in (Window.USED_UP, Window.CLOSED):
            raise NotThisWayError("the reader was silent for too long, or the messages are used up")
        self._gateway.send_text(post.openid, word_bundle(post.letters, self._ticket_url), turn)

    def _fitted(self, template: Template, post: Post, *, listed: bool = False) -> dict[str, str]:
        fields = self._templates.fit(template, bundle_fields(post.letters), listed=listed)
        if fields is None:
            raise NotThisWayError("the template does not fit")
        return fields

    def _take_leave(self, way: Way, template: Template, post: Post) -> int:
        with self._db.writing() as tx:
            scene = use(tx, post.lead.reader_id, way.value, template.template_id, post.lead.id, self._clock())
        if scene is None:
            raise NotThisWayError("no leave of the reader is left")
        return scene
