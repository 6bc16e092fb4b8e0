"""Orders of packs, as durable work: holds, precedences, packs applied and duties looked after."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "holds",
        _text("hold_id"),
        _text("kind"),
        _text("authority"),
        _text("reason"),
        _text("case_id", nullable=True),
        _text("pack_id", nullable=True),
        _text("duty_id", nullable=True),
        _text("set_by", nullable=True),
        _number("set_at_us"),
        _number("decision_index"),
        _number("lifted_at_us", nullable=True),
        _text("lifted_by", nullable=True),
        _text("lift_reason", nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
    )
    op.create_table(
        "held_photos",
        _text("hold_id"),
        _text("photo_id"),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.hold_id"], name="fk_held_photos_hold_id"),
        sa.PrimaryKeyConstraint("hold_id", "photo_id", name="pk_held_photos"),
    )
    op.create_index("ix_held_photos_photo_id", "held_photos", ["photo_id"])
    op.create_table(
        "precedences",
        _text("delete_pack"),
        _text("delete_duty"),
        _text("hold_pack"),
        _text("hold_duty"),
        _text("yields"),
        _text("reason"),
        _text("decided_by"),
        _number("decided_at_us"),
        _number("audit_index"),
        sa.PrimaryKeyConstraint("delete_pack", "delete_duty", "hold_pack", "hold_duty", name="pk_precedences"),
    )
    op.create_table(
        "order_runs",
        _text("run_id"),
        _text("job_id"),
        _text("pack_id"),
        _text("pack_version"),
        _text("applied_by"),
        _number("decision_index"),
        _number("log_size"),
        _number("begun_at_us"),
        _number("ended_at_us", nullable=True),
        _number("outcome_index", nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.job_id"], name="fk_order_runs_job_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_order_runs"),
    )
    op.create_index("ix_order_runs_pack_id_begun_at_us", "order_runs", ["pack_id", "begun_at_us"])
    op.create_table(
        "order_duties",
        _text("run_id"),
        _text("duty_id"),
        _number("position"),
        _text("verb"),
        _text("state"),
        _text("why"),
        _text("counts"),
        _number("audit_index", nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["order_runs.run_id"], name="fk_order_duties_run_id"),
        sa.PrimaryKeyConstraint("run_id", "duty_id", name="pk_order_duties"),
    )
    op.create_table(
        "order_things",
        _text("run_id"),
        _text("duty_id"),
        _text("thing"),
        sa.ForeignKeyConstraint(["run_id"], ["order_runs.run_id"], name="fk_order_things_run_id"),
        sa.PrimaryKeyConstraint("run_id", "duty_id", "thing", name="pk_order_things"),
    )
    op.create_table(
        "duty_checks",
        _text("pack_id"),
        _text("duty_id"),
        _number("checked_at_us"),
        _number("kept"),
        _number("left_over", nullable=True),
        _text("why"),
        _text("due", nullable=True),
        sa.PrimaryKeyConstraint("pack_id", "duty_id", name="pk_duty_checks"),
    )


def downgrade() -> None:
    op.drop_table("duty_checks")
    op.drop_table("order_things")
    op.drop_table("order_duties")
    op.drop_index("ix_order_runs_pack_id_begun_at_us", "order_runs")
    op.drop_table("order_runs")
    op.drop_table("precedences")
    op.drop_index("ix_held_photos_photo_id", "held_photos")
    op.drop_table("held_photos")
    op.drop_table("holds")
