"""The tables about how photos come in: sources, letters, provenance. Never creates one: `migrations/` does.

What is derived from pixels, and every file name and address, is sealed under the key of its photo.
"""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, text
from facewarden.adapters.records_sql.dialect import BIG

photo_sources = sa.Table(
    "photo_sources",
    metadata,
    sa.Column("arrival_number", BIG, primary_key=True),
    number("photo_number", sa.ForeignKey("photos.photo_number", ondelete="CASCADE")),
    number("source_number", sa.ForeignKey("sources.source_number")),
    sa.Column("place_hash", sa.LargeBinary, nullable=False),  # keyed by the photo's key: dies with it
    number("host_number", sa.ForeignKey("hosts.host_number"), nullable=True),
    text("case_id", nullable=True),  # the collection's case: closed, its purpose is met
    sa.Column("reference_hash", sa.LargeBinary, nullable=True),  # keyed: of a person's reference in booking records
    number("arrived_at_us"),
    number("decision_index"),
    text("expunge_on", nullable=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),  # file name, addresses, server; NULL: nothing is known
    sa.UniqueConstraint("photo_number", "source_number", "place_hash"),
    sa.Index(None, "source_number", "arrived_at_us"),
    sa.Index(None, "host_number"),
    sa.Index(None, "reference_hash"),
)

hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("host_number", BIG, primary_key=True),
    sa.Column("host_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

barred_hosts = sa.Table(
    "barred_hosts",
    metadata,
    key("host"),
    text("reason"),
    text("letter_hash", nullable=True),
    text("letter_blob", nullable=True),
    number("barred_at_us"),
    number("audit_index"),
)

host_permissions = sa.Table(
    "host_permissions",
    metadata,
    key("host"),
    text("document_hash"),
    text("document_blob"),
    text("proposed_by"),
    text("approved_by", nullable=True),  # NULL: proposed, and nothing is lifted yet
    number("changed_at_us"),
    number("audit_index"),
)

mirrors = sa.Table(
    "mirrors",
    metadata,
    key("host"),
    sa.Column("mirror", sa.Text, primary_key=True, nullable=False),
    number("noted_at_us"),
)

photo_prints = sa.Table(
    "photo_prints",
    metadata,
    sa.Column(
        "photo_number",
        BIG,
        sa.ForeignKey("photos.photo_number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # the perceptual hash
)

near_copies = sa.Table(
    "near_copies",
    metadata,
    sa.Column(
        "photo_number",
        BIG,
        sa.ForeignKey("photos.photo_number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column(
        "other_number",  # the older of the two
        BIG,
        sa.ForeignKey("photos.photo_number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    number("bits"),
    sa.Index(None, "other_number"),
)

withdrawn_photos = sa.Table(
    "withdrawn_photos",
    metadata,
    key("photo_id"),
    text("reason"),
    text("takedown_id", nullable=True),
    number("withdrawn_at_us"),
)

takedowns = sa.Table(
    "takedowns",
    metadata,
    key("takedown_id"),
    text("subject"),  # the host, or the source's name, that the letter is about
    text("hosts"),  # JSON: every host barred by it
    text("state"),
    text("letter_hash"),
    text("letter_blob"),
    text("actor"),
    number("decision_index"),
    text("counts"),  # JSON of counts
    number("begun_at_us"),
    number("done_at_us", nullable=True),
    number("outcome_index", nullable=True),
    sa.Index(None, "state"),
)

copy_reviews = sa.Table(
    "copy_reviews",
    metadata,
    key("takedown_id", sa.ForeignKey("takedowns.takedown_id")),
    sa.Column("photo_id", sa.Text, primary_key=True, nullable=False),
    number("bits"),
    text("state"),
    text("decided_by", nullable=True),
    number("decided_at_us", nullable=True),
    sa.Index(None, "state"),
)

expunged = sa.Table(
    "expunged",
    metadata,
    sa.Column("source_number", BIG, sa.ForeignKey("sources.source_number"), primary_key=True, autoincrement=False),
    sa.Column("reference_hash", sa.LargeBinary, primary_key=True, nullable=False),
    number("expunged_at_us"),
)
