"""Entries that may be one body written twice, proposed to a person. Never merges, renames or drops one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from facewarden.domain.accounts import Organisation
from facewarden.services.people.customers import words as tables
from facewarden.services.people.customers.text import plain

_EMPTY_WORDS = frozenset({"the", "of", "and", "inc", "incorporated", "llc", "corp", "corporation", "ltd", "co", "city"})
_ABBREVIATED = {
    short: entry.split()[0].casefold()
    for entry in tables.STATE_WORDS.strip().replace("\n", "|").split("|")
    for short in entry.split()
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entries that may be one: their names, and what speaks for it."""

    first: Organisation
    second: Organisation
    why: str


def propose(new: Sequence[Organisation], known: Iterable[Organisation]) -> tuple[Proposal, ...]:
    """Each new entry beside the first known or earlier new one with the same words in a place that may be the same."""
    by_words: dict[frozenset[str], list[Organisation]] = defaultdict(list)
    for organisation in known:
        by_words[_words(organisation.name)].append(organisation)
    proposals: list[Proposal] = []
    for organisation in new:
        words = _words(organisation.name)
        twin = next((other for other in by_words[words] if _may_share(other, organisation)), None)
        if twin is not None and words:
            same = (
                "the same words and place" if twin.place == organisation.place else "the same words; one has no place"
            )
            proposals.append(Proposal(twin, organisation, same))
        by_words[words].append(organisation)
    return tuple(proposals)


def _words(name: str) -> frozenset[str]:
    """What is left of a name when its place's letters, articles and legal forms are gone."""
    said = plain(name)
    if len(said) > 1 and said[-1] in _ABBREVIATED:
        said = said[:-1]
    return frozenset(said) - _EMPTY_WORDS


def _may_share(one: Organisation, other: Organisation) -> bool:
    return one.place == other.place or one.place is None or other.place is None
