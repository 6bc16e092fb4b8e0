"""Files handed over in the app, begun as a collection: decided first, then kept encrypted until they are read.

Never keeps a file of somebody who may not collect, nor of a source from which nothing may come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.collections import Collection, CollectionKind, Plan
from facewarden.domain.ids import JobId, random_id
from facewarden.domain.sources import Source
from facewarden.domain.uploads import Upload
from facewarden.errors import BadUseError
from facewarden.services.collecting.collections import Collecting
from facewarden.services.collecting.ingest import SourceGate

PACK_FILES = 128  # as many as a part of a folder has: two workers share an upload of some hundred
PACK_BYTES = 32 * 1024 * 1024  # a pack is opened whole
NAME_MAX = 300


class Uploads(Protocol):
    """Uploaded files until they are read."""

    def put(self, upload_id: str, files: Sequence[Upload], photos: int) -> None: ...

    def attach(self, upload_id: str, job_id: JobId) -> None:
        """The upload is that collection's from now on, and goes when it ends."""
        ...


class Uploading:
    """Uploads as collections. `photos_in` tells how many photos a file will offer: an archive has several."""

    def __init__(
        self, uploads: Uploads, sources: SourceGate, collecting: Collecting, photos_in: Callable[[Upload], int]
    ) -> None:
        self._uploads = uploads
        self._sources = sources
        self._collecting = collecting
        self._photos_in = photos_in

    def begin(self, actor: Actor, source: Source, files: Sequence[Upload]) -> Collection:
        """The collection of these files; whoever is at work takes them in.

        Raises RefusedError before anything is kept, and BadUseError `no_photo` where no file was given.
        """
        wanted = [Upload(_shown(file.name), file.content) for file in files if not _hidden(file.name)]
        if not wanted:
            raise BadUseError("no_photo", "No photo was given.", next_step="Choose photos, a folder, or a ZIP archive.")
        self._sources.enter(actor, source)
        upload_id = random_id("upl")
        for pack in _packs(wanted):
            self._uploads.put(upload_id, pack, sum(map(self._photos_in, pack)))
        begun = self._collecting.start(actor, source, Plan(CollectionKind.UPLOAD, {"upload": upload_id}))
        self._uploads.attach(upload_id, begun.job_id)
        return begun


def _packs(files: Sequence[Upload]) -> Iterator[list[Upload]]:
    pack, size_bytes = list[Upload](), 0
    for file in files:
        if pack and (len(pack) == PACK_FILES or size_bytes + len(file.content) > PACK_BYTES):
            yield pack
            pack, size_bytes = [], 0
        pack.append(file)
        size_bytes += len(file.content)
    yield pack


def _hidden(name: str) -> bool:
    """Whether it is one of those files that a computer adds to a folder by itself."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.replace("\\", "/").split("/"))


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)[:NAME_MAX]
