"""The one verb of erasure: opt-out, takedown, retention, expungement, orders and officers all end here.

Never destroys anything before its decision is durable, never shows again what it has hidden, and never calls an
erasure done before the bytes are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.erasing import Erasure, ErasureOrder, ErasureReason, NewSuppression
from facewarden.domain.ids import FaceNumber, PhotoId, random_id
from facewarden.errors import BadUseError, UnavailableError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import (
    Clock,
    DecisionMemory,
    ErasedPlaces,
    ErasureLedger,
    ErasureRecords,
    ErasureTurn,
    OutcomeLog,
)
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.logbook import outcome_index
from facewarden.services.taking_out.burning import Burning, Prepared

OUTCOME = AuditEvent.PHOTO_ERASED
DUTIES: Mapping[ErasureReason, str] = {
    ErasureReason.OPT_OUT: "opt_out",
    ErasureReason.ORDER: "order",
    ErasureReason.RETENTION: "retention",
}
"""The duty that the program carries out by itself; any other erasure without an actor ends one that is on record."""


class Erasing:
    """Erasures, one at a time, each to its end: by whoever began it, or by the next start.

    1. the law decides, the log holds it, and photos that stay for others' sake are burnt beside; 2. one transaction
    hides everything, redacts candidates, bars the files from coming back and notes what is to be destroyed; 3. the
    ledger has it, for restores of older backups; facts of decisions about burnt photos go over to the burnt file; keys
    of photos and templates are destroyed, files unlinked, the write-ahead log emptied; 4. the facts of decisions about
    the photos are forgotten; 5. the index is written anew under a new key, the old one destroyed; 6. the keys above all
    destroyed keys are rotated; 7. the outcome is logged; 8. the erasure is closed, the records written anew where that
    is quick, and their log emptied again. Steps 3 to 8 may be repeated at will.
    """

    def __init__(
        self,
        records: ErasureRecords,
        places: ErasedPlaces,
        burning: Burning,
        memory: DecisionMemory,
        ledger: ErasureLedger,
        turn: ErasureTurn,
        gate: Gate,
        log: OutcomeLog,
        clock: Clock,
    ) -> None:
        self._records = records
        self._places = places
        self._burning = burning
        self._memory = memory
        self._ledger = ledger
        self._turn = turn
        self._gate = gate
        self._log = log
        self._clock = clock

    def erase(
        self,
        actor: Actor | None,
        photo_ids: Sequence[PhotoId],
        reason: ErasureReason,
        *,
        face_numbers: Sequence[FaceNumber] = (),
        request_id: str | None = None,
        suppression: NewSuppression | None = None,
        despite_holds: bool = False,
    ) -> Erasure:
        """The erasure, done: photos named go whole, with every face in them; of a face named the photo stays, with that
        face burnt out, where it shows another that may stay, else it goes whole.

        `actor` None: the program itself, under the duty that `reason` states. Held photos stay hidden and are erased
        when their hold ends (`despite_holds`). RefusedError; BadUseError `photo_unknown`, `face_unknown`; any other
        Error after the records forgot, `erasure_unfinished` mostly, leaves an erasure that the next start finishes.
        """
        if not photo_ids and not face_numbers and suppression is None:
            raise BadUseError("nothing_to_erase", "No photo was named.", next_step="Name at least one photo.")
        erasure_id = random_id("era")
        with self._turn.erasing():
            log_size, index = self._decide(actor, erasure_id, reason)  # 1
            prepared = self._prepared(photo_ids, face_numbers, suppression, despite_holds)
            order = ErasureOrder(
                erasure_id,
                reason,
                prepared.photo_ids,
                None if actor is None else actor.user.user_id,
                index,
                log_size,
                request_id,
                suppression,
                despite_holds,
                prepared.burns,
                prepared.owed_faces,
            )
            if suppression is not None:
                self._ledger.keep_suppression(suppression)
            return self._begun(self._records.begin(order))  # 2

    def _begun(self, erasure: Erasure) -> Erasure:
        """The erasure at its end; UnavailableError `erasure_unfinished` where it is not, which says that it goes on."""
        try:
            return self._finish(erasure)
        except UnavailableError as error:
            raise UnavailableError(
                "erasure_unfinished",
                "The erasure has begun, and could not be brought to its end.",
                f"{error.what} {error.why}",
                "What was named is hidden and stays so. Mend the cause: the erasure then goes on by itself, within"
                " minutes where the server runs, else with the next command. Do not ask for it again.",
            ) from error

    def resume(self) -> int:
        """How many erasures that a crash had interrupted were brought to their end."""
        if not self._records.unfinished():
            return 0
        with self._turn.erasing():
            unfinished = self._records.unfinished()  # another process may have done them while this one waited
            for erasure in unfinished:
                self._finish(erasure)
        return len(unfinished)

    def _prepared(
        self,
        photo_ids: Sequence[PhotoId],
        face_numbers: Sequence[FaceNumber],
        suppression: NewSuppression | None,
        despite_holds: bool,
    ) -> Prepared:
        """What goes whole, what is burnt, what is owed; BadUseError where none of the faces named is there."""
        found = self._burning.prepare(face_numbers, photo_ids, despite_holds=despite_holds)
        if face_numbers and not (found.photo_ids or found.burns or found.owed_faces or suppression):
            raise BadUseError(
                "face_unknown",
                "There is no such face.",
                "It never existed, or was erased.",
                "Name a face that is there.",
            )
        return found

    def _decide(self, actor: Actor | None, erasure_id: str, reason: ErasureReason) -> tuple[int, int]:
        """The log's size before the decision that this may be erased, and the decision's index."""
        log_size = self._log.size()
        if actor is not None:
            facts = actor_facts(actor, self._clock.now())
        else:
            duty = Fact(DUTIES.get(reason, "decided_erasure"), "the program itself")
            facts = {"duty": duty, "actor_roles": Fact(frozenset(), "nobody is signed in")}
        by, details = None if actor is None else actor.user.user_id, {"reason": reason.value}
        passage = self._gate.enter(
            Action.ERASE, facts, AuditEvent.ERASE_DECIDED, actor=by, subject=erasure_id, details=details
        )
        return log_size, passage.audit_index

    def _finish(self, erasure: Erasure) -> Erasure:
        if erasure.plan is not None:  # 3
            self._ledger.write(erasure.plan)
        for old, burnt in erasure.burns.items():  # while the old photo's key still opens them
            self._memory.keep([replace(decision, subject=burnt) for decision in self._memory.about(old)])
        self._records.destroy()
        self._memory.forget(*erasure.photo_ids, *erasure.burns)  # 4
        self._places.rewrite_index()  # 5
        self._places.rotate_keys()  # 6
        outcome = self._logged(erasure)  # 7
        return self._records.close(erasure.erasure_id, outcome)  # 8

    def _logged(self, erasure: Erasure) -> int:
        """The log's index of the outcome; found there if a crash came between logging and closing."""
        found = outcome_index(self._log, erasure.log_size, OUTCOME, erasure.erasure_id)
        return self._log.append(list(self._entries(erasure)))[-1] if found is None else found  # all of them or none

    def _entries(self, erasure: Erasure) -> Iterator[AuditEntry]:
        now = self._clock.now()
        if erasure.suppression_id is not None:
            yield AuditEntry(AuditEvent.FACE_SUPPRESSED, now, erasure.actor, erasure.suppression_id)
        if erasure.request_id is not None:
            # What a requester may be shown of the log: the same whether or not anything was found.
            yield AuditEntry(
                AuditEvent.OPT_OUT_CLOSED, now, erasure.actor, erasure.request_id, details={"outcome": "handled"}
            )
        yield AuditEntry(
            OUTCOME,
            now,
            erasure.actor,
            erasure.erasure_id,
            details={
                "reason": erasure.reason.value,
                "photos": erasure.photos,
                "faces": erasure.faces,
                "candidates": erasure.candidates,
                "held": erasure.held,
                "burnt": erasure.burnt,
                "decision_index": erasure.decision_index,
            },
        )
