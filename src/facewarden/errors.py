"""The one root of every error that facewarden raises.

It never carries a template, a pixel, a password or a person's name: what an error says is shown and logged.
"""

from __future__ import annotations


class Error(Exception):
    """Something could not be done, said so that a person can act on it.

    `code` is a stable slug, never reused. `what` says what happened, `why` the cause where it is known,
    `next_step` what to do now. All three are plain sentences.
    """

    def __init__(self, code: str, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(f"{what} {why}".strip())
        self.code = code
        self.what = what
        self.why = why
        self.next_step = next_step


class BadUseError(Error):
    """The request itself is wrong: a bad argument, a missing option, a name that does not exist."""


class BadPhotoError(Error):
    """One photo cannot be used: not an image, truncated, too large, no face in it. Others go on."""


class NotPermittedError(Error):
    """The actor is not signed in, or signed in as somebody who may not do this."""


class UnavailableError(Error):
    """A thing that every act needs (law, log, clock, keys, records, models) is absent or invalid."""


class DamagedError(Error):
    """Stored data does not verify: a wrong checksum, a failed authentication tag, a broken log."""
