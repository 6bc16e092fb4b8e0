"""The erasure ledger in a file of its own: one line an erasure, chained and authenticated, and copied elsewhere.

Never holds anything but random ids, numbers and keyed hashes, and never loses a line that it acknowledged. Sealed
templates of the kept-out, which a restore needs too, lie in a file beside it and leave it when they are lifted.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.durable import append, write_whole
from facewarden.domain.erasing import LedgerLine, NewSuppression
from facewarden.errors import DamagedError, UnavailableError

FORMAT = "facewarden-ledger/1"
LINES, SUPPRESSED = "erasures.jsonl", "suppressed.jsonl"
CLOSED = "closed.jsonl"  # written by `closings`, and copied with the rest
NAMES = (LINES, SUPPRESSED, CLOSED)
FIRST = "0" * 64
_NONCE_BYTES = 12
_LITTLE_ENDIAN = np.dtype("<f4")


class FileLedger:
    """The ErasureLedger port over a folder. `key` (32 bytes) authenticates lines and seals templates.

    `copy_to` is a folder elsewhere that gets a copy after every change; where it cannot be reached the change stands,
    and `copied` says so.
    """

    def __init__(self, folder: Path, key: bytes, copy_to: Path | None = None) -> None:
        self._folder = folder
        self._key = key
        self._copy_to = copy_to

    def write(self, line: LedgerLine) -> None:
        """The line durable at return, once: an erasure that is in the ledger already changes nothing."""
        texts = self._texts()
        if any(line.erasure_id in text for text in texts):
            return
        previous = str(_read(texts[-1]).get("mac")) if texts else FIRST
        body = {"format": FORMAT, "number": len(texts), "previous": previous, **_plain(line)}
        text = json.dumps({**body, "mac": self._mac(body)}, separators=(",", ":")) + "\n"
        with _explained():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            append(self._path(LINES), text.encode())
        self.copy()

    def lines(self) -> Sequence[LedgerLine]:
        """Every line, in order. DamagedError `ledger_damaged` if one was changed, lost or put in by somebody else.

        The half of a line that a crash left behind is cut off: nobody was told that it was there.
        """
        found: list[LedgerLine] = []
        previous = FIRST
        for text in self._texts():
            body = _read(text)
            mac = body.pop("mac", None)
            good = isinstance(mac, str) and hmac.compare_digest(mac, self._mac(body))
            if not good or body.get("previous") != previous or body.get("number") != len(found):
                raise _damaged()
            previous = str(mac)
            found.append(_line(body))
        return found

    def keep_suppression(self, suppression: NewSuppression) -> None:
        """The sealed template durable at return; a second one of that id changes nothing."""
        kept = self._suppressed()
        if suppression.suppression_id in kept:
            return
        plain = np.ascontiguousarray(suppression.template, dtype=_LITTLE_ENDIAN).tobytes()
        nonce = os.urandom(_NONCE_BYTES)
        place = _place(suppression.suppression_id, suppression.pack_id)
        sealed = base64.b64encode(nonce + AESGCM(self._key).encrypt(nonce, plain, place)).decode()
        kept[suppression.suppression_id] = {"pack_id": suppression.pack_id, "sealed": sealed}
        self._write_suppressed(kept)

    def forget_suppression(self, suppression_id: str) -> None:
        """The sealed template gone from the file: it was lifted. What is not there is no error."""
        kept = self._suppressed()
        if kept.pop(suppression_id, None) is not None:
            self._write_suppressed(kept)

    def suppressions(self) -> Sequence[NewSuppression]:
        """Every face kept out, opened: for a restore alone."""
        found = []
        for suppression_id, kept in self._suppressed().items():
            try:
                sealed = base64.b64decode(kept["sealed"])
                place = _place(suppression_id, kept["pack_id"])
                plain = AESGCM(self._key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
            except (InvalidTag, KeyError, ValueError) as error:
                raise _damaged() from error
            template = np.frombuffer(plain, dtype=_LITTLE_ENDIAN)
            found.append(NewSuppression(suppression_id, template, kept["pack_id"]))
        return found

    def copied(self) -> bool:
        """Whether the copy elsewhere is as the ledger is; True where none is asked for."""
        if self._copy_to is None:
            return True
        with contextlib.suppress(OSError):
            return all(_same(self._path(name), self._copy_to / name) for name in NAMES)
        return False

    def _texts(self) -> list[str]:
        path = self._path(LINES)
        with _explained():
            content = path.read_bytes() if path.exists() else b""
            whole, newline, rest = content.rpartition(b"\n")
            if rest:
                os.truncate(path, len(whole) + len(newline))
        try:
            return (whole + newline).decode().splitlines()
        except UnicodeDecodeError as error:
            raise _damaged() from error

    def _mac(self, body: Mapping[str, Any]) -> str:
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        return hmac.digest(self._key, b"ledger\0" + canonical, "sha256").hex()

    def _suppressed(self) -> dict[str, dict[str, str]]:
        path = self._path(SUPPRESSED)
        with _explained():
            texts = path.read_text("utf-8").splitlines() if path.exists() else []
        kept = (_read(text) for text in texts)
        return {str(item["suppression_id"]): item for item in kept}

    def _write_suppressed(self, kept: Mapping[str, Mapping[str, str]]) -> None:
        """The file anew, whole or as it was."""
        texts = [json.dumps({**item, "suppression_id": name}, separators=(",", ":")) for name, item in kept.items()]
        with _explained():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_whole(self._path(SUPPRESSED), "".join(text + "\n" for text in texts).encode())
        self.copy()

    def copy(self) -> None:
        """The copy elsewhere made anew, where one is asked for and can be reached."""
        if self._copy_to is None:
            return
        with contextlib.suppress(OSError):  # `copied` tells; an erasure does not wait for another machine
            self._copy_to.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in NAMES:
                if self._path(name).exists():
                    write_whole(self._copy_to / name, self._path(name).read_bytes())

    def _path(self, name: str) -> Path:
        return self._folder / name


def _plain(line: LedgerLine) -> dict[str, Any]:
    return {
        "erasure_id": line.erasure_id,
        "reason": line.reason,
        "photos": list(line.photos),
        "burnt": list(line.burnt),
        "faces": list(line.faces),
        "files": list(line.files),
        "hashes": list(line.hashes),
        "suppression_id": line.suppression_id,
    }


def _line(body: Mapping[str, Any]) -> LedgerLine:
    try:
        return LedgerLine(
            body["erasure_id"],
            body["reason"],
            tuple(body["photos"]),
            tuple(body["burnt"]),
            tuple(body["faces"]),
            tuple(body["files"]),
            tuple(body["hashes"]),
            body["suppression_id"],
        )
    except (KeyError, TypeError) as error:
        raise _damaged() from error


def _read(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise _damaged() from error
    if not isinstance(body, dict):
        raise _damaged()
    return body


def _same(one: Path, other: Path) -> bool:
    if not one.exists():
        return True
    return other.exists() and one.read_bytes() == other.read_bytes()


def _place(suppression_id: str, pack_id: str) -> bytes:
    return b"ledger-suppression\0" + suppression_id.encode() + b"\0" + pack_id.encode()


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            "ledger_not_accessible",
            "The erasure ledger cannot be written or read.",
            f"The system says: {error.strerror}.",
            "Check who owns the data folder and that its disk has room; the erasure goes on from there.",
        ) from error


def _damaged() -> DamagedError:
    return DamagedError(
        "ledger_damaged",
        "The erasure ledger does not verify.",
        "A line was changed, lost, or written by another installation.",
        "Use its copy from elsewhere, or the newest backup's.",
    )
