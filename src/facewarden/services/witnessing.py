"""Asking witnesses to cosign the log's checkpoints, and saying how far they did.

Never sends more than a checkpoint and a proof (sizes and hashes), never believes a cosignature that it did not verify,
and stops nothing by itself: only where the operator says so do acts wait for witnesses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from facewarden.audit.checkpoint import Checkpoint, read_checkpoint
from facewarden.audit.cosigning import Answer, Request, joined
from facewarden.audit.note import VerifierKey
from facewarden.audit.witnesses import NOBODY, Witness, WitnessPolicy
from facewarden.domain.audit import AuditEvent
from facewarden.domain.witnesses import GRAVE, WitnessProblem, WitnessState, WitnessStates
from facewarden.errors import DamagedError, UnavailableError
from facewarden.law.actions import Action
from facewarden.ports import Clock, CosignedLog, Witnesses, WitnessMemory
from facewarden.services.gate import Gate

STALE_AFTER = timedelta(hours=26)
"""They are asked at least once a day; two hours more, and something is wrong."""
RENEW_AFTER = timedelta(hours=12)
CLOCKS_DIFFER_AT_MOST = timedelta(hours=1)
TRIES = 3
"""A witness that is elsewhere in the log says where; a second try begins there, a third if the log grew meanwhile."""
STOPPED = frozenset({Action.COLLECT, Action.ENROL, Action.SEARCH, Action.RELEASE})
"""What waits for witnesses where the operator says so: never the erasing, answering or reading of anything."""

NOBODY_NAMED = "none is named: nobody outside could show that the log was rewritten; see docs/design/witnesses.md"
WORDS: Mapping[WitnessProblem, str] = {
    WitnessProblem.SILENT: "It does not answer. It is asked again by itself.",
    WitnessProblem.UNKNOWN_LOG: "It does not watch this log: give whoever runs it the log's verifier key.",
    WitnessProblem.OTHER_KEY: "It trusts another key for this log's name: whoever runs it must know whose log this is.",
    WitnessProblem.BAD_ANSWER: "It answers with something that is no cosignature by the key that is named for it.",
    WitnessProblem.CLOCK: "It cosigns with a time more than an hour from ours: one of the two clocks is wrong.",
    WitnessProblem.AHEAD: "It has cosigned more entries than this log has: entries were lost here, or an old copy of"
    " the data lies in the place of the newest. Keep everything as it is for whoever examines it.",
    WitnessProblem.OTHER_HISTORY: "It has cosigned another history of this log: the log was rewritten, or a second"
    " installation signs with the same key. Keep everything as it is for whoever examines it.",
}


def witness_id(key: VerifierKey) -> str:
    """How a witness stands in the log and in files: an id made of its key."""
    return "wit_" + hashlib.sha256(str(key).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """One witness for a person; `problem` None: it cosigned when last asked."""

    name: str
    key: str
    state: WitnessState
    problem: str | None

    @property
    def grave(self) -> bool:
        """Whether no fault of a network explains what is wrong."""
        return self.state.problem in GRAVE


@dataclass(frozen=True, slots=True)
class WitnessView:
    """All witnesses for a person. `problem` says in a sentence what is wrong; None: a quorum cosigned within a day."""

    lines: tuple[WitnessLine, ...]
    quorum: str
    size: int | None
    at: datetime | None
    problem: str | None

    @property
    def words(self) -> str:
        """What is wrong, or how far a quorum cosigned."""
        if self.problem or self.size is None:
            return self.problem or "no quorum is asked for, and none has cosigned yet"
        return f"{self.quorum} cosigned {self.size:,} entries, {self.at:%Y-%m-%d %H:%M} UTC"


class WitnessTerm:
    """Lets acts go on while a quorum of witnesses cosigned within the operator's term; without a term, always."""

    def __init__(self, memory: WitnessMemory, clock: Clock, term: timedelta | None) -> None:
        self._memory = memory
        self._clock = clock
        self._term = term

    def check(self, action: Action) -> None:
        """Nothing; raises UnavailableError `witnesses_overdue` for what must wait for them."""
        if self._term is None or action not in STOPPED:
            return
        at = self._memory.read().quorum_at
        if at is None or self._clock.now() - at > self._term:
            hours = self._term / timedelta(hours=1)
            raise UnavailableError(
                "witnesses_overdue",
                "The witnesses of the audit log have not cosigned it lately, and this house waits for them.",
                f"No quorum of them cosigned within the last {hours:.0f} hours.",
                "See what is wrong: facewarden audit witnesses --ask",
            )


