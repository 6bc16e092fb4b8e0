"""The services that carry out the verbs of orders: filter, delete, stop a search, hold, end accounts, and the rest.

Never does more than the duty surely reaches: what nobody can tell stays as it is, is counted, and keeps the duty open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.erasing import Erasure
from facewarden.domain.ids import PhotoId
from facewarden.domain.orders import DutyState, Hold, HoldKind
from facewarden.law.actions import Action
from facewarden.law.duties import Duty, Reach, Verb
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.ports import Clock
from facewarden.services.law.holds import Holds
from facewarden.services.law.orders import Answer, OrderTask, Standing
from facewarden.services.law.reach import PhotoReach, Reached

SERVED = frozenset(
    {
        Verb.FILTER,
        Verb.STOP_COLLECT,
        Verb.DELETE,
        Verb.STOP_SEARCH,
        Verb.HOLD,
        Verb.OPT_OUT,
        Verb.ANSWER_ACCESS_FIRST,
        Verb.PROVE_BY,
        Verb.END_ACCOUNTS,
    }
)
"""The verbs that an installation has a service for; every other is refused by name."""


class RulesInForce:
    """`filter` and `stop_collect` of photos: done where the pack's own rules bar collecting, today."""

    def __init__(self, law: LawEngine, clock: Clock) -> None:
        self._law = law
        self._clock = clock

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if the pack is adopted here and holds a rule in force against collecting; else open, and why."""
        return self._answer(task.pack, task.duty)

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """Kept as long as the rules are in force here."""
        answer = self._answer(pack, duty)
        return Standing(answer.state is DutyState.DONE, None, answer.why)

    def _answer(self, pack: Pack, duty: Duty) -> Answer:
        if not any(known.pack_id == pack.pack_id for known in self._law.packs):
            return Answer(DutyState.OPEN, "The pack is not adopted here, so its rules decide nothing.")
        if Reach.PHOTOS not in duty.reach and Reach.TEMPLATES not in duty.reach:
            return Answer(DutyState.REFUSED, f"No service filters {', '.join(sorted(duty.reach))}.")
        day = self._clock.now().date()
        bars = [
            dated.rule.rule_id
            for dated in self._law.rules
            if dated.pack.pack_id == pack.pack_id
            and dated.rule.forbids
            and Action.COLLECT in dated.rule.actions
            and dated.in_force(day)
        ]
        if not bars:
            return Answer(DutyState.REFUSED, "The pack holds no rule in force that could filter photos.")
        return Answer(DutyState.DONE, f"Photos are decided by {', '.join(bars)} before any face is looked for.")


class EndAccounts:
    """`end_accounts`: those that the pack certainly ends; what cannot be told is left to a person."""

    def __init__(
        self,
        ends: Callable[[str], tuple[Sequence[str], int]],
        end: Callable[[Actor, str], Mapping[str, int]],
        based_in: Callable[[frozenset[str]], int],
    ) -> None:
        """`ends`: the ids of the active organisations that the pack ends, and of how many it cannot be told.

        `based_in`: how many active ones are based in these places, or nobody knows where."""
        self._ends = ends
        self._end = end
        self._based_in = based_in

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if every account could be told; open, and how many could not, if not."""
        if not _decides_accounts(task.pack):
            return _as_it_stands(self.standing(task.pack, task.duty), accounts=0)
        reached, unsure = self._ends(task.pack.pack_id)
        if task.actor is None and reached:
            why = f"{len(reached):,} accounts are to end: a person applies the pack again."
            return Answer(DutyState.OPEN, why, {"accounts": 0, "left": len(reached) + unsure})
        ended = task.note(reached)
        counts = {"accounts": ended, "left": unsure}
        if task.actor is not None:
            # It also sends the letters that a crash kept from going out. What it cut is counted by the run that cut it.
            counts |= self._end(task.actor, task.pack.pack_id)
        if unsure:
            return Answer(DutyState.OPEN, f"{ended:,} accounts ended; of {unsure:,} others it cannot be told.", counts)
        why = f"{ended:,} accounts ended; of every other it is known that it stays."
        return Answer(DutyState.DONE, why, counts)

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """Kept while no active account is one that the pack ends."""
        if not _decides_accounts(pack):
            left = self._based_in(duty.places)
            why = f"No rule of the pack says which accounts end; {left:,} are where the duty holds: a person decides."
            return Standing(not left, left, why)
        reached, unsure = self._ends(pack.pack_id)
        left = len(reached) + unsure
        return Standing(
            not left, left, f"{len(reached):,} active accounts are to end; of {unsure:,} it cannot be told."
        )


def _decides_accounts(pack: Pack) -> bool:
    return any(rule.forbids and Action.ACCOUNT in rule.actions for rule in pack.rules)


