"""The manifest of a built pack: what it is, from what it was made, and the digest of each of its files.

It never opens a model: it says what must be true of the files before one does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from facewarden.adapters.durable import write_whole
from facewarden.domain.deployment import DeclaredUse
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, UnavailableError

MANIFEST_NAME = "manifest.json"
FORMAT = 1
_LARGEST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """The card of a pack, the SHA-256 of each source by file name, and that of each built file by name.

    `permitted_uses` are those that the terms of its weights permit; None where whoever made it says nothing.
    """

    card: PackCard
    sources: Mapping[str, str]
    files: Mapping[str, str]
    permitted_uses: frozenset[DeclaredUse] | None = None

    def write(self, folder: Path) -> None:
        """Put the manifest into the pack's folder, as JSON that a person can read; OSError where the disk refuses."""
        content = {
            "format": FORMAT,
            "card": asdict(self.card),
            "sources": dict(self.sources),
            "files": dict(self.files),
        }
        if self.permitted_uses is not None:
            content["permitted_uses"] = sorted(self.permitted_uses)
        write_whole(folder / MANIFEST_NAME, (json.dumps(content, indent=2, sort_keys=True) + "\n").encode())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest in a pack's folder; DamagedError when it is not one."""
        path = folder / MANIFEST_NAME
        try:
            if path.stat().st_size > _LARGEST_BYTES:
                raise _damaged(folder, "its manifest is too long")
            content = json.loads(path.read_text("utf-8"))
            if content["format"] != FORMAT:
                raise _damaged(folder, "its manifest has another format")
            uses = content.get("permitted_uses")
            return cls(
                _card(content["card"]),
                _digests(content["sources"]),
                _digests(content["files"]),
                None if uses is None else frozenset(DeclaredUse(use) for use in uses),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(folder, "its manifest cannot be read") from error

    def verify(self, folder: Path) -> None:
        """Nothing when every file has its digest; DamagedError names the first that has not."""
        for name, digest in self.files.items():
            path = folder / name
            if not path.is_file() or sha256_of(path.read_bytes()) != digest:
                raise _damaged(folder, f"{name} is not the file that was built")


def check_use(card: PackCard, permitted_uses: frozenset[DeclaredUse] | None, use: DeclaredUse) -> None:
    """Nothing when the terms permit that use or say nothing (None); UnavailableError `pack_use_forbidden`."""
    if permitted_uses is not None and use not in permitted_uses:
        permitted = ", ".join(sorted(permitted_uses)) or "none"
        raise UnavailableError(
            code="pack_use_forbidden",
            what=f"The terms of the face pack {card.pack_id} forbid the use declared here, {use}.",
            why=f"They permit: {permitted}. Its licence: {card.licence}.",
            next_step="Use another pack. FACEWARDEN_USE declares what this installation is for.",
        )


def sha256_of(data: bytes) -> str:
    """The SHA-256 of the bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _card(content: Mapping[str, Any]) -> PackCard:
    values = {field.name: content[field.name] for field in fields(PackCard)}
    values["landmark_names"] = tuple(str(name) for name in values["landmark_names"])
    return PackCard(**values)


def _digests(content: Mapping[str, Any]) -> dict[str, str]:
    if any("/" in name or name.startswith(".") for name in content):
        raise ValueError("a file outside of the pack")
    return {name: str(digest) for name, digest in content.items()}


def _damaged(folder: Path, why: str) -> DamagedError:
    return DamagedError(
        code="pack_damaged",
        what=f"The face pack {folder.name} does not verify: {why}.",
        why="It was changed after it was built, or the disk lost it.",
        next_step=f"Delete the folder {folder.name} among the models. Then bring it again, or run: facewarden models"
        f" build (models pull {folder.name} if it was pulled)",
    )