class Witnessing:
    """The witnesses of one log. `policy` names them; with none named nobody is asked and nothing is missing."""

    def __init__(
        self,
        policy: WitnessPolicy | None,
        log: CosignedLog,
        witnesses: Witnesses,
        memory: WitnessMemory,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self.policy = policy
        self._log = log
        self._witnesses = witnesses
        self._memory = memory
        self._gate = gate
        self._clock = clock

    def is_due(self) -> bool:
        """Whether the log grew since they were last asked, or that is half a day ago."""
        if self.policy is None:
            return False
        known = self._memory.read()
        if known.asked_at is None or known.asked_size != self._log.size():
            return True
        return self._clock.now() - known.asked_at > RENEW_AFTER

    def run(self, moment: datetime) -> Mapping[str, int]:
        """Asks every witness that has an address to cosign the newest checkpoint; how many did, how many did not."""
        if self.policy is None:
            return {}
        known = self._known(self.policy)
        note = self._log.checkpoint()
        head = read_checkpoint(note)
        asked = [witness for witness in self.policy.witnesses.values() if witness.url]
        # All are asked before anything is noted: what they say is held against the log as it was.
        told = [self._ask(w, known.witnesses.get(witness_id(w.key), WitnessState()), note, head) for w in asked]
        states = dict(known.witnesses)
        for witness, (problem, line) in zip(asked, told, strict=True):
            name = witness_id(witness.key)
            states[name] = self._noted(name, states.get(name), problem, head.size if line else None, moment)
        known = replace(known, witnesses=states, asked_at=moment, asked_size=head.size)
        lines = b"".join(line for _, line in told)
        self._memory.write(self._kept(self.policy, known, note, head.size, lines))
        cosigned = lines.count(b"\n")
        return {"keys": len(asked), "kept": cosigned, "failed": len(asked) - cosigned}

    def view(self) -> WitnessView | None:
        """How the witnesses stand, for a person; None where nobody is named."""
        if self.policy is None:
            return None
        return witness_view(self.policy, self._memory.read(), self._clock.now())

    def detail(self) -> str:
        """What `facewarden doctor` says of them; raises UnavailableError or DamagedError where something is wrong."""
        view = self.view()
        if view is None:
            return NOBODY_NAMED
        if view.problem is not None:
            grave = any(line.grave for line in view.lines)
            kind = DamagedError if grave else UnavailableError
            told = [f"{line.name}: {line.problem}" for line in view.lines if line.problem]
            raise kind("witnesses_missing", view.problem, " ".join(told), "See: facewarden audit witnesses --ask")
        return view.words

    # -- inside ----------------------------------------------------------------------------------------------

    def _known(self, policy: WitnessPolicy) -> WitnessStates:
        """What is known; a policy that is not the one of before is put on record, and its quorum is not met yet."""
        known = self._memory.read()
        text = "\n".join([policy.quorum, repr(dict(policy.groups)), *(str(w) for w in policy.witnesses.values())])
        digest = hashlib.sha256(text.encode()).hexdigest()
        if known.policy == digest:
            return known
        details = {"keys": len(policy.witnesses)}
        self._gate.note(AuditEvent.WITNESSES_SET, actor=None, subject=None, details=details)
        return replace(known, policy=digest, quorum_size=None, quorum_at=None)

    def _ask(
        self, witness: Witness, before: WitnessState, note: bytes, head: Checkpoint
    ) -> tuple[WitnessProblem | None, bytes]:
        """What is wrong, or nothing and its signature line. Where another process of ours showed it a longer log
        meanwhile, what was wrong before: the next asking tells."""
        old = before.size if before.size is not None and before.size <= head.size else 0
        answer = Answer(0)
        for _ in range(TRIES):
            request = Request(old, tuple(self._log.prove_consistency(old, head.size)), note)
            try:
                answer = self._witnesses.add_checkpoint(witness.url, request.to_bytes())
            except UnavailableError:
                return WitnessProblem.SILENT, b""
            if answer.size is None or answer.size == old:
                break
            if answer.size > head.size:
                return (before.problem if answer.size <= self._log.size() else WitnessProblem.AHEAD), b""
            old = answer.size
        return self._weighed(witness, note, head, answer)

    def _weighed(
        self, witness: Witness, note: bytes, head: Checkpoint, answer: Answer
    ) -> tuple[WitnessProblem | None, bytes]:
        if answer.status != HTTPStatus.OK:
            return _refusal(answer, head), b""
        try:
            cosigned = joined(note, answer.body, [witness.key])
        except DamagedError:
            return WitnessProblem.BAD_ANSWER, b""
        time = WitnessPolicy({witness.name: witness}).cosigners(cosigned).get(witness.name)
        if time is None:
            return WitnessProblem.BAD_ANSWER, b""
        if abs(time - self._clock.now()) > CLOCKS_DIFFER_AT_MOST:
            return WitnessProblem.CLOCK, b""
        return None, cosigned[len(note) :]

    def _noted(
        self,
        name: str,
        before: WitnessState | None,
        problem: WitnessProblem | None,
        size: int | None,
        moment: datetime,
    ) -> WitnessState:
        """What is known now; on record where it began or ceased to cosign, so that asking does not grow the log."""
        last = before or WitnessState()
        since = None if problem is None else last.since if last.problem is problem else moment
        now = WitnessState(size or last.size, moment if size is not None else last.at, problem, since)
        if problem is not None and last.problem is not problem:
            self._gate.note(AuditEvent.WITNESS_FAILED, actor=None, subject=name, details={"code": problem.value})
        elif size is not None and (last.at is None or last.problem is not None):
            self._gate.note(AuditEvent.WITNESS_COSIGNED, actor=None, subject=name, details={"tree_size": size})
        return now

    def _kept(self, policy: WitnessPolicy, known: WitnessStates, note: bytes, size: int, lines: bytes) -> WitnessStates:
        """With the cosignatures kept beside the log, and the quorum where they are one."""
        if not lines:
            return known
        cosigned = note + lines
        times = policy.cosigners(cosigned)
        is_quorum = policy.is_met(times)
        self._log.keep_cosigned(cosigned, is_quorum=is_quorum)
        return replace(known, quorum_size=size, quorum_at=max(times.values())) if is_quorum else known


def witness_view(policy: WitnessPolicy, known: WitnessStates, now: datetime) -> WitnessView:
    """How these witnesses stand at that moment, for a person."""
    lines = []
    for witness in policy.witnesses.values():
        state = known.witnesses.get(witness_id(witness.key), WitnessState())
        words = WORDS[state.problem] if state.problem else None
        lines.append(WitnessLine(witness.name, str(witness.key), state, words))
    problem = None
    if any(line.grave for line in lines):
        problem = "A witness saw another log than this one."
    elif policy.quorum == NOBODY:
        pass  # whoever cosigns is welcome, and nobody is missed
    elif known.quorum_at is None:
        problem = f"Never yet did {policy.quorum_words} cosign one checkpoint."
    elif now - known.quorum_at > STALE_AFTER:
        problem = f"Not since {known.quorum_at:%Y-%m-%d %H:%M} UTC did {policy.quorum_words} cosign one checkpoint."
    return WitnessView(tuple(lines), policy.quorum_words, known.quorum_size, known.quorum_at, problem)


def _refusal(answer: Answer, head: Checkpoint) -> WitnessProblem:
    if answer.status == HTTPStatus.CONFLICT:  # at one size: another root
        return WitnessProblem.OTHER_HISTORY if answer.size in (None, head.size) else WitnessProblem.BAD_ANSWER
    refusals = {
        int(HTTPStatus.NOT_FOUND): WitnessProblem.UNKNOWN_LOG,
        int(HTTPStatus.FORBIDDEN): WitnessProblem.OTHER_KEY,
        int(HTTPStatus.UNPROCESSABLE_ENTITY): WitnessProblem.OTHER_HISTORY,
    }
    return refusals.get(answer.status, WitnessProblem.BAD_ANSWER)
