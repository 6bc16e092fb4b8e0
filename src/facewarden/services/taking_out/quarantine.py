"""What was set aside because a face is like one that is kept out: a privacy officer decides it, or its day ends it.

Never shows one to anybody but that officer, never keeps a template of it, and never admits one without the law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.photos import OfferedFile
from facewarden.domain.suppression import QuarantinedPhoto, QuarantineState
from facewarden.errors import BadUseError, Error
from facewarden.law.actions import Action
from facewarden.matching.suppression import Zone
from facewarden.ports import Clock, PhotoDecoder, QuarantineRecords
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts

PICTURE_SIDE_PX = 1_024


class Answer(StrEnum):
    """What an officer says of the faces in question."""

    SOMEBODY_ELSE = "somebody_else"
    """None of them is a person who is kept out."""
    KEEP_OUT = "keep_out"
    """They are kept out: burnt out where the photo shows others, else the whole photo is destroyed and barred."""


class Readmission(Protocol):
    """Taking a photo in again, its faces in question decided."""

    def take_again(self, actor: Actor, source_id: str, file: OfferedFile, zone: Zone) -> IngestReport:
        """What came of it; `zone` is what the faces in question are now."""
        ...


class Quarantine:
    """Photos set aside, for the privacy officer."""

    def __init__(
        self, records: QuarantineRecords, decoder: PhotoDecoder, again: Readmission, gate: Gate, clock: Clock
    ) -> None:
        self._records = records
        self._decoder = decoder
        self._again = again
        self._gate = gate
        self._clock = clock

    def waiting(self, actor: Actor) -> Sequence[QuarantinedPhoto]:
        """What waits, the one that ends first at the head; raises RefusedError."""
        self._enter(actor, AuditEvent.QUARANTINE_READ, actor.organisation.organisation_id)
        return self._records.waiting()

    def picture(self, actor: Actor, quarantine_id: str) -> bytes:
        """The photo as a fresh JPEG without metadata, for the officer's eyes; RefusedError, BadUseError."""
        _, file = self._found(quarantine_id)
        self._enter(actor, AuditEvent.QUARANTINE_READ, quarantine_id)
        if isinstance(file.content, Error):
            raise file.content
        return self._decoder.render(file.content, max_side_px=PICTURE_SIDE_PX, crop=None)

    def decide(self, actor: Actor, quarantine_id: str, answer: Answer) -> IngestReport:
        """What came of the photo: it is taken in again with the officer's word, and its copy here destroyed.

        Every other gate is passed anew: a face that is barred by now stays barred. RefusedError, BadUseError.
        """
        photo, file = self._found(quarantine_id)
        self._enter(actor, AuditEvent.QUARANTINE_DECIDED, quarantine_id, {"action": answer.value})
        zone = Zone.CLEARED if answer is Answer.SOMEBODY_ELSE else Zone.BARRED
        report = self._again.take_again(actor, photo.source_id, file, zone)
        state = QuarantineState.ADMITTED if answer is Answer.SOMEBODY_ELSE else QuarantineState.KEPT_OUT
        self._records.close(quarantine_id, state, actor.user.user_id)
        return report

    def end(self, moment: datetime) -> Mapping[str, int]:
        """The daily round: how many were destroyed because nobody decided them by their day."""
        ended = 0
        for photo in self._records.waiting():
            if photo.until <= moment:
                details: dict[str, str | int] = {"action": "expire"}
                self._gate.note(AuditEvent.QUARANTINE_DECIDED, actor=None, subject=photo.quarantine_id, details=details)
                ended += self._records.close(photo.quarantine_id, QuarantineState.EXPIRED, None)
        return {"ended": ended}

    def _found(self, quarantine_id: str) -> tuple[QuarantinedPhoto, OfferedFile]:
        found = self._records.find(quarantine_id)
        if found is None:
            raise BadUseError(
                "quarantine_unknown",
                "No such photo waits.",
                "It never did, or is decided, or its day is over.",
                "List them: facewarden quarantine list",
            )
        return found

    def _enter(
        self, actor: Actor, event: AuditEvent, subject: str, details: Mapping[str, str | int] | None = None
    ) -> None:
        facts = actor_facts(actor, self._clock.now())
        self._gate.enter(Action.SUPPRESS, facts, event, actor=actor.user.user_id, subject=subject, details=details)
