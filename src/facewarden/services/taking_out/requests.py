"""People's requests as they come in: taken, confirmed, followed, taken back. By anybody, without an account.

Never compares a request's photo with the gallery, and never says anything about the gallery or another's request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.clocks import clock_for
from facewarden.domain.ids import random_id
from facewarden.domain.requests import (
    NOTICE_VERSION,
    Behalf,
    Channel,
    Outcome,
    PersonRequest,
    RequestMarks,
    RequestSecrets,
    RequestState,
)
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, FaceEngine, PersonRequests, PhotoDecoder, RequestIntake, RequestPapers
from facewarden.services.gate import Gate
from facewarden.services.taking_out.catalogues import DEFAULT_LANGUAGE, LANGUAGES
from facewarden.services.taking_out.request_codes import RequestCodes
from facewarden.services.taking_out.request_faces import RequestFaces, SeenFace
from facewarden.services.taking_out.request_form import RequestForm, check_form
from facewarden.services.taking_out.request_letters import RequestLetters
from facewarden.services.taking_out.request_limits import (
    ADDRESS_OPEN,
    CONFIRM_LETTERS,
    CONFIRM_WITHIN,
    FACE_OPEN,
    Marker,
    RequestLimits,
)
from facewarden.services.taking_out.request_rounds import Settling, own_request_facts


@dataclass(frozen=True, slots=True)
class Followed:
    """A request as whoever has its code sees it."""

    request: PersonRequest
    overdue: bool


class Requests:
    """Requests from their coming to the officer's queue."""

    def __init__(
        self,
        requests: PersonRequests,
        intake: RequestIntake,
        papers: RequestPapers,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        same: float,
        letters: RequestLetters,
        limits: RequestLimits,
        marker: Marker,
        settling: Settling,
        gate: Gate,
        clock: Clock,
    ) -> None:
        """`same` is the similarity from which two faces count as one person's."""
        self._requests = requests
        self._intake = intake
        self._papers = papers
        self._faces = RequestFaces(decoder, engine, same)
        self._letters = letters
        self._limits = limits
        self._marker = marker
        self._codes = RequestCodes(marker)
        self._settling = settling
        self._gate = gate
        self._clock = clock

    # -- taken ------------------------------------------------------------------------------------------------

    def submit(
        self,
        photos: Sequence[bytes],
        form: RequestForm,
        *,
        channel: Channel,
        client: str | None,
        taken_in_by: Actor | None = None,
    ) -> PersonRequest | None:
        """The request, unconfirmed; from the counter it waits at once. None where the very same one is open, or the
        address has as many as it may: whoever asks is told the same, its owner by letter.

        `photos`: one to PHOTOS_MAX of the same face; only the first is kept. `client` is the asking machine's
        address, None for the counter; `taken_in_by` is who is signed in there, None for nobody. Raises RefusedError,
        BadPhotoError, BadUseError, UnavailableError.
        """
        now = self._clock.now()
        check_form(photos, form, channel)
        self._limited(client)
        self._limits.check_room(len(self._requests.in_state(RequestState.UNCONFIRMED)))
        request_id = random_id("req")
        self._enter(request_id, form, channel, taken_in_by)
        marks = RequestMarks(self._address_mark(form.email), self._marker.mark("photo", b"".join(photos)))
        seen = self._faces.see(photos, form)  # first: else a bad photo, or the time it takes, tells of others' requests
        if marks.email is not None and form.email is not None and self._refuse_repeat(form, form.email, marks):
            return None
        request = self._request(request_id, form, seen, channel, now)
        secrets = RequestSecrets(form.email, seen.template, self._faces.pack_id)
        self._requests.add(request, photos[0], secrets, marks)
        self._ask_to_confirm(request, form.email, attempt=1)
        return request

    def _enter(self, request_id: str, form: RequestForm, channel: Channel, taken_in_by: Actor | None) -> None:
        facts = {
            "notice_given": Fact(form.notice_given, f"the form, notice {NOTICE_VERSION}"),
            "release_on_file": Fact(form.released, "the form: ticked by whoever asks"),
        }
        by = taken_in_by.user.user_id if taken_in_by else None
        details = {"kind": form.kind.value, "channel": channel.value}
        event = AuditEvent.OPT_OUT_RECEIVED
        self._gate.enter(Action.REQUEST, facts, event, actor=by, subject=request_id, details=details)

    def _request(
        self, request_id: str, form: RequestForm, seen: SeenFace, channel: Channel, now: datetime
    ) -> PersonRequest:
        clock = clock_for(form.place)
        waiting = channel is Channel.COUNTER
        return PersonRequest(
            request_id=request_id,
            kind=form.kind,
            state=RequestState.WAITING if waiting else RequestState.UNCONFIRMED,
            face=seen.face,
            place=form.place,
            behalf=Behalf(form.behalf),
            language=form.language if form.language in LANGUAGES else DEFAULT_LANGUAGE,
            channel=channel,
            notice_version=NOTICE_VERSION,
            received_at=now,
            due_at=clock.due(now),
            clock_id=clock.clock_id,
            acknowledge_due_at=clock.acknowledge_due(now),
            keep_photo=form.keep_photo,
            confirmed_at=now if waiting else None,
            acknowledged_at=now if waiting else None,
            grouped_under=self._head_of(seen.template),
        )

    def token(self, request_id: str) -> str:
        """What confirms that request's address."""
        return self._codes.of("token", request_id)

    def code(self, request_id: str) -> str:
        """What that request is followed with."""
        return self._codes.of("code", request_id)

    def _limited(self, client: str | None, *, attempt: bool = False) -> None:
        limit = self._limits.attempt if attempt else self._limits.submit
        try:
            limit(client, self._clock.now())
        except BadUseError as error:
            self._gate.note(AuditEvent.OPT_OUT_LIMITED, actor=None, subject=None, details={"code": error.code})
            raise

    def _refuse_repeat(self, form: RequestForm, email: str, marks: RequestMarks) -> bool:
        """True if it was the very same request again, or one more than the address may have; both on record."""
        if marks.email is None:
            return False
        known = self._intake.same(marks.email, marks.photo)
        if known is not None:
            again = replace(known, repeats=known.repeats + 1)
            self._requests.replace(again)
            self._gate.note(AuditEvent.OPT_OUT_REPEATED, actor=None, subject=known.request_id)
            if known.state is RequestState.UNCONFIRMED and again.repeats < CONFIRM_LETTERS:
                self._ask_to_confirm(known, email, attempt=again.repeats + 1)
            return True
        if self._intake.open_of(marks.email) < ADDRESS_OPEN:
            return False
        self._gate.note(AuditEvent.OPT_OUT_LIMITED, actor=None, subject=None, details={"code": "address_limit"})
        day = self._clock.now().date().isoformat()
        letter_id = f"limit.{marks.email.hex()[:24]}.{day}"
        self._letters.limit_reached(email, form.language, ADDRESS_OPEN, letter_id)
        return True

    def _ask_to_confirm(self, request: PersonRequest, email: str | None, attempt: int) -> None:
        if email is not None and request.state is RequestState.UNCONFIRMED:
            expires = request.received_at + CONFIRM_WITHIN
            self._letters.confirm(request, email, self.token(request.request_id), expires, attempt)

    def _head_of(self, template: NDArray[np.float32]) -> str | None:
        """The oldest open request for that face, if there are as many as are handled one by one."""
        ids, templates = self._intake.templates(self._faces.pack_id)
        if not len(ids):
            return None
        alike = self._faces.alike(template, templates)
        return ids[int(alike[0])] if len(alike) >= FACE_OPEN else None

    # -- confirmed, followed, taken back ----------------------------------------------------------------------

    def confirm(self, request_id: str, token: str, *, client: str | None) -> PersonRequest:
        """The request, in the officer's queue from now on; again, the same. BadUseError `confirmation_invalid`.

        A forged confirmation is on record, and reads like one for a request that does not exist.
        """
        self._limited(client, attempt=True)
        request = self._requests.find(request_id)
        if request is None or not self._codes.accepts("token", request_id, token):
            self._gate.note(AuditEvent.OPT_OUT_FORGED, actor=None, subject=None, details={"kind": "confirmation"})
            raise BadUseError(
                "confirmation_invalid",
                "This does not confirm any request.",
                "The number or the code is wrong, or the request was destroyed because nobody confirmed it in time.",
                "Open the link of our letter again, or send a new request.",
            )
        if request.state is RequestState.UNCONFIRMED:
            confirmed = replace(request, confirmed_at=self._clock.now())
            self._gate.note(AuditEvent.OPT_OUT_CONFIRMED, actor=None, subject=request_id)
            self._intake.confirm(confirmed)
            self.acknowledge(request_id)
        return self._requests.find(request_id) or request

    def acknowledge(self, request_id: str) -> None:
        """Sends the letter that confirms the receipt, unless it went out before."""
        request, secrets = self._requests.find(request_id), self._papers.secrets(request_id)
        if request is None or request.state is not RequestState.WAITING or request.acknowledged_at is not None:
            return
        if secrets is not None and secrets.email is not None:
            self._letters.received(request, secrets.email, self.code(request_id))
        self._requests.replace(replace(request, acknowledged_at=self._clock.now()))

    def follow(self, request_id: str, code: str, *, client: str | None) -> Followed:
        """How far the request is, for whoever has its code; BadUseError `code_invalid`."""
        self._limited(client, attempt=True)
        request = self._requests.find(request_id)
        if request is None or not self._codes.accepts("code", request_id, code):
            self._gate.note(AuditEvent.OPT_OUT_FORGED, actor=None, subject=None, details={"kind": "code"})
            raise BadUseError(
                "code_invalid",
                "There is no request with that number and code.",
                "One of the two is wrong, or the request was destroyed because nobody confirmed it in time.",
                "Copy both from our letter.",
            )
        return Followed(request, request.overdue(self._clock.now()))

    def withdraw(self, request_id: str, code: str, *, client: str | None) -> PersonRequest:
        """The request, taken back by whoever has its code, with everything of it destroyed; raises as `follow`."""
        request = self.follow(request_id, code, client=client).request
        if request.state is RequestState.CLOSED:
            raise BadUseError("request_closed", "This request is closed already.", next_step="See how it ended.")
        now = self._clock.now()
        self._gate.enter(
            Action.ERASE,
            own_request_facts("taken back by whoever has its code"),
            AuditEvent.OPT_OUT_CLOSED,
            actor=None,
            subject=request_id,
            details={"outcome": Outcome.WITHDRAWN.value},
        )
        self._requests.close(replace(request, outcome=Outcome.WITHDRAWN, closed_at=now))
        self._settling.settle(request_id)
        return self._requests.find(request_id) or request

    def _address_mark(self, email: str | None) -> bytes | None:
        return None if email is None else self._marker.mark("email", email.strip().lower().encode())
