"""The tables about people who want out: confirmations, quarantine, letters. Never creates one: `migrations/` does."""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, text
from facewarden.adapters.records_sql.dialect import BIG

quarantine = sa.Table(
    "quarantine",
    metadata,
    key("quarantine_id"),  # also the name of its encrypted file
    text("source_id"),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    text("state"),
    number("faces"),
    number("came_at_us"),
    number("until_us"),
    text("decided_by", nullable=True),
    number("decided_at_us", nullable=True),
    sa.UniqueConstraint("source_id", "content_hash"),
    sa.Index(None, "state"),
)

barred_copies = sa.Table(
    "barred_copies",
    metadata,
    key("copy_id"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # what a near copy of the photo is known by
    number("barred_at_us"),
)

incidents = sa.Table(
    "incidents",
    metadata,
    key("incident_id"),
    text("kind"),
    text("state"),
    number("found_at_us"),
    number("photos"),
    text("suppression_id", nullable=True),
    text("erasure_id", nullable=True),
    number("closed_at_us", nullable=True),
    sa.Index(None, "state"),
)

seals = sa.Table(
    "seals",
    metadata,
    key("seal_id"),
    text("case_id"),
    text("basis"),
    number("until_us"),
    text("set_by"),
    number("set_at_us"),
    number("audit_index"),
    sa.Index(None, "case_id"),
)

request_traffic = sa.Table(
    "request_traffic",
    metadata,
    sa.Column("traffic_number", BIG, primary_key=True),
    text("kind"),
    sa.Column("who_mark", sa.LargeBinary, nullable=False),  # a keyed hash of a network; forgotten after a day
    number("at_us"),
    sa.Index(None, "kind", "who_mark", "at_us"),
)
