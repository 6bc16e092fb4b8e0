"""What is known of the witnesses of the audit log: what each cosigned, what is wrong. Never a key or an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class WitnessProblem(StrEnum):
    """Why a witness did not cosign when it was last asked."""

    SILENT = "witness_silent"
    UNKNOWN_LOG = "witness_unknown_log"
    OTHER_KEY = "witness_other_key"
    BAD_ANSWER = "witness_bad_answer"
    CLOCK = "witness_clock"
    AHEAD = "witness_ahead"
    OTHER_HISTORY = "witness_other_history"


GRAVE = frozenset({WitnessProblem.AHEAD, WitnessProblem.OTHER_HISTORY})
"""What no fault of a network explains: this log, or the witness, is not what it was."""


@dataclass(frozen=True, slots=True)
class WitnessState:
    """One witness: the largest size that it cosigned and when (None: never), and what was wrong when last asked."""

    size: int | None = None
    at: datetime | None = None
    problem: WitnessProblem | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WitnessStates:
    """All of them, by the id of their key; when they were last asked and for how many entries; what a quorum cosigned
    last, and when; the SHA-256 of the policy that named them."""

    witnesses: Mapping[str, WitnessState] = field(default_factory=dict)
    asked_at: datetime | None = None
    asked_size: int = 0
    quorum_size: int | None = None
    quorum_at: datetime | None = None
    policy: str = ""
