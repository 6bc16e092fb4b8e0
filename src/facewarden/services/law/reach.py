"""Which photos of the gallery a duty of a pack reaches: surely, surely not, or nobody can tell.

Never calls a photo reached that only might be, and never one untouched whose facts nobody kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from facewarden.domain.ids import PhotoId
from facewarden.law.actions import Action
from facewarden.law.duties import Duty, Reach
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Facts, Value
from facewarden.law.loading import Pack
from facewarden.law.rules import Rule
from facewarden.ports import DecisionMemory
from facewarden.services.law.remembering import decision_of

NO_PHOTOS = (
    "It is not about photos as such: no service reaches templates alone, or acts on a request that nobody made here."
)
NOT_TOLD = "Neither the duty's places nor the pack's rules say which photos are meant."
MEMO_KEPT = 50_000
"""Answers kept for photos with the same facts: most of a gallery carries no metadata, and asks the same again."""
OF_PHOTO = ("place_taken", "places_claimed", "url_place", "upload_place")
"""Facts of the photo itself that name a place."""
TIES = (*OF_PHOTO, "server_place", "source_place")
"""Facts that tie a photo to a place; a server's or a source's place does not tell that the photo is of no other."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The photos that a duty surely reaches, how many it surely leaves, and of how many nobody can tell."""

    photo_ids: tuple[PhotoId, ...]
    stays: int
    unsure: int


class PhotoReach:
    """Sorts the photos of one installation by what a duty says of them."""

    def __init__(
        self, memory: DecisionMemory, engine_of: Callable[[Pack], LawEngine], photos: Callable[[], int]
    ) -> None:
        """`engine_of`: the installation's law with that pack; `photos`: how many the records hold, hidden or not."""
        self._memory = memory
        self._engine_of = engine_of
        self._photos = photos

    def problem(self, pack: Pack, duty: Duty) -> str | None:
        """Why nobody can say which photos the duty means; None: its places or the pack's rules say so."""
        if Reach.PHOTOS not in duty.reach:
            return NO_PHOTOS
        return None if duty.places or self._rules(pack, duty) else NOT_TOLD

    def _rules(self, pack: Pack, duty: Duty) -> list[Rule]:
        """The pack's rules that say which photos the duty means."""
        return [r for r in pack.rules if r.forbids and Action.COLLECT in r.actions and _means(duty, r.rule_id)]

    def sort(self, pack: Pack, duty: Duty, day: date) -> Reached:
        """Every photo whose facts were kept, by the law of that day; the others count as unsure."""
        law = self._engine_of(pack)
        reads = frozenset(name for rule in self._rules(pack, duty) for name in rule.reads)
        needed = law.needs(Action.COLLECT, day) | set(TIES)
        memo: dict[frozenset[tuple[str, Value]], bool | None] = {}
        reached: list[PhotoId] = []
        stays = unsure = 0
        for item in self._memory.of_action(Action.COLLECT.value):
            if not item.of_photo:
                continue
            facts = decision_of(item, law).facts
            key = frozenset((name, fact.value) for name, fact in facts.items() if name in needed)
            if key not in memo:
                if len(memo) >= MEMO_KEPT:
                    memo.clear()
                memo[key] = _reaches(law, pack, duty, day, facts, reads)
            said = memo[key]
            if said:
                reached.append(PhotoId(item.subject))
            stays, unsure = stays + (said is False), unsure + (said is None)
        unknown = max(0, self._photos() - len(reached) - stays - unsure)  # photos whose facts nobody kept
        return Reached(tuple(dict.fromkeys(reached)), stays, unsure + unknown)


def _reaches(law: LawEngine, pack: Pack, duty: Duty, day: date, facts: Facts, reads: frozenset[str]) -> bool | None:
    decision = law.decide(Action.COLLECT, facts, day)
    own = [ground for ground in decision.grounds if ground.pack == pack.pack_id and _means(duty, ground.rule)]
    if duty.places & places_of(facts) or any(not ground.undetermined for ground in own):
        return True
    open_facts = not places_of(facts, OF_PHOTO) if duty.places else bool(reads & set(decision.undetermined))
    return None if own or open_facts else False


def _means(duty: Duty, rule_id: str) -> bool:
    return not duty.by_rules or rule_id in duty.by_rules


def places_of(facts: Facts, names: Sequence[str] = TIES) -> frozenset[str]:
    """Every place that these facts of a photo name for certain."""
    found: set[str] = set()
    for name in names:
        value = facts[name].value if name in facts else None
        found |= value if isinstance(value, frozenset) else {value} if isinstance(value, str) else set()
    return frozenset(found)
