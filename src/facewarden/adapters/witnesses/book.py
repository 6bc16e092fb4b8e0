"""A witness's folder: its key, and of each log that it watches the newest checkpoint that it cosigned.

Never cosigns before what it cosigns is on disk, never a tree that does not go on from the last one, and never begins
a log anew whose state is damaged.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from facewarden.adapters.durable import sync, write_whole
from facewarden.audit.checkpoint import Checkpoint, open_checkpoint
from facewarden.audit.cosigning import Answer, Cosigner, origin_of, parse_request, weigh
from facewarden.audit.note import KeyKind, Note, VerifierKey, parse_note
from facewarden.errors import BadUseError, DamagedError, UnavailableError

LOGS, REFUSED = "logs", "refused"
MAX_REFUSED = 64
"""So many refused checkpoints are kept as evidence: enough to show a fork, too few to fill a disk."""
SEED_BYTES = 32


class WitnessBook:
    """The folder of one witness. `now_s` tells the time in POSIX seconds."""

    def __init__(self, folder: Path, now_s: Callable[[], int]) -> None:
        self._folder = folder
        self._now_s = now_s
        self._turn = threading.Lock()
        try:
            told = json.loads((folder / "witness.json").read_text("utf-8"))
            self._cosigner = Cosigner(str(told["name"]), bytes.fromhex(told["seed"]))
        except FileNotFoundError as error:
            raise BadUseError(
                "no_witness",
                f"There is no witness in {folder}.",
                "",
                "Make one: facewarden witness new DIR --name NAME",
            ) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(folder / "witness.json") from error

    @classmethod
    def create(cls, folder: Path, name: str, now_s: Callable[[], int]) -> WitnessBook:
        """A new witness with a new key in a folder that is absent or empty. Raises BadUseError `witness_exists`."""
        seed = secrets.token_bytes(SEED_BYTES)
        Cosigner(name, seed)  # raises for a name that cannot be one, before anything is made
        try:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise BadUseError("witness_exists", f"{folder} is not empty.", "", "Name an empty or absent folder.")
            (folder / LOGS).mkdir(mode=0o700, parents=True)
            folder.chmod(0o700)
            _write(folder / "witness.json", json.dumps({"name": name, "seed": seed.hex()}).encode())
        except OSError as error:
            raise _unwritable(error) from error
        return cls(folder, now_s)

    @property
    def verifier_key(self) -> VerifierKey:
        """The public key that checks its cosignatures; `str()` of it is the line to hand out."""
        return self._cosigner.verifier_key

    def watch(self, log_key: VerifierKey) -> None:
        """Watches one more log, from its beginning; BadUseError if it does already, or the key is no log's."""
        if log_key.kind is not KeyKind.ED25519:
            raise BadUseError("audit_key_invalid", "That is a witness's key.", "", "Give the log's own verifier key.")
        if self._path(log_key.name).exists():  # never anew: what was cosigned of it would be forgotten
            other = self._read(self._path(log_key.name))[0] != log_key
            raise BadUseError(
                "log_watched",
                f"{log_key.name} is watched already" + (", with another key." if other else "."),
                "Two logs of one name cannot be told apart by those who read checkpoints." if other else "",
                "Ask its operator which of the two it is; an installation's name is its own." if other else "",
            )
        try:
            self._keep(log_key, None)
        except OSError as error:
            raise _unwritable(error) from error

    def logs(self) -> list[tuple[VerifierKey, Checkpoint | None]]:
        """Each watched log with the newest checkpoint of it that was cosigned. Raises DamagedError."""
        found = [self._read(path) for path in sorted((self._folder / LOGS).glob("*.json"))]
        return [(key, self._head(key, note)) for key, note in found]

    def newest(self, origin_hash: str) -> bytes | None:
        """The newest cosigned checkpoint of the log whose origin has that SHA-256 (hex); None if there is none."""
        path = self._folder / LOGS / f"{origin_hash}.json"
        is_hash = len(origin_hash) == 64 and set(origin_hash) <= set("0123456789abcdef")
        return self._read(path)[1] if is_hash and path.exists() else None

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a request to cosign; what it cosigns is on disk before. Raises Error where that fails."""
        try:
            request = parse_request(body)
        except DamagedError as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error.why}\n".encode())
        origin = origin_of(request)
        if origin is None:
            return Answer(HTTPStatus.BAD_REQUEST, b"it holds no checkpoint\n")
        with self._turn:
            path = self._path(origin)
            if not path.exists():
                return Answer(HTTPStatus.NOT_FOUND, b"this log is not watched here\n")
            key, last = self._read(path)
            head = weigh(request, key, self._head(key, last))
            if isinstance(head, Answer):
                if head.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                    self._keep_refused(request.note)
                return head
            line = self._cosigner.cosign(head.text, self._now_s())
            theirs = tuple(s for s in parse_note(request.note).signatures if s.is_by(key))
            try:
                self._keep(key, Note(head.text, (*theirs, line)).to_bytes())
            except OSError as error:
                raise _unwritable(error) from error
        return Answer(HTTPStatus.OK, str(line).encode())

    @contextmanager
    def served(self) -> Iterator[None]:
        """Only one process at a time serves this folder; UnavailableError `witness_busy` for a second."""
        with (self._folder / "lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UnavailableError(
                    "witness_busy",
                    "This witness is served already.",
                    "Two at once could cosign two histories.",
                    "Stop the other process first.",
                ) from error
            yield

    def _path(self, origin: str) -> Path:
        return self._folder / LOGS / f"{hashlib.sha256(origin.encode()).hexdigest()}.json"

    def _read(self, path: Path) -> tuple[VerifierKey, bytes | None]:
        try:
            told: dict[str, Any] = json.loads(path.read_text("utf-8"))
            note = told["checkpoint"]
            return VerifierKey.parse(told["log"]), None if note is None else str(note).encode()
        except (OSError, ValueError, KeyError, TypeError, BadUseError) as error:
            raise _damaged(path) from error

    def _head(self, key: VerifierKey, note: bytes | None) -> Checkpoint | None:
        try:
            return None if note is None else open_checkpoint(note, key)
        except DamagedError as error:
            raise _damaged(self._path(key.name)) from error

    def _keep(self, key: VerifierKey, note: bytes | None) -> None:
        told = {"log": str(key), "checkpoint": None if note is None else note.decode()}
        _write(self._path(key.name), json.dumps(told, indent=1).encode())

    def _keep_refused(self, note: bytes) -> None:
        """A checkpoint that the log signed and that does not go on from the last: evidence, as far as there is room."""
        folder = self._folder / REFUSED
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if len(list(folder.iterdir())) < MAX_REFUSED:
                _write(folder / f"{hashlib.sha256(note).hexdigest()}.note", note)
        except OSError as error:
            raise _unwritable(error) from error


def _write(path: Path, content: bytes) -> None:
    """The file whole and on disk, its name too, or as it was."""
    write_whole(path, content)
    sync(path.parent.parent)


def _unwritable(error: OSError) -> UnavailableError:
    return UnavailableError(
        "witness_unwritable",
        "The witness cannot write down what it saw, so it cosigns nothing.",
        f"The system says: {error.strerror}.",
        "Free space or repair the disk and rights of its folder.",
    )


def _damaged(path: Path) -> DamagedError:
    return DamagedError(
        "witness_damaged",
        f"{path} cannot be read as a witness wrote it.",
        "Without knowing what it cosigned last, a witness could cosign a second history.",
        "Retire this witness: make a new one with a new key, and tell whoever named the old one.",
    )
