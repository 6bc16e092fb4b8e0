"""The register of sources: whom photos may come from, with the permission's document.

Never makes a source active without a recorded permission.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import SourceId, random_id
from facewarden.domain.sources import LegalBasis, Source, SourceState
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, SourceRecords
from facewarden.services.accounts import check_place
from facewarden.services.facts import actor_facts, source_facts
from facewarden.services.gate import Gate
from facewarden.services.lines import printable_line

NAME_MAX = 100
CONTACT_MAX = 200
HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
PERMISSION_MAX_BYTES = 20 * 1024 * 1024  # a scanned contract fits, a film does not


class Sources:
    """Sources and their state."""

    def __init__(self, records: SourceRecords, gate: Gate, clock: Clock) -> None:
        self._records = records
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
    ) -> Source:
        """The source: active if its permission's document is given, else proposed; raises RefusedError."""
        name, contact, owned = _checked_name(name), _checked_contact(contact), tuple(map(_checked_host, hosts))
        if self._records.find(name) is not None:
            raise BadUseError(
                "source_exists", f"There is a source “{name}”.", next_step="List them: facewarden source list"
            )
        if permission is not None and not 0 < len(permission) <= PERMISSION_MAX_BYTES:
            raise BadUseError(
                "bad_permission",
                "The permission's document is empty or larger than 20 MB.",
                next_step="Give the signed document as a PDF or a text.",
            )
        check_place(country)
        source = Source(
            SourceId(random_id("src")),
            name,
            basis,
            hashlib.sha256(permission).hexdigest() if permission else None,
            contact,
            country,
            owned,
            SourceState.ACTIVE if permission else SourceState.PROPOSED,
            self._clock.now(),
        )
        facts = {
            **actor_facts(actor, self._clock.now()),
            **source_facts(source),
            "account_change": Fact("add_source", "given"),
        }
        user_id = actor.user.user_id
        details = {"permission_hash": source.permission_hash} if source.permission_hash else None
        self._gate.enter(
            Action.ACCOUNT,
            facts,
            AuditEvent.SOURCE_DECIDED,
            actor=user_id,
            subject=source.source_id,
            details=details,
        )
        self._records.add(source, permission)
        event = AuditEvent.SOURCE_ACTIVATED if permission else AuditEvent.SOURCE_PROPOSED
        self._gate.note(event, actor=user_id, subject=source.source_id)
        return source

    def all(self) -> Sequence[Source]:
        """All sources, in the order they were added."""
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


def _checked_host(host: str) -> str:
    checked = host.strip().lower().rstrip(".")
    if not HOST.fullmatch(checked):
        raise BadUseError(
            "bad_host",
            "That is no name of a host.",
            "A source owns whole hosts, each a name with a dot in it; other scripts are written as xn--….",
            "Write it like photos.county.example, without https:// and without a path.",
        )
    return checked
