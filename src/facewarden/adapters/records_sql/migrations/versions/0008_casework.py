"""Cases, examinations, leads."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DETAILED = ("cases", "probes", "searches")


def _text(name: str, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, BIG, nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def upgrade() -> None:
    for table in DETAILED:
        op.add_column(table, _text("details", nullable=True))
    op.add_column("candidates", _number("same_as", nullable=True))
    op.create_table(
        "leads",
        *map(_text, ("lead_id", "case_id", "search_id")),
        _number("rank"),
        *map(_text, ("state", "first_by")),
        *map(_number, ("first_at_us", "first_index")),
        _text("first"),
        _number("probe_until_us", nullable=True),
        _text("second_by", nullable=True),
        *(_number(name, nullable=True) for name in ("second_began_at_us", "second_at_us", "second_index")),
        _text("second", nullable=True),
        _text("outcome"),
        _number("outcome_at_us", nullable=True),
        _refers("leads", "case_id", "cases.case_id"),
        _refers("leads", "search_id", "searches.search_id"),
        _refers("leads", "first_by", "users.user_id"),
        _refers("leads", "second_by", "users.user_id"),
        sa.PrimaryKeyConstraint("lead_id", name="pk_leads"),
        sa.UniqueConstraint("search_id", "rank", name="uq_leads_search_id_rank"),
    )
    op.create_index("ix_leads_case_id", "leads", ["case_id"])
    op.create_table(
        "lead_faces",
        _text("lead_id"),
        *map(_number, ("place", "face_number")),
        _text("photo_id"),
        _number("real"),
        _refers("lead_faces", "lead_id", "leads.lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "place", name="pk_lead_faces"),
    )
    op.create_index("ix_lead_faces_face_number", "lead_faces", ["face_number"])
    op.create_table(
        "releases",
        *map(_text, ("release_id", "kind", "case_id")),
        _text("lead_id", nullable=True),
        *map(_text, ("recipient", "recipient_mail", "file_sha256", "released_by")),
        *map(_number, ("released_at_us", "audit_index")),
        _number("recalled_at_us", nullable=True),
        _refers("releases", "case_id", "cases.case_id"),
        _refers("releases", "lead_id", "leads.lead_id"),
        _refers("releases", "released_by", "users.user_id"),
        sa.PrimaryKeyConstraint("release_id", name="pk_releases"),
    )
    for column in ("case_id", "lead_id"):
        op.create_index(f"ix_releases_{column}", "releases", [column])
    op.create_table(
        "looks",
        *map(_text, ("search_id", "user_id")),
        _number("looked_at_us"),
        _refers("looks", "search_id", "searches.search_id"),
        _refers("looks", "user_id", "users.user_id"),
        sa.PrimaryKeyConstraint("search_id", "user_id", name="pk_looks"),
    )


def downgrade() -> None:
    for table in ("looks", "releases", "lead_faces", "leads"):
        op.drop_table(table)
    op.drop_column("candidates", "same_as")
    for table in DETAILED:
        op.drop_column(table, "details")
