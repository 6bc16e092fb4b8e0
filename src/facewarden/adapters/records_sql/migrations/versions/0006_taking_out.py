"""People who want out: confirmations, quarantine, letters."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("erasures", sa.Column("burnt", BIG, nullable=True))
    op.add_column("erasures", sa.Column("burns", sa.Text(), nullable=True))
    op.add_column("erasures", sa.Column("plan", sa.Text(), nullable=True))
    op.add_column("owed_erasures", sa.Column("faces", sa.Text(), nullable=True))
    op.add_column("owed_erasures", sa.Column("released_at_us", BIG, nullable=True))
    op.add_column("suppressions", sa.Column("face", sa.Text(), nullable=True))
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("faces", BIG, nullable=False),
        sa.Column("came_at_us", BIG, nullable=False),
        sa.Column("until_us", BIG, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at_us", BIG, nullable=True),
        sa.PrimaryKeyConstraint("quarantine_id", name="pk_quarantine"),
        sa.UniqueConstraint("source_id", "content_hash", name="uq_quarantine_source_id_content_hash"),
    )
    op.create_index("ix_quarantine_state", "quarantine", ["state"])
    op.create_table(
        "barred_copies",
        sa.Column("copy_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("barred_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("copy_id", name="pk_barred_copies"),
    )
    op.create_table(
        "incidents",
        sa.Column("incident_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at_us", BIG, nullable=False),
        sa.Column("photos", BIG, nullable=False),
        sa.Column("suppression_id", sa.Text(), nullable=True),
        sa.Column("erasure_id", sa.Text(), nullable=True),
        sa.Column("closed_at_us", BIG, nullable=True),
        sa.PrimaryKeyConstraint("incident_id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_state", "incidents", ["state"])
    op.create_table(
        "seals",
        sa.Column("seal_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("until_us", BIG, nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.PrimaryKeyConstraint("seal_id", name="pk_seals"),
    )
    op.create_index("ix_seals_case_id", "seals", ["case_id"])


def downgrade() -> None:
    for name in ("seals", "incidents", "barred_copies", "quarantine"):
        op.drop_table(name)
    for table, name in (
        ("suppressions", "face"),
        ("owed_erasures", "released_at_us"),
        ("owed_erasures", "faces"),
        ("erasures", "plan"),
        ("erasures", "burns"),
        ("erasures", "burnt"),
    ):
        op.drop_column(table, name)
