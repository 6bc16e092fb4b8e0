"""Where a photo came from: every time that a source brought it, and what looks like a copy of it.

Never decides whether a photo may stay, and holds no pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum, auto

from facewarden.domain.ids import PhotoId, SourceId
from facewarden.domain.photos import PhotoState


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source has a photo: by its address, or where it has none by the file's name, and in whose record."""

    file_name: str
    url: str | None = None
    person_reference: str | None = None


class Standing(Enum):
    """What is known of a photo that a source offers: nothing, or that it brought it from this place or another."""

    NEW = auto()
    BROUGHT = auto()
    ELSEWHERE = auto()


@dataclass(frozen=True, slots=True)
class Arrival:
    """One place from which one source brought a photo: when, by which decision of the audit log, from which server.

    `case_id` is the case that the collection was for, None for one without. `person_reference` is the agency's own, of
    its booking records. `expunge_on` is the day by which those records want the photo gone.
    """

    source_id: SourceId
    file_name: str
    url: str | None
    arrived_at: datetime
    decision_index: int
    page_url: str | None = None
    server_ip: str | None = None
    fetched_at: datetime | None = None
    case_id: str | None = None
    person_reference: str | None = None
    expunge_on: date | None = None

    @property
    def origin(self) -> Origin:
        """By which the same place is known again."""
        return Origin(self.file_name, self.url, self.person_reference)


@dataclass(frozen=True, slots=True)
class NearCopy:
    """Another photo of the gallery that looks like a copy: in how many of 256 bits their hashes differ."""

    photo_id: PhotoId
    bits: int


@dataclass(frozen=True, slots=True)
class PhotoOrigins:
    """Everything that is recorded of where a photo came from, the first arrival first."""

    photo_id: PhotoId
    state: PhotoState
    arrivals: tuple[Arrival, ...]
    near_copies: tuple[NearCopy, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What taking sources away from photos did: arrivals taken, photos that nothing permits any more, photos kept."""

    arrivals: int = 0
    photos: int = 0
    kept: int = 0

    def plus(self, other: Withdrawal) -> Withdrawal:
        """Both together."""
        return Withdrawal(self.arrivals + other.arrivals, self.photos + other.photos, self.kept + other.kept)


class ReviewState(StrEnum):
    """What became of a photo that looks like a copy of one that was taken down."""

    OPEN = "open"
    KEPT = "kept"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class CopyReview:
    """A photo of another source that looks like one taken down: somebody has to look at it and decide."""

    takedown_id: str
    photo_id: PhotoId
    bits: int
    state: ReviewState
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakedownScope:
    """What a letter is about: hosts to be barred, sources that end whole, and sources that own other hosts too."""

    subject: str
    hosts: tuple[str, ...]
    whole_sources: tuple[SourceId, ...]
    partly_sources: tuple[SourceId, ...]


@dataclass(frozen=True, slots=True)
class TakedownPlan:
    """What a takedown does: photos that go with their faces, photos that another source permits, photos on hold,
    look-alikes elsewhere, and photos of a source with other hosts too that came without an address."""

    photos: int
    faces: int
    kept: int
    held: int
    look_alikes: int
    without_address: int

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {
            "photos": self.photos,
            "faces": self.faces,
            "kept": self.kept,
            "held": self.held,
            "look_alikes": self.look_alikes,
            "without_address": self.without_address,
        }


@dataclass(frozen=True, slots=True)
class NewTakedown:
    """A takedown about to begin, decided and on record at `decision_index`."""

    takedown_id: str
    scope: TakedownScope
    letter_hash: str
    actor: str
    decision_index: int


class TakedownState(StrEnum):
    """`BEGUN`: nothing of it is shown or collected any more; bytes may be left. `DONE`: the bytes are gone."""

    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Takedown:
    """A letter of a site's owner and what was done about it: counts and hashes, nothing of what was erased.

    `subject` is the host, or the source, that the letter is about. `hosts` were barred by it.
    """

    takedown_id: str
    subject: str
    hosts: tuple[str, ...]
    state: TakedownState
    letter_hash: str
    actor: str
    decision_index: int
    counts: dict[str, int]
    begun_at: datetime
    done_at: datetime | None
    outcome_index: int | None


@dataclass(frozen=True, slots=True)
class Closing:
    """Something closed for good: hosts, sources, or people of one source (keyed hashes). Outlives the records."""

    closing_id: str
    at: datetime
    hosts: tuple[str, ...]
    sources: tuple[SourceId, ...]
    people: tuple[bytes, ...]
    letter_hash: str | None
    audit_index: int
