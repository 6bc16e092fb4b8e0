"""The public policy page's figures, from the live configuration: clocks, terms, rules. Never a promise by hand.

What a page says is kept for a time is read from the constant, setting or pack that keeps it so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facewarden.domain.clocks import CLOCKS, RequestClock
from facewarden.law.duties import Duty, Verb
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.law.retention import RetentionClock, retention_clock
from facewarden.services.casework.probedesk import PROBE_LIFE
from facewarden.services.letters import LETTER_LIFE
from facewarden.services.taking_out.receipts import KEY_BACKUP_DAYS
from facewarden.services.taking_out.request_limits import CONFIRM_WITHIN, KEPT

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation

SHOWN_VERBS = frozenset({Verb.DELETE, Verb.ANSWER_REQUEST, Verb.OPT_OUT, Verb.PUBLISH, Verb.TELL_SUBJECT})
"""Duties about keeping photos and answering people."""


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """Terms and rules as they are at this moment."""

    clocks: tuple[RequestClock, ...]
    probe_minutes: int
    confirm_days: int
    key_backup_days: int
    network_days: int
    letter_days: int
    retention: RetentionClock | None
    packs: tuple[Pack, ...]
    duties: tuple[tuple[Pack, Duty], ...]


def policy_of(installation: Installation) -> PolicyPage:
    """The policy page of that installation, today."""
    today = installation.clock.now().date()
    packs = tuple(pack for pack in installation.law.packs if pack.in_force(today))
    return PolicyPage(
        tuple(CLOCKS.values()),
        int(PROBE_LIFE.total_seconds() // 60),
        CONFIRM_WITHIN.days,
        KEY_BACKUP_DAYS,
        KEPT.days,
        LETTER_LIFE.days,
        retention_clock(packs, today),
        packs,
        tuple(
            (pack, duty) for pack in packs for _, duty in duties_in_force((pack,), today) if duty.verb in SHOWN_VERBS
        ),
    )
