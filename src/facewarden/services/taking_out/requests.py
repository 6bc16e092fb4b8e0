"""People's requests as they come in: taken, confirmed, followed, taken back. By anybody, without an account.

Never compares a request's photo with the gallery, and never says anything about the gallery or another's request.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.audit import AuditEvent
from facewarden.domain.clocks import clock_for
from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import random_id
from facewarden.domain.photos import DecodedPhoto
from facewarden.domain.requests import (
    NOTICE_VERSION,
    Behalf,
    Channel,
    Outcome,
    PersonRequest,
    RequestKind,
    RequestMarks,
    RequestSecrets,
    RequestState,
)
from facewarden.errors import BadPhotoError, BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.matching.similarity import similarity_matrix
from facewarden.ports import Clock, FaceEngine, PersonRequests, PhotoDecoder, RequestIntake, RequestPapers
from facewarden.services.gate import Gate
from facewarden.services.people.accounts import check_place
from facewarden.services.taking_out.catalogues import DEFAULT_LANGUAGE, LANGUAGES
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

PHOTO_BYTES_MAX = 20_000_000
PHOTOS_MAX = 3
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_EMAIL_MAX = 254  # RFC 5321
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is mistaken for another when read aloud or typed
_CODE_LENGTH = 16  # 78 bits
_CODE_GROUP = 4


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What somebody fills in. `face_number` counts from 1, the largest first; `from_left` from 1, left to right.

    `notice_given` and `released`: they were told in writing what the photo is used for and how long, and released it
    for that. `keep_photo`: the photo may be kept, encrypted, so that they stay out when the face models change.
    """

    kind: RequestKind = RequestKind.TAKE_OUT
    behalf: str = Behalf.SELF.value
    place: str | None = None
    email: str | None = None
    language: str = DEFAULT_LANGUAGE
    face_number: int | None = None
    from_left: int | None = None
    notice_given: bool = False
    released: bool = False
    keep_photo: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """A request as whoever has its code sees it."""

    request: PersonRequest
    overdue: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """The face of a request: where it lies in the first photo, and its template."""

    face: DetectedFace
    template: NDArray[np.float32]


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
        self._decoder = decoder
        self._engine = engine
        self._same = same
        self._letters = letters
        self._limits = limits
        self._marker = marker
        self._settling = settling
        self._gate = gate
        self._clock = clock

    # -- taken ------------------------------------------------------------------------------------------------

    def submit(
        self, photos: Sequence[bytes], form: RequestForm, *, channel: Channel, client: str | None
    ) -> PersonRequest | None:
        """The request, unconfirmed; from the counter it waits at once. None where the very same one is open, or the
        address has as many as it may: whoever asks is told the same, its owner by letter.

        `photos`: one to PHOTOS_MAX of the same face; only the first is kept. `client` is the asking machine's
        address, None for the counter. Raises RefusedError, BadPhotoError, BadUseError, UnavailableError.
        """
        now = self._clock.now()
        self._checked(photos, form, channel)
        self._limited(client)
        self._limits.check_room(len(self._requests.in_state(RequestState.UNCONFIRMED)))
        request_id = random_id("req")
        self._gate.enter(
            Action.REQUEST,
            {
                "notice_given": Fact(form.notice_given, f"the form, notice {NOTICE_VERSION}"),
                "release_on_file": Fact(form.released, "the form: ticked by whoever asks"),
            },
            AuditEvent.OPT_OUT_RECEIVED,
            actor=None,
            subject=request_id,
            details={"kind": form.kind.value, "channel": channel.value},
        )
        marks = RequestMarks(self._mark_of(form.email), self._marker.mark("photo", b"".join(photos)))
        if marks.email is not None and form.email is not None and self._refuse_repeat(form, form.email, marks):
            return None
        seen = self._see(photos, form)
        clock = clock_for(form.place)
        waiting = channel is Channel.COUNTER
        request = PersonRequest(
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
        secrets = RequestSecrets(form.email, seen.template, self._engine.card.pack_id)
        self._requests.add(request, photos[0], secrets, marks)
        self._ask_to_confirm(request, form.email, attempt=1)
        return request

    def token(self, request_id: str) -> str:
        """What confirms that request's address."""
        return self._secret("token", request_id)

    def code(self, request_id: str) -> str:
        """What that request is followed with."""
        return self._secret("code", request_id)

    def _checked(self, photos: Sequence[bytes], form: RequestForm, channel: Channel) -> None:
        check_place(form.place)
        if form.behalf not in set(Behalf):
            raise BadUseError(
                "bad_behalf", "That is not on anybody's behalf.", next_step=f"Say one of: {', '.join(Behalf)}."
            )
        if channel is Channel.WEB or form.email is not None:
            check_email(form.email)
        if not photos:
            raise BadUseError("no_photo", "No photo was given.", next_step="Choose a photo of the face.")
        if len(photos) > PHOTOS_MAX:
            raise BadUseError(
                "too_many_photos", f"At most {PHOTOS_MAX} photos are taken.", next_step="Choose the best."
            )
        if any(len(content) > PHOTO_BYTES_MAX for content in photos):
            raise BadUseError(
                "photo_too_large",
                f"A photo has at most {PHOTO_BYTES_MAX // 1_000_000} MB.",
                next_step="Crop it around the face, or save it smaller.",
            )

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

    # -- the face ---------------------------------------------------------------------------------------------

    def _see(self, photos: Sequence[bytes], form: RequestForm) -> _Seen:
        decoded = [self._decoded(content) for content in photos]
        faces = [self._picked(photo, form, single=at == 0) for at, photo in enumerate(decoded)]
        views = self._engine.card.probe_views
        templates = self._engine.templates([photo.pixels for photo in decoded], faces, views)
        if len(templates) > 1 and similarity_matrix(templates[:1], templates[1:]).min() < self._same:
            raise BadUseError(
                "different_faces",
                "These photos do not seem to show the same person.",
                "Each further photo is compared with the first, with nothing else.",
                "Send one request for each person, or leave out the photo that is least alike.",
            )
        mean = templates.mean(axis=0)
        return _Seen(faces[0], (mean / np.linalg.norm(mean)).astype(np.float32))

    def _decoded(self, content: bytes) -> DecodedPhoto:
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, BadPhotoError):
            raise photo
        return photo

    def _picked(self, photo: DecodedPhoto, form: RequestForm, *, single: bool) -> DetectedFace:
        faces = self._engine.detect([photo.pixels])[0]
        if not faces:
            raise BadPhotoError("no_face", "No face was found in this photo.", "", "Give one with your face upright.")
        face = _pick(faces, form) if single else _pick(faces, RequestForm())
        if face.quality.failing():
            raise BadPhotoError(
                "face_unclear",
                "The face in this photo is too small, too blurred, too dark or turned too far.",
                f"It falls short in: {', '.join(face.quality.failing())}.".replace("_", " "),
                "Give a sharper photo, in which the face looks at the camera.",
            )
        return face

    def _head_of(self, template: NDArray[np.float32]) -> str | None:
        """The oldest open request for that face, if there are as many as are handled one by one."""
        ids, templates = self._intake.templates(self._engine.card.pack_id)
        if not len(ids):
            return None
        alike = np.flatnonzero(similarity_matrix(template[np.newaxis], templates)[0] >= self._same)
        return ids[int(alike[0])] if len(alike) >= FACE_OPEN else None

    # -- confirmed, followed, taken back ----------------------------------------------------------------------

    def confirm(self, request_id: str, token: str, *, client: str | None) -> PersonRequest:
        """The request, in the officer's queue from now on; again, the same. BadUseError `confirmation_invalid`.

        A forged confirmation is on record, and reads like one for a request that does not exist.
        """
        self._limited(client, attempt=True)
        request = self._requests.find(request_id)
        if request is None or not self._is("token", request_id, token):
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
        if request is None or not self._is("code", request_id, code):
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

    # -- secrets ----------------------------------------------------------------------------------------------

    def _secret(self, kind: str, request_id: str) -> str:
        """A code of letters and digits in groups, made of the installation's key: it is kept nowhere."""
        number = int.from_bytes(self._marker.mark(kind, request_id.encode()), "big")
        letters = ""
        for _ in range(_CODE_LENGTH):
            number, rest = divmod(number, len(_CODE_LETTERS))
            letters += _CODE_LETTERS[rest]
        return "-".join(letters[at : at + _CODE_GROUP] for at in range(0, _CODE_LENGTH, _CODE_GROUP))

    def _is(self, kind: str, request_id: str, given: str) -> bool:
        wanted = self._secret(kind, request_id).replace("-", "")
        typed = re.sub(r"[^A-Z0-9]", "", given.upper()[:80])
        return hmac.compare_digest(wanted.encode(), typed.encode())

    def _mark_of(self, email: str | None) -> bytes | None:
        return None if email is None else self._marker.mark("email", email.strip().lower().encode())


def check_email(email: str | None) -> None:
    """Nothing; raises BadUseError `bad_email` for what cannot be an address."""
    if email is None or len(email) > _EMAIL_MAX or not _EMAIL.fullmatch(email):
        raise BadUseError(
            "bad_email",
            "That is no e-mail address.",
            "We need one to send you the confirmation and the answer.",
            "Write it like name@example.org.",
        )


def _pick(faces: Sequence[DetectedFace], form: RequestForm) -> DetectedFace:
    """The face that the form names; the only one if it names none. `faces`: the largest first."""
    if form.from_left is not None:
        faces, number = sorted(faces, key=lambda face: face.box.left), form.from_left
    elif form.face_number is not None:
        number = form.face_number
    elif len(faces) > 1:
        raise BadUseError(
            "several_faces", f"There are {len(faces)} faces in this photo.", next_step="Say which, or crop the photo."
        )
    else:
        number = 1
    if not 1 <= number <= len(faces):
        raise BadUseError("bad_face", "There is no face of that number.", next_step=f"Say one from 1 to {len(faces)}.")
    return faces[number - 1]
