"""Tables behind the report: coverage in the media, notes, photos, ratings, confirmations, versions, written slots."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.columns import UtcDateTime, key_column, one_of, reference
from bot.store.tables import metadata

media_item = Table(  # coverage of a campaign: table T7
    "media_item",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    reference("library_id", "library"),
    reference("event_id", "event", nullable=True),
    Column("key", String(80), nullable=True),  # stable name for importing again
    Column("day", Date, nullable=True),
    Column("medium", String(20), nullable=False),
    Column("outlet", String(120), nullable=False, default=""),  # the name of the paper, station or account
    Column("title", String(200), nullable=False, default=""),
    Column("link", String(400), nullable=False, default=""),
    Column("place", String(120), nullable=False, default=""),  # where a banner hangs or a screen stands
    reference("staff_id", "staff", nullable=True),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime, nullable=True),
    UniqueConstraint("campaign_id", "key"),
    one_of(
        *("medium", "newspaper", "television", "radio", "website", "official_account", "video_channel"),
        *("screen", "banner", "board", "leaflet", "vehicle", "slogan", "other"),
    ),
)

note = Table(  # free words of staff on what happened, for the writer of the report
    "note",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    reference("library_id", "library"),
    reference("event_id", "event", nullable=True),
    reference("occurrence_id", "occurrence", nullable=True),
    Column("key", String(80), nullable=True),
    Column("words", String(600), nullable=False),
    reference("staff_id", "staff", nullable=True),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime, nullable=True),
    UniqueConstraint("campaign_id", "key"),
)

photo = Table(  # re-encoded without where and when it was taken; in the database, so that every host has it
    "photo",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    reference("library_id", "library"),
    reference("event_id", "event", nullable=True),
    reference("occurrence_id", "occurrence", nullable=True),
    Column("key", String(80), nullable=True),
    Column("caption", String(200), nullable=False, default=""),
    Column("source", String(300), nullable=True),  # where the platform holds it until it was fetched
    Column("picture", LargeBinary, nullable=True),  # JPEG; null: not fetched yet
    Column("width", Integer, nullable=False, default=0),  # pixels
    Column("height", Integer, nullable=False, default=0),
    Column("digest", String(64), nullable=False, default=""),  # SHA-256 of the picture
    reference("staff_id", "staff", nullable=True),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime, nullable=True),
    UniqueConstraint("campaign_id", "key"),
)

rating = Table(  # once for each attended occurrence, with a place or counted in at the door
    "rating",
    metadata,
    key_column(),
    reference("reader_id", "reader"),
    reference("occurrence_id", "occurrence", index=True),
    Column("stars", Integer, nullable=False),
    Column("words_enc", LargeBinary, nullable=True),
    Column("rated_at", UtcDateTime, nullable=False),
    UniqueConstraint("reader_id", "occurrence_id"),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
)

figure_confirmation = Table(  # a library says that its figures are right; only the latest of each library speaks
    "figure_confirmation",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    reference("library_id", "library"),
    Column("digest", String(64), nullable=False),  # of the figures that were confirmed
    reference("staff_id", "staff", nullable=True),
    Column("confirmed_at", UtcDateTime, nullable=False),
)

report_version = Table(  # version 1 is made at the freeze; each later one by a manager, with what differs
    "report_version",
    metadata,
    key_column(),
    reference("campaign_id", "campaign"),
    reference("library_id", "library", nullable=True),  # a branch's own report; null: the campaign's
    Column("number", Integer, nullable=False),  # 0: the draft, made again as figures change
    Column("digest", String(64), nullable=False),  # of the figures in it
    Column("figures", JSON, nullable=False),  # the summary as data (reports.summary_json)
    Column("differences", JSON, nullable=False, default=list),  # from the version before
    Column("reason", String(200), nullable=False, default=""),
    reference("staff_id", "staff", nullable=True),
    Column("made_at", UtcDateTime, nullable=False),
)
_of_campaign, _of_library = text("library_id IS NULL"), text("library_id IS NOT NULL")
Index(
    "uq_report_version_campaign",
    report_version.c.campaign_id,
    report_version.c.number,
    unique=True,
    sqlite_where=_of_campaign,
    postgresql_where=_of_campaign,
)
Index(
    "uq_report_version_library",
    report_version.c.campaign_id,
    report_version.c.library_id,
    report_version.c.number,
    unique=True,
    sqlite_where=_of_library,
    postgresql_where=_of_library,
)

report_document = Table(  # the files of a version, byte for byte as they were made
    "report_document",
    metadata,
    key_column(),
    reference("version_id", "report_version"),
    Column("name", String(40), nullable=False),  # report.docx, report.xlsx, report.txt, public.docx, public.xlsx
    Column("content", LargeBinary, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("version_id", "name"),
)

report_slot = Table(  # what a person wrote in place of the generated words; kept when the report is built again
    "report_slot",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    reference("library_id", "library", nullable=True),
    Column("name", String(60), nullable=False),
    Column("words", Text, nullable=False),
    reference("staff_id", "staff", nullable=True),
    Column("edited_at", UtcDateTime, nullable=False),
)
Index(
    "uq_report_slot_campaign",
    report_slot.c.campaign_id,
    report_slot.c.name,
    unique=True,
    sqlite_where=_of_campaign,
    postgresql_where=_of_campaign,
)
Index(
    "uq_report_slot_library",
    report_slot.c.campaign_id,
    report_slot.c.library_id,
    report_slot.c.name,
    unique=True,
    sqlite_where=_of_library,
    postgresql_where=_of_library,
)
