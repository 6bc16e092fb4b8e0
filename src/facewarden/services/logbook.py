"""Reading the audit log: its size, its signed checkpoint and its newest entries, for those the law lets read it.

Never shows an entry before the reading itself is decided and on record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.law.actions import Action
from facewarden.ports import Clock, OutcomeLog
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts

ENTRIES_A_PAGE = 50  # some 20 kB of entries: a page that loads at once and can be read
LOOKED_THROUGH_MAX = 20_000  # entries for one page of those that hold some words: well below a second
LOOKED_THROUGH_AT_ONCE = 1_000


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

    `older_before` is where the next older page ends, None on the oldest. Where words were looked for, a page may be
    short or empty and older ones still hold some.
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

    def page(self, actor: Actor, before: int | None = None, count: int = ENTRIES_A_PAGE, words: str = "") -> LogPage:
        """The newest `count` entries below index `before` (None: of all) that hold these words; raises RefusedError.

        The words are looked for in index, moment, event, verdict, grounds, actor and subject.
        """
        ask_to_read(self._gate, actor, self._clock.now())
        size = self._log.size()
        stop = size if before is None else max(0, min(before, size))
        found, start = self._holding(words.casefold().split(), stop, count)
        note = self._log.checkpoint().decode()
        return LogPage(size, note, str(self._log.verifier_key), tuple(found), start if start > 0 else None)

    def _holding(self, words: list[str], stop: int, count: int) -> tuple[list[tuple[int, AuditEntry]], int]:
        """Newest first, and the index down to which entries were looked through."""
        found: list[tuple[int, AuditEntry]] = []
        block = LOOKED_THROUGH_AT_ONCE if words else count
        last = max(0, stop - LOOKED_THROUGH_MAX)
        while stop > last:
            start = max(last, stop - block)
            for index, entry in reversed(list(enumerate(self._log.entries(start, stop), start=start))):
                if all(word in _said(index, entry) for word in words):
                    found.append((index, entry))
                    if len(found) == count:
                        return found, index
            stop = start
        return found, stop


def _said(index: int, entry: AuditEntry) -> str:
    told = (index, entry.at.isoformat(" "), entry.event, entry.verdict, *entry.grounds, entry.actor, entry.subject)
    return " ".join(str(part) for part in told if part is not None).casefold()


def ask_to_read(gate: Gate, actor: Actor, now: datetime) -> None:
    """Nothing, once the law has let the actor read what the log says and that is on record; raises RefusedError."""
    by, body = actor.user.user_id, actor.organisation.organisation_id
    gate.enter(Action.READ_LOG, actor_facts(actor, now), AuditEvent.LOG_READ, actor=by, subject=body)


def outcome_index(log: OutcomeLog, start: int, event: AuditEvent, subject: str) -> int | None:
    """The index from `start` on under which that event of the subject is in the log; None: it is to be logged yet.

    Whoever goes on after a crash asks it: that may have come between the log and the records.
    """
    found = enumerate(log.entries(start), start=start)
    return next((index for index, entry in found if entry.event is event and entry.subject == subject), None)
