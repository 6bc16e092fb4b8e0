"""Files in a folder, offered for collection one after the other.

Never follows a link out of the folder, and never reads more of a file than a photo may have.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from facewarden.domain.collections import Found, Place
from facewarden.domain.photos import OfferedFile
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.ports.collections import AddressCheck, Step

READ_MAX_BYTES = 64 * 1024 * 1024  # the decoder's own limit is lower and names itself; this one only bounds memory


PART_FILES = 128  # names in a part: few enough that two workers share a small folder
PARTS_LISTED = 50  # parts that one step of listing finds
BATCH = 32


class FolderConnector:
    """A folder as a collection: listed once in a stable order, then read in parts of 128 files."""

    def __init__(self, path: Path) -> None:
        self._root = path

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The steps from there on: first the listing, which finds parts, then the files of a part."""
        names = place.get("names")
        if isinstance(names, list):
            return self._read(list(map(str, names)))
        return self._list(place.get("listed"))

    def _list(self, after: object) -> Iterator[Step]:
        if not self._root.exists():
            raise BadUseError(
                "no_such_path",
                "The folder of this collection is not there.",
                "It was moved or deleted, or is on another machine.",
                "Put it back, then: facewarden collect resume ID",
            )
        passed = Path(str(after)).parts if after is not None else ()
        entries = (entry for entry in _walk(self._root) if self._place(entry) > passed)
        while chunk := list(islice(entries, PART_FILES * PARTS_LISTED)):
            unlisted = [entry for entry in chunk if isinstance(entry, _Unlisted)]
            names = [str(entry.relative_to(self._root)) for entry in chunk if isinstance(entry, Path)]
            parts = [Found({"names": names[at : at + PART_FILES]}) for at in range(0, len(names), PART_FILES)]
            told = [OfferedFile(_shown(str(entry.folder.relative_to(self._root))), entry.error) for entry in unlisted]
            listed = str(Path(*self._place(chunk[-1])))
            yield Step(told, {"listed": listed}, parts, {"planned": len(chunk)})
        yield Step((), None, extra={"listed": 1})

    def _place(self, entry: Path | _Unlisted) -> tuple[str, ...]:
        path = entry if isinstance(entry, Path) else entry.folder
        return path.relative_to(self._root).parts

    def _read(self, names: Sequence[str]) -> Iterator[Step]:
        for at in range(0, len(names), BATCH):
            files = [OfferedFile(_shown(name), _read(self._root / name)) for name in names[at : at + BATCH]]
            rest = list(names[at + BATCH :])
            yield Step(files, {"names": rest} if rest else None)


class FolderFiles:
    """The photos below a folder, or the one file given."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise BadUseError(
                "no_such_path",
                f"There is no file or folder {path}.",
                next_step="Give a folder of photos, or one photo.",
            )
        self._root = path
        self._entries = list(_walk(path)) if path.is_dir() else [path]

    def count(self) -> int:
        """How many files will be offered, unreadable ones too."""
        return len(self._entries)

    def read(self) -> Iterable[OfferedFile]:
        """Each file with its bytes, or with the error that reading it met."""
        for entry in self._entries:
            if isinstance(entry, _Unlisted):
                yield OfferedFile(self._name(entry.folder), entry.error)
            else:
                yield OfferedFile(self._name(entry), _read(entry))

    def _name(self, path: Path) -> str:
        return _shown(str(path.relative_to(self._root)) if path != self._root else path.name)


def _shown(name: str) -> str:
    """The name as it may be printed: undecodable and control characters replaced."""
    clean = name.encode("utf-8", "replace").decode()
    return "".join(character if character.isprintable() else "�" for character in clean)


@dataclass(frozen=True, slots=True)
class _Unlisted:
    """A folder whose files cannot be listed."""

    folder: Path
    error: Error


def _walk(folder: Path) -> Iterator[Path | _Unlisted]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as problem:
        yield _Unlisted(folder, _unreadable(problem))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def _read(path: Path) -> bytes | Error:
    try:
        with path.open("rb") as file:
            content = file.read(READ_MAX_BYTES + 1)
    except OSError as problem:
        return _unreadable(problem)
    if len(content) > READ_MAX_BYTES:
        return BadPhotoError(
            "file_too_large",
            f"The file is larger than {READ_MAX_BYTES // 1024**2} MB.",
            next_step="Give the photo itself, or a smaller copy.",
        )
    return content


def _unreadable(problem: OSError) -> BadPhotoError:
    return BadPhotoError(
        "unreadable",
        "It cannot be read.",
        f"The system says: {problem.strerror}.",
        "Give this account the right to read it, then run the same command again.",
    )
