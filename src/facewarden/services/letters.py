"""Letters that wait in the outbox: carried every day, and destroyed when they waited long enough.

Never reads a letter, and never lets one, with the address that it holds, lie there for good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from facewarden.domain.audit import AuditEvent
from facewarden.domain.letters import WaitingLetter
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Outbox
from facewarden.services.gate import Gate

LETTER_LIFE = timedelta(days=30)
"""Long enough for whoever sends letters by hand once a month; what the letter says is on the person's own page too."""


class Letters:
    """The outbox, for the operator and for the daily round."""

    def __init__(self, outbox: Outbox, gate: Gate) -> None:
        self._outbox = outbox
        self._gate = gate

    def waiting(self) -> Sequence[WaitingLetter]:
        """What nobody sent yet, the oldest first."""
        return self._outbox.waiting()

    def detail(self) -> str:
        """What `facewarden doctor` says of them."""
        waiting = self.waiting()
        if not waiting:
            return "none waits"
        since = waiting[0].since
        ends = since + LETTER_LIFE
        return f"{len(waiting):,} wait, the oldest since {since:%Y-%m-%d}; it is destroyed unsent after {ends:%Y-%m-%d}"

    def run(self, moment: datetime) -> Mapping[str, int]:
        """The daily round: how many a mail server took, and how many were destroyed because nobody sent them in time.

        UnavailableError where the server does not take them; those whose time is over are destroyed all the same.
        """
        try:
            carried = self._outbox.carry()
        finally:
            ended = self._end(moment)
        return {"carried": carried, "ended": ended}

    def _end(self, moment: datetime) -> int:
        old = [letter for letter in self._outbox.waiting() if letter.since + LETTER_LIFE < moment]
        if old:
            facts = {
                "duty": Fact("retention", f"a letter waits for {LETTER_LIFE.days} days"),
                "actor_roles": Fact(frozenset(), "nobody acts"),
            }
            details = {"letters": len(old)}
            self._gate.enter(Action.ERASE, facts, AuditEvent.LETTERS_ENDED, actor=None, subject=None, details=details)
            self._outbox.end(old)
        return len(old)
