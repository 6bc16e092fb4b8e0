"""Witnesses of the audit log: what asking them needs. Never says how an answer travels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from facewarden.audit.cosigning import Answer
from facewarden.domain.witnesses import WitnessStates


class CosignedLog(Protocol):
    """The log as witnesses are shown it."""

    def size(self) -> int: ...

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint."""
        ...

    def prove_consistency(self, old_size: int, new_size: int) -> Sequence[bytes]:
        """The proof that the log of `new_size` entries begins with that of `old_size`."""
        ...

    def keep_cosigned(self, note: bytes, *, is_quorum: bool) -> None:
        """Keeps a checkpoint with the cosignatures that it bears."""
        ...


class Witnesses(Protocol):
    """Witnesses at their addresses."""

    def add_checkpoint(self, url: str, request: bytes) -> Answer:
        """The witness's answer; raises UnavailableError where there is none."""
        ...


class WitnessMemory(Protocol):
    """What is known of the witnesses, kept between two askings."""

    def read(self) -> WitnessStates: ...

    def write(self, states: WitnessStates) -> None: ...
