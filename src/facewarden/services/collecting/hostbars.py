"""Which hosts are barred: those that asked to be left alone, by default and by letter, until their owner permits.

Never lifts a bar on one person's word, and never for less than the recorded permission of that site's owner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.hosts import (
    LEFT_ALONE,
    BarReason,
    BarredHost,
    HostPermission,
    domain_among,
    other_names,
    plain_host,
)
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, HostBarRecords, Mirrors
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts

KEPT_FOR = timedelta(seconds=5)
"""How long the bars are remembered: an ingest asks for each photo. What is barred in between is refused on storing."""
DOCUMENT_MAX_BYTES = 20 * 1024 * 1024  # a scanned contract fits, a film does not


class Bars(Protocol):
    """What a collection asks of each host."""

    def bar_of(self, host: str) -> BarredHost | None: ...


class StandingBars:
    """The hosts that ship as barred, without any installation's records: nothing lifts them."""

    def bar_of(self, host: str) -> BarredHost | None:
        """Why the host is barred; None if it is not."""
        name = domain_among(host, LEFT_ALONE)
        return None if name is None else BarredHost(name, BarReason.LETTER, None)


@dataclass(frozen=True, slots=True)
class _Bars:
    """The bars as of a moment: every barred name, and those that a permission lifts."""

    read_at: datetime
    barred: dict[str, BarredHost]
    lifted: frozenset[str]


