"""The privacy officer's answers: requests asked about, confirmed, put off, answered, closed.

Never erases a face that no officer confirmed, and never lets anything be told before an officer checked who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import Erasure, ErasureReason, NewSuppression
from facewarden.domain.ids import FaceNumber, random_id
from facewarden.domain.requests import (
    Behalf,
    ExtensionReason,
    IdentityCheck,
    Outcome,
    PersonRequest,
    RequestKind,
    RequestState,
)
from facewarden.errors import BadPhotoError, BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, PersonRequests, PhotoDecoder, RequestPapers
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict
from facewarden.services.taking_out.erasing import Erasing
from facewarden.services.taking_out.request_letters import RequestLetters
from facewarden.services.taking_out.request_looking import Looking, no_candidate, request_unknown
from facewarden.services.taking_out.request_review import Review
from facewarden.services.taking_out.request_rounds import Settling

BEHALVES = tuple(behalf.value for behalf in Behalf)
IDENTITY_CHECKS = tuple(check.value for check in IdentityCheck)
EXTENSION_REASONS = tuple(reason.value for reason in ExtensionReason)
CLOSING_OUTCOMES = (Outcome.UNUSABLE.value, Outcome.NOT_CHECKED.value)
BULK_FREE = 5
"""So many faces may be confirmed at one click: they are seen on one screen."""
BULK_SECONDS_A_FACE = 2
BULK_SECONDS_MAX = 120
"""Whoever confirms more than BULK_FREE at once waits so long, to look at them, and does it again."""
BULK_STANDS = timedelta(hours=1)


class OptOut:
    """Requests from the officer's queue to their end."""

    def __init__(
        self,
        requests: PersonRequests,
        papers: RequestPapers,
        looking: Looking,
        settling: Settling,
        decoder: PhotoDecoder,
        pack_id: str,
        erasing: Erasing,
        letters: RequestLetters,
        gate: Gate,
        clock: Clock,
    ) -> None:
        """`pack_id`: the face models that templates are made by today."""
        self._requests = requests
        self._papers = papers
        self._looking = looking
        self._settling = settling
        self._decoder = decoder
        self._pack_id = pack_id
        self._erasing = erasing
        self._letters = letters
        self._gate = gate
        self._clock = clock

    # -- asked ------------------------------------------------------------------------------------------------

    def record_identity(self, actor: Actor, request_id: str, method: str) -> PersonRequest:
        """The request, with the method of a check that the officer made outside this program; no document is kept."""
        if method not in set(IdentityCheck):
            raise BadUseError(
                "bad_identity_check",
                "That is no identity check.",
                next_step=f"Say {' or '.join(IDENTITY_CHECKS)}.",
            )
        request = self._looking.open_request(request_id)
        details = {"basis": method}
        self._looking.enter(Action.ANSWER, actor, AuditEvent.IDENTITY_CHECKED, request_id, details)
        return self._changed(
            replace(
                request,
                identity=IdentityCheck(method),
                identity_by=actor.user.user_id,
                identity_at=self._clock.now(),
            )
        )

    def record_cases_asked(self, actor: Actor, request_id: str) -> PersonRequest:
        """The request, with the officer's word that the offices of the open cases were asked."""
        request = self._looking.open_request(request_id)
        cases = len(self._looking.candidates(request).cases)
        self._looking.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_CASES_ASKED, request_id, {"cases": cases})
        return self._changed(replace(request, cases_asked_at=self._clock.now()))

    def clear_suspicion(self, actor: Actor, request_id: str) -> PersonRequest:
        """The request, no longer stopped: only after an identity check, and then its faces go one by one."""
        request = self._looking.open_request(request_id)
        if request.identity is None:
            raise BadUseError(
                "identity_first",
                "A stopped request goes on only after an identity check.",
                "Its face meets more people than one face should.",
                "Check who asks, with the photo beside the person, record how, then come back.",
            )
        self._looking.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_CLEARED, request_id)
        return self._changed(replace(request, cleared_by=actor.user.user_id))

    def extend(self, actor: Actor, request_id: str, reason: str) -> PersonRequest:
        """The request, put off once by as long as its law allows; the person gets a letter with the reason."""
        if reason not in set(ExtensionReason):
            raise BadUseError(
                "bad_reason", "That is no reason.", next_step=f"Say one of: {', '.join(ExtensionReason)}."
            )
        request, now = self._looking.open_request(request_id), self._clock.now()
        if request.extended_at is not None or now > request.due_at:
            raise BadUseError(
                "not_extendable",
                "This request cannot be put off.",
                "It was already, or its date has passed: reasons must be given before.",
                "Answer it now.",
            )
        self._looking.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_EXTENDED, request_id, {"reason": reason})
        later = self._changed(
            replace(
                request,
                extended_at=now,
                extension_reason=ExtensionReason(reason),
                due_at=request.clock.extended(request.received_at),
            )
        )
        secrets = self._papers.secrets(request_id)
        if secrets is not None and secrets.email is not None:
            self._letters.extended(later, secrets.email)
        return later

    # -- ended ------------------------------------------------------------------------------------------------

    def approve(
        self,
        actor: Actor,
        request_id: str,
        face_numbers: Sequence[int],
        above: float | None = None,
        identity_checked: str | None = None,
    ) -> Erasure:
        """The erasure, done, with the face kept out from its first moment.

        Erased are the confirmed faces: those named, or every candidate at least `above`. None at all is well: the face
        is kept out all the same. `identity_checked`: a check made outside this program, one of IDENTITY_CHECKS.
        RefusedError; BadUseError for a face that is no candidate (`no_candidate`), a stopped request
        (`request_suspect`), open cases that nobody asked (`cases_not_asked`), many faces confirmed faster than they can
        be looked at (`confirmed_too_fast`).
        """
        if identity_checked is not None:
            self.record_identity(actor, request_id, identity_checked)
        request = self._looking.open_request(request_id)
        if request.kind is not RequestKind.TAKE_OUT:
            raise BadUseError("not_a_take_out", "This request asks to be told.", next_step="Answer it as such.")
        template = self._looking.template(request)
        chosen = self._confirmed(actor, self._looking.beside(request, template), face_numbers, above)
        suppression = self._suppression(request, template)
        basis: str = request.identity.value if request.identity else "identity_not_checked"
        details: dict[str, str | int] = {"request_id": request_id, "basis": basis, "faces": len(chosen)}
        self._looking.enter(Action.SUPPRESS, actor, AuditEvent.SUPPRESSION_DECIDED, suppression.suppression_id, details)
        if request.identity is not None:
            self._tell(actor, request)
        erasure = self._erasing.erase(
            actor,
            [],
            ErasureReason.OPT_OUT,
            face_numbers=sorted(chosen),
            request_id=request_id,
            suppression=suppression,
        )
        self._settling.settle(request_id)
        self._close_group(actor, request_id)
        return erasure

    def told_faces(
        self, actor: Actor, request_id: str, face_numbers: Sequence[int]
    ) -> tuple[list[FaceNumber], str | None]:
        """The faces that a bundle for this access request may tell of, held ones left out, and the identity check.

        Raises as `answer` does; whether anything may be told the law decides when the bundle is made.
        """
        request = self._looking.open_request(request_id)
        self._looking.enter(Action.ANSWER, actor, AuditEvent.OPT_OUT_REVIEWED, request_id)
        if request.kind is not RequestKind.ACCESS:
            raise BadUseError("not_an_access", "This request asks to be taken out.", next_step="Confirm it as such.")
        review = self._looking.candidates(request)
        chosen = self._chosen(review, face_numbers, None)
        self._check_stopped(actor, review, None)
        held = {candidate.face_number for candidate in review.candidates if candidate.held}
        return sorted(chosen - held), request.identity.value if request.identity else None

    def answer(self, actor: Actor, request_id: str, face_numbers: Sequence[int]) -> PersonRequest:
        """The access request, answered after an identity check: what is held of these faces may be told from now on."""
        request = self._looking.open_request(request_id)
        if request.kind is not RequestKind.ACCESS:
            raise BadUseError("not_an_access", "This request asks to be taken out.", next_step="Confirm it as such.")
        review = self._looking.candidates(request)
        self._chosen(review, face_numbers, None)
        self._check_stopped(actor, review, None)
        self._tell(actor, request)
        return self._closed(actor, request, Outcome.TOLD)

    def close(self, actor: Actor, request_id: str, outcome: Outcome) -> PersonRequest:
        """The request, closed without anything done: a photo that cannot be used, or nobody's identity checked."""
        request = self._looking.open_request(request_id)
        allowed = (Outcome.UNUSABLE, Outcome.NOT_CHECKED) if request.kind is RequestKind.ACCESS else (Outcome.UNUSABLE,)
        if outcome not in allowed:
            raise BadUseError(
                "bad_outcome",
                "A request to be taken out is not closed that way.",
                "Getting out needs no proof: what cannot be verified is kept out all the same.",
                "Confirm it, with no face chosen if none is the person's.",
            )
        return self._closed(actor, request, outcome)

    # -- inside -----------------------------------------------------------------------------------------------

    def _closed(self, actor: Actor, request: PersonRequest, outcome: Outcome) -> PersonRequest:
        current = self._requests.find(request.request_id) or request
        self._looking.enter(
            Action.ANSWER, actor, AuditEvent.OPT_OUT_CLOSED, request.request_id, {"outcome": outcome.value}
        )
        ended = replace(current, outcome=outcome, closed_at=self._clock.now())
        if not self._requests.close(ended):
            raise request_unknown()
        self._settling.settle(request.request_id)
        return self._requests.find(request.request_id) or ended

    def _close_group(self, actor: Actor, head: str) -> None:
        """Closes what was handled with that request: the same face, which is kept out now."""
        for request in self._requests.in_state(RequestState.WAITING):
            if request.grouped_under == head and request.kind is RequestKind.TAKE_OUT:
                self._closed(actor, request, Outcome.HANDLED)

    def _tell(self, actor: Actor, request: PersonRequest) -> None:
        facts: FactDict = {"identity_checked": Fact(request.identity is not None, "records: requests")}
        basis = request.identity.value if request.identity else "identity_not_checked"
        self._looking.enter(Action.TELL, actor, AuditEvent.PERSON_TOLD, request.request_id, {"basis": basis}, facts)
        self._changed(replace(request, told=True))

    def _confirmed(
        self, actor: Actor, review: Review, face_numbers: Sequence[int], above: float | None
    ) -> set[FaceNumber]:
        """The faces to be erased, once nothing stands against it; raises as `approve`."""
        chosen = self._chosen(review, face_numbers, above)
        self._check_stopped(actor, review, above)
        if chosen and review.cases and review.request.cases_asked_at is None:
            raise BadUseError(
                "cases_not_asked",
                "A face of this request was a candidate in"
                f" {'an open case' if len(review.cases) == 1 else f'{len(review.cases)} open cases'}.",
                "The office of an open case may need a hold before anything is erased.",
                "Ask them, record that they were asked, then confirm.",
            )
        self._check_hurry(actor, review.request, len(chosen))
        return chosen

    def _chosen(self, review: Review, face_numbers: Sequence[int], above: float | None) -> set[FaceNumber]:
        candidates = {candidate.face_number: candidate for candidate in review.candidates}
        for number in face_numbers:
            if number not in candidates:
                raise no_candidate(number)
        chosen = {FaceNumber(number) for number in face_numbers}
        return chosen | {n for n, c in candidates.items() if above is not None and c.similarity >= above}

    def _check_stopped(self, actor: Actor, review: Review, above: float | None) -> None:
        if not review.suspect or (review.request.cleared_by is not None and above is None):
            return
        request_id = review.request.request_id
        self._gate.note(
            AuditEvent.OPT_OUT_SUSPECTED, actor=actor.user.user_id, subject=request_id, details={"faces": review.people}
        )
        raise BadUseError(
            "request_suspect",
            f"This face meets {review.people} different people, more than the {review.people_allowed} that one face "
            "may meet here: it may be an averaged face.",
            "Erasing them would take out people who did not ask, and keeping it out would keep out more of them.",
            "Close it as unusable, or check who asks, lift the suspicion, and confirm faces one by one.",
        )

    def _check_hurry(self, actor: Actor, request: PersonRequest, faces: int) -> None:
        """Many faces at once are confirmed twice, with time to look at them between; both times are on record."""
        if faces <= BULK_FREE:
            return
        now = self._clock.now()
        wait_s = min(BULK_SECONDS_MAX, faces * BULK_SECONDS_A_FACE)
        asked = request.bulk_asked_at
        if asked is None or now - asked > BULK_STANDS or request.bulk_faces != faces:
            asked = now
            self._changed(replace(request, bulk_asked_at=now, bulk_faces=faces))
        left_s = wait_s - (now - asked).total_seconds()
        if left_s <= 0:
            return
        self._gate.note(
            AuditEvent.OPT_OUT_HURRIED, actor=actor.user.user_id, subject=request.request_id, details={"faces": faces}
        )
        raise BadUseError(
            "confirmed_too_fast",
            f"You are about to erase {faces} faces at once.",
            "Nobody looks at so many in one click, so this is slowed down, and on record.",
            f"Look at each of them, then confirm again in {int(left_s) + 1} seconds.",
        )

    def _suppression(self, request: PersonRequest, template: NDArray[np.float32]) -> NewSuppression:
        """The face to be kept out, with its photo only where the person chose so."""
        suppression_id, pack_id = random_id("sup"), self._pack_id
        if not request.keep_photo or request.face is None:
            return NewSuppression(suppression_id, template, pack_id)
        content = self._papers.content(request.request_id)
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            return NewSuppression(suppression_id, template, pack_id)
        face = request.face.scaled(1 / photo.scale)  # kept in pixels of the file, whatever size it is decoded at
        return NewSuppression(suppression_id, template, pack_id, face, content)

    def _changed(self, request: PersonRequest) -> PersonRequest:
        if not self._requests.replace(request):
            raise request_unknown()
        return request
