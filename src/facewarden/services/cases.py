"""Opening and listing cases: the reason for a search, recorded before it.

Never shows a case to anybody outside its organisation.
"""

from __future__ import annotations

from collections.abc import Sequence

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case, CaseState, Purpose
from facewarden.domain.ids import CaseId, random_id
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import CaseRecords, Clock
from facewarden.services.facts import actor_facts
from facewarden.services.gate import Gate
from facewarden.services.lines import printable_line

NUMBER_MAX = 80
OFFENCE_MAX = 200


class Cases:
    """The cases of the actor's organisation."""

    def __init__(self, records: CaseRecords, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._gate = gate
        self._clock = clock

    def open(self, actor: Actor, number: str, purpose: Purpose, offence: str) -> Case:
        """The case, open, with the actor as its member; raises RefusedError or BadUseError."""
        checked, told = printable_line(number, NUMBER_MAX), printable_line(offence, OFFENCE_MAX)
        if not checked:
            raise BadUseError(
                "bad_case_number",
                "A case needs a number.",
                f"The agency's own reference, 1 to {NUMBER_MAX} printable characters.",
                "Give the number under which the case is kept.",
            )
        if told is None:
            raise BadUseError(
                "bad_offence",
                "That offence cannot be kept.",
                f"It has more than {OFFENCE_MAX} characters, or some that cannot be printed.",
                "Give it in the words of the statute, in one line.",
            )
        case = Case(
            CaseId(random_id("case")),
            actor.organisation.organisation_id,
            checked,
            purpose,
            told,
            CaseState.OPEN,
            frozenset({actor.user.user_id}),
            actor.user.user_id,
            self._clock.now(),
        )
        facts = {
            **actor_facts(actor, self._clock.now()),
            "account_change": Fact("open_case", "given"),
            "target_org_same": Fact(True, "records: cases"),
        }
        user_id = actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, AuditEvent.CASE_DECIDED, actor=user_id, subject=case.case_id)
        self._records.add(case)
        self._gate.note(AuditEvent.CASE_OPENED, actor=user_id, subject=case.case_id)
        return case

    def list(self, actor: Actor) -> Sequence[Case]:
        """The cases that the actor may work on, newest first."""
        cases = self._records.of_organisation(actor.organisation.organisation_id)
        return [case for case in cases if actor.user.user_id in case.members]

    def find(self, actor: Actor, case_id: str) -> Case:
        """The case of that id or number; raises BadUseError, with one wording for absent and not theirs."""
        case = self._records.find(CaseId(case_id))
        if case is None:
            named = [known for known in self.list(actor) if known.number == case_id]
            case = named[0] if len(named) == 1 else None
        if case is None or case.organisation_id != actor.organisation.organisation_id:
            raise BadUseError(
                "unknown_case",
                "There is no such case among yours.",
                next_step="List your cases with: facewarden case list",
            )
        return case
