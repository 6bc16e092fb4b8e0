"""What the server answers, as frozen values. A field that a newer server adds is passed over, not refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason of a refusal: the rule's name, where it comes from, and its sentence."""

    rule: str
    citation: str
    text: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Ground:
        """The ground as the server tells it."""
        return cls(told["rule"], told["citation"], told["text"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the law says to an act before it is tried: `allowed`, and every ground where it is not."""

    allowed: bool
    grounds: tuple[Ground, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Verdict:
        """The verdict as the server tells it."""
        return cls(told["decision"] == "allow", tuple(Ground.of(ground) for ground in told["grounds"]))


@dataclass(frozen=True, slots=True)
class Case:
    """A case: every search belongs to one."""

    case_id: str
    number: str
    purpose: str
    state: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Case:
        """The case as the server tells it."""
        return cls(told["case_id"], told["number"], told["purpose"], told["state"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who resembles the probe: a lead to be examined, never an identification.

    `fmr` is the share of pairs of different people that score so high, from the most to the least favourable group
    measured; `expected_lookalikes` is how many others in this gallery would. Both are None where it cannot be told.
    """

    rank: int
    similarity: float
    fmr: tuple[float, float] | None
    expected_lookalikes: tuple[float, float] | None
    photo_id: str
    source: str
    url: str | None
    captured_at: datetime | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Candidate:
        """The candidate as the server tells it."""
        captured = told["captured_at"]
        return cls(
            told["rank"],
            told["similarity"],
            _range(told["fmr"]),
            _range(told["expected_lookalikes"]),
            told["photo_id"],
            told["source"],
            told["url"],
            datetime.fromisoformat(captured) if captured else None,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A search's answer. No candidates is an answer too: there is no reliable lead in this gallery.

    `audit_index` is the search's entry in the audit log; `below_floor` names what of the probe's quality is too low.
    """

    search_id: str
    gallery_size: int
    candidates: tuple[Candidate, ...]
    below_floor: tuple[str, ...]
    audit_index: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Answer:
        """The answer as the server tells it."""
        return cls(
            told["search_id"],
            told["gallery_size"],
            tuple(Candidate.of(candidate) for candidate in told["candidates"]),
            tuple(told["probe"]["quality"]["below_floor"]),
            told["audit_index"],
        )


def _range(told: list[float] | None) -> tuple[float, float] | None:
    return None if told is None else (told[0], told[1])
