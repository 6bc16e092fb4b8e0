"""The tables about people who sign in, their keys and sessions. Never creates one: `migrations/` does."""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, text

api_keys = sa.Table(
    "api_keys",
    metadata,
    key("key_id"),
    text("user_id", sa.ForeignKey("users.user_id")),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    text("name"),
    text("purpose"),
    text("scopes"),  # JSON list
    number("made_at_us"),
    number("expires_at_us"),
    number("last_used_at_us", nullable=True),
    number("revoked_at_us", nullable=True),
    sa.Index(None, "user_id"),
)

suspensions = sa.Table(
    "suspensions",
    metadata,
    key("subject"),  # a user's or an organisation's id; lifted ones are gone from here and stay in the log
    text("cause"),
    text("held_by", nullable=True),
    sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
    number("since_us"),
    number("audit_index"),
)

agreements = sa.Table(
    "agreements",
    metadata,
    key("agreement_id"),
    text("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    text("document_hash"),
    sa.Column("signed_by_sealed", sa.LargeBinary, nullable=False),
    text("signed_on"),  # ISO 8601 days
    text("begins_on"),
    text("ends_on"),
    text("recorded_by", sa.ForeignKey("users.user_id")),
    number("recorded_at_us"),
    number("audit_index"),
    sa.Index(None, "organisation_id"),
)

training_certificates = sa.Table(
    "training_certificates",
    metadata,
    key("certificate_id"),
    text("user_id", sa.ForeignKey("users.user_id")),
    text("title"),
    text("document_hash", nullable=True),
    number("expires_at_us"),
    text("recorded_by", sa.ForeignKey("users.user_id")),
    number("recorded_at_us"),
    sa.Index(None, "user_id"),
)

invitations = sa.Table(
    "invitations",
    metadata,
    key("user_id", sa.ForeignKey("users.user_id")),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    number("expires_at_us"),
)

pending_factors = sa.Table(
    "pending_factors",
    metadata,
    key("user_id", sa.ForeignKey("users.user_id")),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    number("expires_at_us"),
)

applications = sa.Table(
    "applications",
    metadata,
    key("application_id"),
    text("state"),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    number("received_at_us"),
    number("decided_at_us", nullable=True),
    text("decided_by", nullable=True),
    text("organisation_id", nullable=True),
    sa.Index(None, "state"),
)

setting_proposals = sa.Table(
    "setting_proposals",
    metadata,
    key("organisation_id", sa.ForeignKey("organisations.organisation_id")),
    text("value"),
    text("proposed_by", sa.ForeignKey("users.user_id")),
    number("proposed_at_us"),
    sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
)

disclosures = sa.Table(
    "disclosures",
    metadata,
    key("disclosure_id"),
    text("kind"),
    text("disclosed_to", sa.ForeignKey("users.user_id")),
    sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
    number("disclosed_at_us"),
    number("audit_index"),
)

rate_windows = sa.Table(
    "rate_windows",
    metadata,
    sa.Column("bucket_hash", sa.LargeBinary, primary_key=True, nullable=False),
    number("begins_at_us"),
    number("taken"),
)

passkeys = sa.Table(
    "passkeys",
    metadata,
    key("passkey_id"),
    text("user_id", sa.ForeignKey("users.user_id")),
    text("name"),
    text("site_host"),
    sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    number("sign_count"),
    number("added_at_us"),
    number("last_used_at_us", nullable=True),
    sa.Index(None, "user_id"),
)

ceremonies = sa.Table(
    "ceremonies",
    metadata,
    sa.Column("ticket_hash", sa.LargeBinary, primary_key=True),
    text("user_id", sa.ForeignKey("users.user_id")),
    text("purpose"),
    sa.Column("challenge", sa.LargeBinary, nullable=False),
    number("began_at_us"),
    number("expires_at_us"),
)
