"""Tables of staff: roles, what they serve, invitations, sign-ins and the devices that they are signed in on."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, LargeBinary, String, Table

from bot.store.columns import KeyType, UtcDateTime, key_column, one_of, reference
from bot.store.tables import metadata

staff = Table(
    "staff",
    metadata,
    key_column(),
    Column("reader_id", KeyType, ForeignKey("reader.id"), nullable=True, unique=True),
    Column("role", String(12), nullable=False),
    reference("library_id", "library", nullable=True),
    Column("label", String(40), nullable=False, default=""),  # how colleagues are told apart, no real name needed
    Column("created_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=True),  # of somebody invited for a day: the role ends by itself
    Column("ended_at", UtcDateTime, nullable=True),
    one_of("role", "venue", "organiser", "manager", "keeper"),
)

staff_occurrence = Table(  # the occurrences that venue staff serve; no rows: all of their library
    "staff_occurrence",
    metadata,
    Column("staff_id", KeyType, ForeignKey("staff.id"), primary_key=True),
    Column("occurrence_id", KeyType, ForeignKey("occurrence.id"), primary_key=True),
)

invitation = Table(
    "invitation",
    metadata,
    key_column(),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    reference("library_id", "library", nullable=True),
    Column("occurrence_ids", JSON, nullable=False, default=list),
    Column("origin", String(12), nullable=False, default="command"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=True),  # when the role that it gives ends by itself
    Column("used_at", UtcDateTime, nullable=True),
    reference("staff_id", "staff", nullable=True),
)

sign_in = Table(  # a code shown by a browser until staff send it in the chat, or a link that the chat gave them
    "sign_in",
    metadata,
    key_column(),
    Column("kind", String(8), nullable=False),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("browser_hash", LargeBinary, nullable=True),  # of the secret of the browser that shows the code
    reference("staff_id", "staff", nullable=True, index=True),  # a link's from the start, a code's once it was sent
    Column("device", String(80), nullable=False, default=""),  # what the browser says it is
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("claimed_at", UtcDateTime, nullable=True),
    Column("used_at", UtcDateTime, nullable=True),
    one_of("kind", "code", "link"),
)

staff_session = Table(  # a browser that staff are signed in on
    "staff_session",
    metadata,
    key_column(),
    reference("staff_id", "staff", index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("device", String(80), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),  # to within some minutes
    Column("expires_at", UtcDateTime, nullable=False),  # afterwards it can only bring what it still holds
    Column("ended_at", UtcDateTime, nullable=True),
    reference("ended_by", "staff", nullable=True),
)
