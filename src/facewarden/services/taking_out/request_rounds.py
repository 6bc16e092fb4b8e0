"""How requests end, and what is done about them every day: last letters, destruction, dates that have passed.

Never answers a request by itself, and never lets an unconfirmed one outlive its week.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from facewarden.domain.audit import AuditEvent
from facewarden.domain.clocks import WARNING
from facewarden.domain.erasing import ErasureReason, LedgerLine
from facewarden.domain.requests import Outcome, RequestState
from facewarden.errors import Error
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import PersonRequests, RequestPapers
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict
from facewarden.services.taking_out.request_letters import RequestLetters
from facewarden.services.taking_out.request_limits import CONFIRM_WITHIN, RequestLimits

SEALED_KEY = "purpose/request/"
"""How the vault names the key of what is sealed of a request."""


class WrittenLines(Protocol):
    """The erasure ledger, as far as a request needs it."""

    def write(self, line: LedgerLine) -> None: ...


class Settling:
    """The end of a request: its last letter, then the destruction of what was kept for it."""

    def __init__(
        self,
        requests: PersonRequests,
        papers: RequestPapers,
        letters: RequestLetters,
        ledger: WrittenLines,
        rotate_keys: Callable[[], object],
    ) -> None:
        """`ledger`: what a restored backup is told to destroy again."""
        self._requests = requests
        self._papers = papers
        self._letters = letters
        self._ledger = ledger
        self._rotate_keys = rotate_keys

    def settle(self, request_id: str) -> bool:
        """True if a closed request's last letter was sent and what was kept of it destroyed now; may be repeated."""
        request, secrets = self._requests.find(request_id), self._papers.secrets(request_id)
        if request is None or request.state is not RequestState.CLOSED or secrets is None:
            return False
        if secrets.email is not None:
            self._letters.closed(request, secrets.email)
        self._write_off(request_id)
        self._papers.forget(request_id)
        self._rotate_keys()  # without it an old copy of the key still opens an old copy of the records
        return True

    def discard(self, request_id: str) -> None:
        """An unconfirmed request, destroyed with everything of it."""
        self._write_off(request_id)
        self._papers.discard(request_id)
        self._rotate_keys()

    def _write_off(self, request_id: str) -> None:
        """The line by which a restored backup destroys photo, address and template of that request again."""
        gone = (request_id, SEALED_KEY + request_id)
        line_id = "end" + request_id.removeprefix("req")  # of its own: an erasure's line names the request too
        self._ledger.write(
            LedgerLine(line_id, ErasureReason.OPT_OUT.value, (), (), (), gone, hashes=(), suppression_id=None)
        )


class RequestRounds:
    """What is done once a day."""

    def __init__(
        self,
        requests: PersonRequests,
        papers: RequestPapers,
        settling: Settling,
        letters: RequestLetters,
        limits: RequestLimits,
        contact: str,
        gate: Gate,
    ) -> None:
        """`contact` gets a letter about dates if it is an e-mail address."""
        self._requests = requests
        self._papers = papers
        self._settling = settling
        self._letters = letters
        self._limits = limits
        self._contact = contact
        self._gate = gate

    def run(self, moment: datetime) -> Mapping[str, int]:
        """How many requests were settled, expired, are overdue and due soon; may be run again at any time.

        1. last letters that a crash kept from going, and requests that a restored backup brought back after their end;
        2. unconfirmed requests whose week is over are destroyed, each decided by law; 3. overdue ones go on record, and
        the office is told of them; 4. networks are forgotten.
        """
        settled = sum(self._settling.settle(request_id) for request_id in self._papers.unsettled())  # 1
        settled += self._end_restored(moment)
        expired = self._expire(moment)  # 2
        waiting = self._requests.in_state(RequestState.WAITING)
        overdue = [request for request in waiting if request.overdue(moment)]  # 3
        soon = sum(moment <= request.due_at <= moment + WARNING for request in waiting)
        for request in overdue:
            self._gate.note(AuditEvent.OPT_OUT_OVERDUE, actor=None, subject=request.request_id)
        if (overdue or soon) and "@" in self._contact:
            self._tell_office(len(overdue), soon, moment)
        return {
            "settled": settled,
            "expired": expired,
            "overdue": len(overdue),
            "due_soon": soon,
            "networks_forgotten": self._limits.sweep(moment),  # 4
        }

    def _end_restored(self, moment: datetime) -> int:
        """How many requests wait whose photo and secrets are destroyed: they had ended before the backup came back."""
        ended = 0
        for state in (RequestState.WAITING, RequestState.UNCONFIRMED):
            for request in self._requests.in_state(state):
                if self._papers.secrets(request.request_id) is None:
                    self._gate.note(
                        AuditEvent.OPT_OUT_CLOSED,
                        actor=None,
                        subject=request.request_id,
                        details={"outcome": Outcome.HANDLED.value, "reason": "ended_before_restore"},
                    )
                    ended += self._requests.close(replace(request, outcome=Outcome.HANDLED, closed_at=moment))
        return ended

    def _expire(self, moment: datetime) -> int:
        old = [
            request
            for request in self._requests.in_state(RequestState.UNCONFIRMED)
            if request.received_at + CONFIRM_WITHIN < moment
        ]
        for request in old:
            self._gate.enter(
                Action.ERASE,
                own_request_facts("nobody confirmed it in time"),
                AuditEvent.OPT_OUT_EXPIRED,
                actor=None,
                subject=request.request_id,
            )
            self._settling.discard(request.request_id)
        return len(old)

    def _tell_office(self, overdue: int, soon: int, moment: datetime) -> None:
        try:
            self._letters.officer(
                self._contact, overdue, soon, WARNING.days, f"requests.due.{moment.date().isoformat()}"
            )
        except Error:  # the numbers are on the requests page too; the day's other work goes on
            return


def own_request_facts(why: str) -> FactDict:
    """The facts of destroying what belongs to a request: nobody's decision but the requester's own."""
    return {"duty": Fact("opt_out", f"the request itself: {why}"), "actor_roles": Fact(frozenset(), "nobody acts")}
