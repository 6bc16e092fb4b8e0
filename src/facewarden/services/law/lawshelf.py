"""The law packs at hand: those that ship, those in folders of a person's own, and which of them are chosen.

Never gives a set that is empty or in which a pack lacks what it requires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from facewarden.errors import BadUseError, UnavailableError
from facewarden.law.loading import (
    MANIFEST,
    Binding,
    Pack,
    builtin_folder,
    check_set,
    load_pack,
    load_packs,
    select_packs,
)

ALL = "all"
"""The word for every pack that ships."""


class LawShelf:
    """Every pack that can be chosen by name."""

    def __init__(
        self, folders: Callable[[], Sequence[Path]] = lambda: (), mark: Callable[[], object] = lambda: None
    ) -> None:
        """`folders` hold the installation's own packs, beside those that ship; `mark` changes whenever a file there
        does."""
        self._folders = folders
        self._mark = mark
        self._read: tuple[object, tuple[Pack, ...]] | None = None

    @property
    def packs(self) -> tuple[Pack, ...]:
        """All of them as they are now; raises UnavailableError where one is not valid."""
        mark = self._mark()
        if self._read is None or self._read[0] != mark:
            self._read = mark, load_packs([builtin_folder(), *self._folders()])
        return self._read[1]

    def choose(self, names: Sequence[str]) -> tuple[Pack, ...]:
        """The packs of these ids or folders with what they require.

        No names: those that a new installation adopts; "all": every one that ships. Raises BadUseError for an
        unknown name, UnavailableError for a pack that is not valid.
        """
        if not names:
            return select_packs(self.packs)
        if ALL in names:
            return self._with_foreign([name for name in names if name != ALL], self.packs)
        known = {pack.pack_id: pack for pack in self.packs}
        ids = [name for name in names if name in known]
        foreign = [name for name in names if name not in known]
        chosen = select_packs(self.packs, {name: known[name].binds for name in ids}) if ids else ()
        return self._with_foreign(foreign, chosen)

    def adopted(self, choices: Mapping[str, str]) -> tuple[Pack, ...]:
        """The packs of an installation's own record: ids to why they bind; raises UnavailableError."""
        try:
            wanted = {name: Binding(binds) for name, binds in choices.items()}
        except ValueError:
            raise UnavailableError(
                "law_choice_unknown",
                "The record of which law packs bind is not what facewarden wrote.",
                f"A pack binds in a way that is none of: {', '.join(binding.value for binding in Binding)}.",
                "Restore installation.json from a backup.",
            ) from None
        named = self._named(wanted)
        if all(name in named for name in wanted):
            return select_packs([named[name] for name in sorted(named)], wanted)
        return select_packs(self.packs, wanted)

    def _named(self, ids: Iterable[str]) -> dict[str, Pack]:
        """The shipped packs of these ids and what they require: reading all of them takes four times as long."""
        found: dict[str, Pack] = {}
        waiting = list(ids)
        while waiting:
            folder = builtin_folder() / waiting.pop()
            if folder.name not in found and (folder / MANIFEST).is_file():
                found[folder.name] = load_pack(folder)
                waiting += found[folder.name].requires
        return found

    def one(self, name: str) -> Pack:
        """The pack of that id or folder alone; raises BadUseError, UnavailableError."""
        for pack in self.packs:
            if pack.pack_id == name:
                return pack
        return _from_folder(name)

    def _with_foreign(self, folders: Sequence[str], chosen: tuple[Pack, ...]) -> tuple[Pack, ...]:
        if not folders:
            return chosen
        foreign = tuple(_from_folder(name) for name in folders)
        known = {pack.pack_id: pack for pack in self.packs}
        needed = {name: known[name].binds for pack in foreign for name in pack.requires if name in known}
        needed |= {pack.pack_id: pack.binds for pack in chosen}
        base = select_packs(self.packs, needed) if needed else ()
        whole = (*base, *foreign)
        check_set(whole)
        return whole


def _from_folder(name: str) -> Pack:
    folder = Path(name)
    if not (folder / MANIFEST).is_file():
        raise BadUseError(
            "unknown_pack",
            f"There is no law pack {name[:80]!r}.",
            f"It is neither the id of a pack nor a folder with a {MANIFEST}.",
            "List those there are: facewarden law orders --pack all",
        )
    return load_pack(folder)
