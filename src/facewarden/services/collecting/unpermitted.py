"""Photos that no source permits any more: hidden already, brought to their erasure, whatever interrupted it.

Never decides that a photo may go: each is listed by an act that was decided and is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import PhotoId
from facewarden.errors import UnavailableError
from facewarden.ports import PhotoSources
from facewarden.services.taking_out.erasing import Erasing

PHOTOS_AT_ONCE = 50_000
"""Erased in one go: the index is written anew once for them, and one transaction hides no more rows than these have."""

RESUMED = (ErasureReason.EXPUNGEMENT, ErasureReason.RETENTION)
"""Takedowns resume by themselves, with their letter."""


class WithdrawingTurn(Protocol):
    """A turn that only one process has."""

    def erasing(self, wait_s: float = ...) -> AbstractContextManager[None]: ...


class Unpermitted:
    """What nothing permits any more."""

    def __init__(self, records: PhotoSources, erasing: Callable[[], Erasing], turn: WithdrawingTurn) -> None:
        self._records = records
        self._erasing = erasing
        self._turn = turn

    def erase(self, reason: ErasureReason) -> int:
        """How many photos that were listed for that reason are gone now; those on hold wait for its end."""
        with self._turn.erasing():
            return self.erase_listed(partial(self._records.waiting, reason), reason)

    def erase_listed(self, listed: Callable[[], Sequence[PhotoId]], reason: ErasureReason) -> int:
        """The same for a list of the caller's, who has the turn."""
        gone = 0
        while photo_ids := listed()[:PHOTOS_AT_ONCE]:
            gone += self._erasing().erase(None, photo_ids, reason).photos
        self._records.settle()
        return gone

    def resume(self) -> int:
        """How many photos were erased that an interruption had left; 0 if another process is at it."""
        left = [reason for reason in RESUMED if self._records.waiting(reason)]
        if not left:
            return 0
        try:
            with self._turn.erasing(0.0):
                return sum(self.erase_listed(partial(self._records.waiting, reason), reason) for reason in left)
        except UnavailableError as error:
            if error.code != "turn_taken":
                raise
            return 0
