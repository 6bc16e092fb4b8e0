"""Reads a connector to its end as workers do: every part that it finds, each from where it stood."""

from __future__ import annotations

from facewarden.domain.photos import OfferedFile


class Desk:
    """Refuses nothing; counts how often it was asked to keep the part."""

    def __init__(self) -> None:
        self.kept = 0

    def refused(self, file: OfferedFile) -> bool:
        return False

    def counted(self, name: str) -> int:
        return 0

    def keep(self) -> None:
        self.kept += 1


def read_all(connector, *, backwards: bool = False, stop_after_each_step: bool = False, desk=None) -> list[OfferedFile]:
    """Every file offered; `stop_after_each_step` begins anew from each step's place, as after a crash."""
    files, places = [], [{}]
    while places:
        place = places.pop(-1 if backwards else 0)
        for step in connector.read(place, desk or Desk()):
            files += step.files
            places += [found.place for found in step.found]
            if step.after is None:
                break
            if stop_after_each_step:
                places.append(step.after)
                break
        else:
            raise AssertionError("a part ended without saying so")
    return files
