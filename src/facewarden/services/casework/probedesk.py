"""Probes from their coming to their end: attested, seen, edited on record, and shown to whoever sent them.

Never keeps what was not asked for: of a sensitive probe only its faces, of a searched one only the picked face.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Case
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.ids import random_id
from facewarden.domain.photos import DecodedPhoto
from facewarden.domain.searches import UNATTESTED, Edit, ProbeOrigin
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, FaceEngine, IndexFeed, PhotoDecoder, Probes, SearchRecords
from facewarden.services.casework.policy import Policies
from facewarden.services.casework.probes import (
    ProbePicture,
    SeenProbe,
    checked_edit,
    edited,
    notes_on,
    png_of,
)
from facewarden.services.casework.sensitive import faces_alone, no_face, see_upright
from facewarden.services.gate import Gate, Passage
from facewarden.services.law.facts import FactDict, actor_facts, case_facts, gallery_facts, probe_facts

PROBE_LIFE = timedelta(minutes=30)  # a face is picked and compared within minutes; the rest dies with the idle session
WATCH_DAYS = 3
"""Days on which one picture may be searched under one case: the day itself, and a second and third look. More of them
is watching for somebody to turn up."""


class ProbeDesk:
    """Probes of the actor's own."""

    def __init__(
        self,
        feed: IndexFeed,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        policies: Policies,
        probes: Probes,
        searches: SearchRecords,
        gate: Gate,
        clock: Clock,
        keyed: Callable[[bytes], bytes],
        at_once: int,
    ) -> None:
        """`keyed` makes a picture's keyed hash, for the log. `at_once` is how many probes are worked on at a time; who
        brings another one waits for a turn."""
        self._feed = feed
        self._decoder = decoder
        self._engine = engine
        self._policies = policies
        self._probes = probes
        self._searches = searches
        self._gate = gate
        self._clock = clock
        self._keyed = keyed
        # Eight on two processors take turns at every step and get in each other's way: a seventh of the time is lost.
        self._turn = threading.BoundedSemaphore(at_once)

    def upload(self, actor: Actor, case: Case, content: bytes, origin: ProbeOrigin = UNATTESTED) -> StoredProbe:
        """The probe, kept encrypted until its face is picked or PROBE_LIFE is over; raises RefusedError first.

        A picture that lies on its side or upside down is turned, on record. Of a sensitive one the faces alone
        are kept, side by side.
        """
        origin = replace(origin, original_sha256=hashlib.sha256(content).hexdigest(), edits=())
        details = {"probe_hash": self._keyed(content).hex()}
        passage = self._enter(actor, case, AuditEvent.PROBE_RECEIVED, origin, details)
        with self._failure_recorded(actor, case, passage), self._turn:
            if origin.sensitive:
                alone = faces_alone(content, self._decoder, self._engine)
                content, faces, metadata, turned = png_of(alone.sheet), alone.faces, alone.metadata, alone.turn
            else:
                seen, turned = see_upright(self._decoded(content), self._engine)
                faces, metadata = seen.faces, seen.photo.metadata
                origin = replace(origin, edits=(turned,) if turned else ())
            if origin.taken_on is None and metadata.taken_at is not None:
                origin = replace(origin, taken_on=metadata.taken_at.date())
            now = self._clock.now()
            self.destroy_expired()
            probe = StoredProbe(
                random_id("prb"), case.case_id, actor.user.user_id, faces, now, now + PROBE_LIFE, origin
            )
            self._probes.add(probe, content)
            if turned is not None:
                self._note_edit(actor, probe, turned.kind.value)
        return probe

    def probe(self, actor: Actor, probe_id: str) -> tuple[StoredProbe, bytes]:
        """The actor's own probe and its file; raises BadUseError when it is gone or somebody else's."""
        found = self._probes.find(probe_id)
        if found is None or found[0].user_id != actor.user.user_id or found[0].expires_at <= self._clock.now():
            raise BadUseError(
                "probe_gone",
                "This probe is no longer here.",
                "It is destroyed once one face of it was searched, and half an hour after it was uploaded.",
                "Upload the photo again.",
            )
        return found

    def edit(self, actor: Actor, probe_id: str, edit: Edit) -> StoredProbe:
        """The probe with that edit done after those before, on record; its faces are looked for anew.

        BadUseError for an edit that is none of the three, and for a sensitive probe.
        """
        probe, content = self.probe(actor, probe_id)
        if probe.origin.sensitive:
            raise BadUseError(
                "sensitive_probe",
                "A sensitive probe is not edited.",
                "Nothing of it is here but its faces.",
                "Crop it before you send it.",
            )
        done = probe.origin.edits
        return self._redone(actor, probe, content, (*done, checked_edit(edit, done)), edit.kind.value)

    def undo(self, actor: Actor, probe_id: str) -> StoredProbe:
        """The probe without its last edit, on record; as it was where there is none."""
        probe, content = self.probe(actor, probe_id)
        if not probe.origin.edits:
            return probe
        return self._redone(actor, probe, content, probe.origin.edits[:-1], "undo")

    def _redone(
        self, actor: Actor, probe: StoredProbe, content: bytes, edits: tuple[Edit, ...], what: str
    ) -> StoredProbe:
        """Raises BadPhotoError where no face is left: then nothing changed."""
        origin = replace(probe.origin, edits=edits)
        seen = self._seen(self._decoded(self._worked(content, origin)))
        changed = replace(probe, faces=seen.faces, origin=origin)
        self._note_edit(actor, changed, what)
        self._probes.change(changed)
        return changed

    def _note_edit(self, actor: Actor, probe: StoredProbe, what: str) -> None:
        details: dict[str, str | int] = {"action": what, "step": len(probe.origin.edits), "case_id": probe.case_id}
        self._gate.note(AuditEvent.PROBE_EDITED, actor=actor.user.user_id, subject=probe.probe_id, details=details)

    def picture(self, actor: Actor, probe_id: str) -> ProbePicture:
        """The actor's probe with the size of the picture its boxes lie on; raises BadUseError, BadPhotoError."""
        probe, content = self.probe(actor, probe_id)
        photo = self._decoded(self._worked(content, probe.origin))
        notes = notes_on(SeenProbe(probe.faces, photo), probe.origin.sensitive)
        return ProbePicture(probe, photo.width_px, photo.height_px, notes)

    def rendering(self, actor: Actor, probe_id: str, max_side_px: int) -> bytes:
        """The actor's probe as a fresh JPEG without metadata, its edits done."""
        probe, content = self.probe(actor, probe_id)
        return self._decoder.render(self._worked(content, probe.origin), max_side_px=max_side_px, crop=None)

    def searched_face(self, actor: Actor, search_id: str) -> bytes | None:
        """The face that the actor searched for, as a JPEG; None once its time is over."""
        found = self.searched(actor, search_id)
        return found[1] if found else None

    def searched_picture(self, actor: Actor, search_id: str) -> ProbePicture | None:
        """Where the face lies in `searched_face`, and that picture's size; None once its time is over."""
        found = self.searched(actor, search_id)
        photo = self._decoder.decode([found[1]])[0] if found else None
        if found is None or not isinstance(photo, DecodedPhoto):
            return None
        return ProbePicture(found[0], photo.width_px, photo.height_px)

    def searched(self, actor: Actor, search_id: str) -> tuple[StoredProbe, bytes] | None:
        """What is kept of the probe that the actor searched with; None once its time is over."""
        found = self._probes.find(search_id)
        if found is None or found[0].user_id != actor.user.user_id or found[0].expires_at <= self._clock.now():
            return None
        return found

    def destroy_expired(self) -> int:
        """How many probes were destroyed because their time was over."""
        expired = list(self._probes.expired(self._clock.now()))
        self._probes.destroy(expired)
        return len(expired)

    def _facts(self, actor: Actor, case: Case, origin: ProbeOrigin = UNATTESTED) -> FactDict:
        size = self._feed.summary().faces
        return {
            **actor_facts(actor, self._clock.now()),
            **case_facts(case, actor, self._clock.now()),
            **probe_facts(origin),
            **gallery_facts(size, self._engine.card, self._policies.accepts(size)),
            "search_manner": Fact(self._manner(case, origin), "records: searches of this case, by the file's hash"),
        }

    def _manner(self, case: Case, origin: ProbeOrigin) -> str:
        """Whether this very picture was searched on so many days of this case that it is a watch."""
        if not origin.original_sha256:
            return "single"
        days = self._searches.days_of(case.case_id, origin.original_sha256)
        return "standing" if len(days | {self._clock.now().date()}) > WATCH_DAYS else "single"

    def _enter(
        self,
        actor: Actor,
        case: Case,
        event: AuditEvent,
        origin: ProbeOrigin = UNATTESTED,
        details: dict[str, str] | None = None,
    ) -> Passage:
        facts = self._facts(actor, case, origin)
        return self._gate.enter(
            Action.SEARCH, facts, event, actor=actor.user.user_id, subject=case.case_id, details=details
        )

    @contextmanager
    def _failure_recorded(self, actor: Actor, case: Case, passage: Passage) -> Iterator[None]:
        """Puts on record that what was allowed came to nothing: no face, several and none picked, not an image."""
        try:
            yield
        except Error as error:
            self._gate.note(
                AuditEvent.SEARCH_FAILED,
                actor=actor.user.user_id,
                subject=case.case_id,
                details={"code": error.code, "decision_index": passage.audit_index},
            )
            raise

    def _worked(self, content: bytes, origin: ProbeOrigin) -> bytes:
        """The file with its edits done; the file itself where there are none."""
        if not origin.edits:
            return content
        return png_of(edited(self._decoded(content).pixels, origin.edits))

    def _decoded(self, content: bytes) -> DecodedPhoto:
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        return photo

    def _see_upright(self, content: bytes) -> tuple[SeenProbe, Edit | None]:
        """What is seen of a file that is searched at once, and its turn; raises BadPhotoError where no turn helps."""
        return see_upright(self._decoded(content), self._engine, in_doubt_only=True)

    def _seen(self, photo: DecodedPhoto) -> SeenProbe:
        faces = self._engine.detect([photo.pixels])[0]
        if not faces:
            raise no_face(photo)
        return SeenProbe(faces, photo)
