"""The tables, as the newest migration leaves them. Never creates one: `migrations/` does.

Times are microseconds since 1970 UTC (`_us`). Ids that people and logs see are random text; rows that there may be a
hundred million of refer to each other by number.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from facewarden.adapters.records_sql.dialect import BIG

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *rest: SchemaItem, nullable: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *rest, nullable=nullable, unique=unique)


def _key(name: str, *rest: SchemaItem) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *rest, primary_key=True, nullable=False)


def _number(name: str, *rest: SchemaItem, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, *rest, nullable=nullable)


def _real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(53), nullable=nullable)


organisations = sa.Table(
    "organisations",
    metadata,
    _key("organisation_id"),
    _text("name"),
    _text("sector"),
    _text("level", nullable=True),
    _text("place", nullable=True),
    _text("state"),
    _number("added_at_us"),
    _text("kind", nullable=True),
    _text("office_place", nullable=True),
    _text("exemption", nullable=True),
    _text("told", nullable=True),  # JSON: how a customer list told each of these
    _text("reference", nullable=True),
    sa.Column("contact_sealed", sa.LargeBinary, nullable=True),
)

endings = sa.Table(
    "endings",
    metadata,
    _key("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    _key("pack_id"),
    _text("rules"),  # JSON list of rule names
    _number("ended_at_us"),
    _number("audit_index"),
)

second_factors = sa.Table(
    "second_factors",
    metadata,
    _key("user_id", sa.ForeignKey("users.user_id")),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    _number("last_step"),
    _number("issued_at_us"),
)

users = sa.Table(
    "users",
    metadata,
    _key("user_id"),
    _text("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    _text("sign_in_name"),
    _text("sign_in_key", unique=True),
    _text("display_name"),
    _text("roles"),
    _text("state"),
    _number("training_expires_at_us", nullable=True),
    _text("password_hash"),
    _number("added_at_us"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    _key("session_id"),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    _text("user_id", sa.ForeignKey("users.user_id")),
    _number("started_at_us"),
    _number("last_seen_at_us"),
    _number("expires_at_us"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("failure_number", BIG, primary_key=True),
    sa.Column("name_hash", sa.LargeBinary, nullable=False),
    _number("failed_at_us"),
    sa.Index(None, "name_hash", "failed_at_us"),
)

cases = sa.Table(
    "cases",
    metadata,
    _key("case_id"),
    _text("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    _text("number"),
    _text("purpose"),
    _text("offence"),
    _text("state"),
    _text("opened_by", sa.ForeignKey("users.user_id")),
    _number("opened_at_us"),
    sa.Index(None, "organisation_id"),
)

case_members = sa.Table(
    "case_members",
    metadata,
    _key("case_id", sa.ForeignKey("cases.case_id")),
    _key("user_id", sa.ForeignKey("users.user_id")),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("source_number", BIG, primary_key=True),
    _text("source_id", unique=True),
    _text("name"),
    _text("name_key", unique=True),
    _text("basis"),
    _text("permission_hash", nullable=True),
    _text("permission_blob", nullable=True),
    _text("contact"),
    _text("country", nullable=True),
    _text("hosts"),
    _text("state"),
    _number("added_at_us"),
)

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("photo_number", BIG, primary_key=True, autoincrement=False),
    _text("photo_id", unique=True),
    _number("source_number", sa.ForeignKey("sources.source_number")),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    _text("state"),
    _text("file_name"),
    _text("url", nullable=True),
    _text("format"),
    _number("width_px"),
    _number("height_px"),
    _number("size_bytes"),
    _text("captured_at", nullable=True),  # ISO 8601 as the file gives it, with or without an offset
    _number("collected_at_us"),
    _number("decision_index"),
    sa.UniqueConstraint("source_number", "content_hash"),
    sa.Index(None, "source_number", "state"),
)

faces = sa.Table(
    "faces",
    metadata,
    sa.Column("face_number", BIG, primary_key=True, autoincrement=False),
    _number("photo_number", sa.ForeignKey("photos.photo_number")),
    _text("pack_id"),
    _text("seen"),  # JSON of `faces_json`
    sa.Index(None, "photo_number"),
)

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("face_number", BIG, sa.ForeignKey("faces.face_number"), primary_key=True, autoincrement=False),
    _number("active"),  # 1 while the photo is active: spares the hot path two joins; a test holds the two together
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("sequence", BIG, primary_key=True, autoincrement=False),
    _number("face_number"),
    _number("came"),  # 1 came, 0 went
)

gallery_state = sa.Table(
    "gallery_state",
    metadata,
    sa.Column("state_number", BIG, primary_key=True, autoincrement=False),  # the one row is 1
    _number("photos"),
    _number("faces"),
    _number("sequence"),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    _number("last_photo_number"),
    _number("last_face_number"),
)

doomed = sa.Table(
    "doomed",
    metadata,
    sa.Column("doomed_number", BIG, primary_key=True),
    _number("face_number", nullable=True),  # its template's key is to be destroyed
    _text("blob_id", nullable=True),  # this file and its key are to be destroyed
)

packs = sa.Table("packs", metadata, _key("pack_id"), _number("first_enrolled_at_us"))

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("source_number", BIG, sa.ForeignKey("sources.source_number"), primary_key=True, autoincrement=False),
    sa.Column("content_hash", sa.LargeBinary, primary_key=True, nullable=False),
    _text("ground"),
    _text("pack_version"),
    _number("refused_at_us"),
)

probes = sa.Table(
    "probes",
    metadata,
    _key("probe_id"),
    _text("case_id"),
    _text("user_id"),
    _text("faces"),  # JSON of `faces_json`
    _number("uploaded_at_us"),
    _number("expires_at_us"),
)

searches = sa.Table(
    "searches",
    metadata,
    _key("search_id"),
    _text("case_id", sa.ForeignKey("cases.case_id")),
    _text("user_id", sa.ForeignKey("users.user_id")),
    _number("searched_at_us"),
    _number("gallery_size"),
    _real("threshold"),
    _text("pack_id"),
    _number("audit_index"),
    sa.Index(None, "case_id"),
)

candidates = sa.Table(
    "candidates",
    metadata,
    _key("search_id", sa.ForeignKey("searches.search_id")),
    sa.Column("rank", BIG, primary_key=True, autoincrement=False),
    _number("face_number"),  # no foreign key: the face may be erased, and then these rows go with it
    _text("photo_id"),
    _real("similarity"),
    _real("fmr_low", nullable=True),
    _real("fmr_high", nullable=True),
    _real("lookalikes_low", nullable=True),
    _real("lookalikes_high", nullable=True),
    _text("source"),
    _text("url", nullable=True),
    _text("captured_at", nullable=True),
    sa.Index(None, "face_number"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    _key("job_id"),
    _text("kind"),
    _text("owner", nullable=True),
    _text("payload"),  # JSON of ids only
    _text("state"),
    _number("fencing_token"),
    _number("lease_until_us"),
    _text("progress"),  # JSON of counts
    _text("failure", nullable=True),
    _number("started_at_us"),
    _number("ended_at_us", nullable=True),
    sa.Index(None, "kind", "state", "lease_until_us"),
)

acceptances = sa.Table(
    "acceptances",
    metadata,
    _key("subject"),
    _text("value"),
    _text("accepted_by", sa.ForeignKey("users.user_id")),
    _number("accepted_at_us"),
    _number("audit_index"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    _key("erasure_id"),
    _text("reason"),
    _text("state"),
    _text("actor", nullable=True),
    _number("decision_index"),
    _number("log_size"),
    _text("request_id", nullable=True),
    _text("suppression_id", nullable=True),
    _number("photos"),
    _number("faces"),
    _number("candidates"),
    _number("held"),
    _text("photo_hashes"),  # JSON of keyed hashes
    _text("photo_ids"),  # JSON, emptied when the bytes are gone
    _number("begun_at_us"),
    _number("done_at_us", nullable=True),
    _number("outcome_index", nullable=True),
    sa.Index(None, "state"),
)

owed_erasures = sa.Table("owed_erasures", metadata, _key("photo_id"), _text("reason"))

barred_photos = sa.Table(
    "barred_photos",
    metadata,
    sa.Column("content_hash", sa.LargeBinary, primary_key=True, nullable=False),
    _text("reason"),
    _number("barred_at_us"),
)

redactions = sa.Table(
    "redactions",
    metadata,
    _key("search_id", sa.ForeignKey("searches.search_id")),
    sa.Column("rank", BIG, primary_key=True, autoincrement=False),
    _number("redacted_at_us"),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    _key("suppression_id"),
    _text("pack_id"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    _number("added_at_us"),
)

optout_requests = sa.Table(
    "optout_requests",
    metadata,
    _key("request_id"),
    _text("state"),
    _text("face"),  # JSON of `faces_json`, emptied when the request is closed
    _text("place", nullable=True),
    _text("behalf"),
    _number("received_at_us"),
    _number("due_at_us"),
    _number("closed_at_us", nullable=True),
    _text("erasure_id", nullable=True),
    sa.Index(None, "state"),
)
