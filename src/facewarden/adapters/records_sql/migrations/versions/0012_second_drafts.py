"""What a second examiner filled in so far."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leads", sa.Column("second_draft", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("leads", "second_draft")
