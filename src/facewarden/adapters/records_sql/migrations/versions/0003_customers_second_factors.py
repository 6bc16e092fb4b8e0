"""Organisations as a list told them, endings under an order, second factors."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = ("kind", "office_place", "exemption", "told", "reference")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("organisations", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("organisations", sa.Column("contact_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "endings",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("ended_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_endings_organisation_id"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "pack_id", name="pk_endings"),
    )
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", BIG, nullable=False),
        sa.Column("issued_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_second_factors_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factors"),
    )


def downgrade() -> None:
    op.drop_table("second_factors")
    op.drop_table("endings")
    for name in ("contact_sealed", *reversed(COLUMNS)):
        op.drop_column("organisations", name)
