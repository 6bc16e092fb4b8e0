"""Reading the audit log: its size, its signed checkpoint and its newest entries, for those the law lets read it.

Never shows an entry before the reading itself is decided and on record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.law.actions import Action
from facewarden.ports import Clock
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts

ENTRIES_A_PAGE = 50  # some 20 kB of entries: a page that loads at once and can be read


class ReadableLog(Protocol):
    """The log as somebody reads it."""

    @property
    def verifier_key(self) -> object:
        """The public key; its `str` is the line to publish."""
        ...

    def size(self) -> int: ...

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint (C2SP tlog-checkpoint)."""
        ...

    def entries(self, start: int, stop: int) -> Iterable[AuditEntry]:
        """The entries from index `start` up to, not with, `stop`."""
        ...


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries with their indexes, newest first, and the head of the log that they are in.

    `older_before` is where the next older page ends, None on the oldest.
    """

    size: int
    checkpoint: str
    verifier_key: str
    entries: tuple[tuple[int, AuditEntry], ...]
    older_before: int | None


class LogBook:
    """The log for readers."""

    def __init__(self, log: ReadableLog, gate: Gate, clock: Clock) -> None:
        self._log = log
        self._gate = gate
        self._clock = clock

    def page(self, actor: Actor, before: int | None = None, count: int = ENTRIES_A_PAGE) -> LogPage:
        """The newest `count` entries below index `before` (None: of all); raises RefusedError."""
        self._gate.enter(
            Action.READ_LOG,
            actor_facts(actor, self._clock.now()),
            AuditEvent.LOG_READ,
            actor=actor.user.user_id,
            subject=actor.organisation.organisation_id,
        )
        size = self._log.size()
        stop = size if before is None else max(0, min(before, size))
        start = max(0, stop - count)
        entries = list(self._log.entries(start, stop)) if stop > start else []
        numbered = tuple(reversed(list(enumerate(entries, start=start))))
        note = self._log.checkpoint().decode()
        return LogPage(size, note, str(self._log.verifier_key), numbered, start if start > 0 else None)
