"""An upload as a collection: its packs are parts, a ZIP among its files is read member by member.

Never opens an archive within an archive, and never unpacks more than an archive of photos can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from facewarden.adapters.archives import zip_files
from facewarden.domain.collections import Found, Place
from facewarden.domain.photos import OfferedFile
from facewarden.domain.uploads import PackNote, Upload
from facewarden.ports.collections import AddressCheck, Step

BATCH = 32


class UploadConnector:
    """One upload: `packs` are what it consists of, `files_of` opens one, `sweep` destroys what is no longer needed."""

    def __init__(
        self,
        packs: Callable[[], Sequence[PackNote]],
        files_of: Callable[[str], Sequence[Upload]],
        sweep: Callable[[], object],
    ) -> None:
        self._packs = packs
        self._files_of = files_of
        self._sweep = sweep

    def read(self, place: Place, check: AddressCheck) -> Iterable[Step]:
        """The steps from there on."""
        if "pack" not in place:
            packs = self._packs()
            found = [Found({"pack": pack.pack_id, "done": 0}) for pack in packs]
            return [Step((), None, found, {"listed": 1, "planned": sum(pack.photos for pack in packs)})]
        return self._read(str(place["pack"]), int(str(place["done"])))

    def _read(self, pack_id: str, done: int) -> Iterator[Step]:
        offered = islice(_offered(self._files_of(pack_id)), done, None)
        files = list(islice(offered, BATCH))
        while files:
            ahead = list(islice(offered, BATCH))
            done += len(files)
            yield Step(files, {"pack": pack_id, "done": done} if ahead else None)
            files = ahead

    def close(self) -> None:
        """Destroys what was uploaded for collections that have ended."""
        self._sweep()


def photos_in(file: Upload) -> int:
    """How many photos the file will offer."""
    members = zip_files(file.name, file.content)
    return 1 if members is None else len(members)


def _offered(files: Sequence[Upload]) -> Iterator[OfferedFile]:
    for file in files:
        members = zip_files(file.name, file.content)
        if members is None:
            yield OfferedFile(file.name, file.content)
        else:
            yield from (member() for member in members)
