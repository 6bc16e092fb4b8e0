"""ZIP and tar archives as collections: members read one by one, none ever written to disk.

Never follows a member's name anywhere, opens an archive within an archive, or unpacks more than an archive of photos
can hold.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from facewarden.adapters.folders import READ_MAX_BYTES
from facewarden.domain.collections import Found, Place
from facewarden.domain.photos import OfferedFile
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.ports.collections import AddressCheck, Step

BATCH = 32
PART_MEMBERS = 128
MEMBERS_MAX = 5_000_000  # a central directory of that many entries takes some gigabytes
UNPACKED_RATIO = 200  # photos do not shrink; 200 times its size is far beyond any archive of them
UNPACKED_FREE_BYTES = 64 * 1024 * 1024  # below this no ratio is looked at
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
_TAR_FAULTS = (tarfile.TarError, zlib.error, LZMAError, EOFError, OSError, ValueError)


class ArchiveConnector:
    """One archive. A ZIP is shared in parts of 128 members; a tar is read from its beginning by one worker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: tuple[zipfile.ZipFile, list[zipfile.ZipInfo]] | None = None

    def examine(self) -> None:
        """Nothing; raises BadUseError if the file is no archive that can be read."""
        try:
            if not zipfile.is_zipfile(self._path) and not tarfile.is_tarfile(self._path):
                raise _no_archive(self._path.name)
        except _TAR_FAULTS as fault:
            raise _no_archive(self._path.name) from fault

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The steps from there on."""
        if "from" in place:
            return self._members(int(str(place["from"])), int(str(place["until"])))
        if "member" not in place and zipfile.is_zipfile(self._path):
            return self._listed()
        self.examine()
        return self._tar(int(str(place.get("member", 0))), int(str(place.get("bytes", 0))))

    # -- zip -------------------------------------------------------------------------------------------------

    def _listed(self) -> Iterator[Step]:
        infos = self._opened()[1]
        whole = sum(info.file_size for info in infos)
        if len(infos) > MEMBERS_MAX or _too_much(whole, self._path.stat().st_size):
            yield Step([OfferedFile(self._path.name, _bomb())], None, extra={"listed": 1, "planned": 1})
            return
        found = [
            Found({"from": at, "until": min(at + PART_MEMBERS, len(infos))})
            for at in range(0, len(infos), PART_MEMBERS)
        ]
        yield Step((), None, found, {"listed": 1, "planned": len(infos)})

    def _opened(self) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
        if self._zip is None:
            try:
                archive = zipfile.ZipFile(self._path)
            except _ZIP_FAULTS as fault:
                raise _no_archive(self._path.name) from fault
            self._zip = archive, [info for info in archive.infolist() if not info.is_dir() and _wanted(info.filename)]
        return self._zip

    def _members(self, at: int, until: int) -> Iterator[Step]:
        archive, infos = self._opened()
        for start in range(at, until, BATCH):
            stop = min(start + BATCH, until)
            files = [
                OfferedFile(_shown(info.filename), _zip_content(archive, info, number))
                for number, info in enumerate(infos[start:stop], start)
            ]
            yield Step(files, None if stop == until else {"from": stop, "until": until})

    # -- tar -------------------------------------------------------------------------------------------------

    def _tar(self, member: int, unpacked: int) -> Iterator[Step]:
        files: list[OfferedFile] = []
        number = -1
        try:
            with tarfile.open(self._path, mode="r|*") as archive:
                for number, info in enumerate(archive):
                    if number < member:
                        continue
                    unpacked += info.size
                    if _too_much(unpacked, self._path.stat().st_size):
                        files.append(OfferedFile(f"{self._path.name} member {number}", _bomb()))
                        break
                    if info.isdir() or not _wanted(info.name):
                        continue
                    files.append(OfferedFile(_shown(info.name), _tar_content(archive, info, number)))
                    if len(files) == BATCH:
                        yield Step(files, {"member": number + 1, "bytes": unpacked}, extra={"planned": len(files)})
                        files = []
                else:
                    if _ends_early(archive):
                        files.append(OfferedFile(f"{self._path.name} after member {number}", _cut(number)))
        except _TAR_FAULTS:
            files.append(OfferedFile(f"{self._path.name} after member {number}", _cut(number)))
        yield Step(files, None, extra={"listed": 1, "planned": len(files)})


def zip_files(name: str, content: bytes) -> Sequence[Callable[[], OfferedFile]] | None:
    """What reads each member of a ZIP that lies in memory; None if it is no ZIP."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _ZIP_FAULTS:
        return [lambda: OfferedFile(name, _cut(0))]
    infos = [info for info in archive.infolist() if not info.is_dir() and _wanted(info.filename)]
    if len(infos) > MEMBERS_MAX or _too_much(sum(info.file_size for info in infos), len(content)):
        return [lambda: OfferedFile(name, _bomb())]

    def member(info: zipfile.ZipInfo, number: int) -> OfferedFile:
        return OfferedFile(f"{name}/{_shown(info.filename)}", _zip_content(archive, info, number))

    return [partial(member, info, number) for number, info in enumerate(infos)]


