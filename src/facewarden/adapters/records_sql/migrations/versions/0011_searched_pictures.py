"""The hash of the picture that was searched, found by its case."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("searches", sa.Column("original_sha256", sa.Text(), nullable=True))
    searches = sa.table("searches", sa.column("search_id"), sa.column("details"), sa.column("original_sha256"))
    connection = op.get_bind()
    told = sa.select(searches.c.search_id, searches.c.details).where(searches.c.details.is_not(None))
    known = [(row[0], json.loads(row[1])["origin"]["original_sha256"]) for row in connection.execute(told)]
    update = sa.update(searches).where(searches.c.search_id == sa.bindparam("id"))
    rows = [{"id": search_id, "hash": original} for search_id, original in known if original]
    if rows:
        connection.execute(update.values(original_sha256=sa.bindparam("hash")), rows)
    op.drop_index("ix_searches_case_id", "searches")
    op.create_index("ix_searches_case_id_original_sha256", "searches", ["case_id", "original_sha256"])


def downgrade() -> None:
    op.drop_index("ix_searches_case_id_original_sha256", "searches")
    op.create_index("ix_searches_case_id", "searches", ["case_id"])
    op.drop_column("searches", "original_sha256")
