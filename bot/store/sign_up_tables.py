"""Tables behind the sign-up rules: who comes along, answers, cards, lotteries, standing, and looks at minors' data."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from bot.store.columns import UtcDateTime, key_column, one_of, reference
from bot.store.tables import metadata

registration_member = Table(  # a child on a registration, where the event's rules ask for ages
    "registration_member",
    metadata,
    key_column(),
    reference("registration_id", "registration", index=True),
    reference("dependant_id", "dependant", nullable=True, index=True),
    reference("consent_id", "consent"),  # no child's data without the guardian's consent (promise I9)
    Column("age", Integer, nullable=False),  # whole years on the day of the occurrence
    CheckConstraint("age >= 0", name="age"),
)

answer = Table(  # to the event's own questions
    "answer",
    metadata,
    key_column(),
    reference("registration_id", "registration"),
    Column("question", String(40), nullable=False),  # key of the question inside its event
    Column("value_enc", LargeBinary, nullable=False),
    UniqueConstraint("registration_id", "question"),
)

allowed_card = Table(  # allow-lists of reader cards; the numbers themselves are not kept
    "allowed_card",
    metadata,
    key_column(),
    reference("library_id", "library"),
    Column("reader_group", String(40), nullable=False),
    Column("card_hash", LargeBinary, nullable=False),
    UniqueConstraint("card_hash", "reader_group", "library_id"),
)

lottery = Table(  # the seed is drawn before the first entry and its digest published; see domain.lottery
    "lottery",
    metadata,
    key_column(),
    reference("occurrence_id", "occurrence"),
    Column("seed_enc", LargeBinary, nullable=False),
    Column("seed_digest", String(64), nullable=False),
    Column("method", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("drawn_at", UtcDateTime, nullable=True),
    Column("result", JSON, nullable=True),  # what is published: seed, entries, order; entry numbers only
    UniqueConstraint("occurrence_id"),
)

mark = Table(  # what a registration did to its reader's standing, once each
    "mark",
    metadata,
    key_column(),
    reference("reader_id", "reader", index=True),
    reference("registration_id", "registration"),
    Column("kind", String(12), nullable=False),
    Column("points", Integer, nullable=False, default=0),
    Column("at", UtcDateTime, nullable=False),  # when the occurrence was
    Column("voided_at", UtcDateTime, nullable=True),
    Column("reason", String(200), nullable=False, default=""),  # why a person voided it
    UniqueConstraint("registration_id", "kind"),
    one_of("kind", "no_show", "late", "late_cancel", "attended"),
)

suspension = Table(  # a reader may not sign up for a time; the facts say by which rule and for which events
    "suspension",
    metadata,
    key_column(),
    reference("reader_id", "reader", index=True),
    Column("code", String(6), nullable=False, unique=True),  # how reader and staff speak of it
    Column("policy", String(8), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime, nullable=True),
    reference("staff_id", "staff", nullable=True),  # who lifted it
    Column("reason", String(200), nullable=False, default=""),
    CheckConstraint("ends_at > starts_at", name="times"),
    one_of("policy", "ban", "points"),
)
_in_force = text("lifted_at IS NULL")
Index(  # the same last straw suspends once
    "uq_suspension_start",
    suspension.c.reader_id,
    suspension.c.starts_at,
    unique=True,
    sqlite_where=_in_force,
    postgresql_where=_in_force,
)

minor_access = Table(  # a look at minors' data is asked for, approved by a manager, and ends (MNR Art. 36)
    "minor_access",
    metadata,
    key_column(),
    reference("staff_id", "staff", index=True),
    reference("occurrence_id", "occurrence"),
    Column("reason", String(200), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    reference("approved_by", "staff", nullable=True),
    Column("approved_at", UtcDateTime, nullable=True),
    Column("ends_at", UtcDateTime, nullable=True),
    CheckConstraint("approved_by IS NULL OR approved_by <> staff_id", name="four_eyes"),
)
