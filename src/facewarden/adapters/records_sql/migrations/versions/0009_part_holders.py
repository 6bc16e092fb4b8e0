"""Which worker holds a part of a collection."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collection_parts", sa.Column("holder", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("collection_parts", "holder")