class HostBars:
    """The bars of one installation."""

    def __init__(self, records: HostBarRecords, mirrors: Mirrors, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._mirrors = mirrors
        self._gate = gate
        self._clock = clock
        self._bars: _Bars | None = None

    def bar_of(self, host: str) -> BarredHost | None:
        """Why the host, or a domain above it, is barred; None if it is not, or its owner's permission lifts it."""
        bars = self._current()
        name = domain_among(host, bars.barred)
        if name is None or domain_among(host, bars.lifted) is not None:
            return None
        return bars.barred[name]

    def all(self) -> Sequence[tuple[BarredHost, HostPermission | None]]:
        """Every barred host, by default or by letter, with what is recorded of a permission of its owner."""
        permissions = {permission.host: permission for permission in self._records.permissions()}
        bars = self._fresh().barred
        return [(bars[name], permissions.get(name)) for name in sorted(bars)]

    def family(self, host: str) -> frozenset[str]:
        """Every known other name of the host's site: those that ship, and those noted here."""
        noted = self._mirrors.mirrors()
        known, waiting = set[str](), [host]
        while waiting:
            name = waiting.pop()
            if name not in known:
                known.add(name)
                waiting += [*other_names(name), *noted.get(name, ())]
        return frozenset(known) - {host}

    def propose_permission(self, actor: Actor, host: str, document: bytes) -> HostPermission:
        """A permission of the site's owner, proposed; another person approves it. RefusedError, BadUseError."""
        name = checked_host(host)
        if self.bar_of(name) is None:
            raise BadUseError(
                "host_not_barred",
                "This host is not barred.",
                "There is nothing to lift.",
                "See: facewarden source hosts",
            )
        digest = checked_document(document)
        index = self._enter(actor, "permit_host", digest, None)
        permission = HostPermission(name, digest, actor.user.user_id, None)
        self._records.propose(permission, document, index)
        return permission

    def approve_permission(self, actor: Actor, host: str) -> HostPermission:
        """The permission in force from now on: photos that were erased stay out. RefusedError, BadUseError."""
        name = checked_host(host)
        waiting = next((p for p in self._records.permissions() if p.host == name and not p.in_force), None)
        if waiting is None:
            raise BadUseError(
                "permission_unknown",
                "No permission of this host waits to be approved.",
                next_step="Record one: facewarden source permit-host HOST --permission FILE",
            )
        second = waiting.proposed_by != actor.user.user_id
        index = self._enter(actor, "approve_host", waiting.document_hash, second)
        self._records.approve(waiting, actor.user.user_id, index)
        self._bars = None
        return HostPermission(name, waiting.document_hash, waiting.proposed_by, actor.user.user_id)

    def note_mirror(self, actor: Actor, host: str, mirror: str) -> None:
        """Both names belong to one site from now on: a letter about one is about both. RefusedError, BadUseError."""
        one, other = checked_host(host), checked_host(mirror)
        if one == other:
            raise BadUseError("same_host", "Both are the same host.", next_step="Give two names of one site.")
        self._gate.enter(
            Action.SOURCE,
            {
                **actor_facts(actor, self._clock.now()),
                "source_change": Fact("suspend", "given: it bars more, never less"),
            },
            AuditEvent.HOST_PERMISSION_DECIDED,
            actor=actor.user.user_id,
            subject=None,
            details={"action": "note_mirror"},
        )
        self._mirrors.note_mirror(one, other)

    def noted_sites(self) -> Sequence[tuple[str, ...]]:
        """The sites of which other names were noted here: all names of each."""
        names = self._mirrors.mirrors()
        return sorted({tuple(sorted({host, *self.family(host)})) for host in names})

    def forget_read(self) -> None:
        """Has the bars be read anew at the next question."""
        self._bars = None

    def _enter(self, actor: Actor, change: str, document_hash: str, second: bool | None) -> int:
        facts = {
            **actor_facts(actor, self._clock.now()),
            "source_change": Fact(change, "given"),
            "second_person": Fact(second, "records: who proposed the permission"),
            "source_permission": Fact(True, "given: a document"),
            "host_barred": Fact(True, "hosts that asked to be left alone"),
        }
        details: dict[str, str | int] = {"action": change, "permission_hash": document_hash}
        return self._gate.enter(
            Action.SOURCE,
            facts,
            AuditEvent.HOST_PERMISSION_DECIDED,
            actor=actor.user.user_id,
            subject=None,
            details=details,
        ).audit_index

    def _current(self) -> _Bars:
        bars = self._bars
        if bars is None or not bars.read_at <= self._clock.now() < bars.read_at + KEPT_FOR:
            bars = self._fresh()
        return bars

    def _fresh(self) -> _Bars:
        now = self._clock.now()
        barred = {host: BarredHost(host, BarReason.LETTER, None) for host in LEFT_ALONE}
        barred |= {known.host: known for known in self._records.barred()}
        lifted = frozenset(p.host for p in self._records.permissions() if p.in_force)
        self._bars = _Bars(now, barred, lifted)
        return self._bars


def barred_fact(bars: Bars, hosts: Sequence[str]) -> Fact:
    """Whether one of the hosts is barred, as the law asks it."""
    for host in hosts:
        bar = bars.bar_of(host)
        if bar is not None:
            by = "its owner's letter of early 2020" if bar.reason is BarReason.LETTER else "its owner's letter to us"
            return Fact(True, f"hosts that asked to be left alone: {bar.host}, {by}")
    return Fact(False, "hosts that asked to be left alone: not among them" if hosts else "no host: given by hand")


def checked_host(host: str) -> str:
    """The host's name in one spelling; raises BadUseError for what is no whole host."""
    name = plain_host(host)
    if name is None or "." not in name or not all(_label(label) for label in name.split(".")):
        raise BadUseError(
            "bad_host",
            "That is no name of a host.",
            "A site is named by its whole host, a name with a dot in it; other scripts may be written as xn--….",
            "Write it like photos.county.example, without https:// and without a path.",
        )
    return name


def _label(label: str) -> bool:
    plain = label.replace("-", "")
    return 0 < len(label) <= 63 and plain.isalnum() and plain.isascii() and label[0] != "-" and label[-1] != "-"


def checked_document(document: bytes) -> str:
    """The SHA-256 (hex) of a permission's document or a letter; raises BadUseError for an empty or a huge one."""
    if not 0 < len(document) <= DOCUMENT_MAX_BYTES:
        raise BadUseError(
            "bad_permission",
            "The document is empty or larger than 20 MB.",
            next_step="Give the signed document as a PDF or a text.",
        )
    return hashlib.sha256(document).hexdigest()
