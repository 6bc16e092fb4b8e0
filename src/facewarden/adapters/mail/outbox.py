"""Letters as files in a folder, for whatever sends mail here to pick up.

Never connects to anything, and never leaves half a letter under its final name.
"""

from __future__ import annotations

import os
import re
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path

from facewarden.errors import BadUseError, UnavailableError
from facewarden.ports import Clock

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
        path = self._folder / f"{letter_id}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                return False
            unfinished = path.with_suffix(".tmp")
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(self._message(to, subject, text))
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        except OSError as problem:
            raise UnavailableError(
                "outbox_unwritable",
                "A letter could not be written.",
                f"The system says: {problem.strerror}.",
                "See that the outbox folder can be written, then run the same command again.",
            ) from problem
        return True

    def _message(self, to: str, subject: str, text: str) -> bytes:
        message = EmailMessage()
        try:
            message["From"], message["To"], message["Subject"] = self._sender, to, subject
            message["Date"] = self._clock.now()
            message.set_content(text)
            return message.as_bytes()
        except (MessageError, ValueError, TypeError) as problem:
            raise BadUseError("bad_letter", "A letter cannot be written to that address.") from problem
