"""Tables of the door: scans, walk-ins, and what was taken back.

What devices did arrives late, doubled and in any order. Rows are never changed but for two marks: `undone_at`, and
`counted_as` on the one row of a party that counts (services.door keeps it), so figures follow from the set of rows.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table, text

from bot.store.columns import UtcDateTime, key_column, one_of, reference
from bot.store.tables import metadata

checkin = Table(  # append-only: one row for each scan, refused ones too; presence is derived
    "checkin",
    metadata,
    key_column(),
    reference("occurrence_id", "occurrence", nullable=True),  # of the door, else of the ticket
    reference("registration_id", "registration", nullable=True),
    Column("code_hash", LargeBinary, nullable=True),  # keyed, of a code that was let in and is not known
    Column("people", Integer, nullable=False),  # let in; 0: nobody
    Column("counted_as", String(10), nullable=True),
    Column("result", String(20), nullable=False),  # as it was answered
    Column("answer", JSON, nullable=True),  # facts of that answer that later scans would change
    Column("door", String(12), nullable=False),
    Column("way", String(12), nullable=False, server_default=""),  # camera, typed, … (domain.door.Way)
    reference("staff_id", "staff", nullable=True, index=True),
    Column("device", String(40), nullable=True),
    Column("client_id", String(64), nullable=True),
    Column("device_at", UtcDateTime, nullable=True),  # by the device's clock, set right by ours at the upload
    Column("received_at", UtcDateTime, nullable=False),
    Column("forced", Boolean, nullable=False, default=False),  # let in although something stood against it
    Column("undone_at", UtcDateTime, nullable=True),
    CheckConstraint("people >= 0", name="people"),
    CheckConstraint("result <> 'ok' OR (registration_id IS NOT NULL AND occurrence_id IS NOT NULL)", name="ok"),
    CheckConstraint(
        "counted_as IS NULL OR (people > 0 AND undone_at IS NULL AND occurrence_id IS NOT NULL"
        " AND (registration_id IS NOT NULL OR code_hash IS NOT NULL))",
        name="counted",
    ),
    one_of("counted_as", "registered", "walk_in"),
)
_counted = text("counted_as IS NOT NULL")
Index(  # one counted row of a registration at a door
    "uq_checkin_counted",
    checkin.c.registration_id,
    checkin.c.occurrence_id,
    unique=True,
    sqlite_where=text("counted_as IS NOT NULL AND registration_id IS NOT NULL"),
    postgresql_where=text("counted_as IS NOT NULL AND registration_id IS NOT NULL"),
)
Index(  # and one of an unknown code
    "uq_checkin_unknown",
    checkin.c.occurrence_id,
    checkin.c.code_hash,
    unique=True,
    sqlite_where=text("counted_as IS NOT NULL AND registration_id IS NULL"),
    postgresql_where=text("counted_as IS NOT NULL AND registration_id IS NULL"),
)
Index(  # what n/N at the door and all figures read
    "ix_checkin_occurrence",
    checkin.c.occurrence_id,
    checkin.c.counted_as,
    checkin.c.people,
    sqlite_where=_counted,
    postgresql_where=_counted,
)
_spare = text("people > 0 AND counted_as IS NULL")
Index(  # admissions that do not count: doubles, and those taken back
    "ix_checkin_spare", checkin.c.occurrence_id, checkin.c.registration_id, sqlite_where=_spare, postgresql_where=_spare
)

walk_in = Table(
    "walk_in",
    metadata,
    key_column(),
    reference("occurrence_id", "occurrence", index=True),
    Column("people", Integer, nullable=False),
    Column("audience", String(12), nullable=False, default=""),  # domain.door.WalkInAudience
    reference("staff_id", "staff", nullable=True, index=True),
    reference("reader_id", "reader", nullable=True),  # who counted themselves in by the code of the screen
    Column("device", String(40), nullable=True),
    Column("client_id", String(64), nullable=True),
    Column("noted_at", UtcDateTime, nullable=False),  # when they came
    Column("received_at", UtcDateTime, nullable=True),  # when a device brought it, if one did
    Column("undone_at", UtcDateTime, nullable=True),
    CheckConstraint("people >= 1", name="people"),
)
_by_themselves = text("reader_id IS NOT NULL AND undone_at IS NULL")
Index(  # a reader counts themselves in once
    "uq_walk_in_reader",
    walk_in.c.occurrence_id,
    walk_in.c.reader_id,
    unique=True,
    sqlite_where=_by_themselves,
    postgresql_where=_by_themselves,
)

for _table in (checkin, walk_in):
    _by_device = text("client_id IS NOT NULL")
    Index(
        f"uq_{_table.name}_client_id",
        _table.c.client_id,
        unique=True,
        sqlite_where=_by_device,
        postgresql_where=_by_device,
    )

undo = Table(  # acts that were taken back; an undo may arrive before its act
    "undo",
    metadata,
    key_column(),
    Column("client_id", String(64), nullable=False, unique=True),
    Column("of_client_id", String(64), nullable=False, index=True),
    reference("staff_id", "staff", nullable=True),
    Column("by_manager", Boolean, nullable=False, default=False),  # then at any time, with a reason
    Column("reason", String(200), nullable=False, default=""),
    Column("device", String(40), nullable=True),
    Column("device_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
)