class DeletePhotos:
    """`delete` of photos, by the one verb of erasure; holds that a person did not let give way are respected."""

    def __init__(
        self,
        reach: PhotoReach,
        holds: Holds,
        erase: Callable[[Actor | None, Sequence[PhotoId], bool], Erasure],
        hashes: Callable[[Sequence[PhotoId]], Mapping[PhotoId, str]],
        open_access: Callable[[frozenset[str]], int],
        clock: Clock,
    ) -> None:
        """`erase` takes whether to erase despite holds; `hashes` gives the keyed hash of each photo that is there;
        `open_access` how many requests for access from these places (none: anywhere) nobody has answered."""
        self._reach = reach
        self._holds = holds
        self._erase = erase
        self._hashes = hashes
        self._open_access = open_access
        self._clock = clock

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if every photo could be told and those reached are gone; else open, and how many are left."""
        pack, duty = task.pack, task.duty
        problem = self._reach.problem(pack, duty)
        if problem is not None:
            return Answer(DutyState.REFUSED, problem)
        day = self._clock.now().date()
        waiting = self._open_access(duty.places) if _answers_first(pack, duty, day) else 0
        if waiting:
            why = f"It waits: {waiting:,} requests for access are not answered, and what they ask about must be there."
            return Answer(DutyState.WAITING, why, {"photos": 0, "left": waiting})
        reached = self._reach.sort(pack, duty, day)
        return self._done(task, reached)

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """Kept while no photo is there that the duty surely reaches."""
        problem = self._reach.problem(pack, duty)
        if problem is not None:
            return Standing(False, None, problem)
        reached = self._reach.sort(pack, duty, self._clock.now().date())
        return _photo_standing(reached, len(self._hashes(reached.photo_ids)), "to be erased")

    def _done(self, task: OrderTask, reached: Reached) -> Answer:
        hashes = self._hashes(reached.photo_ids)
        noted = task.note(sorted(hashes.values()))
        yielding, others = self._split(list(hashes), task)
        held = self._erase(task.actor, yielding, True).held if yielding else 0
        held += self._erase(task.actor, others, False).held if others else 0
        counts = {"photos": noted - held, "held": held, "left": held + reached.unsure}
        if held or reached.unsure:
            parts = [f"{noted - held:,} photos erased"]
            parts += [f"{held:,} wait for a hold to be lifted"] if held else []
            parts += [f"of {reached.unsure:,} others it cannot be told"] if reached.unsure else []
            return Answer(DutyState.OPEN, "; ".join(parts) + ".", counts)
        return Answer(DutyState.DONE, f"{noted:,} photos erased; of every other it is known that it stays.", counts)

    def _split(self, photo_ids: Sequence[PhotoId], task: OrderTask) -> tuple[list[PhotoId], list[PhotoId]]:
        """Those under holds of which every one gives way to this deletion, and the others."""
        over = self._holds.of_photos(photo_ids)

        def gives_way(hold: Hold) -> bool:
            return hold.kind is HoldKind.STOP_SEARCH or (hold.pack_id, hold.duty_id) in task.yielding

        yielding = [p for p in photo_ids if p in over and all(gives_way(hold) for hold in over[p])]
        return yielding, [photo_id for photo_id in photo_ids if photo_id not in set(yielding)]


class HoldPhotos:
    """`stop_search` and `hold` of photos: those that the duty surely reaches, under one hold that the duty set."""

    def __init__(
        self,
        reach: PhotoReach,
        holds: Holds,
        kind: HoldKind,
        hashes: Callable[[Sequence[PhotoId]], Mapping[PhotoId, str]],
        clock: Clock,
    ) -> None:
        self._reach = reach
        self._holds = holds
        self._kind = kind
        self._hashes = hashes
        self._clock = clock

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if every photo could be told and those reached are held; open, and how many are left, if not."""
        pack, duty = task.pack, task.duty
        problem = self._reach.problem(pack, duty)
        if problem is not None:
            return Answer(DutyState.REFUSED, problem)
        reached = self._reach.sort(pack, duty, self._clock.now().date())
        hashes = self._hashes(reached.photo_ids)
        noted = task.note(sorted(hashes.values()))
        hold = self._holds.standing(pack.pack_id, duty.duty_id)
        if hold is not None:
            self._holds.cover(task.actor, hold, list(hashes))
        elif hashes:
            order = (pack.pack_id, duty.duty_id)
            self._holds.place(
                task.actor, duty.citation, duty.text, photo_ids=list(hashes), kind=self._kind, order=order
            )
        word = "kept out of every search" + (", and kept" if self._kind is HoldKind.PRESERVE else "")
        counts = {"photos": noted, "left": reached.unsure}
        if reached.unsure:
            why = f"{noted:,} photos {word}; of {reached.unsure:,} others it cannot be told."
            return Answer(DutyState.OPEN, why, counts)
        why = f"{noted:,} photos {word}; of every other it is known that it is not meant."
        return Answer(DutyState.DONE, why, counts)

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """Kept while every photo that the duty surely reaches is under its hold."""
        problem = self._reach.problem(pack, duty)
        if problem is not None:
            return Standing(False, None, problem)
        reached = self._reach.sort(pack, duty, self._clock.now().date())
        there = list(self._hashes(reached.photo_ids))
        hold, over = self._holds.standing(pack.pack_id, duty.duty_id), self._holds.of_photos(there)
        left = sum(hold is None or hold.hold_id not in {known.hold_id for known in over.get(p, ())} for p in there)
        return _photo_standing(reached, left, "to be held")


