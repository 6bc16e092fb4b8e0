"""The tables, as the newest migration leaves them. Never creates one: `migrations/` does.

Times are microseconds since 1970 UTC (`_us`). Ids that people and logs see are random text; rows that there may be a
hundred million of refer to each other by number.
"""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, real, text
from facewarden.adapters.records_sql.dialect import BIG

organisations = sa.Table(
    "organisations",
    metadata,
    key("organisation_id"),
    text("name"),
    text("sector"),
    text("level", nullable=True),
    text("place", nullable=True),
    text("state"),
    number("added_at_us"),
    text("kind", nullable=True),
    text("office_place", nullable=True),
    text("exemption", nullable=True),
    text("told", nullable=True),  # JSON: how a customer list told each of these
    text("reference", nullable=True),
    sa.Column("contact_sealed", sa.LargeBinary, nullable=True),
    text("parent_id", nullable=True),
    text("basis"),
    text("office_setting", nullable=True),
    text("email_domains", nullable=True),  # JSON list
    number("agreement_from_us", nullable=True),
    number("agreement_until_us", nullable=True),
    text("administrator_id", nullable=True),
    text("overseer_id", nullable=True),
    number("attestation_due_at_us", nullable=True),
)

endings = sa.Table(
    "endings",
    metadata,
    key("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    key("pack_id"),
    text("rules"),  # JSON list of rule names
    number("ended_at_us"),
    number("audit_index"),
)

second_factors = sa.Table(
    "second_factors",
    metadata,
    key("user_id", sa.ForeignKey("users.user_id")),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    number("last_step"),
    number("issued_at_us"),
)

users = sa.Table(
    "users",
    metadata,
    key("user_id"),
    text("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    text("sign_in_name"),
    text("sign_in_key", unique=True),
    text("display_name"),
    text("roles"),
    text("state"),
    number("training_expires_at_us", nullable=True),
    text("password_hash"),
    number("added_at_us"),
    number("last_seen_at_us", nullable=True),
)

sessions = sa.Table(
    "sessions",
    metadata,
    key("session_id"),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    text("user_id", sa.ForeignKey("users.user_id")),
    number("started_at_us"),
    number("last_seen_at_us"),
    number("expires_at_us"),
)

sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("failure_number", BIG, primary_key=True),
    sa.Column("name_hash", sa.LargeBinary, nullable=False),
    number("failed_at_us"),
    sa.Index(None, "name_hash", "failed_at_us"),
)

cases = sa.Table(
    "cases",
    metadata,
    key("case_id"),
    text("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    text("number"),
    text("purpose"),
    text("offence"),
    text("state"),
    text("opened_by", sa.ForeignKey("users.user_id")),
    number("opened_at_us"),
    text("details", nullable=True),  # JSON of `case_json`
    sa.Index(None, "organisation_id"),
)

case_members = sa.Table(
    "case_members",
    metadata,
    key("case_id", sa.ForeignKey("cases.case_id")),
    key("user_id", sa.ForeignKey("users.user_id")),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("source_number", BIG, primary_key=True),
    text("source_id", unique=True),
    text("name"),
    text("name_key", unique=True),
    text("basis"),
    text("permission_hash", nullable=True),
    text("permission_blob", nullable=True),
    text("contact"),
    text("country", nullable=True),
    text("hosts"),
    text("state"),
    number("added_at_us"),
    text("kind", nullable=True),
    text("starts_on", nullable=True),
    text("ends_on", nullable=True),
    text("proposed_by", nullable=True),
    text("approved_by", nullable=True),
    number("ended_at_us", nullable=True),
)

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("photo_number", BIG, primary_key=True, autoincrement=False),
    text("photo_id", unique=True),
    number("source_number", sa.ForeignKey("sources.source_number")),
    sa.Column("content_hash", sa.LargeBinary, nullable=False),
    text("state"),
    text("format"),
    number("width_px"),
    number("height_px"),
    number("size_bytes"),
    text("captured_at", nullable=True),  # ISO 8601 as the file gives it, with or without an offset
    number("collected_at_us"),
    number("decision_index"),
    sa.UniqueConstraint("source_number", "content_hash"),
    sa.Index(None, "source_number", "state"),
    sa.Index(None, "content_hash", unique=True),  # one photo, whatever number of sources brought it
)

faces = sa.Table(
    "faces",
    metadata,
    sa.Column("face_number", BIG, primary_key=True, autoincrement=False),
    number("photo_number", sa.ForeignKey("photos.photo_number")),
    text("pack_id"),
    text("seen"),  # JSON of `faces_json`
    sa.Index(None, "photo_number"),
)

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("face_number", BIG, sa.ForeignKey("faces.face_number"), primary_key=True, autoincrement=False),
    number("active"),  # 1 while the photo is active: spares the hot path two joins; a test holds the two together
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("sequence", BIG, primary_key=True, autoincrement=False),
    number("face_number"),
    number("came"),  # 1 came, 0 went
)

gallery_state = sa.Table(
    "gallery_state",
    metadata,
    sa.Column("state_number", BIG, primary_key=True, autoincrement=False),  # the one row is 1
    number("photos"),
    number("faces"),
    number("sequence"),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    number("last_photo_number"),
    number("last_face_number"),
)

doomed = sa.Table(
    "doomed",
    metadata,
    sa.Column("doomed_number", BIG, primary_key=True),
    number("face_number", nullable=True),  # its template's key is to be destroyed
    text("blob_id", nullable=True),  # this file and its key are to be destroyed
)

packs = sa.Table("packs", metadata, key("pack_id"), number("first_enrolled_at_us"))

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("source_number", BIG, sa.ForeignKey("sources.source_number"), primary_key=True, autoincrement=False),
    sa.Column("content_hash", sa.LargeBinary, primary_key=True, nullable=False),
    text("ground"),
    text("pack_version"),
    number("refused_at_us"),
)

