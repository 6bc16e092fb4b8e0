"""What a law pack would touch here, counted before anybody adopts it: accounts, sources, photos, past searches, holds.

Never changes anything, and never counts what nobody could tell as untouched: it is told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from facewarden.domain.accounts import Actor
from facewarden.domain.ids import PhotoId
from facewarden.law.actions import Action
from facewarden.law.check import ASSUMED, ASSUMED_ORIGIN
from facewarden.law.duties import Conflict, Duty, Reach, Verb
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact, Facts, Value
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force, list_orders
from facewarden.law.photo import PhotoEvidence, PhotoReader
from facewarden.law.rules import OnUndetermined
from facewarden.ports import AccountRecords, Clock, DecisionMemory, SourceRecords
from facewarden.ports.law import HoldRecords
from facewarden.services.collecting.photolaw import collect_facts
from facewarden.services.gate import Gate
from facewarden.services.law.facts import organisation_facts
from facewarden.services.law.reach import OF_PHOTO, places_of
from facewarden.services.law.remembering import decision_of
from facewarden.services.logbook import ask_to_read

MEMO_KEPT = 50_000
"""Verdicts kept for acts with the same facts: a gallery of photos without metadata asks the same again and again."""


_ON_PHOTOS = frozenset({Verb.DELETE, Verb.HOLD, Verb.STOP_SEARCH, Verb.STOP_COLLECT, Verb.FILTER})


@dataclass(frozen=True, slots=True)
class Touch:
    """Of `all` of a kind, how many the pack's rules speak against, and of how many that cannot be told."""

    all: int
    touched: int
    undetermined: int

    @property
    def share_undetermined(self) -> float:
        """From 0 to 1."""
        return self.undetermined / self.all if self.all else 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "share_undetermined": round(self.share_undetermined, 4)}


