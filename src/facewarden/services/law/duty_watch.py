"""Duties of applied packs, looked at every night: what they reach anew is done, what is broken or due is told.

Never begins a pack that nobody applied, and never calls a duty kept that nobody could look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from facewarden.domain.audit import AuditEvent
from facewarden.domain.orders import DutyCheck, DutyState, OrderRun
from facewarden.errors import BadUseError
from facewarden.law.duties import Duty, Verb
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.ports import Clock
from facewarden.ports.law import DutyRecords, RunRecords
from facewarden.services.gate import Gate
from facewarden.services.law.holds import Holds
from facewarden.services.law.order_verbs import due_day
from facewarden.services.law.orders import ApplyOrders, Standing

WARN_DAYS = 30
"""How far ahead a day that a duty is due on is told: time to gather a proof and send it."""
BY_ITSELF = frozenset({Verb.DELETE, Verb.STOP_SEARCH, Verb.HOLD})
"""What the program does anew under an applied order, by the decision of the person who applied it."""


@dataclass(frozen=True, slots=True)
class LiveDuty:
    """A duty in force of a pack that was applied here, and how it stood when last looked at (None: not yet)."""

    pack: Pack
    duty: Duty
    check: DutyCheck | None


class DutyWatch:
    """The duties of one installation."""

    def __init__(
        self,
        orders: ApplyOrders,
        holds: Holds,
        runs: RunRecords,
        records: DutyRecords,
        pack_of: Callable[[str], Pack],
        whole: Callable[[Pack], Sequence[Pack]],
        adopted: Callable[[], Collection[str]],
        gate: Gate,
        clock: Clock,
    ) -> None:
        """`pack_of` gives a pack by its id, `whole` the packs in force here with one, `adopted` the ids of those that
        decide here: of a pack that was applied and is not adopted, duties are looked at and not done anew."""
        self._orders = orders
        self._holds = holds
        self._runs = runs
        self._records = records
        self._pack_of = pack_of
        self._whole = whole
        self._adopted = adopted
        self._gate = gate
        self._clock = clock

    def run(self, moment: datetime) -> dict[str, int]:
        """Counts of one night: runs ended, duties kept and broken, things done anew, duties due soon.

        1. Runs that a crash interrupted come to their end; 2. holds on cases cover what became a candidate since;
        3. each duty in force is done anew where it reaches more, and looked at; 4. what is broken or due is logged.
        """
        resumed = self._orders.resume(self._pack_of, self._whole)  # 1
        counts = {"resumed": resumed, "held": self._holds.renew(), "kept": 0, "broken": 0, "due_soon": 0}  # 2
        for run, pack, duty in self._live(moment):
            check = self._look(run, pack, duty, moment)  # 3
            self._records.note_check(check)
            soon = check.due is not None and not check.kept and (check.due - moment.date()).days <= WARN_DAYS
            counts["kept"] += check.kept
            counts["broken"] += not check.kept
            counts["due_soon"] += soon
            if not check.kept:  # 4
                details: dict[str, str | int] = {"pack_id": pack.pack_id, "duty_id": duty.duty_id, "state": "broken"}
                details |= {"left": check.left} if check.left is not None else {}
                details |= {"due": check.due.isoformat()} if check.due else {}
                self._gate.note(AuditEvent.DUTY_CHECKED, actor=None, subject=run.run_id, details=details)
        return counts

    def live(self) -> Sequence[LiveDuty]:
        """Every duty in force of every pack that was applied here, with how it stood last."""
        checks = {(check.pack_id, check.duty_id): check for check in self._records.checks()}
        return [
            LiveDuty(pack, duty, checks.get((pack.pack_id, duty.duty_id)))
            for _, pack, duty in self._live(self._clock.now())
        ]

    def answered(self, pack_id: str) -> Mapping[str, DutyState]:
        """The states of the pack's other duties in its newest finished run, by their ids; empty if there is none."""
        for run in self._runs.find(pack_id):
            if run.ended_at is not None:
                return {d.duty_id: d.state for d in run.duties if d.verb != Verb.PROVE_BY.value}
        return {}

    def _live(self, moment: datetime) -> list[tuple[OrderRun, Pack, Duty]]:
        newest: dict[str, OrderRun] = {}
        for run in self._runs.find():
            if run.ended_at is not None:
                newest.setdefault(run.pack_id, run)
        found = []
        for run in newest.values():
            try:
                pack = self._pack_of(run.pack_id)
            except BadUseError:  # a pack in a folder of its own that is gone: nothing of it is in force here
                continue
            found += [(run, pack, duty) for _, duty in duties_in_force([pack], moment.date())]
        return found

    def _look(self, run: OrderRun, pack: Pack, duty: Duty, moment: datetime) -> DutyCheck:
        service = self._orders.services.get(duty.verb)
        standing = Standing(False, None, f"No service is registered for the verb {duty.verb.value}.")
        if service is not None:
            standing = service.standing(pack, duty)
            if standing.left and duty.verb in BY_ITSELF and pack.pack_id in self._adopted():
                answer = self._orders.answer(run, None, pack, duty, self._whole(pack), noted=False)
                standing = service.standing(pack, duty)
                if not standing.kept:
                    standing = Standing(False, standing.left, answer.why)
        due = due_day(pack, duty)
        return DutyCheck(pack.pack_id, duty.duty_id, moment, standing.kept, standing.left, standing.why, due)