def _ends_early(archive: tarfile.TarFile) -> bool:
    """Whether the archive stopped without the empty block that ends one."""
    stream = archive.fileobj
    return stream is None or stream.tell() < archive.offset + tarfile.BLOCKSIZE


def _zip_content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, number: int) -> bytes | Error:
    fault = _bad_member(info.filename, info.file_size, number)
    if fault is not None:
        return fault
    if info.flag_bits & 0x1:
        return BadPhotoError(
            "archive_member_locked",
            f"Member {number} is encrypted.",
            next_step="Give an archive without a password.",
        )
    if _too_much(info.file_size, info.compress_size):
        return _bomb()
    try:
        with archive.open(info) as member:
            return member.read(READ_MAX_BYTES + 1)  # never more than the size it declares
    except _ZIP_FAULTS:
        return _damaged(number)


def _tar_content(archive: tarfile.TarFile, info: tarfile.TarInfo, number: int) -> bytes | Error:
    fault = _bad_member(info.name, info.size, number)
    if fault is not None:
        return fault
    member = archive.extractfile(info) if info.isreg() else None
    if member is None:
        return BadPhotoError(
            "archive_member_no_file",
            f"Member {number} is a link or a device.",
            next_step="Give an archive of files.",
        )
    content = member.read()
    return content if len(content) == info.size else _damaged(number)


def _bad_member(name: str, size_bytes: int, number: int) -> Error | None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or name[1:2] == ":" or "\0" in name:
        return BadPhotoError(
            "archive_path_escapes",
            f"The name of member {number} leads out of the archive.",
            next_step="Make the archive anew, with plain names.",
        )
    if size_bytes > READ_MAX_BYTES:
        return BadPhotoError(
            "file_too_large",
            f"Member {number} is larger than {READ_MAX_BYTES // 1024**2} MB.",
            next_step="Give the photo itself, or a smaller copy.",
        )
    return None


def _wanted(name: str) -> bool:
    """Whether a member is offered at all: hidden files and what a Mac adds are not."""
    parts: Sequence[str] = PurePosixPath(name.replace("\\", "/")).parts
    return not any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)


def _too_much(unpacked_bytes: int, packed_bytes: int) -> bool:
    return unpacked_bytes > UNPACKED_FREE_BYTES + UNPACKED_RATIO * max(packed_bytes, 0)


def _shown(name: str) -> str:
    clean = name.encode("utf-8", "replace").decode()
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in clean)


def _bomb() -> BadPhotoError:
    return BadPhotoError(
        "archive_bomb",
        "It would unpack to more than any archive of photos holds.",
        f"Its contents are more than {UNPACKED_RATIO} times its size.",
        "Give the photos in a folder, or in an archive made anew.",
    )


def _cut(number: int) -> BadPhotoError:
    return BadPhotoError(
        "archive_damaged",
        f"The archive cannot be read after member {number}.",
        "It was cut short or changed; what came before was taken in.",
        "Give a whole copy: what is known already is not taken twice.",
    )


def _damaged(number: int) -> BadPhotoError:
    return BadPhotoError(
        "archive_member_damaged",
        f"Member {number} does not unpack to what its checksum says.",
        next_step="Give a whole copy of the archive, or the photo itself.",
    )


def _no_archive(name: str) -> BadUseError:
    return BadUseError(
        "no_archive",
        f"{_shown(name)} is no ZIP or tar archive that can be read.",
        "It is something else, or was cut short.",
        "Give a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz file.",
    )