@dataclass(frozen=True, slots=True)
class PackImpact:
    """The counts of one pack as of one day: what its rules speak against, or its duties reach by their places.

    `photos.undetermined` includes photos whose facts nobody kept. A standing hold is touched if it covers a photo that
    is: there a deletion would meet it.
    """

    pack: Pack
    as_of: date
    adopted: bool
    accounts: Touch
    sources: Touch
    photos: Touch
    searches: Touch
    holds: Touch
    duties: tuple[Duty, ...]
    conflicts: tuple[Conflict, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `law impact --json` prints it."""
        return {
            "pack": self.pack.pack_id,
            "version": self.pack.version,
            "as_of": self.as_of.isoformat(),
            "adopted": self.adopted,
            "accounts": self.accounts.to_json(),
            "sources": self.sources.to_json(),
            "photos": self.photos.to_json(),
            "searches": self.searches.to_json(),
            "holds": self.holds.to_json(),
            "duties": [{"id": duty.duty_id, "verb": duty.verb.value} for duty in self.duties],
            "conflicts": [{"delete": item.delete.duty_id, "hold": item.hold.duty_id} for item in self.conflicts],
        }


class ImpactStudy:
    """Counts what a pack would touch in one installation."""

    def __init__(
        self,
        law: LawEngine,
        reader: PhotoReader,
        accounts: AccountRecords,
        sources: SourceRecords,
        memory: DecisionMemory,
        holds: HoldRecords,
        photos: Callable[[], int],
        gate: Gate,
        clock: Clock,
    ) -> None:
        """`photos`: how many the records hold, hidden or not."""
        self._law = law
        self._reader = reader
        self._accounts = accounts
        self._sources = sources
        self._holds = holds
        self._count_photos = photos
        self._memory = memory
        self._gate = gate
        self._clock = clock

    def count(self, actor: Actor, pack: Pack, whole: Sequence[Pack], as_of: date | None = None) -> PackImpact:
        """The counts, by that pack together with the installation's (`whole` holds both and what they require).

        `as_of` None: today, or the pack's first day if that is later. Raises RefusedError: it reads what the log says.
        """
        ask_to_read(self._gate, actor, self._clock.now())
        day = as_of or max(self._clock.now().date(), pack.effective)
        probe = _Probe(LawEngine(whole), pack.pack_id, day)
        duties = tuple(duty for _, duty in duties_in_force([pack], day))
        photos, holds = self._photos(probe, duties)
        return PackImpact(
            pack,
            day,
            any(known.pack_id == pack.pack_id for known in self._law.packs),
            probe.count(Action.SEARCH, self._account_facts()),
            probe.count(Action.COLLECT, self._source_facts()),
            photos,
            probe.count(Action.SEARCH, self._kept(Action.SEARCH)),
            holds,
            duties,
            list_orders(whole, day).conflicts,
        )

    def _account_facts(self) -> Iterable[Facts]:
        """Each person's search, all that the pack may ask of the body they belong to being known as recorded."""
        assumed: dict[str, Fact] = {
            name: Fact(value, ASSUMED_ORIGIN) for name, value in ASSUMED.get(Action.SEARCH, {}).items()
        }
        bodies = {body.organisation_id: organisation_facts(body) for body in self._accounts.organisations()}
        for user in self._accounts.users():
            yield assumed | bodies[user.organisation_id]

    def _source_facts(self) -> Iterable[Facts]:
        nothing = self._reader.read(PhotoEvidence())
        for source in self._sources.all():
            yield {**nothing, **collect_facts(source, None)}

    def _photos(self, probe: _Probe, duties: Sequence[Duty]) -> tuple[Touch, Touch]:
        """Photos, by the pack's rules and by its duties' places, and the holds over them."""
        places = [duty.places for duty in duties if Reach.PHOTOS in duty.reach and duty.verb in _ON_PHOTOS]
        named = frozenset[str]().union(*places)
        touched: set[PhotoId] = set()
        unsure: set[PhotoId] = set()
        told = 0
        for item in self._memory.of_action(Action.COLLECT.value):
            if not item.of_photo:
                continue
            facts = decision_of(item, self._law).facts
            surely, perhaps = probe.ask(Action.COLLECT, facts)
            surely |= bool(named & places_of(facts))
            perhaps |= bool(named) and not places_of(facts, OF_PHOTO)
            told += 1
            if surely:
                touched.add(PhotoId(item.subject))
            elif perhaps:
                unsure.add(PhotoId(item.subject))
        there = max(self._count_photos(), told)
        photos = Touch(there, len(touched), len(unsure) + there - told)
        over, perhaps_over = self._over(touched), self._over(unsure)
        return photos, Touch(len(self._holds.all()), len(over), len(perhaps_over - over))

    def _over(self, photo_ids: Iterable[PhotoId]) -> set[str]:
        return {hold.hold_id for holds in self._holds.of_photos(list(photo_ids)).values() for hold in holds}

    def _kept(self, action: Action) -> Iterable[Facts]:
        for item in self._memory.of_action(action.value):
            yield decision_of(item, self._law).facts


class _Probe:
    """Asks one pack's rules, among all, what they say of acts."""

    def __init__(self, law: LawEngine, pack_id: str, day: date) -> None:
        self._law = law
        self._pack_id = pack_id
        self._day = day
        self._memo: dict[tuple[Action, frozenset[tuple[str, Value]]], tuple[bool, bool]] = {}
        self._needed: dict[Action, tuple[frozenset[str], frozenset[str]]] = {}
        self._needs: Callable[[Action], frozenset[str]] = lambda action: law.needs(action, day)

    def count(self, action: Action, acts: Iterable[Facts]) -> Touch:
        """How many acts the pack touches. A rule that speaks on an undetermined fact alone touches nothing for sure."""
        every = touched = unsure = 0
        for facts in acts:
            surely, perhaps = self.ask(action, facts)
            every, touched, unsure = every + 1, touched + surely, unsure + perhaps
        return Touch(every, touched, unsure)

    def ask(self, action: Action, facts: Facts) -> tuple[bool, bool]:
        """Whether the pack surely touches this act, and whether that cannot be told."""
        if action not in self._needed:
            self._needed[action] = self._needs(action), self._read_by_pack(action)
        needed, reads = self._needed[action]
        key = (action, frozenset((name, fact.value) for name, fact in facts.items() if name in needed))
        if key not in self._memo:
            if len(self._memo) >= MEMO_KEPT:
                self._memo.clear()
            self._memo[key] = self._ask(action, facts, reads)
        return self._memo[key]

    def _ask(self, action: Action, facts: Facts, reads: frozenset[str]) -> tuple[bool, bool]:
        decision = self._law.decide(action, facts, self._day)
        own = [ground for ground in decision.grounds if ground.pack == self._pack_id]
        surely = any(not ground.undetermined for ground in own)
        return surely, not surely and (bool(own) or bool(reads & set(decision.undetermined)))

    def _read_by_pack(self, action: Action) -> frozenset[str]:
        """The facts that the pack's own rules on that act read on that day and let pass when nobody knows them.

        A rule that does not let them pass speaks by itself, and is counted as a ground.
        """
        return frozenset(
            name
            for dated in self._law.rules
            if dated.pack.pack_id == self._pack_id
            and action in dated.rule.actions
            and dated.rule.on_undetermined is OnUndetermined.PASS
            and dated.in_force(self._day)
            for name in dated.rule.reads
        )
