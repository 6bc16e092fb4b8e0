"""How photos come in: sources, letters, provenance, retention.

Photos collected before keep what permitted them, without file name and address: those were in the clear, and go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SOURCE_COLUMNS = ("kind", "starts_on", "ends_on", "proposed_by", "approved_by")
NEW_TABLES = (
    "expunged",
    "copy_reviews",
    "takedowns",
    "withdrawn_photos",
    "near_copies",
    "photo_prints",
    "mirrors",
    "host_permissions",
    "barred_hosts",
    "photo_sources",
    "hosts",
)
COLLECTION_TABLES = ("collection_troubles", "collection_workers", "collection_parts", "collections")
FIRST_ARRIVALS = (
    "INSERT INTO photo_sources (photo_number, source_number, place_hash, arrived_at_us, decision_index)"
    " SELECT photo_number, source_number, :no_place, collected_at_us, decision_index FROM photos"
)


def upgrade() -> None:
    for name in SOURCE_COLUMNS:
        op.add_column("sources", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("ended_at_us", BIG, nullable=True))
    _create_provenance()
    _create_hosts()
    _create_takedowns()
    _create_collections()
    op.get_bind().execute(sa.text(FIRST_ARRIVALS), {"no_place": b""})
    op.drop_column("photos", "file_name")
    op.drop_column("photos", "url")
    op.drop_column("candidates", "url")
    op.create_index("ix_photos_content_hash", "photos", ["content_hash"], unique=True)


def downgrade() -> None:
    for table in COLLECTION_TABLES:
        op.drop_table(table)
    op.drop_index("ix_photos_content_hash", "photos")
    op.add_column("photos", sa.Column("file_name", sa.Text(), nullable=False, server_default=""))
    op.add_column("photos", sa.Column("url", sa.Text(), nullable=True))
    op.add_column("candidates", sa.Column("url", sa.Text(), nullable=True))
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_column("sources", "ended_at_us")
    for name in reversed(SOURCE_COLUMNS):
        op.drop_column("sources", name)


def _create_provenance() -> None:
    op.create_table(
        "hosts",
        sa.Column("host_number", BIG, nullable=False),
        sa.Column("host_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("host_number", name="pk_hosts"),
        sa.UniqueConstraint("host_hash", name="uq_hosts_host_hash"),
    )
    op.create_table(
        "photo_sources",
        sa.Column("arrival_number", BIG, nullable=False),
        sa.Column("photo_number", BIG, nullable=False),
        sa.Column("source_number", BIG, nullable=False),
        sa.Column("place_hash", sa.LargeBinary(), nullable=False),
        sa.Column("host_number", BIG, nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("reference_hash", sa.LargeBinary(), nullable=True),
        sa.Column("arrived_at_us", BIG, nullable=False),
        sa.Column("decision_index", BIG, nullable=False),
        sa.Column("expunge_on", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["host_number"], ["hosts.host_number"], name="fk_photo_sources_host_number"),
        sa.ForeignKeyConstraint(
            ["photo_number"], ["photos.photo_number"], name="fk_photo_sources_photo_number", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_number"], ["sources.source_number"], name="fk_photo_sources_source_number"),
        sa.PrimaryKeyConstraint("arrival_number", name="pk_photo_sources"),
        sa.UniqueConstraint(
            "photo_number", "source_number", "place_hash", name="uq_photo_sources_photo_number_source_number_place_hash"
        ),
    )
    op.create_index("ix_photo_sources_host_number", "photo_sources", ["host_number"], unique=False)
    op.create_index("ix_photo_sources_reference_hash", "photo_sources", ["reference_hash"], unique=False)
    op.create_index(
        "ix_photo_sources_source_number_arrived_at_us",
        "photo_sources",
        ["source_number", "arrived_at_us"],
        unique=False,
    )
    op.create_table(
        "photo_prints",
        sa.Column("photo_number", BIG, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_number"], ["photos.photo_number"], name="fk_photo_prints_photo_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_number", name="pk_photo_prints"),
    )
    op.create_table(
        "near_copies",
        sa.Column("photo_number", BIG, autoincrement=False, nullable=False),
        sa.Column("other_number", BIG, autoincrement=False, nullable=False),
        sa.Column("bits", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["other_number"], ["photos.photo_number"], name="fk_near_copies_other_number", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["photo_number"], ["photos.photo_number"], name="fk_near_copies_photo_number", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_number", "other_number", name="pk_near_copies"),
    )
    op.create_index("ix_near_copies_other_number", "near_copies", ["other_number"], unique=False)


def _create_hosts() -> None:
    op.create_table(
        "barred_hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("letter_hash", sa.Text(), nullable=True),
        sa.Column("letter_blob", sa.Text(), nullable=True),
        sa.Column("barred_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_barred_hosts"),
    )
    op.create_table(
        "host_permissions",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("document_blob", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("changed_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_host_permissions"),
    )
    op.create_table(
        "mirrors",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("mirror", sa.Text(), nullable=False),
        sa.Column("noted_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("host", "mirror", name="pk_mirrors"),
    )


def _create_takedowns() -> None:
    op.create_table(
        "withdrawn_photos",
        sa.Column("photo_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("takedown_id", sa.Text(), nullable=True),
        sa.Column("withdrawn_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name="pk_withdrawn_photos"),
    )
    op.create_table(
        "takedowns",
        sa.Column("takedown_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("hosts", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("letter_hash", sa.Text(), nullable=False),
        sa.Column("letter_blob", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("decision_index", BIG, nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("begun_at_us", BIG, nullable=False),
        sa.Column("done_at_us", BIG, nullable=True),
        sa.Column("outcome_index", BIG, nullable=True),
        sa.PrimaryKeyConstraint("takedown_id", name="pk_takedowns"),
    )
    op.create_index("ix_takedowns_state", "takedowns", ["state"], unique=False)
    op.create_table(
        "copy_reviews",
        sa.Column("takedown_id", sa.Text(), nullable=False),
        sa.Column("photo_id", sa.Text(), nullable=False),
        sa.Column("bits", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at_us", BIG, nullable=True),
        sa.ForeignKeyConstraint(["takedown_id"], ["takedowns.takedown_id"], name="fk_copy_reviews_takedown_id"),
        sa.PrimaryKeyConstraint("takedown_id", "photo_id", name="pk_copy_reviews"),
    )
    op.create_index("ix_copy_reviews_state", "copy_reviews", ["state"], unique=False)
    op.create_table(
        "expunged",
        sa.Column("source_number", BIG, autoincrement=False, nullable=False),
        sa.Column("reference_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expunged_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["source_number"], ["sources.source_number"], name="fk_expunged_source_number"),
        sa.PrimaryKeyConstraint("source_number", "reference_hash", name="pk_expunged"),
    )


def _create_collections() -> None:
    op.create_table(
        "collections",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("decision_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_collections_job_id"),
        sa.PrimaryKeyConstraint("job_id", name="pk_collections"),
    )
    op.create_table(
        "collection_parts",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("part_number", BIG, autoincrement=False, nullable=False),
        sa.Column("lane", sa.LargeBinary(), nullable=True),
        sa.Column("mark", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("token", BIG, nullable=False),
        sa.Column("lease_until_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_collection_parts_job_id"),
        sa.PrimaryKeyConstraint("job_id", "part_number", name="pk_collection_parts"),
        sa.UniqueConstraint("job_id", "mark", name="uq_collection_parts_job_id_mark"),
    )
    op.create_index("ix_collection_parts_job_id_state", "collection_parts", ["job_id", "state"], unique=False)
    op.create_table(
        "collection_workers",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("seen_at_us", BIG, nullable=False),
        sa.Column("photos_a_second", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_collection_workers_job_id"),
        sa.PrimaryKeyConstraint("job_id", "worker", name="pk_collection_workers"),
    )
    op.create_table(
        "collection_troubles",
        sa.Column("trouble_number", BIG, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_collection_troubles_job_id"),
        sa.PrimaryKeyConstraint("trouble_number", name="pk_collection_troubles"),
    )
    op.create_index("ix_collection_troubles_job_id", "collection_troubles", ["job_id"], unique=False)
