"""Holds, packs carried out and duties looked after: what services need of their records. Never says how it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from facewarden.domain.ids import PhotoId, UserId
from facewarden.domain.orders import DutyCheck, DutyRecord, Hold, Lifted, OrderRun, Precedence


class HoldRecords(Protocol):
    """Holds and what they cover."""

    def add(self, hold: Hold, photo_ids: Sequence[PhotoId]) -> int:
        """How many photos ceased to be shown; a hold that is there already covers these too."""
        ...

    def lift(self, hold_id: str, by: UserId | None, reason: str, at: datetime) -> Lifted: ...

    def find(self, hold_id: str) -> Hold: ...

    def all(self, *, standing: bool = True) -> Sequence[Hold]: ...

    def of_photos(self, photo_ids: Sequence[PhotoId]) -> Mapping[PhotoId, Sequence[Hold]]: ...


class RunRecords(Protocol):
    """Packs being carried out."""

    def begin(self, run: OrderRun) -> None: ...

    def answer(self, run_id: str, duty: DutyRecord) -> None: ...

    def end(self, run_id: str, outcome_index: int) -> None: ...

    def find(self, pack_id: str | None = None, *, running: bool = False) -> Sequence[OrderRun]: ...


class ReachedThings(Protocol):
    """What each duty of a run reached, noted before it did."""

    def note_things(self, run_id: str, duty_id: str, things: Sequence[str]) -> None: ...

    def things(self, run_id: str) -> Mapping[str, Sequence[str]]: ...


class DutyRecords(Protocol):
    """How duties stand, and persons' words on deletions against holds."""

    def note_check(self, check: DutyCheck) -> None: ...

    def checks(self) -> Sequence[DutyCheck]: ...

    def settle(self, precedence: Precedence) -> None: ...

    def settled(self) -> Sequence[Precedence]: ...


class OnlyTurn(Protocol):
    """Being the only one at it."""

    def erasing(self, wait_s: float) -> AbstractContextManager[None]: ...
