"""The tables about orders of packs, as durable work. Never creates one: `migrations/` does."""

from __future__ import annotations

import sqlalchemy as sa

from facewarden.adapters.records_sql.columns import key, metadata, number, text

holds = sa.Table(
    "holds",
    metadata,
    key("hold_id"),
    text("kind"),
    text("authority"),
    text("reason"),
    text("case_id", nullable=True),
    text("pack_id", nullable=True),
    text("duty_id", nullable=True),
    text("set_by", nullable=True),
    number("set_at_us"),
    number("decision_index"),
    number("lifted_at_us", nullable=True),
    text("lifted_by", nullable=True),
    text("lift_reason", nullable=True),
)

held_photos = sa.Table(
    "held_photos",
    metadata,
    key("hold_id", sa.ForeignKey("holds.hold_id")),
    key("photo_id"),  # no foreign key: a photo may be erased despite a hold that gave way
    sa.Index(None, "photo_id"),
)

precedences = sa.Table(
    "precedences",
    metadata,
    key("delete_pack"),
    key("delete_duty"),
    key("hold_pack"),
    key("hold_duty"),
    text("yields"),
    text("reason"),
    text("decided_by"),
    number("decided_at_us"),
    number("audit_index"),
)

order_runs = sa.Table(
    "order_runs",
    metadata,
    key("run_id"),
    text("job_id", sa.ForeignKey("jobs.job_id")),
    text("pack_id"),
    text("pack_version"),
    text("applied_by"),
    number("decision_index"),
    number("log_size"),
    number("begun_at_us"),
    number("ended_at_us", nullable=True),
    number("outcome_index", nullable=True),
    sa.Index(None, "pack_id", "begun_at_us"),
)

order_duties = sa.Table(
    "order_duties",
    metadata,
    key("run_id", sa.ForeignKey("order_runs.run_id")),
    key("duty_id"),
    number("position"),
    text("verb"),
    text("state"),
    text("why"),
    text("counts"),  # JSON of counts
    number("audit_index", nullable=True),
)

order_things = sa.Table(
    "order_things",
    metadata,
    key("run_id", sa.ForeignKey("order_runs.run_id")),
    key("duty_id"),
    key("thing"),  # a keyed hash of a photo, or the random id of an account or a hold
)

duty_checks = sa.Table(
    "duty_checks",
    metadata,
    key("pack_id"),
    key("duty_id"),
    number("checked_at_us"),
    number("kept"),
    number("left_over", nullable=True),
    text("why"),
    text("due", nullable=True),  # ISO 8601 day
)
