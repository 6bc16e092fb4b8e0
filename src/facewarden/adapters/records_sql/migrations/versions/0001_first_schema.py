"""The first schema: accounts, cases, sources, the gallery, searches, durable work."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# In the order of making; dropped in the reverse.
TABLES = (
    "organisations",
    "users",
    "sessions",
    "sign_in_failures",
    "acceptances",
    "cases",
    "case_members",
    "sources",
    "refusals",
    "photos",
    "faces",
    "templates",
    "changes",
    "gallery_state",
    "doomed",
    "packs",
    "probes",
    "searches",
    "candidates",
    "jobs",
)


def upgrade() -> None:
    _create_accounts()
    _create_cases()
    _create_sources()
    _create_gallery()
    _create_searches()
    _create_work()
    op.execute(
        sa.text(
            "INSERT INTO gallery_state (state_number, photos, faces, sequence, fingerprint, last_photo_number,"
            " last_face_number) VALUES (1, 0, 0, 0, :empty, 0, 0)"
        ).bindparams(empty=bytes(16))
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_accounts() -> None:
    op.create_table(
        "organisations",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("added_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisations"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("sign_in_key", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("training_expires_at_us", BIG, nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("added_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_users_organisation_id"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.UniqueConstraint("sign_in_key", name="uq_users_sign_in_key"),
    )
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("started_at_us", BIG, nullable=False),
        sa.Column("last_seen_at_us", BIG, nullable=False),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("session_id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("failure_number", BIG, nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failed_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("failure_number", name="pk_sign_in_failures"),
    )
    op.create_index(
        "ix_sign_in_failures_name_hash_failed_at_us", "sign_in_failures", ["name_hash", "failed_at_us"], unique=False
    )
    op.create_table(
        "acceptances",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("accepted_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(["accepted_by"], ["users.user_id"], name="fk_acceptances_accepted_by"),
        sa.PrimaryKeyConstraint("subject", name="pk_acceptances"),
    )


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("offence", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["opened_by"], ["users.user_id"], name="fk_cases_opened_by"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_cases_organisation_id"
        ),
        sa.PrimaryKeyConstraint("case_id", name="pk_cases"),
    )
    op.create_index("ix_cases_organisation_id", "cases", ["organisation_id"], unique=False)
    op.create_table(
        "case_members",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_case_members_case_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_case_members_user_id"),
        sa.PrimaryKeyConstraint("case_id", "user_id", name="pk_case_members"),
    )


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("source_number", BIG, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("permission_hash", sa.Text(), nullable=True),
        sa.Column("permission_blob", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("hosts", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("added_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("source_number", name="pk_sources"),
        sa.UniqueConstraint("name_key", name="uq_sources_name_key"),
        sa.UniqueConstraint("source_id", name="uq_sources_source_id"),
    )
    op.create_table(
        "refusals",
        sa.Column("source_number", BIG, autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("pack_version", sa.Text(), nullable=False),
        sa.Column("refused_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["source_number"], ["sources.source_number"], name="fk_refusals_source_number"),
        sa.PrimaryKeyConstraint("source_number", "content_hash", name="pk_refusals"),
    )


def _create_gallery() -> None:
    op.create_table(
        "photos",
        sa.Column("photo_number", BIG, autoincrement=False, nullable=False),
        sa.Column("photo_id", sa.Text(), nullable=False),
        sa.Column("source_number", BIG, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("width_px", BIG, nullable=False),
        sa.Column("height_px", BIG, nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("captured_at", sa.Text(), nullable=True),
        sa.Column("collected_at_us", BIG, nullable=False),
        sa.Column("decision_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(["source_number"], ["sources.source_number"], name="fk_photos_source_number"),
        sa.PrimaryKeyConstraint("photo_number", name="pk_photos"),
        sa.UniqueConstraint("photo_id", name="uq_photos_photo_id"),
        sa.UniqueConstraint("source_number", "content_hash", name="uq_photos_source_number_content_hash"),
    )
    op.create_index("ix_photos_source_number_state", "photos", ["source_number", "state"], unique=False)
    op.create_table(
        "faces",
        sa.Column("face_number", BIG, autoincrement=False, nullable=False),
        sa.Column("photo_number", BIG, nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["photo_number"], ["photos.photo_number"], name="fk_faces_photo_number"),
        sa.PrimaryKeyConstraint("face_number", name="pk_faces"),
    )
    op.create_index("ix_faces_photo_number", "faces", ["photo_number"], unique=False)
    op.create_table(
        "templates",
        sa.Column("face_number", BIG, autoincrement=False, nullable=False),
        sa.Column("active", BIG, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["face_number"], ["faces.face_number"], name="fk_templates_face_number"),
        sa.PrimaryKeyConstraint("face_number", name="pk_templates"),
    )
    op.create_table(
        "changes",
        sa.Column("sequence", BIG, autoincrement=False, nullable=False),
        sa.Column("face_number", BIG, nullable=False),
        sa.Column("came", BIG, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_changes"),
    )
    op.create_table(
        "gallery_state",
        sa.Column("state_number", BIG, autoincrement=False, nullable=False),
        sa.Column("photos", BIG, nullable=False),
        sa.Column("faces", BIG, nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("last_photo_number", BIG, nullable=False),
        sa.Column("last_face_number", BIG, nullable=False),
        sa.PrimaryKeyConstraint("state_number", name="pk_gallery_state"),
    )
    op.create_table(
        "doomed",
        sa.Column("doomed_number", BIG, nullable=False),
        sa.Column("face_number", BIG, nullable=True),
        sa.Column("blob_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("doomed_number", name="pk_doomed"),
    )
    op.create_table(
        "packs",
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("first_enrolled_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("pack_id", name="pk_packs"),
    )


def _create_searches() -> None:
    op.create_table(
        "probes",
        sa.Column("probe_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("faces", sa.Text(), nullable=False),
        sa.Column("uploaded_at_us", BIG, nullable=False),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.PrimaryKeyConstraint("probe_id", name="pk_probes"),
    )
    op.create_table(
        "searches",
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("searched_at_us", BIG, nullable=False),
        sa.Column("gallery_size", BIG, nullable=False),
        sa.Column("threshold", sa.Float(precision=53), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_searches_case_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_searches_user_id"),
        sa.PrimaryKeyConstraint("search_id", name="pk_searches"),
    )
    op.create_index("ix_searches_case_id", "searches", ["case_id"], unique=False)
    op.create_table(
        "candidates",
        sa.Column("search_id", sa.Text(), nullable=False),
        sa.Column("rank", BIG, autoincrement=False, nullable=False),
        sa.Column("face_number", BIG, nullable=False),
        sa.Column("photo_id", sa.Text(), nullable=False),
        sa.Column("similarity", sa.Float(precision=53), nullable=False),
        sa.Column("fmr_low", sa.Float(precision=53), nullable=True),
        sa.Column("fmr_high", sa.Float(precision=53), nullable=True),
        sa.Column("lookalikes_low", sa.Float(precision=53), nullable=True),
        sa.Column("lookalikes_high", sa.Float(precision=53), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("captured_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["search_id"], ["searches.search_id"], name="fk_candidates_search_id"),
        sa.PrimaryKeyConstraint("search_id", "rank", name="pk_candidates"),
    )
    op.create_index("ix_candidates_face_number", "candidates", ["face_number"], unique=False)


def _create_work() -> None:
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fencing_token", BIG, nullable=False),
        sa.Column("lease_until_us", BIG, nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("started_at_us", BIG, nullable=False),
        sa.Column("ended_at_us", BIG, nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_kind_state_lease_until_us", "jobs", ["kind", "state", "lease_until_us"], unique=False)
