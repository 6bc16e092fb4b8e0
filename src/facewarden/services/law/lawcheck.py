"""What the law would say of a photo, a search or an account, asked by anybody, with or without an installation.

Never records or changes anything, and never looks at a pixel: of a photo only what its file says is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadUseError, Error
from facewarden.law.actions import Action
from facewarden.law.check import check
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.given import given_fact
from facewarden.law.photo import PhotoEvidence, PhotoReader
from facewarden.ports import PhotoDecoder

ASKABLE = (Action.COLLECT, Action.SEARCH, Action.ACCOUNT)
"""The acts that somebody outside can ask about; the others are about what an installation holds."""
_MANNER, _ROBOTS = "collection_manner", "robots"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the photo's file, None for none, and what is known beside it. `facts` are given by name."""

    action: Action
    photo: bytes | None = None
    url: str | None = None
    server_ip: str | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    facts: Mapping[str, Fact] | None = None


class LawCheck:
    """Answers questions by one set of packs."""

    def __init__(self, law: LawEngine, reader: PhotoReader, decoder: PhotoDecoder) -> None:
        self._law = law
        self._reader = reader
        self._decoder = decoder

    def by(self, law: LawEngine) -> LawCheck:
        """The same by other packs."""
        return LawCheck(law, self._reader, self._decoder)

    def ask(self, question: Question, as_of: date | datetime) -> Decision:
        """The decision, every fact with its origin; raises BadPhotoError where the file is no photo."""
        given = dict(question.facts or {})
        about_photo = question.action is Action.COLLECT or question.photo is not None or question.url is not None
        evidence = self._evidence(question, given) if about_photo else None
        return check(self._law, self._reader, question.action, evidence, given, as_of)

    def _evidence(self, question: Question, given: Mapping[str, Fact]) -> PhotoEvidence:
        photo = self._decoded(question.photo) if question.photo is not None else None
        manner, robots = given.get(_MANNER), given.get(_ROBOTS)
        return PhotoEvidence(
            tags=photo.metadata.tags if photo else None,
            latitude_deg=question.latitude_deg,
            longitude_deg=question.longitude_deg,
            taken_at=photo.metadata.taken_at if photo else None,
            page_url=question.url,
            server_ip=question.server_ip,
            robots=str(robots.value) if robots and robots.determined else None,
            manner=str(manner.value) if manner and manner.determined else "given",
            extra={"host_permission": Fact(False, "no permission of the site's owner was named")},
        )

    def _decoded(self, content: bytes) -> DecodedPhoto:
        photo = self._decoder.decode([content])[0]
        if isinstance(photo, Error):
            raise photo
        return photo


def given_facts(texts: Iterable[str], origin: str) -> dict[str, Fact]:
    """The facts of NAME=VALUE texts; raises BadUseError for an unknown name or value, and for one given twice."""
    facts: dict[str, Fact] = {}
    for text in texts:
        name, fact = given_fact(text, origin)
        if name in facts:
            raise BadUseError("fact_twice", f"The fact {name} is given twice.", next_step="Give it once.")
        facts[name] = fact
    return facts


def read_day(text: str) -> date | datetime:
    """The day or instant written: YYYY-MM-DD, or ISO 8601 with an offset; raises BadUseError."""
    try:
        if len(text) == len("2026-11-22"):
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None and instant.utcoffset() is not None:
            return instant
    except (ValueError, OverflowError):
        pass
    raise BadUseError(
        "bad_day",
        f"{text[:40]!r} is no day.",
        "A day is written YYYY-MM-DD, an instant as ISO 8601 with its offset from UTC.",
        "Write for example 2027-05-11, or 2027-05-11T23:59:59-05:00.",
    )


def read_degrees(text: str | None, name: str) -> float | None:
    """The number of degrees written, whatever it is: the law refuses one that is not on the globe."""
    if text is None:
        return None
    try:
        degrees = float(text)
    except ValueError:
        degrees = math.nan
    if math.isnan(degrees):
        raise BadUseError("bad_degrees", f"The {name} is no number of degrees.", next_step="Write for example 41.8917.")
    return degrees
