"""The door: what devices did, which row of a party counts, what was taken back; sign-ins and devices of staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CAME = "result = 'ok' AND undone_at IS NULL"
_COUNTED = (
    "counted_as IS NULL OR (people > 0 AND undone_at IS NULL AND occurrence_id IS NOT NULL"
    " AND (registration_id IS NOT NULL OR code_hash IS NOT NULL))"
)


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('code', 'link')", name=op.f("ck_sign_in_kind")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_sign_in_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_sign_in_code_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["ended_by"], ["staff.id"], name=op.f("fk_staff_session_ended_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_session_token_hash")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "undo",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("of_client_id", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_manager", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=True),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_undo_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undo")),
        sa.UniqueConstraint("client_id", name=op.f("uq_undo_client_id")),
    )
    with op.batch_alter_table("undo", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_undo_of_client_id"), ["of_client_id"], unique=False)

    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_hash", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("counted_as", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("answer", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("way", sa.String(length=12), server_default="", nullable=False))
        batch_op.add_column(sa.Column("device", sa.String(length=40), nullable=True))
        batch_op.create_check_constraint(op.f("ck_checkin_counted"), _COUNTED)
        batch_op.create_check_constraint(op.f("ck_checkin_counted_as"), "counted_as IN ('registered', 'walk_in')")
        batch_op.drop_index(batch_op.f("uq_checkin_came"), sqlite_where=sa.text("result = 'ok' AND undone_at IS NULL"))
        batch_op.drop_index(
            batch_op.f("ix_checkin_occurrence"), sqlite_where=sa.text("result = 'ok' AND undone_at IS NULL")
        )
    op.execute("UPDATE checkin SET counted_as = 'registered' WHERE result = 'ok' AND undone_at IS NULL")
    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.create_index(
            "ix_checkin_occurrence",
            ["occurrence_id", "counted_as", "people"],
            unique=False,
            sqlite_where=sa.text("counted_as IS NOT NULL"),
            postgresql_where=sa.text("counted_as IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_checkin_spare",
            ["occurrence_id", "registration_id"],
            unique=False,
            sqlite_where=sa.text("people > 0 AND counted_as IS NULL"),
            postgresql_where=sa.text("people > 0 AND counted_as IS NULL"),
        )
        batch_op.create_index(
            "uq_checkin_counted",
            ["registration_id", "occurrence_id"],
            unique=True,
            sqlite_where=sa.text("counted_as IS NOT NULL AND registration_id IS NOT NULL"),
            postgresql_where=sa.text("counted_as IS NOT NULL AND registration_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_checkin_unknown",
            ["occurrence_id", "code_hash"],
            unique=True,
            sqlite_where=sa.text("counted_as IS NOT NULL AND registration_id IS NULL"),
            postgresql_where=sa.text("counted_as IS NOT NULL AND registration_id IS NULL"),
        )

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("tally", schema=None) as batch_op:
        batch_op.add_column(sa.Column("device", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("client_id", sa.String(length=64), nullable=True))
        batch_op.create_index(
            "uq_tally_client_id",
            ["client_id"],
            unique=True,
            sqlite_where=sa.text("client_id IS NOT NULL"),
            postgresql_where=sa.text("client_id IS NOT NULL"),
        )

    with op.batch_alter_table("walk_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reader_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("device", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "uq_walk_in_reader",
            ["occurrence_id", "reader_id"],
            unique=True,
            sqlite_where=sa.text("reader_id IS NOT NULL AND undone_at IS NULL"),
            postgresql_where=sa.text("reader_id IS NOT NULL AND undone_at IS NULL"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_walk_in_reader_id"), "reader", ["reader_id"], ["id"])


def downgrade() -> None:
    # What only counts since this revision (doubles that were let in, people without a place) is no attendance before it.
    op.execute("UPDATE checkin SET result = 'already' WHERE result = 'ok' AND undone_at IS NULL AND counted_as IS NULL")
    with op.batch_alter_table("walk_in", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_walk_in_reader_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_walk_in_reader",
            sqlite_where=sa.text("reader_id IS NOT NULL AND undone_at IS NULL"),
            postgresql_where=sa.text("reader_id IS NOT NULL AND undone_at IS NULL"),
        )
        batch_op.drop_column("received_at")
        batch_op.drop_column("device")
        batch_op.drop_column("reader_id")

    with op.batch_alter_table("tally", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tally_client_id",
            sqlite_where=sa.text("client_id IS NOT NULL"),
            postgresql_where=sa.text("client_id IS NOT NULL"),
        )
        batch_op.drop_column("client_id")
        batch_op.drop_column("device")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("ends_at")

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_column("ends_at")

    with op.batch_alter_table("checkin", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_checkin_unknown",
            sqlite_where=sa.text("counted_as IS NOT NULL AND registration_id IS NULL"),
            postgresql_where=sa.text("counted_as IS NOT NULL AND registration_id IS NULL"),
        )
        batch_op.drop_index(
            "uq_checkin_counted",
            sqlite_where=sa.text("counted_as IS NOT NULL AND registration_id IS NOT NULL"),
            postgresql_where=sa.text("counted_as IS NOT NULL AND registration_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_checkin_spare",
            sqlite_where=sa.text("people > 0 AND counted_as IS NULL"),
            postgresql_where=sa.text("people > 0 AND counted_as IS NULL"),
        )
        batch_op.drop_index(
            "ix_checkin_occurrence",
            sqlite_where=sa.text("counted_as IS NOT NULL"),
            postgresql_where=sa.text("counted_as IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_checkin_occurrence"),
            ["occurrence_id", "people"],
            unique=False,
            sqlite_where=sa.text(_CAME),
            postgresql_where=sa.text(_CAME),
        )
        batch_op.create_index(
            batch_op.f("uq_checkin_came"),
            ["registration_id"],
            unique=True,
            sqlite_where=sa.text(_CAME),
            postgresql_where=sa.text(_CAME),
        )
        batch_op.drop_constraint(op.f("ck_checkin_counted"), type_="check")
        batch_op.drop_constraint(op.f("ck_checkin_counted_as"), type_="check")
        batch_op.drop_column("device")
        batch_op.drop_column("way")
        batch_op.drop_column("answer")
        batch_op.drop_column("counted_as")
        batch_op.drop_column("code_hash")

    with op.batch_alter_table("undo", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_undo_of_client_id"))

    op.drop_table("undo")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))

    op.drop_table("staff_session")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_staff_id"))
        batch_op.drop_index(batch_op.f("ix_sign_in_expires_at"))

    op.drop_table("sign_in")
