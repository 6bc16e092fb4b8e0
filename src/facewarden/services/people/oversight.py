"""What an overseer looks at: how searching is used, and what of it is unusual.

Never shows whom anybody searched for: who, when, under which case, and how many candidates came back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from facewarden.domain.accounts import Actor, Organisation
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import OrganisationId, UserId
from facewarden.domain.oversight import CaseUse, Notice, SearchUse, Unusual
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.ports import AccountRecords, Clock, UseRecords
from facewarden.services.gate import Gate
from facewarden.services.law.facts import runs_installation
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.hours import is_night, minutes_between

DAYS_DEFAULT, DAYS_MAX = 30, 366
BURST_SEARCHES, BURST_WINDOW = 20, timedelta(minutes=10)  # two a minute: nobody looks at a list in half of one
NIGHT_SEARCHES = 5  # one shift with a case; a habit shows in more
EMPTY_SEARCHES, EMPTY_SHARE = 10, 0.8  # a wanted person is now and then in no gallery, not eight times of ten
SAME_PERSON_CASES = 3  # two robberies may have one suspect; whoever has three is known by name
OPEN_CASES, OPEN_FOR = 3, timedelta(days=30)  # a lead is used or dropped within weeks
SHOWN = 50
Use = TypeVar("Use", SearchUse, CaseUse)


@dataclass(frozen=True, slots=True)
class Review:
    """What one look shows: what is unusual, the most frequent first, and every search, newest first."""

    notices: list[Notice]
    searches: list[SearchUse]


class Oversight:
    """Use, reviewed."""

    def __init__(self, use: UseRecords, accounts: AccountRecords, gate: Gate, clock: Clock) -> None:
        self._use = use
        self._accounts = accounts
        self._gate = gate
        self._clock = clock

    def review(self, actor: Actor, days: int = DAYS_DEFAULT) -> Review:
        """The use of the last `days`; the look is on record, in one entry. Raises RefusedError, BadUseError.

        An overseer or auditor of the body that runs the installation sees every body, any other their own alone.
        """
        now = self._enter(actor, days)
        own = None if runs_installation(actor.organisation) else actor.organisation.organisation_id
        searches = _of(own, self._use.searches(now - timedelta(days=days)))
        found = find_unusual(searches, _of(own, self._use.cases(now - OPEN_FOR)), self._bodies(), now)
        ordered = sorted(found, key=lambda notice: (-notice.count, notice.unusual, notice.user_id))
        return Review(ordered, searches[::-1])

    def count(self, moment: datetime) -> Mapping[str, int]:
        """How many notices of each kind there are, once a day: for the log."""
        searches = self._use.searches(moment - timedelta(days=DAYS_DEFAULT))
        found = find_unusual(searches, self._use.cases(moment - OPEN_FOR), self._bodies(), moment)
        counts = dict.fromkeys((kind.value for kind in Unusual), 0)
        for notice in found:
            counts[notice.unusual.value] += 1
        return counts

    def _enter(self, actor: Actor, days: int) -> datetime:
        if not 1 <= days <= DAYS_MAX:
            raise BadUseError("bad_days", f"Give 1 to {DAYS_MAX} days.", next_step=f"Leave it out for {DAYS_DEFAULT}.")
        now, body = self._clock.now(), actor.organisation
        facts = change_facts(self._gate, actor, body, "review_use", now)
        event, by = AuditEvent.USE_REVIEWED, actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=by, subject=body.organisation_id)
        return now

    def _bodies(self) -> dict[OrganisationId, Organisation]:
        return {body.organisation_id: body for body in self._accounts.organisations()}


def _of(own: OrganisationId | None, uses: Iterable[Use]) -> list[Use]:
    return [use for use in uses if own is None or use.organisation_id == own]


def find_unusual(
    searches: Sequence[SearchUse],
    cases: Sequence[CaseUse],
    bodies: Mapping[OrganisationId, Organisation],
    now: datetime,
) -> Iterator[Notice]:
    """Each thing to look at. `searches` are oldest first, `cases` open ones from before `OPEN_FOR`."""
    by_user: dict[UserId, list[SearchUse]] = defaultdict(list)
    for search in searches:
        by_user[search.user_id].append(search)
    for own in by_user.values():
        body = bodies.get(own[0].organisation_id)
        yield from _bursts(own)
        yield from _nights(own, body.place if body else None)
        yield from _empty(own)
    yield from _same_person(searches)
    yield from _same_picture(searches)
    by_opener: dict[UserId, list[CaseUse]] = defaultdict(list)
    for case in cases:
        if now - case.last_search_at > OPEN_FOR:
            by_opener[case.opened_by].append(case)
    for opened in by_opener.values():
        if len(opened) >= OPEN_CASES:
            yield _without_outcome(opened)


def _bursts(own: Sequence[SearchUse]) -> Iterator[Notice]:
    """The longest run of searches within `BURST_WINDOW`, if it is long."""
    best: Sequence[SearchUse] = ()
    first = 0
    for last, search in enumerate(own):
        while search.searched_at - own[first].searched_at > BURST_WINDOW:
            first += 1
        if last - first + 1 > len(best):
            best = own[first : last + 1]
    if len(best) >= BURST_SEARCHES:
        minutes = minutes_between(best[0].searched_at, best[-1].searched_at)
        yield _notice(best, Unusual.BURST, f"{len(best)} searches within {minutes} minutes.")


def _nights(own: Sequence[SearchUse], place: str | None) -> Iterator[Notice]:
    nightly = [search for search in own if is_night(search.searched_at, place)]
    if len(nightly) >= NIGHT_SEARCHES:
        where = f"the time in {place}" if place else "UTC, for no place is known"
        yield _notice(nightly, Unusual.OFF_HOURS, f"{len(nightly)} of {len(own)} searches at night, by {where}.")


def _empty(own: Sequence[SearchUse]) -> Iterator[Notice]:
    empty = [search for search in own if search.candidates == 0]
    if len(empty) >= EMPTY_SEARCHES and len(empty) >= EMPTY_SHARE * len(own):
        yield _notice(empty, Unusual.NO_CANDIDATES, f"{len(empty)} of {len(own)} searches found no candidate.")


def _same_person(searches: Sequence[SearchUse]) -> Iterator[Notice]:
    """For each user whose searches one person led, if they led searches under several cases, theirs or others'."""
    for group in _of_one_person(searches):
        yield from _under_cases(group, Unusual.SAME_PERSON, "One person came first")


