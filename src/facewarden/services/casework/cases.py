"""Opening, changing and listing cases: the reason for a search, recorded before it.

Never shows a case to anybody outside its organisation, and never changes what a case was opened for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from facewarden.domain.accounts import Actor, User
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case, CaseBasis, CaseDetails, CaseState, Purpose, SoughtFor
from facewarden.domain.ids import CaseId, UserId, random_id
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.law.offences import OffenceList, offences_of
from facewarden.ports import AccountRecords, CaseRecords, Clock
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.lines import printable_line

NUMBER_MAX = 80
OFFENCE_MAX = 200
REFERENCE_MAX = 200


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody states of a case beside its number and purpose. None and empty: not stated.

    `offence_code` is one of the list for the organisation's place. `basis_ends_on` is the last day that counts.
    """

    offence_code: str = ""
    sought_for: SoughtFor | None = None
    basis: CaseBasis | None = None
    basis_reference: str = ""
    basis_ends_on: date | None = None
    happened_on: date | None = None
    reasonable_suspicion: bool | None = None


NOTHING = Stated()


class Cases:
    """The cases of the actor's organisation."""

    def __init__(self, records: CaseRecords, gate: Gate, clock: Clock, accounts: AccountRecords) -> None:
        self._records = records
        self._gate = gate
        self._clock = clock
        self._accounts = accounts

    def offences(self, actor: Actor) -> OffenceList:
        """The offences to choose from where the actor's organisation is."""
        return offences_of(actor.organisation.place)

    def open(self, actor: Actor, number: str, purpose: Purpose, offence: str, stated: Stated = NOTHING) -> Case:
        """The case, open, with the actor as its member; raises RefusedError or BadUseError.

        `offence` are the words of the statute; a code of the list given there counts as one.
        """
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
            self._details(actor, told, stated),
        )
        self._decide(actor, case, "open_case")
        self._records.add(case)
        self._gate.note(AuditEvent.CASE_OPENED, actor=actor.user.user_id, subject=case.case_id)
        return case

    def colleagues(self, actor: Actor) -> Sequence[User]:
        """The users of the actor's organisation, by name."""
        own = [user for user in self._accounts.users() if user.organisation_id == actor.organisation.organisation_id]
        return sorted(own, key=lambda user: user.sign_in_name)

    def add_member(self, actor: Actor, case: Case, sign_in_name: str) -> Case:
        """The case with that colleague as a member; raises RefusedError, BadUseError `unknown_colleague`."""
        return self._staff(actor, case, case.members | {self._colleague(actor, sign_in_name).user_id})

    def remove_member(self, actor: Actor, case: Case, sign_in_name: str) -> Case:
        """The case without that colleague; raises RefusedError, BadUseError for nobody's name and for the last one."""
        return self._staff(actor, case, case.members - {self._colleague(actor, sign_in_name).user_id})

    def _colleague(self, actor: Actor, sign_in_name: str) -> User:
        wanted = sign_in_name.strip().casefold()
        found = next((user for user in self.colleagues(actor) if user.sign_in_name.casefold() == wanted), None)
        if found is None:
            raise BadUseError(
                "unknown_colleague",
                "Nobody of that name is in your organisation.",
                next_step="Choose a name from the list, or have an administrator add the account.",
            )
        return found

    def _staff(self, actor: Actor, case: Case, members: frozenset[UserId]) -> Case:
        if case.state is CaseState.CLOSED:
            raise BadUseError(
                "case_closed",
                "This case is closed.",
                "Who worked on it stays as it was.",
                "Open a new case if there is more to do.",
            )
        if not members:
            raise BadUseError(
                "last_member",
                "That is the only one who works on this case.",
                "A case without anybody could be neither searched nor closed.",
                "Add a colleague first, or close the case.",
            )
        return self._change(actor, case, replace(case, members=members), "change_case")

    def close(self, actor: Actor, case: Case) -> Case:
        """The case, closed: nothing is searched, examined or released under it any more; raises RefusedError."""
        details = replace(case.details, closed_at=self._clock.now())
        return self._change(actor, case, replace(case, state=CaseState.CLOSED, details=details), "close_case")

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

    def _change(self, actor: Actor, before: Case, case: Case, change: str) -> Case:
        # By the case as it was: whoever adds themselves is no member yet.
        self._decide(actor, before, change)
        if not self._records.change(before, case):
            raise BadUseError(
                "case_changed",
                "Somebody changed this case in the meantime.",
                "Who works on it, or whether it is open, is not as you saw it.",
                "Open it again and see where it stands.",
            )
        event = AuditEvent.CASE_CLOSED if case.state is CaseState.CLOSED else AuditEvent.CASE_CHANGED
        details: dict[str, str | int] = {"users": len(case.members)}
        for user_id in case.members ^ before.members:  # one at a time: one more, or one less
            details["user_id"] = user_id
        self._gate.note(event, actor=actor.user.user_id, subject=case.case_id, details=details)
        return case

    def _decide(self, actor: Actor, case: Case, change: str) -> None:
        own = case.organisation_id == actor.organisation.organisation_id
        facts = {
            **actor_facts(actor, self._clock.now()),
            "account_change": Fact(change, "given"),
            "target_org_same": Fact(own, "records: cases"),
            "case_member": Fact(actor.user.user_id in case.members, "records: cases"),
        }
        self._gate.enter(Action.ACCOUNT, facts, AuditEvent.CASE_DECIDED, actor=actor.user.user_id, subject=case.case_id)

    def _details(self, actor: Actor, words: str, stated: Stated) -> CaseDetails:
        listed = self.offences(actor)
        found = listed.find(stated.offence_code) or listed.find(words)
        if stated.offence_code and found is None:
            raise BadUseError(
                "unknown_offence",
                "That offence is not on the list.",
                f"The list is: {listed.title}.",
                "Choose one from the list; its last entry is for all others.",
            )
        reference = printable_line(stated.basis_reference, REFERENCE_MAX)
        if reference is None or (stated.basis is not None and not reference):
            raise BadUseError(
                "bad_basis_reference",
                "The legal basis needs its reference.",
                f"The section of the statute, the warrant's number or the paper that holds the consent, in one line of"
                f" at most {REFERENCE_MAX} characters.",
                "Give it without names of people.",
            )
        _check_days(stated, self._clock.now().date())
        return CaseDetails(
            listed.list_id if found else "",
            found.code if found else "",
            found.offence_class if found else None,
            stated.sought_for,
            stated.basis,
            reference,
            stated.basis_ends_on,
            stated.happened_on,
            stated.reasonable_suspicion,
        )


def _check_days(stated: Stated, today: date) -> None:
    if stated.basis_ends_on is not None and stated.basis_ends_on < today:
        raise BadUseError(
            "basis_ended",
            "That legal basis has ended already.",
            f"Its last day was {stated.basis_ends_on.isoformat()}.",
            "Have it renewed first.",
        )
    if stated.happened_on is not None and stated.happened_on > today:
        raise BadUseError(
            "day_in_future", "The day of the offence lies ahead.", next_step="Give the day on which it happened."
        )
