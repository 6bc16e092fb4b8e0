"""The tables about collections as work: what is collected, its parts, who works on it. Never creates one.

Paths, addresses and lines about files are sealed under a key of the installation and emptied when they are done with.
"""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, real, text
from facewarden.adapters.records_sql.dialect import BIG

collections = sa.Table(
    "collections",
    metadata,
    key("job_id", sa.ForeignKey("jobs.job_id")),
    text("source_id"),
    text("kind"),
    text("purpose", nullable=True),
    text("case_id", nullable=True),
    sa.Column("plan", sa.LargeBinary, nullable=False),  # sealed JSON
    number("decision_index"),
)

collection_parts = sa.Table(
    "collection_parts",
    metadata,
    key("job_id", sa.ForeignKey("jobs.job_id")),
    sa.Column("part_number", BIG, primary_key=True, autoincrement=False),
    sa.Column("lane", sa.LargeBinary, nullable=True),  # keyed hash of a host: one worker at a time
    sa.Column("mark", sa.LargeBinary, nullable=True),  # keyed hash of an address: read once
    sa.Column("place", sa.LargeBinary, nullable=True),  # sealed JSON, none when done
    text("state"),
    number("token"),
    number("lease_until_us"),
    text("holder", nullable=True),
    sa.UniqueConstraint("job_id", "mark"),
    sa.Index(None, "job_id", "state"),
)

collection_workers = sa.Table(
    "collection_workers",
    metadata,
    key("job_id", sa.ForeignKey("jobs.job_id")),
    key("worker"),
    number("seen_at_us"),
    real("photos_a_second"),
)

collection_troubles = sa.Table(
    "collection_troubles",
    metadata,
    sa.Column("trouble_number", BIG, primary_key=True),
    text("job_id", sa.ForeignKey("jobs.job_id")),
    sa.Column("line", sa.LargeBinary, nullable=False),  # sealed JSON
    sa.Index(None, "job_id"),
)

upload_packs = sa.Table(
    "upload_packs",
    metadata,
    sa.Column("pack_number", BIG, primary_key=True),
    text("pack_blob"),  # the name of its encrypted file
    text("upload_id"),
    text("job_id", sa.ForeignKey("jobs.job_id"), nullable=True),  # NULL: its collection has not begun
    number("photos"),
    number("put_at_us"),
    sa.Index(None, "upload_id"),
)
