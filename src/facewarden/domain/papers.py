"""Papers: what a report says, in parts that a press can print. Never knows how a page looks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a paper."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; `warning` True: set apart, so that nobody overlooks it."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what is known of each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: a header and rows of as many cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures side by side at one size, each a JPEG with its caption."""

    pictures: tuple[tuple[bytes, str], ...]


Part = Heading | Words | Facts | Grid | Pictures


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `footer` stands on every page with its number; `made_at` is the day it bears, ISO 8601."""

    title: str
    subtitle: str
    parts: tuple[Part, ...]
    footer: str
    made_at: str
