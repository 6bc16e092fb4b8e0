"""Carrying out what a pack orders: each verb by the service registered for it, each verb without one refused by name.

Never skips a duty silently, never settles a deletion against a hold by itself, and never forgets a run that a crash
interrupted: begun again, it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.ids import JobId, UserId, random_id
from facewarden.domain.orders import DutyRecord, DutyState, OrderRun, Precedence, Yields
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.duties import Duty, Verb, find_conflicts
from facewarden.law.facts import Fact
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.ports import Clock, OutcomeLog
from facewarden.ports.law import DutyRecords, OnlyTurn, ReachedThings, RunRecords
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.law.holds import BY_PROGRAM, line_of
from facewarden.services.logbook import outcome_index
from facewarden.services.refusal import RefusedError

_LAST = (Verb.PROVE_BY,)
"""What can only be answered when the other duties are."""


@dataclass(frozen=True, slots=True)
class OrderTask:
    """One duty to carry out.

    `actor` None: the program itself, under the order. `note` keeps what the duty is about to reach, durable before it
    does, and gives how many things the run noted for it in all. `yielding` are the (pack, duty) holds that a person
    decided to give way. `others` are the answers of the run's other duties so far.
    """

    actor: Actor | None
    pack: Pack
    duty: Duty
    note: Callable[[Sequence[str]], int]
    yielding: frozenset[tuple[str, str]] = frozenset()
    others: tuple[DutyRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a duty, with the reason in a sentence."""

    state: DutyState
    why: str
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a duty stands: `left` counts what it reaches that is not done, None where that cannot be told."""

    kept: bool
    left: int | None
    why: str


class OrderService(Protocol):
    """What carries out one verb: idempotent, and resumable after a crash by being called again."""

    def carry_out(self, task: OrderTask) -> Answer: ...

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """How the duty stands now; nothing is changed."""
        ...


class ApplyOrders:
    """Applies packs by the services registered for their verbs, one run at a time.

    1. the law decides, the log holds it; 2. the run with all its duties, and its job, are in the records; 3. each duty
    is carried out, its answer logged, then recorded; 4. the run's end is logged, then recorded. Its proof is made from
    records and log whenever asked. A run that a crash interrupted is found at 2 and goes on at 3: an answer that the
    log holds is not given twice.
    """

    def __init__(
        self,
        services: Mapping[Verb, OrderService],
        runs: RunRecords,
        things: ReachedThings,
        duties: DutyRecords,
        turn: OnlyTurn,
        gate: Gate,
        log: OutcomeLog,
        clock: Clock,
    ) -> None:
        self._services = services
        self._runs = runs
        self._things = things
        self._duties = duties
        self._turn = turn
        self._gate = gate
        self._log = log
        self._clock = clock

    @property
    def services(self) -> Mapping[Verb, OrderService]:
        """The service of each verb that has one."""
        return self._services

    def settled(self) -> Sequence[Precedence]:
        """Every word of a person on a deletion against a hold."""
        return self._duties.settled()

    def apply(self, actor: Actor, pack: Pack, whole: Sequence[Pack]) -> OrderRun:
        """The run, ended: what came of each duty of the pack that is in force today.

        `whole` are the packs in force here with this one. An interrupted run of the same pack and version goes on; one
        of another version is ended first, its duties left as they are. RefusedError; UnavailableError `turn_taken`
        while another process applies.
        """
        with self._turn.erasing(0.0):
            run = self._interrupted(pack)
            if run is None:
                run = self._begin(actor, pack)
            else:
                self._decide(actor, run.run_id, "apply", pack)
            return self._carry_on(run, actor, pack, whole)

    def resume(self, shelf: Callable[[str], Pack], whole: Callable[[Pack], Sequence[Pack]]) -> int:
        """How many interrupted runs the program brought to their end by itself; none while another process applies."""
        waiting = self._runs.find(running=True)
        if not waiting:
            return 0
        with self._turn.erasing(0.0):
            for run in self._runs.find(running=True):
                pack = shelf(run.pack_id)
                self._decide(None, run.run_id, "resume", pack)
                self._carry_on(run, None, pack, whole(pack))
        return len(waiting)

    def settle(
        self, actor: Actor, whole: Sequence[Pack], delete_duty: str, hold_duty: str, yields: Yields, reason: str
    ) -> Precedence:
        """A person's word on which of a deletion and a hold gives way, on record with its reason.

        RefusedError; BadUseError `no_conflict` where the two do not meet today.
        """
        reason = line_of(reason, "reason")
        conflicts = find_conflicts(duties_in_force(whole, self._clock.now().date()))
        found = [c for c in conflicts if (c.delete.duty_id, c.hold.duty_id) == (delete_duty, hold_duty)]
        if not found:
            raise BadUseError(
                "no_conflict",
                f"{delete_duty} and {hold_duty} do not meet.",
                "They are not a deletion and a hold in force today that reach the same things.",
                "See: law orders",
            )
        meeting, now = found[0], self._clock.now()
        index = self._gate.enter(
            Action.ORDER,
            {**actor_facts(actor, now), "order_change": Fact("precedence", "given")},
            AuditEvent.PRECEDENCE_DECIDED,
            actor=actor.user.user_id,
            subject=random_id("prc"),
            details={
                "pack_id": meeting.delete_pack,
                "duty_id": delete_duty,
                "hold_pack": meeting.hold_pack,
                "hold_duty": hold_duty,
                "outcome": f"{yields.value}_yields",
            },
        ).audit_index
        names = (meeting.delete_pack, delete_duty, meeting.hold_pack, hold_duty)
        precedence = Precedence(*names, yields, reason, actor.user.user_id, now, index)
        self._duties.settle(precedence)
        return precedence

    def _interrupted(self, pack: Pack) -> OrderRun | None:
        """The run to go on with. One of another version of the pack is ended as it is: its duties may be no more."""
        for run in self._runs.find(pack.pack_id, running=True):
            if run.pack_version == pack.version:
                return run
            self._end(run, run.applied_by)
        return None

    def _begin(self, actor: Actor, pack: Pack) -> OrderRun:
        run_id, log_size, now = random_id("ord"), self._log.size(), self._clock.now()
        index = self._decide(actor, run_id, "apply", pack)  # 1
        duties = [duty for _, duty in duties_in_force([pack], now.date())]
        ordered = [duty for duty in duties if duty.verb not in _LAST] + [d for d in duties if d.verb in _LAST]
        run = OrderRun(
            run_id,
            JobId(random_id("jo")),
            pack.pack_id,
            pack.version,
            actor.user.user_id,
            index,
            log_size,
            now,
            tuple(DutyRecord(duty.duty_id, duty.verb.value, DutyState.PENDING) for duty in ordered),
        )
        self._runs.begin(run)  # 2
        return run

    def _carry_on(self, run: OrderRun, actor: Actor | None, pack: Pack, whole: Sequence[Pack]) -> OrderRun:
        by_id = {duty.duty_id: duty for duty in pack.duties}
        logged = self._logged(run)
        answered: list[DutyRecord] = []
        for record in run.duties:  # 3
            if record.state is DutyState.PENDING:
                record = self._answered(run, record, actor, pack, by_id[record.duty_id], whole, tuple(answered), logged)
                self._runs.answer(run.run_id, record)
            answered.append(record)
        run = replace(run, duties=tuple(answered))
        return self._end(run, actor.user.user_id if actor else None)  # 4

    def _answered(
        self,
        run: OrderRun,
        record: DutyRecord,
        actor: Actor | None,
        pack: Pack,
        duty: Duty,
        whole: Sequence[Pack],
        others: tuple[DutyRecord, ...],
        logged: Mapping[str, tuple[int, AuditEntry]],
    ) -> DutyRecord:
        """The duty's record, its answer in the log: the one that is there already, else this one."""
        answer = self.answer(run, actor, pack, duty, whole, others)
        record = replace(record, state=answer.state, why=answer.why, counts=answer.counts)
        if duty.duty_id not in logged:
            return replace(record, audit_index=self._note_answer(run, actor, pack, record))
        index, entry = logged[duty.duty_id]
        counts = {name: int(entry.details[name]) for name in answer.counts if name in entry.details}
        return replace(record, state=DutyState(str(entry.details["state"])), counts=counts, audit_index=index)

    def answer(
        self,
        run: OrderRun,
        actor: Actor | None,
        pack: Pack,
        duty: Duty,
        whole: Sequence[Pack],
        others: tuple[DutyRecord, ...] = (),
        *,
        noted: bool = True,
    ) -> Answer:
        """What comes of one duty, now: carried out, or why not. Nothing is logged or recorded here but by the verb.

        `noted` False: what it reaches is not noted with the run, which has ended and counts what it did itself.
        """
        yielding, problem = self._precedence(pack, duty, whole)
        if problem is not None:
            return problem
        service = self._services.get(duty.verb)
        if service is None:
            return Answer(DutyState.REFUSED, f"No service is registered for the verb {duty.verb.value}.")

        def note(things: Sequence[str]) -> int:
            if not noted:
                return len(things)
            if things:
                self._things.note_things(run.run_id, duty.duty_id, things)
            return len(self._things.things(run.run_id).get(duty.duty_id, ()))

        try:
            return service.carry_out(OrderTask(actor, pack, duty, note, yielding, others))
        except RefusedError as refusal:
            return Answer(DutyState.REFUSED, f"{refusal.what} {refusal.why}")

    def _precedence(
        self, pack: Pack, duty: Duty, whole: Sequence[Pack]
    ) -> tuple[frozenset[tuple[str, str]], Answer | None]:
        """The holds that give way to this deletion, and what keeps it from going ahead."""
        if duty.verb is not Verb.DELETE:
            return frozenset(), None  # a hold keeps things as they are: it need not wait for a decision
        conflicts = find_conflicts(duties_in_force(whole, self._clock.now().date()))
        met = [(c.hold_pack, c.hold.duty_id) for c in conflicts if c.delete.duty_id == duty.duty_id]
        words = {(w.hold_pack, w.hold_duty): w for w in self._duties.settled() if w.delete_duty == duty.duty_id}
        undecided = [hold for hold in met if hold not in words]
        if undecided:
            named = ", ".join(hold for _, hold in undecided)
            return frozenset(), Answer(
                DutyState.OPEN,
                f"It meets the hold {named}: a person decides which yields (law precedence {duty.duty_id} "
                f"{undecided[0][1]} --yields delete|hold --reason ...).",
            )
        firm = [hold for hold in met if words[hold].yields is Yields.DELETE]
        if firm:
            word = words[firm[0]]
            why = f"It yields to the hold {word.hold_duty}, as decided on {word.decided_at:%Y-%m-%d}: {word.reason}"
            return frozenset(), Answer(DutyState.WAITING, why)
        return frozenset(met), None

    def _end(self, run: OrderRun, actor: UserId | None) -> OrderRun:
        index = outcome_index(self._log, run.log_size, AuditEvent.ORDER_FINISHED, run.run_id)
        if index is None:
            counts: dict[str, str | int] = {"pack_id": run.pack_id, "pack_version": run.pack_version}
            counts |= {"duties": sum(duty.state is DutyState.DONE for duty in run.duties)}
            counts |= {"left": sum(duty.state is not DutyState.DONE for duty in run.duties)}
            index = self._gate.note(AuditEvent.ORDER_FINISHED, actor=actor, subject=run.run_id, details=counts)
        self._runs.end(run.run_id, index)
        return replace(run, ended_at=self._clock.now(), outcome_index=index)

    def _logged(self, run: OrderRun) -> dict[str, tuple[int, AuditEntry]]:
        """The answers that the log holds already: a crash may have come between the log and the records."""
        if all(duty.audit_index is None and duty.state is DutyState.PENDING for duty in run.duties) and (
            run.log_size + 1 >= self._log.size()
        ):
            return {}
        return {
            str(entry.details["duty_id"]): (index, entry)
            for index, entry in enumerate(self._log.entries(run.log_size), start=run.log_size)
            if entry.event is AuditEvent.DUTY_ANSWERED and entry.subject == run.run_id
        }

    def _note_answer(self, run: OrderRun, actor: Actor | None, pack: Pack, record: DutyRecord) -> int:
        details: dict[str, str | int] = {
            "pack_id": pack.pack_id,
            "pack_version": pack.version,
            "duty_id": record.duty_id,
            "action": record.verb,
            "state": record.state.value,
            **record.counts,
        }
        who = actor.user.user_id if actor else None
        return self._gate.note(AuditEvent.DUTY_ANSWERED, actor=who, subject=run.run_id, details=details)

    def _decide(self, actor: Actor | None, run_id: str, change: str, pack: Pack) -> int:
        facts = actor_facts(actor, self._clock.now()) if actor else BY_PROGRAM
        return self._gate.enter(
            Action.ORDER,
            {**facts, "order_change": Fact(change, "given")},
            AuditEvent.ORDER_DECIDED,
            actor=actor.user.user_id if actor else None,
            subject=run_id,
            details={"pack_id": pack.pack_id, "pack_version": pack.version, "action": change},
        ).audit_index