class OptOutDesk(Protocol):
    """Whether people can get themselves out here, at this moment."""

    def problem(self) -> str | None:
        """None if a request can be made and handled; else what is in the way, in a sentence."""
        ...

    def overdue(self) -> int:
        """How many requests are past their day."""
        ...


class KeepOptOut:
    """`opt_out`: kept while people can ask, an officer can answer, and no request is past its day."""

    def __init__(self, desk: OptOutDesk) -> None:
        self._desk = desk

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if the way out is open; the nightly look keeps it so."""
        return _as_it_stands(self.standing(task.pack, task.duty))

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """Broken where nobody can ask or answer, or a request is overdue."""
        problem = self._desk.problem()
        if problem is not None:
            return Standing(False, None, problem)
        overdue = self._desk.overdue()
        if overdue:
            return Standing(False, overdue, f"{overdue:,} requests are past their day.")
        return Standing(True, 0, "People can ask to be taken out, an officer can answer, and no request is overdue.")


class AnswerAccessFirst:
    """`answer_access_first`: kept while no request for access is open; deletions of the same pack wait for it."""

    def __init__(self, open_access: Callable[[frozenset[str]], int]) -> None:
        self._open_access = open_access

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if none is open."""
        return _as_it_stands(self.standing(task.pack, task.duty))

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """How many are open, from the duty's places."""
        waiting = self._open_access(duty.places)
        if waiting:
            return Standing(False, waiting, f"{waiting:,} requests for access are to be answered before anything goes.")
        return Standing(True, 0, "No request for access is open.")


class ProveBy:
    """`prove_by`: done when every other duty of the pack is, and the proof of the run is bundled."""

    def __init__(self, answered: Callable[[str], Mapping[str, DutyState]], clock: Clock) -> None:
        """`answered` gives the states of the pack's duties in its newest finished run, by their ids."""
        self._answered = answered
        self._clock = clock

    def carry_out(self, task: OrderTask) -> Answer:
        """Done if all the others are: the bundle that the run ends with is the proof."""
        due = self._due(task.pack, task.duty)
        left = sum(record.state is not DutyState.DONE for record in task.others)
        if left:
            why = f"{left:,} duties of the pack are not done, so there is nothing to prove yet. {due}"
            return Answer(DutyState.OPEN, why, {"left": left})
        return Answer(DutyState.DONE, f"The proof is bundled with this run: send it. {due}", {"left": 0})

    def standing(self, pack: Pack, duty: Duty) -> Standing:
        """Kept while the newest finished run proves every duty of the pack."""
        states = self._answered(pack.pack_id)
        due = self._due(pack, duty)
        left = sum(state is not DutyState.DONE for state in states.values())
        if not states or left:
            return Standing(False, left or None, f"There is no proof that everything is done. {due}")
        return Standing(True, 0, f"The newest run proves it. {due}")

    def _due(self, pack: Pack, duty: Duty) -> str:
        return due_words(due_day(pack, duty), self._clock.now().date())


def due_day(pack: Pack, duty: Duty) -> date | None:
    """The day by which a duty is due: the one it states, or its clock from the day on which it came into force.

    None where it states neither, and where its clock runs from each request (business days) or again and again.
    """
    if duty.due is not None:
        return duty.due
    if duty.within_days is None or duty.business_days or duty.every_days:
        return None
    return (duty.effective or pack.effective) + timedelta(days=duty.within_days)


def due_words(day: date | None, today: date) -> str:
    """The day by which something is due, and how far off it is."""
    if day is None:
        return "The duty states no day."
    days = (day - today).days
    return f"Due {day}, " + (f"in {days} days." if days >= 0 else f"{-days} days ago.")


def _as_it_stands(standing: Standing, **counts: int) -> Answer:
    """The answer of a verb that carries nothing out itself."""
    state = DutyState.DONE if standing.kept else DutyState.OPEN
    return Answer(state, standing.why, {**counts, "left": standing.left or 0})


def _answers_first(pack: Pack, duty: Duty, day: date) -> bool:
    return any(
        other.verb is Verb.ANSWER_ACCESS_FIRST and (not other.places or not duty.places or other.places & duty.places)
        for _, other in duties_in_force([pack], day)
    )


def _photo_standing(reached: Reached, left: int, word: str) -> Standing:
    told = f"{left:,} photos are {word}; of {reached.unsure:,} others it cannot be told."
    return Standing(left == 0 and reached.unsure == 0, left, told)
