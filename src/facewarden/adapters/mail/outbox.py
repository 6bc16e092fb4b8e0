"""Letters as files in a folder, for whatever sends mail here to pick up.

Never connects to anything, and never leaves half a letter under its final name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path

from facewarden.adapters.durable import DRAFT, write_whole
from facewarden.domain.letters import WaitingLetter
from facewarden.errors import BadUseError, UnavailableError
from facewarden.ports import Clock

WAITING, ENDED = ".eml", ".ended"
"""How the file of a letter ends, and the empty mark of one that was destroyed unsent: it is never written again."""
_LETTER_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,160}")


class FileOutbox:
    """A folder of .eml files (RFC 5322), mode 0600, one for each letter id."""

    def __init__(self, folder: Path, sender: str, clock: Clock) -> None:
        self._folder = folder
        self._sender = sender
        self._clock = clock

    def send(self, letter_id: str, to: str, subject: str, text: str) -> bool:
        """True once the letter is durable in the folder; False if one of that id was there before.

        Raises BadUseError for an address or a subject that is none, UnavailableError where the folder cannot be
        written.
        """
        if not _LETTER_ID.fullmatch(letter_id):
            raise BadUseError("bad_letter", "A letter's id cannot be used.")
        path = self._folder / f"{letter_id}{WAITING}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists() or path.with_suffix(ENDED).exists():
                return False
            write_whole(path, self._message(to, subject, text))
        except OSError as problem:
            raise _unwritable(problem) from problem
        return True

    def waiting(self) -> list[WaitingLetter]:
        """What nobody took yet, the oldest first; half a letter that a crash left counts too."""
        found = []
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.suffix in (WAITING, DRAFT):
                with suppress(FileNotFoundError):  # whoever sends letters took it at this moment
                    found.append(WaitingLetter(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)))
        return sorted(found, key=lambda letter: (letter.since, letter.letter_id))

    def carry(self) -> int:
        """0: nobody carries letters from here but whoever comes for the files."""
        return 0

    def end(self, letters: Sequence[WaitingLetter]) -> None:
        """These files are gone, in a whole letter's place an empty mark; UnavailableError `outbox_unwritable`."""
        try:
            for letter in letters:
                path = self._folder / letter.letter_id
                if path.suffix == WAITING:
                    path.with_suffix(ENDED).touch(mode=0o600)
                path.unlink(missing_ok=True)
        except OSError as problem:
            raise _unwritable(problem) from problem

    def _message(self, to: str, subject: str, text: str) -> bytes:
        message = EmailMessage()
        try:
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Date"] = self._clock.now()
            message.set_content(text)
            return message.as_bytes()
        except (MessageError, ValueError, TypeError) as problem:
            raise BadUseError("bad_letter", "A letter cannot be written to that address.") from problem


def _unwritable(problem: OSError) -> UnavailableError:
    return UnavailableError(
        "outbox_unwritable",
        "A letter could not be written or destroyed.",
        f"The system says: {problem.strerror}.",
        "See that the outbox folder can be written, then run the same command again.",
    )
