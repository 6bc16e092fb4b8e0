"""The tables about cases, examinations, leads. Never creates one: `migrations/` does."""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, text
from facewarden.adapters.records_sql.dialect import BIG

leads = sa.Table(
    "leads",
    metadata,
    key("lead_id"),
    text("case_id", sa.ForeignKey("cases.case_id")),
    text("search_id", sa.ForeignKey("searches.search_id")),
    number("rank"),
    text("state"),
    text("first_by", sa.ForeignKey("users.user_id")),
    number("first_at_us"),
    number("first_index"),
    text("first"),  # JSON: findings, notes, conclusion
    number("probe_until_us", nullable=True),
    text("second_by", sa.ForeignKey("users.user_id"), nullable=True),
    number("second_began_at_us", nullable=True),
    number("second_at_us", nullable=True),
    number("second_index", nullable=True),
    text("second", nullable=True),  # JSON: by place
    text("second_draft", nullable=True),  # JSON: what was filled in so far, until they conclude
    text("outcome"),
    number("outcome_at_us", nullable=True),
    sa.UniqueConstraint("search_id", "rank"),
    sa.Index(None, "case_id"),
)

lead_faces = sa.Table(
    "lead_faces",
    metadata,
    key("lead_id", sa.ForeignKey("leads.lead_id")),
    sa.Column("place", BIG, primary_key=True, autoincrement=False),
    number("face_number"),  # no foreign key: the face may be erased, and then these rows go with it
    text("photo_id"),
    number("real"),
    sa.Index(None, "face_number"),
)

releases = sa.Table(
    "releases",
    metadata,
    key("release_id"),
    text("kind"),
    text("case_id", sa.ForeignKey("cases.case_id")),
    text("lead_id", sa.ForeignKey("leads.lead_id"), nullable=True),
    text("recipient"),
    text("recipient_mail"),
    text("file_sha256"),
    text("released_by", sa.ForeignKey("users.user_id")),
    number("released_at_us"),
    number("audit_index"),
    number("recalled_at_us", nullable=True),
    sa.Index(None, "case_id"),
    sa.Index(None, "lead_id"),
)

looks = sa.Table(
    "looks",
    metadata,
    key("search_id", sa.ForeignKey("searches.search_id")),
    key("user_id", sa.ForeignKey("users.user_id")),
    number("looked_at_us"),
)
