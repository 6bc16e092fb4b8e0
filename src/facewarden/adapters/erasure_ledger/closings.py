"""What was closed for good, beside the erasure ledger: hosts barred, sources ended, people expunged.

Never forgets a line that it acknowledged, and holds hosts, random ids and keyed hashes alone: no name of a person.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from facewarden.adapters.durable import append
from facewarden.adapters.erasure_ledger.file import CLOSED
from facewarden.domain.ids import SourceId
from facewarden.domain.provenance import Closing
from facewarden.errors import DamagedError, UnavailableError


class FileClosings:
    """The Closings port over one file of the ledger's folder; `copied` is called after every line."""

    def __init__(self, folder: Path, key: bytes, copied: Callable[[], None]) -> None:
        self._folder = folder
        self._key = key
        self._copied = copied

    def write(self, closing: Closing) -> None:
        """The line durable at return, once: one that is there already changes nothing."""
        if any(known.closing_id == closing.closing_id for known in self.all()):
            return
        body = _plain(closing)
        line = json.dumps({**body, "mac": self._mac(body)}, separators=(",", ":")) + "\n"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            append(self._folder / CLOSED, line.encode())
        except OSError as error:
            raise _unreachable(error) from error
        self._copied()

    def all(self) -> Sequence[Closing]:
        """Every line, in order; DamagedError `closings_damaged` if one was changed by somebody else.

        The half of a line that a crash left behind is cut off: nobody was told that it was there.
        """
        path = self._folder / CLOSED
        try:
            content = path.read_bytes() if path.exists() else b""
            whole, newline, rest = content.rpartition(b"\n")
            if rest:
                os.truncate(path, len(whole) + len(newline))
        except OSError as error:
            raise _unreachable(error) from error
        found = []
        try:
            for text in whole.decode().splitlines():
                body = json.loads(text)
                mac = body.pop("mac")
                if not hmac.compare_digest(mac, self._mac(body)):
                    raise _damaged()
                found.append(_closing(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged() from error
        return found

    def _mac(self, body: Mapping[str, Any]) -> str:
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        return hmac.digest(self._key, b"closing\0" + canonical, "sha256").hex()


def _plain(closing: Closing) -> dict[str, Any]:
    return {
        "closing_id": closing.closing_id,
        "at": closing.at.isoformat(),
        "hosts": list(closing.hosts),
        "sources": list(closing.sources),
        "people": [found.hex() for found in closing.people],
        "letter_hash": closing.letter_hash,
        "audit_index": closing.audit_index,
    }


def _closing(body: Mapping[str, Any]) -> Closing:
    return Closing(
        body["closing_id"],
        datetime.fromisoformat(body["at"]),
        tuple(body["hosts"]),
        tuple(SourceId(source_id) for source_id in body["sources"]),
        tuple(bytes.fromhex(found) for found in body["people"]),
        body["letter_hash"],
        body["audit_index"],
    )


def _damaged() -> DamagedError:
    return DamagedError(
        "closings_damaged",
        "The list of what was closed for good does not verify.",
        "The file was changed outside facewarden, or belongs to another installation.",
        "Put the newest copy of the ledger's folder in its place.",
    )


def _unreachable(error: OSError) -> UnavailableError:
    return UnavailableError(
        "ledger_not_accessible",
        "The ledger's folder cannot be used.",
        f"The system says: {error.strerror}.",
        "Check that the data folder belongs to the account that runs facewarden and has room.",
    )
