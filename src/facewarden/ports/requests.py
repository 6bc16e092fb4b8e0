"""People's requests: what services need of them. Never says how it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.ids import FaceNumber
from facewarden.domain.requests import OpenCase, PersonRequest, RequestMarks, RequestSecrets, RequestState


class PersonRequests(Protocol):
    """Requests, each with its photo until it is closed."""

    def add(self, request: PersonRequest, content: bytes, secrets: RequestSecrets, marks: RequestMarks) -> None:
        """Stores all of it; the file and what is sealed lie under keys of the request's own."""
        ...

    def find(self, request_id: str) -> PersonRequest | None: ...

    def replace(self, request: PersonRequest) -> bool:
        """False, with nothing changed, if the request's stored state is another than the given one's, or it is none.

        Takes over everything but the state, the face and what closing writes; `confirm` and `close` change those.
        """
        ...

    def close(self, request: PersonRequest) -> bool:
        """As `replace`, for a request that is closed by it: its face is forgotten and its photo destroyed."""
        ...

    def in_state(self, state: RequestState) -> Sequence[PersonRequest]:
        """The one due first at the head."""
        ...


class RequestIntake(Protocol):
    """Requests as they come in."""

    def same(self, email: bytes, photo: bytes) -> PersonRequest | None:
        """An open request of that address for that very file."""
        ...

    def open_of(self, email: bytes) -> int:
        """How many open requests that address has."""
        ...

    def templates(self, pack_id: str) -> tuple[Sequence[str], NDArray[np.float32]]:
        """Open requests, the oldest first, with the template of each (N, dimension)."""
        ...

    def confirm(self, request: PersonRequest) -> bool:
        """True if it was unconfirmed and waits from now on, as given; False at every other time."""
        ...


class RequestPapers(Protocol):
    """What of a request is kept sealed, for as long as it is needed."""

    def content(self, request_id: str) -> bytes:
        """The photo of an open request; DamagedError `blob_missing` for any other."""
        ...

    def secrets(self, request_id: str) -> RequestSecrets | None:
        """None once they are destroyed."""
        ...

    def forget(self, request_id: str) -> None:
        """Address, template and marks destroyed, with the key."""
        ...

    def discard(self, request_id: str) -> None:
        """Everything of an unconfirmed request destroyed, as if it had never come."""
        ...

    def unsettled(self) -> Sequence[str]:
        """Closed requests whose secrets are still there: their last letter may not be sent."""
        ...


class Traffic(Protocol):
    """How often something was done of late, by whom known as keyed hashes alone."""

    def note(self, kind: str, who: bytes, at: datetime) -> None: ...

    def count(self, kind: str, who: bytes, since: datetime) -> int: ...

    def sweep(self, before: datetime) -> int:
        """How many notes from before then were forgotten."""
        ...


class HeldFaces(Protocol):
    """What a privacy officer must ask about before a face goes."""

    def held(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The faces on photos that are held, with their templates (N, dimension)."""
        ...

    def sources_of(self, face_numbers: Sequence[FaceNumber]) -> dict[FaceNumber, tuple[str, str]]:
        """The photo's id and the source's name of each face, whatever the photo's state."""
        ...

    def open_cases(self, face_numbers: Sequence[FaceNumber]) -> dict[FaceNumber, list[OpenCase]]:
        """The open cases in which each face was a candidate."""
        ...
