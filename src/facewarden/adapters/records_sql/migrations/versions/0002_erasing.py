"""Erasures and their remains, barred photos, suppressed faces, opt-out requests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# In the order of making; dropped in the reverse.
TABLES = ("erasures", "owed_erasures", "barred_photos", "redactions", "suppressions", "optout_requests")


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("decision_index", BIG, nullable=False),
        sa.Column("log_size", BIG, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("suppression_id", sa.Text(), nullable=True),
        sa.Column("photos", BIG, nullable=False),
        sa.Column("faces", BIG, nullable=False),
        sa.Column("candidates", BIG, nullable=False),
        sa.Column("held", BIG, nullable=False),
        sa.Column("photo_hashes", sa.Text(), nullable=False),
        sa.Column("photo_ids", sa.Text(), nullable=False),
        sa.Column("begun_at_us", BIG, nullable=False),
        sa.Column("done_at_us", BIG, nullable=True),
        sa.Column("outcome_index", BIG, nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_state", "erasures", ["state"])
    op.create_table(
        "owed_erasures",
        sa.Column("photo_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name="pk_owed_erasures"),
    )
    op.create_table(
        "barred_photos",
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("barred_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name="pk_barred_photos"),
    )
    op.create_table(
        "redactions",
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.Column("rank", BIG, autoincrement=False, nullable=False),
        sa.Column("redacted_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["searches.search_id"], name="fk_redactions_search_id"),
        sa.PrimaryKeyConstraint("search_id", "rank", name="pk_redactions"),
    )
    op.create_table(
        "suppressions",
        sa.Column("suppression_id", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("suppression_id", name="pk_suppressions"),
    )
    op.create_table(
        "optout_requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("behalf", sa.Text(), nullable=False),
        sa.Column("received_at_us", BIG, nullable=False),
        sa.Column("due_at_us", BIG, nullable=False),
        sa.Column("closed_at_us", BIG, nullable=True),
        sa.Column("erasure_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name="pk_optout_requests"),
    )
    op.create_index("ix_optout_requests_state", "optout_requests", ["state"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
