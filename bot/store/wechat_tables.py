"""Tables about the account: its rights, what is wrong with it, what was published under it, and by which ways its
readers can be reached.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from bot.store.columns import KeyType, UtcDateTime, key_column, one_of, reference
from bot.store.tables import metadata

capability = Table(  # what the account may do, as the platform last said
    "capability",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("evidence", String(200), nullable=False, default=""),  # which call said so, with the code of its answer
    Column("checked_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    one_of("state", "granted", "refused", "unknown"),
)

alarm = Table(  # what a keeper has to look at; the open one of a kind and subject counts how often it was met
    "alarm",
    metadata,
    key_column(),
    Column("kind", String(24), nullable=False),
    Column("subject", String(64), nullable=False),  # the API or template that it is about
    Column("code", Integer, nullable=True),
    Column("detail", String(200), nullable=False, default=""),
    Column("times", Integer, nullable=False, default=1),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
)
_open = text("ended_at IS NULL")
Index("uq_alarm_open", alarm.c.kind, alarm.c.subject, unique=True, sqlite_where=_open, postgresql_where=_open)

scene_qr = Table(  # codes of the platform that lead into the account; what they hold is drawn by us
    "scene_qr",
    metadata,
    Column("scene", String(64), primary_key=True),
    Column("url", String(200), nullable=False),
    Column("expires_at", UtcDateTime, nullable=True),  # none: a permanent one, of which there are 100,000
    Column("made_at", UtcDateTime, nullable=False),
)

published_menu = Table(  # the menus that stand on the platform
    "published_menu",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("digest", String(64), nullable=False),  # of the buttons, so that only changes are published
    Column("menu_id", String(32), nullable=False, default=""),
    Column("tag_id", Integer, nullable=True),
    Column("published_at", UtcDateTime, nullable=False),
    one_of("name", "readers", "staff"),
)

menu_tag = Table(  # who bears the tag that shows the menu of staff
    "menu_tag",
    metadata,
    Column("reader_id", KeyType, ForeignKey("reader.id"), primary_key=True),
    Column("tag_id", Integer, nullable=False),
    Column("tagged_at", UtcDateTime, nullable=False),
)

subscription = Table(  # a reader's leave for one message each; used up by a conditional update
    "subscription",
    metadata,
    key_column(),
    reference("reader_id", "reader", index=True),
    Column("channel", String(8), nullable=False),
    Column("template_id", String(64), nullable=False),
    Column("scene", Integer, nullable=False, default=0),  # of a one-time message: its slot, 0 to 10000
    Column("granted_at", UtcDateTime, nullable=False),
    reference("notice_id", "notice", nullable=True),  # that used it up
    Column("used_at", UtcDateTime, nullable=True),
    UniqueConstraint("reader_id", "channel", "template_id", "scene", "granted_at"),  # told twice, it is one leave
    one_of("channel", "notice", "once"),
)
_unused = text("channel = 'once' AND used_at IS NULL")
Index(  # a slot is good for one message, however often its page is loaded again
    "uq_subscription_once",
    *(subscription.c.reader_id, subscription.c.template_id, subscription.c.scene),
    unique=True,
    sqlite_where=_unused,
    postgresql_where=_unused,
)

page_link = Table(  # the last link that the chat gave a reader for their own pages; gone once it was used
    "page_link",
    metadata,
    Column("reader_id", KeyType, ForeignKey("reader.id"), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("expires_at", UtcDateTime, nullable=False),
)

reader_channel = Table(  # ways to a reader that the platform, or the reader there, has closed
    "reader_channel",
    metadata,
    Column("reader_id", KeyType, ForeignKey("reader.id"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("code", Integer, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
)
