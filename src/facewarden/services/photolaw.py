"""What the law says to each photo of a source, by file, address and source, before any face is looked for.

Never looks at a pixel, and never reuses a decision for a photo with other facts or for another minute.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from facewarden.domain.photos import DecodedPhoto, OfferedFile
from facewarden.domain.sources import Source
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.facts import Fact, Facts, Value
from facewarden.law.photo import PhotoEvidence, PhotoReader
from facewarden.ports import Clock
from facewarden.services.facts import FactDict, source_facts
from facewarden.services.gate import Gate

MEMO_KEPT = 4_096
"""Decisions kept within one minute: photos without metadata have the same facts by the thousand."""
_S_PER_MINUTE = 60


class PhotoLaw:
    """Decides photos for one installation; decisions on the same facts in the same minute are made once."""

    def __init__(self, gate: Gate, reader: PhotoReader, clock: Clock) -> None:
        self._gate = gate
        self._reader = reader
        self._clock = clock
        self._minute = -1  # days begin on whole minutes in every time zone, so no decision outlives its day
        self._memo: dict[tuple[Action, frozenset[tuple[str, Value]]], Decision] = {}

    def source(self, source: Source) -> Decision:
        """What the law says to collecting from the source at all, before any photo is known."""
        return self._gate.decide(Action.COLLECT, {**collect_facts(source, None), **self._reader.read(PhotoEvidence())})

    def facts(self, source: Source, file: OfferedFile, photo: DecodedPhoto) -> FactDict:
        """Every fact about one photo that rules for collecting and enrolling read."""
        evidence = PhotoEvidence(
            tags=photo.metadata.tags,
            taken_at=photo.metadata.taken_at,
            file_url=file.url,
            extra={"host_permission": host_permission(source, file.url)},
        )
        return {**collect_facts(source, file.url), **self._reader.read(evidence)}

    def decide(self, action: Action, facts: Facts) -> Decision:
        """The decision on these facts at this moment, with these facts' own origins."""
        minute = int(self._now().timestamp()) // _S_PER_MINUTE
        if minute != self._minute or len(self._memo) >= MEMO_KEPT:
            self._memo.clear()
            self._minute = minute
        key = (action, frozenset((name, fact.value) for name, fact in facts.items()))
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._gate.decide(action, facts)
        return replace(known, facts=dict(facts))

    def _now(self) -> datetime:
        return self._clock.now()


def collect_facts(source: Source, url: str | None) -> FactDict:
    """What the records know before the file is looked at: the source, and hosts that asked to be left alone."""
    where = "this installation's list of hosts is empty" if url else "no host: a file given by hand"
    return {**source_facts(source), "host_barred": Fact(False, where)}


def host_permission(source: Source, url: str | None) -> Fact:
    """Whether the owner of the host gave the source's recorded permission: the host is one of the source's own."""
    if source.permission_hash is None:
        return Fact(False, "records: no permission is recorded for the source")
    host = _host(url)
    if host is None:
        return Fact(False, "no web address that can be read")
    owned = any(host == known or host.endswith(f".{known}") for known in source.hosts if "." in known)
    said = "belongs to the source, whose permission is recorded" if owned else "is none of the source's own"
    return Fact(owned, f"records: the host {said}")


def _host(url: str | None) -> str | None:
    try:
        host = urlsplit(url).hostname if url else None
    except ValueError:
        return None
    return host.rstrip(".") if host else None
