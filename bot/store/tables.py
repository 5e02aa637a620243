"""Every table. Integers are keys, moments are aware UTC, personal data is encrypted (suffix `_enc`) or absent.

The schema is the same on SQLite and PostgreSQL; `migrations/` holds its history.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.store.columns import KeyType, UtcDateTime, key_column, one_of, reference

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


library = Table(
    "library",
    metadata,
    key_column(),
    Column("code", String(40), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("aliases", JSON, nullable=False, default=list),
    Column("level", String(16), nullable=False),
    reference("parent_id", "library", nullable=True, index=True),
    Column("contact", String(200), nullable=False, default=""),
    Column("rules", JSON, nullable=False, default=dict),  # sign-up rules that hold for its events
    Column("population", Integer, nullable=True),  # inhabitants it serves, for figures per 10,000 of them
    Column("position", Integer, nullable=False, default=0),
)

venue = Table(
    "venue",
    metadata,
    key_column(),
    reference("library_id", "library", index=True),
    Column("name", String(120), nullable=False),
    Column("address", String(200), nullable=False, default=""),
    Column("inside", Boolean, nullable=False, default=True),
    UniqueConstraint("library_id", "name"),
)

campaign = Table(
    "campaign",
    metadata,
    key_column(),
    Column("key", String(60), nullable=False, unique=True),
    Column("title", String(200), nullable=False),
    Column("theme", String(200), nullable=False, default=""),
    reference("library_id", "library"),  # the issuing library
    Column("addressee", String(120), nullable=False, default=""),
    Column("basis", JSON, nullable=False, default=list),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("counting", JSON, nullable=False, server_default="{}"),  # rules that differ from domain.counting's defaults
    Column("wording", JSON, nullable=False, server_default="{}"),  # how its report is written (domain.report_style)
    Column("freezes_at", UtcDateTime, nullable=True),  # null: domain.closing's usual hour
    Column("frozen_at", UtcDateTime, nullable=True),
    CheckConstraint("ends_on >= starts_on", name="dates"),
)

rule_template = Table(  # named sets of sign-up rules; a built-in name is laid over the built-in one
    "rule_template",
    metadata,
    key_column(),
    reference("campaign_id", "campaign"),
    Column("name", String(40), nullable=False),
    Column("rules", JSON, nullable=False),
    UniqueConstraint("campaign_id", "name"),
)

event = Table(
    "event",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    Column("key", String(60), nullable=False),
    Column("title", String(200), nullable=False),
    Column("summary", Text, nullable=False, default=""),
    Column("category", String(24), nullable=False),
    Column("kind", String(60), nullable=False, default=""),
    Column("audience", JSON, nullable=False, default=list),
    Column("speaker", String(120), nullable=False, default=""),
    reference("library_id", "library", index=True),  # the lead library, for which it is counted
    reference("parent_id", "event", nullable=True),
    Column("partners", JSON, nullable=False, default=list),  # names of partner organisations
    Column("sign_up", String(16), nullable=False),
    Column("template", String(40), nullable=False, default=""),  # name of a set of sign-up rules
    Column("rules", JSON, nullable=False, default=dict),  # those that this event sets itself (domain.rules)
    Column("questions", JSON, nullable=False, default=list),  # asked at sign-up (domain.questions)
    Column("notes", Text, nullable=False, default=""),  # remarks of the organisers, not shown to readers
    Column("position", Integer, nullable=False, default=0),
    UniqueConstraint("campaign_id", "key"),
    one_of(
        "category",
        "lecture",
        "exhibition",
        "training",
        "reading_promotion",
        "outreach_service",
        "publicity",
        "internal",
    ),
    one_of("sign_up", "required", "none"),
)

event_library = Table(  # partner libraries: shown, not counted (library-domain 3.2 co-hosted)
    "event_library",
    metadata,
    Column("event_id", KeyType, ForeignKey("event.id"), primary_key=True),
    Column("library_id", KeyType, ForeignKey("library.id"), primary_key=True),
)

occurrence = Table(
    "occurrence",
    metadata,
    key_column(),
    reference("campaign_id", "campaign"),
    reference("event_id", "event", index=True),
    Column("key", String(80), nullable=False),  # stable name inside its event, for importing again
    Column("number", Integer, nullable=False),  # public number, assigned once
    Column("label", String(80), nullable=False, default=""),
    Column("starts_at", UtcDateTime, nullable=True),  # null: the date was never noted
    Column("ends_at", UtcDateTime, nullable=True),
    Column("all_day", Boolean, nullable=False, default=False),
    Column("date_text", String(80), nullable=False, default=""),
    reference("venue_id", "venue", nullable=True),
    Column("extra_venues", JSON, nullable=False, default=list),  # names of further venues of the same library
    Column("capacity", Integer, nullable=True),  # seats; null: no limit
    Column("overbooking", Integer, nullable=False, default=0),
    Column("mode", String(8), nullable=False, default="onsite"),
    Column("status", String(12), nullable=False, default="scheduled"),
    Column("opens_at", UtcDateTime, nullable=True),
    Column("closes_at", UtcDateTime, nullable=True),
    UniqueConstraint("event_id", "key"),
    UniqueConstraint("campaign_id", "number"),
    Index("ix_occurrence_number", "number"),
    Index("ix_occurrence_starts_at", "starts_at"),
    CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
    CheckConstraint("overbooking >= 0", name="overbooking"),
    CheckConstraint(
        "(starts_at IS NULL AND ends_at IS NULL) OR (ends_at IS NOT NULL AND ends_at >= starts_at)", name="times"
    ),
    one_of("mode", "onsite", "online", "hybrid"),
    one_of("status", "scheduled", "cancelled"),
)

programme_edition = Table(  # triggers write another one at each change of what readers are told
    "programme_edition",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("edition", String(32), nullable=False),
    CheckConstraint("id = 1", name="one"),
)

reader = Table(  # after deletion or unfollow the row stays as a pseudonym, everything personal is null (promise I8)
    "reader",
    metadata,
    key_column(),
    Column("openid", String(64), nullable=True, unique=True),
    Column("name_enc", LargeBinary, nullable=True),
    Column("phone_enc", LargeBinary, nullable=True),
    Column("phone_hash", LargeBinary, nullable=True),
    Column("card_enc", LargeBinary, nullable=True),  # number of the reader card
    Column("card_hash", LargeBinary, nullable=True),
    Column("privacy_version", String(16), nullable=True),  # of the consent in force; history in `consent`
    Column("reminders", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("erased_at", UtcDateTime, nullable=True),
    CheckConstraint(
        "erased_at IS NULL OR (openid IS NULL AND name_enc IS NULL AND phone_enc IS NULL AND phone_hash IS NULL"
        " AND card_enc IS NULL AND card_hash IS NULL)",
        name="erased",
    ),
)

consent = Table(
    "consent",
    metadata,
    key_column(),
    reference("reader_id", "reader", index=True),
    Column("kind", String(12), nullable=False),
    Column("version", String(16), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime, nullable=True),
    one_of("kind", "privacy", "guardian"),
)

dependant = Table(
    "dependant",
    metadata,
    key_column(),
    reference("reader_id", "reader", index=True),
    reference("consent_id", "consent"),  # no child's data without the guardian's consent (promise I9)
    Column("nickname_enc", LargeBinary, nullable=False),
    Column("birth_year", Integer, nullable=False),
)

registration = Table(
    "registration",
    metadata,
    key_column(),
    reference("occurrence_id", "occurrence"),
    reference("reader_id", "reader"),
    Column("status", String(12), nullable=False),
    Column("adults", Integer, nullable=False),
    Column("children", Integer, nullable=False),
    Column("seats", Integer, nullable=False),  # units of the occurrence's quota (domain.rules.QuotaUnit)
    Column("short_code", String(6), nullable=False, unique=True),
    Column("name_enc", LargeBinary, nullable=True),  # only when another person than on the reader's record
    Column("phone_enc", LargeBinary, nullable=True),
    Column("phone_hash", LargeBinary, nullable=True),
    Column("held_until", UtcDateTime, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime, nullable=True),  # when it joined the waitlist
    Column("confirmed_at", UtcDateTime, nullable=True),
    Column("promoted_at", UtcDateTime, nullable=True),
    Column("offer_until", UtcDateTime, nullable=True),  # until when an offered place can be confirmed
    Column("released_at", UtcDateTime, nullable=True),  # nobody came in time: the seats are free for others
    Column("cancelled_at", UtcDateTime, nullable=True),
    Column("cancelled_late", Boolean, nullable=False, server_default=false()),
    Column("settled_at", UtcDateTime, nullable=True),  # when attendance or absence was settled
    Column("entry_number", Integer, nullable=True),  # in a lottery, from 1 in order of entry
    Column("bundle", String(6), nullable=True),  # short code of the first of several that were made together
    Column("person_hash", LargeBinary, nullable=True),  # after erasure: tells persons apart inside one campaign
    CheckConstraint("adults >= 0 AND children >= 0 AND adults + children >= 1", name="party"),
    CheckConstraint("seats >= 1", name="seats"),
    CheckConstraint("status <> 'held' OR held_until IS NOT NULL", name="held_until"),
    CheckConstraint("status <> 'offered' OR offer_until IS NOT NULL", name="offer_until"),
    one_of(
        *("status", "held", "pending", "confirmed", "waitlisted", "offered", "entered"),
        *("cancelled", "declined", "expired"),
    ),
)
_active = text("status IN ('held', 'pending', 'confirmed', 'offered', 'waitlisted', 'entered')")
_waiting = text("status = 'waitlisted'")
_is_held = text("status = 'held'")
Index(  # promise I2; by the reader first, so that it finds all that one reader has too
    "uq_registration_active",
    registration.c.reader_id,
    registration.c.occurrence_id,
    unique=True,
    sqlite_where=_active,
    postgresql_where=_active,
)
Index(
    "ix_registration_waiting",
    registration.c.occurrence_id,
    registration.c.queued_at,
    registration.c.id,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
Index(  # one place at a time is held for a reader
    "uq_registration_held", registration.c.reader_id, unique=True, sqlite_where=_is_held, postgresql_where=_is_held
)
Index("ix_registration_held", registration.c.held_until, sqlite_where=_is_held, postgresql_where=_is_held)
Index(  # what the seat count of promise I1 reads, and all figures; each further index is a page more in every commit
    "ix_registration_occurrence",
    registration.c.occurrence_id,
    registration.c.status,
    registration.c.held_until,
    registration.c.offer_until,
    registration.c.released_at,
    registration.c.seats,
)
_is_offered = text("status = 'offered'")
Index("ix_registration_offered", registration.c.offer_until, sqlite_where=_is_offered, postgresql_where=_is_offered)
_has_entered = text("entry_number IS NOT NULL")
Index(
    "uq_registration_entry_number",
    registration.c.occurrence_id,
    registration.c.entry_number,
    unique=True,
    sqlite_where=_has_entered,
    postgresql_where=_has_entered,
)
for _table in (reader, registration):
    _known = text("phone_hash IS NOT NULL")
    Index(f"ix_{_table.name}_phone_hash", _table.c.phone_hash, sqlite_where=_known, postgresql_where=_known)

tally = Table(
    "tally",
    metadata,
    key_column(),
    reference("campaign_id", "campaign", index=True),
    reference("library_id", "library", nullable=True),  # null: said of the whole campaign, never added to its parts
    reference("event_id", "event", nullable=True, index=True),
    reference("occurrence_id", "occurrence", nullable=True, index=True),
    reference("parent_id", "tally", nullable=True),  # a part of that total
    Column("key", String(80), nullable=True),  # stable name for importing again
    Column("metric", String(80), nullable=False),
    Column("number", Numeric(18, 4), nullable=True),  # null only when doubtful
    Column("unit", String(12), nullable=False),
    Column("exactness", String(12), nullable=False),
    Column("wording", String(200), nullable=False, default=""),  # as noted, word for word
    Column("written", String(60), nullable=False, server_default=""),  # its quantity as noted: 300多人次, 四百余册
    Column("part", String(120), nullable=False, default=""),  # title or tier
    Column("recipient", String(120), nullable=False, server_default=""),  # the named place that was given it
    reference("staff_id", "staff", nullable=True, index=True),
    Column("device", String(40), nullable=True),
    Column("client_id", String(64), nullable=True),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("undone_at", UtcDateTime, nullable=True),
    UniqueConstraint("campaign_id", "key"),
    one_of("exactness", "exact", "more_than", "just_under", "about", "cumulative", "doubtful"),
)
_by_device = text("client_id IS NOT NULL")
Index("uq_tally_client_id", tally.c.client_id, unique=True, sqlite_where=_by_device, postgresql_where=_by_device)

correction = Table(
    "correction",
    metadata,
    key_column(),
    Column("subject", String(24), nullable=False),  # table name
    Column("subject_id", BigInteger, nullable=False),
    Column("field", String(40), nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Column("reason", String(200), nullable=False),
    reference("staff_id", "staff", nullable=True),
    Column("corrected_at", UtcDateTime, nullable=False),
)

notice = Table(  # the outbox; holds facts, never sentences
    "notice",
    metadata,
    key_column(),
    Column("kind", String(24), nullable=False),
    reference("registration_id", "registration", nullable=True, index=True),
    reference("reader_id", "reader", index=True),
    Column("moment", String(32), nullable=False),  # what makes it one of its kind, e.g. 24h
    Column("facts", JSON, nullable=False, default=dict),
    Column("due_at", UtcDateTime, nullable=False),
    Column("not_after", UtcDateTime, nullable=True),  # of no use any more after this
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_until", UtcDateTime, nullable=True),
    Column("channel", String(24), nullable=False, default=""),
    Column("error_code", Integer, nullable=True),
    Column("error", String(200), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime, nullable=True),
    Column("platform_id", BigInteger, nullable=True, index=True),  # the platform's number, for its later report
    Column("lane", SmallInteger, nullable=False, server_default="0"),  # bot.domain.notice.Lane: which overtakes which
    Column("bundle_id", KeyType, nullable=True, index=True),  # the notice in whose message this one went out
    UniqueConstraint("kind", "registration_id", "moment"),  # promise I5
    one_of("state", "pending", "sending", "sent", "failed", "unknown", "dropped"),
)
_pending = text("state IN ('pending', 'sending')")
Index(
    "ix_notice_due",
    notice.c.state,
    notice.c.lane,
    notice.c.due_at,
    sqlite_where=_pending,
    postgresql_where=_pending,
)

inbox = Table(  # answers to messages that changed something, for their repeats (promise I4); a day of them, so no index
    "inbox",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("reader_id", KeyType, ForeignKey("reader.id"), nullable=True),
    Column("reply", LargeBinary, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

request_note = Table(  # a reader asked for a person
    "request_note",
    metadata,
    key_column(),
    reference("reader_id", "reader", index=True),
    Column("kind", String(12), nullable=False, default="person"),
    Column("suspension_code", String(6), nullable=True),  # what an appeal is against
    Column("words_enc", LargeBinary, nullable=False),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime, nullable=True),
    one_of("kind", "person", "appeal"),
)

audit = Table(  # promise I10; carries no personal data
    "audit",
    metadata,
    key_column(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String(40), nullable=False),  # staff:ID, reader:ID, command, task
    Column("action", String(40), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("detail", JSON, nullable=False, default=dict),
)
