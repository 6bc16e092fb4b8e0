"""The register of sources: whom photos may come from, with the permission's document.

Never makes a source active on one person's word, nor without a recorded permission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import SourceId, random_id
from facewarden.domain.provenance import Closing
from facewarden.domain.sources import LegalBasis, Source, SourceKind, SourceState
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, Closings, SourceRecords
from facewarden.services.collecting.hostbars import Bars, barred_fact, checked_document, checked_host
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, actor_facts, source_facts
from facewarden.services.lines import printable_line
from facewarden.services.people.accounts import check_place

UNDER_RETENTION: FactDict = {
    "actor_roles": Fact(frozenset(), "nobody is signed in"),
    "user_state": Fact(None, "nobody is signed in"),
    "duty": Fact("retention", "the program itself"),
}
"""Who acts where nobody is signed in: the program itself, because a term is over."""
NAME_MAX = 100
CONTACT_MAX = 200


class Sources:
    """Sources and their state."""

    def __init__(self, records: SourceRecords, closings: Closings, bars: Bars, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._closings = closings
        self._bars = bars
        self._gate = gate
        self._clock = clock

    def add(
        self,
        actor: Actor,
        name: str,
        basis: LegalBasis,
        contact: str,
        country: str | None,
        hosts: Sequence[str],
        permission: bytes | None,
        kind: SourceKind = SourceKind.FILES,
        starts_on: date | None = None,
        ends_on: date | None = None,
    ) -> Source:
        """The source, proposed: nothing is collected until another person approves it. RefusedError, BadUseError."""
        name, contact = _checked_name(name), _checked_contact(contact)
        owned = tuple(dict.fromkeys(map(checked_host, hosts)))
        if self._records.find(name) is not None:
            raise _source_exists(name)
        check_place(country)
        _check_term(starts_on, ends_on)
        source = Source(
            SourceId(random_id("src")),
            name,
            basis,
            None if permission is None else checked_document(permission),
            contact,
            country,
            owned,
            SourceState.PROPOSED,
            self._clock.now(),
            kind,
            starts_on,
            ends_on,
            actor.user.user_id,
        )
        self._enter(actor, source, "propose")
        self._records.add(source, permission)
        self._gate.note(AuditEvent.SOURCE_PROPOSED, actor=actor.user.user_id, subject=source.source_id)
        return source

    def approve(self, actor: Actor, name: str) -> Source:
        """The source, active from now on; raises RefusedError for whoever proposed it, BadUseError if none waits."""
        source = self.named(name)
        if source.state is not SourceState.PROPOSED:
            raise _state_error(source, "It is not waiting to be approved.", "Propose it: facewarden source resume NAME")
        self._enter(actor, source, "approve")
        active = replace(source, state=SourceState.ACTIVE, approved_by=actor.user.user_id)
        self._records.change(source, active)
        self._gate.note(AuditEvent.SOURCE_ACTIVATED, actor=actor.user.user_id, subject=source.source_id)
        return active

    def record_permission(
        self, actor: Actor, name: str, permission: bytes, starts_on: date | None = None, ends_on: date | None = None
    ) -> Source:
        """The source with that document in place of the one before, proposed anew: another person approves it."""
        source = self.named(name)
        _check_term(starts_on, ends_on)
        proposed = replace(
            _proposed(source, actor),
            permission_hash=checked_document(permission),
            starts_on=starts_on,
            ends_on=ends_on,
        )
        self._enter(actor, proposed, "resume")
        self._records.change(source, proposed, permission)
        self._gate.note(AuditEvent.SOURCE_PROPOSED, actor=actor.user.user_id, subject=source.source_id)
        return proposed

    def suspend(self, actor: Actor, name: str) -> Source:
        """The source, suspended: nothing more is collected, what was stays. One person suffices."""
        source = self.named(name)
        if source.state is not SourceState.ACTIVE:
            raise _state_error(source, "Only an active source is suspended.", "See: facewarden source list")
        return self._close(actor, source, SourceState.SUSPENDED)

    def resume(self, actor: Actor, name: str) -> Source:
        """A suspended source, proposed anew: another person approves it."""
        source = self.named(name)
        if source.state is not SourceState.SUSPENDED:
            raise _state_error(source, "Only a suspended source is resumed.", "See: facewarden source list")
        proposed = _proposed(source, actor)
        self._enter(actor, proposed, "resume")
        self._records.change(source, proposed)
        self._gate.note(AuditEvent.SOURCE_PROPOSED, actor=actor.user.user_id, subject=source.source_id)
        return proposed

    def end(self, actor: Actor, name: str) -> Source:
        """The source, ended for good: its purpose is met; what it alone permitted is destroyed by the next round."""
        source = self.named(name)
        if source.state is SourceState.ENDED:
            raise _state_error(source, "It has ended already.", "See: facewarden source list")
        return self._close(actor, source, SourceState.ENDED)

    def end_overdue(self, day: date) -> int:
        """How many active sources were ended because their term was over on that day (UTC)."""
        ended = 0
        for source in self._records.all():
            if source.state is SourceState.ACTIVE and source.state_on(day) is SourceState.ENDED:
                self._close(None, source, SourceState.ENDED)
                ended += 1
        return ended

    def all(self) -> Sequence[Source]:
        """All sources, by name."""
        return self._records.all()

    def counts(self) -> Mapping[SourceId, tuple[int, int]]:
        """For each source how many photos are active and how many were refused."""
        return self._records.counts()

    def named(self, name: str) -> Source:
        """The source of that name; raises BadUseError."""
        source = self._records.find(name)
        if source is None:
            raise BadUseError(
                "unknown_source",
                f"There is no source “{name[:NAME_MAX]}”.",
                "Photos are collected only from a source with a recorded permission.",
                "List them: facewarden source list. Record one: facewarden source add NAME --basis … --permission FILE",
            )
        return source

    def _close(self, actor: Actor | None, source: Source, state: SourceState) -> Source:
        ends = state is SourceState.ENDED
        index = self._enter(actor, source, "end" if ends else "suspend")
        closed = replace(source, state=state, ended_at=self._clock.now() if ends else source.ended_at)
        if ends:
            at, ids = self._clock.now(), (source.source_id,)
            self._closings.write(Closing(random_id("cl"), at, (), ids, (), None, index))
        self._records.change(source, closed)
        event = AuditEvent.SOURCE_ENDED if ends else AuditEvent.SOURCE_SUSPENDED
        self._gate.note(event, actor=_id_of(actor), subject=source.source_id)
        return closed

    def _enter(self, actor: Actor | None, source: Source, change: str) -> int:
        second = None if source.proposed_by is None or actor is None else source.proposed_by != actor.user.user_id
        facts: FactDict = {
            **(actor_facts(actor, self._clock.now()) if actor else UNDER_RETENTION),
            **source_facts(source),
            "host_barred": barred_fact(self._bars, source.hosts),
            "source_change": Fact(change, "given"),
            "second_person": Fact(second, "records: who proposed the source"),
        }
        details: dict[str, str | int] = {"action": change}
        if source.permission_hash:
            details["permission_hash"] = source.permission_hash
        return self._gate.enter(
            Action.SOURCE,
            facts,
            AuditEvent.SOURCE_DECIDED,
            actor=_id_of(actor),
            subject=source.source_id,
            details=details,
        ).audit_index


def _id_of(actor: Actor | None) -> str | None:
    return None if actor is None else actor.user.user_id


def _proposed(source: Source, actor: Actor) -> Source:
    return replace(source, state=SourceState.PROPOSED, proposed_by=actor.user.user_id, approved_by=None, ended_at=None)


def _check_term(starts_on: date | None, ends_on: date | None) -> None:
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise BadUseError(
            "bad_term", "The permission ends before it begins.", next_step="Give its first and its last day."
        )


def _state_error(source: Source, why: str, next_step: str) -> BadUseError:
    return BadUseError("source_state", f"The source “{source.name}” is {source.state.value}.", why, next_step)


def _checked_name(name: str) -> str:
    line = printable_line(name, NAME_MAX)
    if not line:
        raise BadUseError(
            "bad_name",
            "That name cannot be used for a source.",
            f"It needs 1 to {NAME_MAX} printable characters.",
            "Give another.",
        )
    return line


def _checked_contact(contact: str) -> str:
    line = printable_line(contact, CONTACT_MAX)
    if line is None:
        raise BadUseError(
            "bad_contact",
            "That contact cannot be kept.",
            f"It has more than {CONTACT_MAX} characters, or some that cannot be printed.",
            "Give an e-mail address or a telephone number.",
        )
    return line


def _source_exists(name: str) -> BadUseError:
    return BadUseError("source_exists", f"There is a source “{name}”.", next_step="List them: facewarden source list")
