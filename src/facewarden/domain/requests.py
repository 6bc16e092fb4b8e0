"""What a person asks for: to be taken out, or to be told. Never holds their photo, their address or what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.clocks import CLOCKS, RequestClock
from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import FaceNumber, PhotoId

NOTICE_VERSION = "1"
"""Of the notice that goes with a request's photo: a change of what it says is a new version."""


class RequestKind(StrEnum):
    """What is asked for."""

    TAKE_OUT = "take_out"
    ACCESS = "access"


class RequestState(StrEnum):
    """How far a request has come."""

    UNCONFIRMED = "unconfirmed"
    """Its e-mail address is not confirmed: nobody looks at it, and it is destroyed after a week."""
    WAITING = "waiting"
    CLOSED = "closed"


class Behalf(StrEnum):
    """For whom somebody asks."""

    SELF = "self"
    CHILD = "child"
    PARENT = "parent"
    ESTATE = "estate"
    ATTORNEY = "attorney"
    IMAGE_VICTIM = "image_victim"


class IdentityCheck(StrEnum):
    """How an officer checked, outside this program, who asks. No document is kept."""

    IN_PERSON = "in_person"
    VIDEO_CALL = "video_call"
    ATTORNEY = "attorney"
    COURT_ORDER = "court_order"
    KNOWN_TO_OFFICER = "known_to_officer"


class ExtensionReason(StrEnum):
    """Why an answer takes longer."""

    MANY_REQUESTS = "many_requests"
    COMPLEX = "complex"
    OPEN_CASE = "open_case"


class Outcome(StrEnum):
    """How a request ended. None of them says whether anything was found."""

    HANDLED = "handled"
    """The face is kept out, and what an officer confirmed is erased."""
    TOLD = "told"
    """An access request was answered, after a check of who asks."""
    NOT_CHECKED = "not_checked"
    """An access request ended because nobody's identity was checked."""
    UNUSABLE = "unusable"
    """The photo could not be used: a drawing, an edited or averaged face."""
    WITHDRAWN = "withdrawn"
    """Whoever asked took it back."""


class Channel(StrEnum):
    """How a request came."""

    WEB = "web"
    COUNTER = "counter"
    """Somebody with the command line handed it in; there is no e-mail address to confirm."""


@dataclass(frozen=True, slots=True)
class PersonRequest:
    """A person's request: the face in the photo that came with it, never the photo itself; no face once closed.

    `acknowledge_due_at` is None where no law asks for it. `repeats` counts the times that the very same request came
    again. `grouped_under` names the request that is handled first among many for one face. `looked_by` is the officer
    who last saw the candidates. `bulk_asked_at` is when an officer first asked to confirm many faces at once.
    `cleared_by` is who lifted a suspicion. `told` means that what was found may be told.
    """

    request_id: str
    kind: RequestKind
    state: RequestState
    face: DetectedFace | None
    place: str | None
    behalf: Behalf
    language: str
    channel: Channel
    notice_version: str
    received_at: datetime
    due_at: datetime
    clock_id: str
    acknowledge_due_at: datetime | None = None
    keep_photo: bool = False
    confirmed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    extended_at: datetime | None = None
    extension_reason: ExtensionReason | None = None
    identity: IdentityCheck | None = None
    identity_by: str | None = None
    identity_at: datetime | None = None
    looked_by: str | None = None
    looked_at: datetime | None = None
    bulk_asked_at: datetime | None = None
    bulk_faces: int = 0
    cleared_by: str | None = None
    cases_asked_at: datetime | None = None
    repeats: int = 0
    grouped_under: str | None = None
    told: bool = False
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    erasure_id: str | None = None

    @property
    def clock(self) -> RequestClock:
        """The law's dates for it."""
        return CLOCKS[self.clock_id]

    def overdue(self, now: datetime) -> bool:
        """True if it waits and its date has passed."""
        return self.state is RequestState.WAITING and now > self.due_at


@dataclass(frozen=True, slots=True)
class RequestSecrets:
    """What is kept sealed of an open request, and destroyed once it is closed and its last letter sent.

    `template` is float32, (dimension,), L2-normalised, made by `pack_id`. `email` is None for one from the counter.
    """

    email: str | None
    template: NDArray[np.float32]
    pack_id: str


@dataclass(frozen=True, slots=True)
class RequestMarks:
    """Keyed hashes by which a request is known again without knowing anything: 32 bytes each, None for none."""

    email: bytes | None
    photo: bytes


@dataclass(frozen=True, slots=True)
class RequestCandidate:
    """A face of the gallery that may be the requester's, for the privacy officer's eyes alone.

    `held` photos are shown to nobody; they can be confirmed, and are erased when their hold ends. `open_cases` are
    the open cases in which the face was a candidate.
    """

    face_number: FaceNumber
    photo_id: PhotoId
    similarity: float
    fmr: tuple[float, float] | None
    expected_lookalikes: tuple[float, float] | None
    source: str
    held: bool = False
    open_cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case in which a face was a candidate: whom to ask before it goes."""

    case_id: str
    number: str
    organisation: str
