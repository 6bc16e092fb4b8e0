"""What outside witnesses saw of the log entries that a bundle, a receipt or a proof rests on.

It never takes the proofs of one tree for those of another: all must be of the tree that goes on from what was cosigned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from facewarden.audit.checkpoint import open_checkpoint
from facewarden.audit.note import VerifierKey
from facewarden.audit.proof import verify_consistency_bundle
from facewarden.audit.witnesses import WitnessPolicy
from facewarden.errors import DamagedError


@dataclass(frozen=True, slots=True)
class WitnessedEntries:
    """The witnesses that cosigned, each with when, the size that they saw, and the entries that are newer than that."""

    cosigners: Mapping[str, datetime]
    size: int
    later: tuple[int, ...]


def verify_witnessed(
    told: Mapping[str, Any], verifier_key: VerifierKey | str, policy: WitnessPolicy
) -> WitnessedEntries:
    """What the witnesses saw of what `told`, itself verified before, rests on.

    Raises DamagedError `not_witnessed`, or the code of the signature or proof that does not hold.
    """
    key = VerifierKey.parse(verifier_key) if isinstance(verifier_key, str) else verifier_key
    since = told.get("witnessed")
    if not isinstance(since, Mapping):
        raise _unseen("No quorum of witnesses had cosigned the log when this was made.")
    size, _ = verify_consistency_bundle(since, key)
    cosigners = policy.cosigners(str(since["old_checkpoint"]).encode())
    if not policy.is_met(cosigners):
        raise _unseen(f"{len(cosigners)} of those that you name cosigned; it takes {policy.quorum_words}.")
    head = open_checkpoint(str(since["new_checkpoint"]).encode(), key)
    if any(open_checkpoint(str(proof["checkpoint"]).encode(), key) != head for proof in told["log"]):
        raise _unseen("Its proofs are not of the log that was witnessed.")
    later = sorted(proof["index"] for proof in told["log"] if proof["index"] >= size)
    return WitnessedEntries(cosigners, size, tuple(later))


def _unseen(why: str) -> DamagedError:
    return DamagedError(
        "not_witnessed",
        "What it rests on was not seen by these witnesses.",
        why,
        "Ask the witnesses what they cosigned, and the operator for one made after that.",
    )
