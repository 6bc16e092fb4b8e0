"""What bootstrap builds for the law of one opened installation: questions, what packs would touch, which ones bind.

Never changes which packs bind by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from facewarden.adapters.identity_file import read_identity, write_identity
from facewarden.bootstrap.ground import Ground
from facewarden.bootstrap.law import IDENTITY_FILE, choices_of
from facewarden.errors import BadUseError
from facewarden.law.loading import Pack
from facewarden.services.law.explaining import Explaining
from facewarden.services.law.impact import ImpactStudy
from facewarden.services.law.lawcheck import LawCheck
from facewarden.services.law.lawshelf import LawShelf
from facewarden.services.law.packchoice import PackChoice


class PackFile:
    """The record of which packs bind, in the installation's own file."""

    def __init__(self, data_dir: Path, shelf: LawShelf) -> None:
        self._path = data_dir / IDENTITY_FILE
        self._shelf = shelf

    def read(self) -> dict[str, str]:
        """Ids to why they bind."""
        return choices_of(read_identity(self._path), self._shelf)

    def write(self, choices: Mapping[str, str]) -> None:
        """Durable at return, whole or not at all."""
        write_identity(self._path, {**read_identity(self._path), "packs": dict(choices)})


class LawDesk:
    """The services about the law of one opened installation. Parts are built when first used."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.shelf = ground.shelf
        self._folders: dict[str, str] = {}

    @cached_property
    def check(self) -> LawCheck:
        """Answers by the installation's packs; decodes in the installation's own sandbox."""
        return LawCheck(self._ground.law, self._ground.photo_reader, self._ground.decoder)

    @cached_property
    def explaining(self) -> Explaining:
        """Past decisions and what today's rules would say."""
        ground = self._ground
        return Explaining(ground.law, ground.log, ground.memory, ground.gate, ground.clock)

    @cached_property
    def impact(self) -> ImpactStudy:
        """What a pack would touch."""
        ground, records = self._ground, self._ground.records
        return ImpactStudy(
            ground.law,
            ground.photo_reader,
            records.accounts,
            records.sources,
            ground.memory,
            records.holds,
            records.duties.photo_count,
            ground.gate,
            ground.clock,
        )

    @cached_property
    def choice(self) -> PackChoice:
        """Changing which packs bind, by two people."""
        ground = self._ground
        record = PackFile(ground.data_dir, self.shelf)
        return PackChoice(self.shelf, record, ground.records.acceptances, ground.gate, ground.clock)

    def with_pack(self, name: str) -> tuple[Pack, tuple[Pack, ...]]:
        """That pack (an id, or a folder), and the installation's packs with it and what it requires."""
        pack = self.shelf.one(name)
        self._folders[pack.pack_id] = name
        return pack, self.whole(pack)

    def whole(self, pack: Pack) -> tuple[Pack, ...]:
        """The installation's packs with that one and what it requires."""
        return self.shelf.choose([*(known.pack_id for known in self._ground.law.packs), self.name_of(pack.pack_id)])

    def known(self, pack_id: str) -> Pack | None:
        """The pack of that id, None if it is on no shelf any more."""
        try:
            return self.shelf.one(self.name_of(pack_id))
        except BadUseError:
            return None

    def name_of(self, pack_id: str) -> str:
        """What names that pack on the shelf: its id, or the folder that was named in its place."""
        return self._folders.get(pack_id, pack_id)
