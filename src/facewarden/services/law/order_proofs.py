"""Proofs of runs: what an order did to what, with the log's own word for each answer, signed.

Never tells more than keyed hashes, random ids and counts of what was reached, and never an answer the log lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from facewarden.audit.note import NoteSigner
from facewarden.audit.order_proof import FORMAT, sign_order_proof
from facewarden.domain.accounts import Actor
from facewarden.domain.orders import DutyRecord, OrderRun
from facewarden.errors import BadUseError
from facewarden.law.duties import Duty
from facewarden.law.loading import Pack
from facewarden.ports import Clock, ProvingLog
from facewarden.ports.law import ReachedThings, RunRecords
from facewarden.services.gate import Gate
from facewarden.services.logbook import ask_to_read


class OrderProofs:
    """Proofs of one installation's runs, made from the records and the log whenever asked."""

    def __init__(
        self, runs: RunRecords, things: ReachedThings, log: ProvingLog, signer: NoteSigner, gate: Gate, clock: Clock
    ) -> None:
        self._runs = runs
        self._things = things
        self._log = log
        self._signer = signer
        self._gate = gate
        self._clock = clock

    def every(self, actor: Actor) -> list[OrderRun]:
        """Every run, the newest first; reading them is on record. RefusedError."""
        self._enter(actor)
        return list(self._runs.find())

    def of(self, actor: Actor, run_id: str, pack_of: Callable[[str], Pack | None]) -> dict[str, Any]:
        """The signed proof of an ended run; RefusedError, BadUseError `run_unknown`, `run_unfinished`."""
        self._enter(actor)
        for run in self._runs.find():
            if run.run_id == run_id:
                return self.make(run, pack_of(run.pack_id))
        raise BadUseError("run_unknown", "There is no such run.", next_step="See: law runs")

    def make(self, run: OrderRun, pack: Pack | None) -> dict[str, Any]:
        """The signed proof of an ended run. `pack` None, or of another version: its words are left out."""
        if run.ended_at is None or run.outcome_index is None:
            raise BadUseError("run_unfinished", "This run is not finished.", next_step="Run: law apply PACK, again")
        same = pack if pack is not None and pack.version == run.pack_version else None
        duties = {duty.duty_id: duty for duty in same.duties} if same else {}
        things = self._things.things(run.run_id)
        answers = [duty.audit_index for duty in run.duties if duty.audit_index is not None]
        proofs, witnessed = self._log.prove_all([run.decision_index, *answers, run.outcome_index])
        body = {
            "format": FORMAT,
            "run": run.run_id,
            "installation": self._signer.verifier_key.name,
            "made_at": self._clock.now().isoformat(),
            "pack": {
                "id": run.pack_id,
                "version": run.pack_version,
                "title": same.title if same else None,
                "citation": same.citation if same else None,
                "verified": same.verified if same else None,
            },
            "applied_by": run.applied_by,
            "begun_at": run.begun_at.isoformat(),
            "ended_at": run.ended_at.isoformat(),
            "complete": run.complete,
            "duties": [_told(record, duties, things.get(record.duty_id, ())) for record in run.duties],
            "log": proofs,
            "witnessed": witnessed,
        }
        return sign_order_proof(body, self._signer)

    def _enter(self, actor: Actor) -> None:
        ask_to_read(self._gate, actor, self._clock.now())


def _told(record: DutyRecord, duties: Mapping[str, Duty], things: Sequence[str]) -> dict[str, Any]:
    return {
        "id": record.duty_id,
        "verb": record.verb,
        "text": duties[record.duty_id].text if record.duty_id in duties else None,
        "state": record.state.value,
        "why": record.why,
        "counts": dict(record.counts),
        "things": list(things),
    }
