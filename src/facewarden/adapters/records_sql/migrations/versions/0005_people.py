"""People who sign in: their organisations' standing, API keys, suspensions, agreements, training, applications."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("parent_id", "office_setting", "email_domains", "administrator_id", "overseer_id")
TIMES = ("agreement_from_us", "agreement_until_us", "attestation_due_at_us")


def upgrade() -> None:
    op.add_column("organisations", sa.Column("basis", sa.Text(), nullable=False, server_default="own"))
    for name in TEXTS:
        op.add_column("organisations", sa.Column(name, sa.Text(), nullable=True))
    for name in TIMES:
        op.add_column("organisations", sa.Column(name, BIG, nullable=True))
    op.add_column("users", sa.Column("last_seen_at_us", BIG, nullable=True))
    _make_credentials()
    _make_standing()
    _make_passkeys()


def _make_credentials() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("made_at_us", BIG, nullable=False),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.Column("last_used_at_us", BIG, nullable=True),
        sa.Column("revoked_at_us", BIG, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_api_keys_user_id"),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_keys"),
        sa.UniqueConstraint("token_hash", name="uq_api_keys_token_hash"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])
    op.create_table(
        "invitations",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_invitations_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_invitations"),
        sa.UniqueConstraint("token_hash", name="uq_invitations_token_hash"),
    )
    op.create_table(
        "pending_factors",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_pending_factors_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_pending_factors"),
    )
    op.create_table(
        "rate_windows",
        sa.Column("bucket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("begins_at_us", BIG, nullable=False),
        sa.Column("taken", BIG, nullable=False),
        sa.PrimaryKeyConstraint("bucket_hash", name="pk_rate_windows"),
    )


def _make_standing() -> None:
    op.create_table(
        "suspensions",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("since_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_suspensions"),
    )
    op.create_table(
        "agreements",
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=False),
        sa.Column("signed_by_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("signed_on", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_agreements_organisation_id"
        ),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.user_id"], name="fk_agreements_recorded_by"),
        sa.PrimaryKeyConstraint("agreement_id", name="pk_agreements"),
    )
    op.create_index("ix_agreements_organisation_id", "agreements", ["organisation_id"])
    op.create_table(
        "training_certificates",
        sa.Column("certificate_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document_hash", sa.Text(), nullable=True),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_training_certificates_user_id"),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.user_id"], name="fk_training_certificates_recorded_by"),
        sa.PrimaryKeyConstraint("certificate_id", name="pk_training_certificates"),
    )
    op.create_index("ix_training_certificates_user_id", "training_certificates", ["user_id"])
    op.create_table(
        "applications",
        sa.Column("application_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at_us", BIG, nullable=False),
        sa.Column("decided_at_us", BIG, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("application_id", name="pk_applications"),
    )
    op.create_index("ix_applications_state", "applications", ["state"])
    op.create_table(
        "setting_proposals",
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at_us", BIG, nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.organisation_id"], name="fk_setting_proposals_organisation_id"
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.user_id"], name="fk_setting_proposals_proposed_by"),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_setting_proposals"),
    )
    op.create_table(
        "disclosures",
        sa.Column("disclosure_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("disclosed_to", sa.Text(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("disclosed_at_us", BIG, nullable=False),
        sa.Column("audit_index", BIG, nullable=False),
        sa.ForeignKeyConstraint(["disclosed_to"], ["users.user_id"], name="fk_disclosures_disclosed_to"),
        sa.PrimaryKeyConstraint("disclosure_id", name="pk_disclosures"),
    )


def _make_passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("passkey_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("site_host", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BIG, nullable=False),
        sa.Column("added_at_us", BIG, nullable=False),
        sa.Column("last_used_at_us", BIG, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_passkeys_user_id"),
        sa.PrimaryKeyConstraint("passkey_id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_table(
        "ceremonies",
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("began_at_us", BIG, nullable=False),
        sa.Column("expires_at_us", BIG, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_ceremonies_user_id"),
        sa.PrimaryKeyConstraint("ticket_hash", name="pk_ceremonies"),
    )


def downgrade() -> None:
    for name in (
        "ceremonies",
        "passkeys",
        "disclosures",
        "setting_proposals",
        "applications",
        "training_certificates",
        "agreements",
        "suspensions",
        "rate_windows",
        "pending_factors",
        "invitations",
        "api_keys",
    ):
        op.drop_table(name)
    op.drop_column("users", "last_seen_at_us")
    for name in (*TIMES, *TEXTS, "basis"):
        op.drop_column("organisations", name)
