"""The privacy officer's view of requests: the queue with its dates, one request beside its candidates, the pictures.

Never shows a face on a photo that is held, nor one that is no candidate at that moment; every look is on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.clocks import WARNING
from facewarden.domain.ids import FaceNumber
from facewarden.domain.requests import PersonRequest, RequestState
from facewarden.errors import BadPhotoError, BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, FaceEngine, GalleryRecords, PersonRequests, PhotoDecoder, RequestPapers
from facewarden.services.casework.viewing import CROP_MARGIN, face_crop
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, actor_facts
from facewarden.services.taking_out.request_review import Review, Reviewing

CLOSED_SHOWN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Queue:
    """The officer's queue: what waits, the one due first at the head, with what is overdue or due soon; what closed of
    late; how many handled with another stand behind each; how many nobody has confirmed yet."""

    waiting: tuple[PersonRequest, ...]
    closed: tuple[PersonRequest, ...]
    behind: Mapping[str, int]
    unconfirmed: int
    overdue: int
    soon: int


class Looking:
    """Requests as the officer sees them, and what every act on one begins with."""

    def __init__(
        self,
        requests: PersonRequests,
        papers: RequestPapers,
        reviewing: Reviewing,
        gallery: GalleryRecords,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._papers = papers
        self._reviewing = reviewing
        self._gallery = gallery
        self._decoder = decoder
        self._engine = engine
        self._gate = gate
        self._clock = clock

    def queue(self, actor: Actor) -> Queue:
        """The queue with its dates; raises RefusedError."""
        self.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_REVIEWED, actor.organisation.organisation_id)
        now = self._clock.now()
        waiting = self._requests.in_state(RequestState.WAITING)
        heads = {request.request_id for request in waiting}
        behind: dict[str, int] = {}
        for request in waiting:
            if request.grouped_under in heads and request.grouped_under is not None:
                behind[request.grouped_under] = behind.get(request.grouped_under, 0) + 1
        closed = [
            request
            for request in self._requests.in_state(RequestState.CLOSED)
            if request.closed_at is not None and request.closed_at > now - CLOSED_SHOWN
        ]
        return Queue(
            tuple(request for request in waiting if request.grouped_under not in heads),
            tuple(sorted(closed, key=lambda request: request.closed_at or now, reverse=True)),
            behind,
            len(self._requests.in_state(RequestState.UNCONFIRMED)),
            sum(request.overdue(now) for request in waiting),
            sum(now <= request.due_at <= now + WARNING for request in waiting),
        )

    def waiting(self, actor: Actor) -> Sequence[PersonRequest]:
        """The requests that wait, the one due first at the head; raises RefusedError."""
        return self.queue(actor).waiting

    def find(self, actor: Actor, request_id: str) -> PersonRequest:
        """The request, whatever its state; raises RefusedError, BadUseError `request_unknown`."""
        self.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_REVIEWED, actor.organisation.organisation_id)
        request = self._requests.find(request_id)
        if request is None:
            raise request_unknown()
        return request

    def review(self, actor: Actor, request_id: str) -> Review:
        """The request with the faces of the gallery that may be the requester's; raises RefusedError, BadUseError."""
        request = self.open_request(request_id)
        self.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_REVIEWED, request_id)
        looked = replace(request, looked_by=actor.user.user_id, looked_at=self._clock.now())
        self._requests.replace(looked)
        return self.candidates(looked)

    def probe_picture(self, actor: Actor, request_id: str, max_side_px: int) -> bytes:
        """The face of the request's photo as a JPEG without metadata; raises as `review`."""
        request = self.open_request(request_id)
        self.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_REVIEWED, request_id)
        content, face = self._papers.content(request_id), request.face
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError) or face is None:
            raise request_unknown()
        box, scale = face.box, photo.scale
        margin_px = CROP_MARGIN * max(box.width_px, box.height_px)
        crop = (
            int(max(0.0, box.left - margin_px) / scale),
            int(max(0.0, box.top - margin_px) / scale),
            int(min(float(photo.width_px), box.right + margin_px) / scale),
            int(min(float(photo.height_px), box.bottom + margin_px) / scale),
        )
        return self._decoder.render(content, max_side_px=max_side_px, crop=crop)

    def face_picture(self, actor: Actor, request_id: str, face_number: int, max_side_px: int) -> bytes:
        """A candidate's face as a JPEG, each look decided and recorded; RefusedError, BadUseError `no_candidate`.

        Only a face that is a candidate of this request at this moment is shown, and none on a photo that is held.
        """
        request = self.open_request(request_id)
        self.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_REVIEWED, request_id)
        review = self.candidates(request)
        if all(candidate.face_number != face_number or candidate.held for candidate in review.candidates):
            raise no_candidate(face_number)
        found = self._gallery.showable([FaceNumber(face_number)]).get(FaceNumber(face_number))
        if found is None:
            raise no_candidate(face_number)
        facts: FactDict = {
            "photo_state": Fact(found.photo.state.value, "records: photos"),
            "photo_was_candidate": Fact(False, "no case: a person's request"),
            "case_org_same": Fact(False, "no case: a person's request"),
        }
        details = {"request_id": request_id}
        self.enter(Action.VIEW, actor, AuditEvent.PHOTO_VIEW_DECIDED, found.photo.photo_id, details, facts)
        content = self._gallery.photo_content(found.photo.photo_id)
        return self._decoder.render(content, max_side_px=max_side_px, crop=face_crop(found))

    # -- what every act begins with ---------------------------------------------------------------------------

    def candidates(self, request: PersonRequest) -> Review:
        """The request beside its candidates, nothing recorded: for acts that are recorded themselves."""
        return self._reviewing.review(request, self.template(request))

    def beside(self, request: PersonRequest, template: NDArray[np.float32]) -> Review:
        """The request beside the candidates of that template of its face."""
        return self._reviewing.review(request, template)

    def template(self, request: PersonRequest) -> NDArray[np.float32]:
        """The request's template, made anew from its photo if the face models changed since."""
        secrets, card = self._papers.secrets(request.request_id), self._engine.card
        if secrets is not None and secrets.pack_id == card.pack_id:
            return secrets.template
        photo = self._decoder.decode([self._papers.content(request.request_id)])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        if request.face is None:
            raise request_unknown()
        template: NDArray[np.float32] = self._engine.templates([photo.pixels], [request.face], card.probe_views)[0]
        return template

    def open_request(self, request_id: str) -> PersonRequest:
        """The request that waits; BadUseError `request_unknown` for any other."""
        request = self._requests.find(request_id)
        if request is None or request.state is not RequestState.WAITING:
            raise request_unknown()
        return request

    def enter(
        self,
        action: Action,
        actor: Actor,
        event: AuditEvent,
        subject: str,
        details: Mapping[str, str | int] | None = None,
        facts: FactDict | None = None,
    ) -> None:
        """Nothing, decided and on record; raises RefusedError."""
        known = {**actor_facts(actor, self._clock.now()), **(facts or {})}
        self._gate.enter(action, known, event, actor=actor.user.user_id, subject=subject, details=details)


def due_soon(request: PersonRequest, now: datetime) -> bool:
    """True if it waits and its date is near."""
    return request.state is RequestState.WAITING and now <= request.due_at <= now + WARNING


def request_unknown() -> BadUseError:
    """The error for a request that does not wait."""
    return BadUseError("request_unknown", "No such request is waiting.", next_step="List them: optout list")


def no_candidate(number: int) -> BadUseError:
    """The error for a face that is no candidate at this moment."""
    return BadUseError("no_candidate", f"Face {number} is no candidate of this request.", next_step="See: optout list")
