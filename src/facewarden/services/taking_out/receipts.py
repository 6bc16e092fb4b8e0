"""Receipts: what was erased and is kept out, with the log's own word for it, signed.

Never tells a requester whether anything was found, unless an officer checked who they are outside this program.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from facewarden.audit.note import NoteSigner
from facewarden.audit.receipt import FORMAT, sign_receipt
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.erasing import Erasure, ErasureState
from facewarden.domain.ids import random_id
from facewarden.errors import BadUseError
from facewarden.ports import Clock, ProvingLog

KEY_BACKUP_DAYS = 30  # DESIGN: backups of keys live 30 days at most
STORES = ("records", "write-ahead log", "photos", "keys", "index", "facts of decisions", "search candidates")
PLAIN_EVENTS = frozenset({AuditEvent.FACE_SUPPRESSED, AuditEvent.OPT_OUT_CLOSED})
"""Entries that say the same whether or not anything was found."""


class Receipts:
    """Signed receipts of finished erasures."""

    def __init__(
        self,
        log: ProvingLog,
        signer: NoteSigner,
        clock: Clock,
        keys_until: Callable[[datetime], datetime | None] = lambda moment: None,
    ) -> None:
        """`keys_until` says when the last backup of keys ends that was made before a moment; None: none was made."""
        self._log = log
        self._signer = signer
        self._clock = clock
        self._keys_until = keys_until

    def make(self, erasure: Erasure, *, tell_what: bool) -> dict[str, Any]:
        """The receipt of a finished erasure: with counts, keyed hashes and every entry if `tell_what`, else plain.

        BadUseError `erasure_unfinished` while bytes may be left: no receipt says more than is true.
        """
        if erasure.state is not ErasureState.DONE or erasure.done_at is None:
            raise BadUseError("erasure_unfinished", "This erasure is not finished.", next_step="facewarden doctor")
        if not tell_what and erasure.suppression_id is None:
            raise BadUseError(
                "receipt_empty",
                "A receipt of an erasure alone has nothing else to tell.",
                next_step="Let it tell what was erased.",
            )
        done = erasure.done_at
        told = [index for index, entry in self._entries(erasure) if _told(entry, tell_what)]
        proofs, witnessed = self._log.prove_all(told)
        body = {
            "format": FORMAT,
            "receipt_id": random_id("rcp"),
            "installation": self._signer.verifier_key.name,
            "made_at": self._clock.now().isoformat(),
            "request": None if erasure.request_id is None else {"id": erasure.request_id},
            "erased": _erased(erasure) if tell_what else None,
            "suppressed": None
            if erasure.suppression_id is None
            else {"id": erasure.suppression_id, "since": done.isoformat(), "until": None},
            "not_reached": self._not_reached(done),
            "log": proofs,
            "witnessed": witnessed,
        }
        return sign_receipt(body, self._signer)

    def _not_reached(self, done: datetime) -> list[dict[str, str | None]]:
        """What an erasure cannot reach, each with the day on which it ends by itself (None: nobody can say)."""
        until = self._keys_until(done)
        backups: dict[str, str | None] = {"what": "backups of keys: facewarden made none that is left", "until": None}
        if until is not None:
            what = "backups of keys made before, and with them backups of the data of that time"
            backups = {"what": what, "until": until.date().isoformat()}
        return [backups, {"what": "copies that somebody made outside this installation", "until": None}]

    def _entries(self, erasure: Erasure) -> list[tuple[int, AuditEntry]]:
        """The entries about this erasure, by index: its decision, and what came of it."""
        names = {erasure.erasure_id, erasure.request_id, erasure.suppression_id} - {None}
        return [
            (index, entry)
            for index, entry in enumerate(self._log.entries(erasure.log_size), start=erasure.log_size)
            if entry.subject in names and (erasure.outcome_index is None or index <= erasure.outcome_index)
        ]


def _told(entry: AuditEntry, tell_what: bool) -> bool:
    return tell_what or entry.event in PLAIN_EVENTS


def _erased(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.erasure_id,
        "reason": erasure.reason.value,
        "photos": erasure.photos,
        "burnt": erasure.burnt,
        "faces": erasure.faces,
        "candidates": erasure.candidates,
        "held": erasure.held,
        "photo_hashes": list(erasure.photo_hashes),
        "stores": list(STORES),
        "begun_at": erasure.begun_at.isoformat(),
        "done_at": None if erasure.done_at is None else erasure.done_at.isoformat(),
    }
