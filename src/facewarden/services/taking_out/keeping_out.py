"""Looking after those who are kept out: searched for each night, letting go of who asks, carried over to new models.

Never searches for anybody to tell somebody: what a probe finds is erased at once, and an incident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason, NewSuppression
from facewarden.domain.ids import FaceNumber, random_id
from facewarden.domain.photos import DecodedPhoto
from facewarden.domain.suppression import Incident, IncidentKind, IncidentState, Suppression
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.matching.suppression import Thresholds
from facewarden.ports import (
    Clock,
    ErasedPlaces,
    ErasureLedger,
    FaceEngine,
    GalleryRecords,
    Incidents,
    KeptOut,
    PhotoDecoder,
    ReplayRecords,
)
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.taking_out.erasing import Erasing

NEAREST = 100  # of one probe: a person who came back a hundred times in one day comes back in the next night's probe


class NightlyProbe:
    """The daily round that searches for each person who is kept out, and for anything that the ledger says is gone."""

    def __init__(
        self,
        kept_out: KeptOut,
        gallery: GalleryRecords,
        index: IndexKeeper,
        limits: Callable[[str, int], Thresholds],
        cleared: Callable[[Sequence[bytes]], set[bytes]],
        pack_id: Callable[[], str],
        ledger: ErasureLedger,
        replays: ReplayRecords,
        erasing: Erasing,
        incidents: Incidents,
        gate: Gate,
    ) -> None:
        self._kept_out = kept_out
        self._gallery = gallery
        self._index = index
        self._limits = limits
        self._cleared = cleared
        self._pack_id = pack_id
        self._ledger = ledger
        self._replays = replays
        self._erasing = erasing
        self._incidents = incidents
        self._gate = gate

    def run(self, moment: datetime) -> Mapping[str, int]:
        """How many were probed for, by another face pack or not at all, and what was found and erased; safe again."""
        everybody = self._kept_out.all()
        found = other_pack = 0
        for one in everybody:
            if one.pack_id != self._pack_id():
                other_pack += 1  # the gallery has no templates of that pack: new faces were checked as they came
                continue
            found += self._probe(one, len(everybody), moment)
        return {
            "probed": len(everybody) - other_pack,
            "other_pack": other_pack,
            "came_back": found,
            "bytes_left": self._reread(moment),
        }

    def _probe(self, one: Suppression, vault_size: int, moment: datetime) -> int:
        """How many faces of one person are in the gallery that came after they were taken out; they are erased."""
        kept = self._kept_out.template(one.suppression_id)
        if kept is None:
            return 0
        barred = self._limits(one.pack_id, vault_size).barred
        near = [hit.face_number for hit in self._index.scan(kept.template, NEAREST) if hit.similarity >= barred]
        shown = self._gallery.showable(near)
        # What was there before was seen by the officer who took the person out, and found to be somebody else.
        came = [face for face in shown.values() if face.photo.collected_at >= one.added_at]
        seen = self._cleared([face.photo.content_hash for face in came])
        back = [face.face_number for face in came if face.photo.content_hash not in seen]
        if back:
            self._found(IncidentKind.FACE_CAME_BACK, len(back), moment, suppression_id=one.suppression_id)
            self._erasing.erase(None, [], ErasureReason.OPT_OUT, face_numbers=back)
        return len(back)

    def _reread(self, moment: datetime) -> int:
        """How many keys, photos and faces of finished erasures are there still; they are destroyed."""
        left = 0
        for line in self._ledger.lines():
            photos, faces = self._replays.left(line)
            keys = self._replays.destroy([line])
            if photos or faces or keys:
                count = max(len(photos) + len(faces), 1)
                self._found(IncidentKind.BYTES_LEFT, count, moment, erasure_id=line.erasure_id)
                left += count
            if photos or faces:
                numbers = [FaceNumber(number) for number in faces]
                reason = ErasureReason(line.reason)
                self._erasing.erase(None, photos, reason, face_numbers=numbers, despite_holds=True)
        return left

    def _found(
        self,
        kind: IncidentKind,
        count: int,
        moment: datetime,
        suppression_id: str | None = None,
        erasure_id: str | None = None,
    ) -> None:
        """On record before anything else is done about it."""
        incident_id = random_id("inc")
        self._gate.note(
            AuditEvent.INCIDENT_FOUND, actor=None, subject=incident_id, details={"kind": kind.value, "faces": count}
        )
        self._incidents.add(Incident(incident_id, kind, IncidentState.OPEN, moment, count, suppression_id, erasure_id))


class IncidentBook:
    """Incidents, for privacy officers and auditors."""

    def __init__(self, incidents: Incidents, gate: Gate, clock: Clock) -> None:
        self._incidents = incidents
        self._gate = gate
        self._clock = clock

    def all(self, actor: Actor) -> Sequence[Incident]:
        """Every incident, the newest first; raises RefusedError unless the actor may read the log."""
        self._enter(actor, Action.READ_LOG, AuditEvent.INCIDENTS_READ, actor.organisation.organisation_id)
        return self._incidents.all()

    def close(self, actor: Actor, incident_id: str) -> None:
        """An officer has looked into it; RefusedError, BadUseError `incident_unknown`."""
        self._enter(actor, Action.SUPPRESS, AuditEvent.INCIDENT_CLOSED, incident_id)
        if not self._incidents.close(incident_id, self._clock.now()):
            raise BadUseError("incident_unknown", "There is no such open incident.", next_step="List: incidents list")

    def _enter(self, actor: Actor, action: Action, event: AuditEvent, subject: str) -> None:
        facts = actor_facts(actor, self._clock.now())
        self._gate.enter(action, facts, event, actor=actor.user.user_id, subject=subject)


class LettingGo:
    """Lifting: the person who is kept out wants to be so no more."""

    def __init__(
        self, kept_out: KeptOut, ledger: ErasureLedger, places: ErasedPlaces, gate: Gate, clock: Clock
    ) -> None:
        self._kept_out = kept_out
        self._ledger = ledger
        self._places = places
        self._gate = gate
        self._clock = clock

    def lift(self, actor: Actor, suppression_id: str, identity_checked: str) -> None:
        """The face is kept out no more: template, photo and keys are gone, from the ledger's copy too.

        `identity_checked` is how an officer checked, outside this program, that the person themselves asks. What was
        erased stays erased, and its files stay barred. RefusedError; BadUseError `suppression_unknown`.
        """
        facts = actor_facts(actor, self._clock.now())
        details: dict[str, str | int] = {"action": "lift", "basis": identity_checked}
        passage = self._gate.enter(
            Action.SUPPRESS,
            facts,
            AuditEvent.SUPPRESSION_DECIDED,
            actor=actor.user.user_id,
            subject=suppression_id,
            details=details,
        )
        self._ledger.forget_suppression(suppression_id)
        if not self._kept_out.lift(suppression_id):
            raise BadUseError(
                "suppression_unknown",
                "Nobody is kept out under that id.",
                "It never was one, or is lifted.",
                "Read it from the receipt: under suppressed, id.",
            )
        self._places.rotate_keys()
        self._gate.note(
            AuditEvent.SUPPRESSION_LIFTED,
            actor=actor.user.user_id,
            subject=suppression_id,
            details={"decision_index": passage.audit_index},
        )


class Renewing:
    """The daily round after a change of the face pack: templates made anew where the person had the photo kept."""

    def __init__(self, kept_out: KeptOut, decoder: PhotoDecoder, engine: FaceEngine, ledger: ErasureLedger) -> None:
        self._kept_out = kept_out
        self._decoder = decoder
        self._engine = engine
        self._ledger = ledger

    def run(self, moment: datetime) -> Mapping[str, int]:
        """How many templates were made anew, and how many stay with the models of their time; safe again."""
        renewed = stay = 0
        for one in self._kept_out.all():
            if one.pack_id == self._engine.card.pack_id:
                continue
            new = self._anew(one)
            if new is None:
                stay += 1
                continue
            self._ledger.forget_suppression(one.suppression_id)
            self._ledger.keep_suppression(new)
            self._kept_out.replace(new)
            renewed += 1
        return {"renewed": renewed, "old_pack": stay}

    def _anew(self, one: Suppression) -> NewSuppression | None:
        kept = self._kept_out.photo(one.suppression_id)
        if kept is None:
            return None
        old_face, content = kept
        photo = self._decoder.decode([content])[0]
        if not isinstance(photo, DecodedPhoto):
            return None
        # The new pack's own detector places its own landmarks; the face is the one that lies where the old one lay.
        faces = self._engine.detect([photo.pixels])[0]
        nearest = max(faces, key=lambda face: face.box.overlap(old_face.scaled(photo.scale).box), default=None)
        if nearest is None or nearest.box.overlap(old_face.scaled(photo.scale).box) <= 0.0:
            return None
        card = self._engine.card
        template = self._engine.templates([photo.pixels], [nearest], card.probe_views)[0]
        return NewSuppression(one.suppression_id, np.asarray(template, np.float32), card.pack_id)
