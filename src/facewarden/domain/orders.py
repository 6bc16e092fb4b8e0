"""What orders leave behind: holds, deletions settled against them, packs applied, duties looked after.

Never holds a photo, a face or a name: reasons and authorities are what an officer typed of a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from facewarden.domain.ids import CaseId, JobId, PhotoId, UserId


class HoldKind(StrEnum):
    """What a hold asks. Both keep photos out of every search; `PRESERVE` stops their destruction too."""

    PRESERVE = "preserve"
    STOP_SEARCH = "stop_search"


@dataclass(frozen=True, slots=True)
class Hold:
    """Photos kept out of searches, and from destruction where its kind says so, until it is lifted.

    `authority` names the letter, order or docket that demands it, `reason` why it covers what it covers. `pack_id` and
    `duty_id` are there where a pack orders it, `case_id` where it is about a case: then it covers what becomes a
    candidate there later too. `photos` are those that it covers and that still exist.
    """

    hold_id: str
    kind: HoldKind
    authority: str
    reason: str
    set_by: UserId | None
    set_at: datetime
    decision_index: int
    case_id: CaseId | None = None
    pack_id: str | None = None
    duty_id: str | None = None
    photos: int = 0
    lifted_at: datetime | None = None
    lifted_by: UserId | None = None
    lift_reason: str | None = None

    @property
    def standing(self) -> bool:
        """True until it is lifted."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True)
class Lifted:
    """A hold that ended: `shown` photos may be searched again, `owed` were to be erased meanwhile and are due now."""

    hold: Hold
    shown: int
    owed: tuple[PhotoId, ...]


class Yields(StrEnum):
    """Which of a deletion and a hold gives way where both reach the same things."""

    DELETE = "delete"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Precedence:
    """A person's word on one deletion against one hold, with the reason."""

    delete_pack: str
    delete_duty: str
    hold_pack: str
    hold_duty: str
    yields: Yields
    reason: str
    decided_by: UserId
    decided_at: datetime
    audit_index: int


class DutyState(StrEnum):
    """What came of one duty. `WAITING`: a person decided that it waits, or something else must come first."""

    PENDING = "pending"
    DONE = "done"
    WAITING = "waiting"
    OPEN = "open"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DutyRecord:
    """One duty of a pack as it was carried out; `audit_index` is its entry in the log, None while pending."""

    duty_id: str
    verb: str
    state: DutyState
    why: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    audit_index: int | None = None


@dataclass(frozen=True, slots=True)
class OrderRun:
    """One pack being carried out, from its decision (`decision_index`) to its end.

    `log_size` is the log's size before it began: what it logged is looked for from there after a crash.
    """

    run_id: str
    job_id: JobId
    pack_id: str
    pack_version: str
    applied_by: UserId
    decision_index: int
    log_size: int
    begun_at: datetime
    duties: tuple[DutyRecord, ...]
    ended_at: datetime | None = None
    outcome_index: int | None = None

    @property
    def complete(self) -> bool:
        """True if every duty is done."""
        return all(duty.state is DutyState.DONE for duty in self.duties)


@dataclass(frozen=True, slots=True)
class DutyCheck:
    """How a duty stood when it was last looked at. `left` counts what it reaches that is not done, None: not known."""

    pack_id: str
    duty_id: str
    checked_at: datetime
    kept: bool
    left: int | None
    why: str
    due: date | None = None