def _of_one_person(searches: Sequence[SearchUse]) -> Iterator[list[SearchUse]]:
    """The searches that share a photo of whoever came first, or are tied by others that do: oldest first in each."""
    tied: dict[str, str] = {}

    def tie_of(photo: str) -> str:
        while tied.setdefault(photo, photo) != photo:
            tied[photo] = photo = tied[tied[photo]]
        return photo

    for search in searches:
        for photo in search.first_photos:
            tied[tie_of(photo)] = tie_of(min(search.first_photos))
    groups: dict[str, list[SearchUse]] = defaultdict(list)
    for search in searches:
        if search.first_photos:
            groups[tie_of(min(search.first_photos))].append(search)
    yield from groups.values()


def _same_picture(searches: Sequence[SearchUse]) -> Iterator[Notice]:
    """The same for one picture of somebody whom nobody resembles; where somebody did, their photos tell."""
    of_picture: dict[str, list[SearchUse]] = defaultdict(list)
    for search in searches:
        if search.picture and not search.first_photos:
            of_picture[search.picture].append(search)
    for group in of_picture.values():
        yield from _under_cases(group, Unusual.SAME_PICTURE, "One picture was searched and nobody found")


def _under_cases(group: Sequence[SearchUse], unusual: Unusual, told: str) -> Iterator[Notice]:
    """A notice for each user of the group, if it is of several cases; who it is about stays out of it."""
    cases, users = {search.case_id for search in group}, {search.user_id for search in group}
    if len(cases) < SAME_PERSON_CASES:
        return
    why = f"{told} in {len(group)} searches under {len(cases)} cases, by {len(users)} people."
    for user in sorted(users):
        yield _notice([search for search in group if search.user_id == user], unusual, why)


def _without_outcome(opened: Sequence[CaseUse]) -> Notice:
    searches = sum(case.searches for case in opened)
    why = f"{len(opened)} open cases with {searches} searches, none for {OPEN_FOR.days} days, and no outcome."
    first, last = min(case.opened_at for case in opened), max(case.last_search_at for case in opened)
    shown = tuple(case.case_id for case in reversed(opened))[:SHOWN]
    return Notice(
        opened[0].opened_by, opened[0].organisation_id, Unusual.NO_OUTCOME, len(opened), first, last, why, shown
    )


def _notice(searches: Sequence[SearchUse], unusual: Unusual, why: str) -> Notice:
    first, last = searches[0], searches[-1]
    shown = tuple(search.search_id for search in reversed(searches))[:SHOWN]
    return Notice(
        first.user_id,
        first.organisation_id,
        unusual,
        len(searches),
        first.searched_at,
        last.searched_at,
        why,
        shown,
    )
