"""Uploaded files that wait for their collection."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "upload_packs",
        sa.Column("pack_number", BIG, nullable=False),
        sa.Column("pack_blob", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("photos", BIG, nullable=False),
        sa.Column("put_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_upload_packs_job_id"),
        sa.PrimaryKeyConstraint("pack_number", name="pk_upload_packs"),
    )
    op.create_index("ix_upload_packs_upload_id", "upload_packs", ["upload_id"])


def downgrade() -> None:
    op.drop_table("upload_packs")
