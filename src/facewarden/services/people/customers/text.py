"""Names made comparable: one spelling for what people write in twenty ways.

Never loses what was written: the words that told something are quoted from the plain form, the record keeps the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from facewarden.services.people.customers.words import EXPANSIONS

_DASHES = re.compile(r"[‐-―−]")
_BREAK = re.compile(r"[,;/|()\[\]:]|\s-+\s|\s-|-\s")
_WORD = re.compile(r"[^\W_]+")
_SHORT = dict(pair.split(" ", 1) for line in EXPANSIONS.strip().splitlines() for pair in line.split("|"))
_SPACED = re.compile(r"\bp d\b")
_US = re.compile(r"\bunited states(?: of america)?\b")
Span = tuple[int, int]


def letters(text: str) -> str:
    """Lower case without accents, dots and apostrophes; dashes of every kind are hyphens."""
    flat = _DASHES.sub("-", unicodedata.normalize("NFKD", text))
    flat = "".join(mark for mark in flat if not unicodedata.combining(mark)).casefold()
    return re.sub(r"['`´’‘.]", "", flat.replace("&", " and "))


def segments(text: str) -> list[list[str]]:
    """The plain words between commas, brackets and spaced dashes, short forms left as they are."""
    parts = _BREAK.split(_DASHES.sub(" - ", text.replace("–", " - ").replace("—", " - ")))
    return [words for part in parts if (words := _WORD.findall(letters(part)))]


def expanded(words: Sequence[str]) -> list[str]:
    """The words with short forms undone: `chicago pd` to `chicago police department`."""
    joined = " ".join(_SHORT.get(word, word) for word in _SPACED.sub("pd", " ".join(words)).split())
    return _US.sub("us", joined).split()


def plain(text: str) -> list[str]:
    """Every word of the text, short forms undone."""
    return expanded([word for part in segments(text) for word in part])


def find(words: Sequence[str], phrase: Sequence[str]) -> Span | None:
    """Where the phrase stands last among the words: (first, one after the last), or None."""
    size = len(phrase)
    for start in range(len(words) - size, -1, -1):
        if list(words[start : start + size]) == list(phrase):
            return start, start + size
    return None