probes = sa.Table(
    "probes",
    metadata,
    key("probe_id"),
    text("case_id"),
    text("user_id"),
    text("faces"),  # JSON of `faces_json`
    number("uploaded_at_us"),
    number("expires_at_us"),
    text("details", nullable=True),  # JSON of `case_json`: where the probe comes from
)

searches = sa.Table(
    "searches",
    metadata,
    key("search_id"),
    text("case_id", sa.ForeignKey("cases.case_id")),
    text("user_id", sa.ForeignKey("users.user_id")),
    number("searched_at_us"),
    number("gallery_size"),
    real("threshold"),
    text("pack_id"),
    number("audit_index"),
    text("details", nullable=True),  # JSON of `case_json`: what the search rested on
    text("original_sha256", nullable=True),  # of the picture, as in `details`: whether it is searched day after day
    sa.Index(None, "case_id", "original_sha256"),
)

candidates = sa.Table(
    "candidates",
    metadata,
    key("search_id", sa.ForeignKey("searches.search_id")),
    sa.Column("rank", BIG, primary_key=True, autoincrement=False),
    number("face_number"),  # no foreign key: the face may be erased, and then these rows go with it
    text("photo_id"),
    real("similarity"),
    real("fmr_low", nullable=True),
    real("fmr_high", nullable=True),
    real("lookalikes_low", nullable=True),
    real("lookalikes_high", nullable=True),
    text("source"),
    text("captured_at", nullable=True),
    number("same_as", nullable=True),  # the rank of the first candidate who seems to be the same person
    sa.Index(None, "face_number"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    key("job_id"),
    text("kind"),
    text("owner", nullable=True),
    text("payload"),  # JSON of ids only
    text("state"),
    number("fencing_token"),
    number("lease_until_us"),
    text("progress"),  # JSON of counts
    text("failure", nullable=True),
    number("started_at_us"),
    number("ended_at_us", nullable=True),
    sa.Index(None, "kind", "state", "lease_until_us"),
)

acceptances = sa.Table(
    "acceptances",
    metadata,
    key("subject"),
    text("value"),
    text("accepted_by", sa.ForeignKey("users.user_id")),
    number("accepted_at_us"),
    number("audit_index"),
)

erasures = sa.Table(
    "erasures",
    metadata,
    key("erasure_id"),
    text("reason"),
    text("state"),
    text("actor", nullable=True),
    number("decision_index"),
    number("log_size"),
    text("request_id", nullable=True),
    text("suppression_id", nullable=True),
    number("photos"),
    number("faces"),
    number("candidates"),
    number("held"),
    text("photo_hashes"),  # JSON of keyed hashes
    text("photo_ids"),  # JSON, emptied when the bytes are gone
    number("begun_at_us"),
    number("done_at_us", nullable=True),
    number("outcome_index", nullable=True),
    number("burnt", nullable=True),
    text("burns", nullable=True),  # JSON of the burnt photos' old ids to new, emptied when the bytes are gone
    text("plan", nullable=True),  # JSON: the line for the ledger, emptied when it is there and the bytes are gone
    sa.Index(None, "state"),
)

owed_erasures = sa.Table(
    "owed_erasures",
    metadata,
    key("photo_id"),
    text("reason"),
    text("faces", nullable=True),  # JSON of face numbers to be burnt out; NULL: the whole photo goes
    number("released_at_us", nullable=True),  # when its hold ended: from then on it is to be erased
)

barred_photos = sa.Table(
    "barred_photos",
    metadata,
    sa.Column("content_hash", sa.LargeBinary, primary_key=True, nullable=False),
    text("reason"),
    number("barred_at_us"),
)

redactions = sa.Table(
    "redactions",
    metadata,
    key("search_id", sa.ForeignKey("searches.search_id")),
    sa.Column("rank", BIG, primary_key=True, autoincrement=False),
    number("redacted_at_us"),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    key("suppression_id"),
    text("pack_id"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    number("added_at_us"),
    text("face", nullable=True),  # JSON of `faces_json` if the person chose to have the photo kept, under this id
)

optout_requests = sa.Table(
    "optout_requests",
    metadata,
    key("request_id"),
    text("state"),
    text("face"),  # JSON of `faces_json`, emptied when the request is closed
    text("place", nullable=True),
    text("behalf"),
    number("received_at_us"),
    number("due_at_us"),
    number("closed_at_us", nullable=True),
    text("erasure_id", nullable=True),
    text("kind"),
    text("language"),
    text("channel"),
    text("notice_version"),
    text("clock_id"),
    number("acknowledge_due_at_us", nullable=True),
    number("keep_photo"),
    number("confirmed_at_us", nullable=True),
    number("acknowledged_at_us", nullable=True),
    number("extended_at_us", nullable=True),
    text("extension_reason", nullable=True),
    text("identity", nullable=True),
    text("identity_by", nullable=True),
    number("identity_at_us", nullable=True),
    text("looked_by", nullable=True),
    number("looked_at_us", nullable=True),
    number("bulk_asked_at_us", nullable=True),
    number("bulk_faces"),
    text("cleared_by", nullable=True),
    number("cases_asked_at_us", nullable=True),
    number("repeats"),
    text("grouped_under", nullable=True),
    number("told"),
    text("outcome", nullable=True),
    sa.Column("sealed", sa.LargeBinary, nullable=True),  # address and template; gone once the last letter is sent
    sa.Column("email_mark", sa.LargeBinary, nullable=True),  # the marks are keyed hashes, gone with what is sealed
    sa.Column("photo_mark", sa.LargeBinary, nullable=True),
    sa.Index(None, "state"),
    sa.Index(None, "email_mark"),
)
