"""The programme's edition: another one after each change of what readers are told of it.

The database keeps it, by triggers, so that no writer can forget it and every process of every machine sees it with the
change itself. It is random and not counted: the number of a change that was taken back would come again, for another
change. A migration that makes one of these tables anew on SQLite (Alembic's batch mode) loses its triggers and must put
them back.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TOLD = ("library", "venue", "rule_template", "event", "occurrence")
CHANGES = ("INSERT", "UPDATE", "DELETE")
RENEW = "BEGIN UPDATE programme_edition SET edition = lower(hex(randomblob(16))); END"


def upgrade() -> None:
    edition = op.create_table(
        "programme_edition",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("edition", sa.String(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_programme_edition_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_edition")),
    )
    op.bulk_insert(edition, [{"id": 1, "edition": secrets.token_hex(16)}])
    if op.get_bind().dialect.name == "sqlite":
        for table in TOLD:
            for change in CHANGES:
                op.execute(f"CREATE TRIGGER edition_after_{table}_{change.lower()} AFTER {change} ON {table} {RENEW}")
        return
    op.execute(
        "CREATE FUNCTION renew_programme_edition() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " UPDATE programme_edition SET edition = replace(gen_random_uuid()::text, '-', ''); RETURN NULL; END $$"
    )
    for table in TOLD:
        op.execute(
            f"CREATE TRIGGER edition_after_{table} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION renew_programme_edition()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in TOLD:
            for change in CHANGES:
                op.execute(f"DROP TRIGGER edition_after_{table}_{change.lower()}")
    else:
        for table in TOLD:
            op.execute(f"DROP TRIGGER edition_after_{table} ON {table}")
        op.execute("DROP FUNCTION renew_programme_edition()")
    op.drop_table("programme_edition")
