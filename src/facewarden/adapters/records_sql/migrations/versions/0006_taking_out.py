"""People who want out: confirmations, quarantine, letters."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Of each column of a request: its type, and what rows of before have in it (None: nothing, it may be empty).
REQUEST_COLUMNS = (
    ("kind", sa.Text(), "take_out"),
    ("language", sa.Text(), "en"),
    ("channel", sa.Text(), "counter"),
    ("notice_version", sa.Text(), "0"),
    ("clock_id", sa.Text(), "house"),
    ("acknowledge_due_at_us", BIG, None),
    ("keep_photo", BIG, "0"),
    ("confirmed_at_us", BIG, None),
    ("acknowledged_at_us", BIG, None),
    ("extended_at_us", BIG, None),
    ("extension_reason", sa.Text(), None),
    ("identity", sa.Text(), None),
    ("identity_by", sa.Text(), None),
    ("identity_at_us", BIG, None),
    ("looked_by", sa.Text(), None),
    ("looked_at_us", BIG, None),
    ("bulk_asked_at_us", BIG, None),
    ("bulk_faces", BIG, "0"),
    ("cleared_by", sa.Text(), None),
    ("cases_asked_at_us", BIG, None),
    ("repeats", BIG, "0"),
    ("grouped_under", sa.Text(), None),
    ("told", BIG, "0"),
    ("outcome", sa.Text(), None),
    ("sealed", sa.LargeBinary(), None),
    ("email_mark", sa.LargeBinary(), None),
    ("photo_mark", sa.LargeBinary(), None),
)


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
    for name, kind, before in REQUEST_COLUMNS:
        op.add_column("optout_requests", sa.Column(name, kind, nullable=before is None, server_default=before))
    op.create_index("ix_optout_requests_email_mark", "optout_requests", ["email_mark"])
    op.create_table(
        "request_traffic",
        sa.Column("traffic_number", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who_mark", sa.LargeBinary(), nullable=False),
        sa.Column("at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("traffic_number", name="pk_request_traffic"),
    )
    op.create_index("ix_request_traffic_kind_who_mark_at_us", "request_traffic", ["kind", "who_mark", "at_us"])


def downgrade() -> None:
    op.drop_index("ix_optout_requests_email_mark", "optout_requests")
    for name, _, _ in reversed(REQUEST_COLUMNS):
        op.drop_column("optout_requests", name)
    for name in ("request_traffic", "seals", "incidents", "barred_copies", "quarantine"):
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
