"""Facts: what is known about an act, each with where it came from.

It never fills a gap: a fact that nobody established is undetermined, and an undetermined fact never helps
an act through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | bool | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A value and its origin.

    `value` is None when the fact was looked for and could not be determined. That differs from a fact
    missing from the mapping: nobody looked, and even a rule that lets an undetermined fact pass then
    refuses. `origin` is a short phrase a person can check ("records: cases.state", "EXIF GPS", "given on
    the command line").
    """

    value: Value
    origin: str

    @property
    def determined(self) -> bool:
        """True if the value is known."""
        return self.value is not None


Facts = Mapping[str, Fact]


def undetermined(origin: str) -> Fact:
    """A fact that was looked for and not found; `origin` says where it was looked for."""
    return Fact(None, origin)


def to_plain(value: Value) -> str | int | bool | list[str] | None:
    """The value as JSON can carry it: a set becomes a sorted list."""
    return sorted(value) if isinstance(value, frozenset) else value
