"""The file that says which installation a data folder is: read whole and checked, written durably.

Never lets a name out of it that could lead out of the folders it is used in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from facewarden.adapters.durable import write_whole
from facewarden.errors import BadUseError, DamagedError, UnavailableError

FORMAT = 1
SIZE_MAX_BYTES = 64 * 1024  # some 500 law packs; what is larger is another file
_INSTALLATION_ID = re.compile(r"ins_[0-9a-f]{24}")


def check_installation_name(name: str) -> None:
    """Nothing; raises BadUseError for a name that cannot be the origin of a log (C2SP tlog-checkpoint)."""
    if not name or len(name) > 200 or not name.isprintable() or "+" in name or any(map(str.isspace, name)):
        raise BadUseError(
            "bad_installation_name",
            "That name cannot be used for an installation.",
            "It is the origin of the audit log: 1 to 200 printable characters, no space and no plus sign.",
            "Choose another, for example faces.county.example.",
        )


def write_identity(path: Path, identity: Mapping[str, object]) -> None:
    """The file, durable at return, whole or as it was; raises UnavailableError."""
    try:
        write_whole(path, json.dumps({"format": FORMAT, **identity}).encode())
    except OSError as problem:
        raise UnavailableError(
            "identity_not_written",
            f"{path} cannot be written.",
            f"The system says: {problem.strerror}.",
            "Check who owns the data folder and that its disk has room.",
        ) from problem


def read_identity(path: Path) -> dict[str, object]:
    """What the file says: `installation_id` and `name`, checked, and `packs` as recorded.

    Raises BadUseError `no_installation` where there is none, UnavailableError `format_unknown` where another version
    wrote it, DamagedError `identity_damaged` for anything else that is not one.
    """
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise BadUseError(
            "no_installation",
            f"There is no installation in {path.parent}.",
            next_step="Create one (facewarden --data DIR init), or name another folder.",
        ) from None
    except OSError as problem:
        raise UnavailableError(
            "identity_unreadable",
            f"{path} cannot be read.",
            f"The system says: {problem.strerror}.",
            "Check who owns the data folder.",
        ) from None
    return _checked(path, content)


def _checked(path: Path, content: bytes) -> dict[str, object]:
    try:
        identity = json.loads(content) if len(content) <= SIZE_MAX_BYTES else None
    except (ValueError, RecursionError):
        identity = None
    if isinstance(identity, dict) and isinstance(identity.get("format"), int) and identity["format"] != FORMAT:
        raise UnavailableError(
            "format_unknown",
            f"{path.parent} was made by another version of facewarden.",
            f"Its format is not {FORMAT}.",
            "Use that version.",
        )
    if not isinstance(identity, dict) or not _is_whole(identity):
        raise DamagedError(
            "identity_damaged",
            f"{path} is not what facewarden wrote.",
            "It is cut off, or was changed.",
            "Restore it from a backup: it never changes but for its list of law packs.",
        )
    return identity


def _is_whole(identity: Mapping[str, object]) -> bool:
    return (
        identity.get("format") == FORMAT
        and isinstance(identity.get("name"), str)
        and _INSTALLATION_ID.fullmatch(str(identity.get("installation_id"))) is not None
        and all(isinstance(word, str) for word in _words(identity.get("packs")))
    )


def _words(packs: object) -> list[object]:
    """Every id and binding of the packs; something that is no text where they are neither object nor list."""
    if isinstance(packs, dict):
        return [*packs, *packs.values()]
    return packs if isinstance(packs, list) else [None]
