"""Files that a person handed over in the app, waiting to be taken in. Never a file outside an encrypted pack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as the browser named it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PackNote:
    """A pack of uploaded files that waits: its id, and how many photos it will offer."""

    pack_id: str
    photos: int
