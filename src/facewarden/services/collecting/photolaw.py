"""What the law says to each photo of a source, by file, address and source, before any face is looked for.

Never looks at a pixel, and never reuses a decision for a photo with other facts or for another minute.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from facewarden.domain.hosts import host_of, lies_under
from facewarden.domain.photos import DecodedPhoto, Fetched, Manner, OfferedFile
from facewarden.domain.sources import Source
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.facts import Fact, Facts, Value, undetermined
from facewarden.law.loading import Pack
from facewarden.law.photo import PhotoEvidence, PhotoReader, eu_facing
from facewarden.ports import Clock
from facewarden.services.collecting.hostbars import Bars, StandingBars, barred_fact
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, source_facts

MEMO_KEPT = 4_096
"""Decisions kept within one minute: photos without metadata have the same facts by the thousand."""
_S_PER_MINUTE = 60
FILE_FACTS = ("position_state", "place_taken", "places_claimed", "metadata_text", "taken_day")
"""Facts about a photo that only its file can tell."""


class PhotoLaw:
    """Decides photos for one installation; decisions on the same facts in the same minute are made once."""

    def __init__(self, gate: Gate, reader: PhotoReader, clock: Clock, bars: Bars | None = None) -> None:
        """`bars` None: the hosts that ship as barred, and no permission that lifts one."""
        self._gate = gate
        self._reader = reader
        self._clock = clock
        self._bars = bars or StandingBars()
        self._minute = -1  # days begin on whole minutes in every time zone, so no decision outlives its day
        self._packs: tuple[Pack, ...] = ()
        self._memo: dict[tuple[Action, frozenset[tuple[str, Value]]], Decision] = {}

    def source(self, source: Source) -> Decision:
        """What the law says to collecting from the source at all, before any photo is known."""
        facts = {**self._collect_facts(source, None), **self._reader.read(PhotoEvidence())}
        return self._gate.decide(Action.COLLECT, {**facts, "eu_facing": eu_facing(facts)})

    def facts(self, source: Source, file: OfferedFile, photo: DecodedPhoto | None) -> FactDict:
        """Every fact about one photo that rules for collecting and enrolling read; `photo` None: not decoded yet."""
        fetched = file.fetched or Fetched(Manner.GIVEN)
        robots = {True: "allowed", False: "disallowed", None: None}[fetched.robots_allowed]
        evidence = PhotoEvidence(
            tags=photo.metadata.tags if photo else None,
            taken_at=photo.metadata.taken_at if photo else None,
            recorded_on=file.record.taken_on if file.record else None,
            page_url=fetched.page_url,
            file_url=file.url,
            server_ip=fetched.server_ip,
            robots=robots,
            robots_tags=fetched.robots_tags,
            manner=fetched.manner.value,
            purpose_named=fetched.purpose_named,
            subject_named=fetched.subject_named,
            case_named=fetched.case_named,
            extra={"host_permission": host_permission(source, file.url, self._bars)},
        )
        facts = {**self._collect_facts(source, file.url), **self._reader.read(evidence)}
        if photo is None:
            facts |= {name: undetermined("the file was not looked at yet") for name in FILE_FACTS}
        return {**facts, "eu_facing": eu_facing(facts)}

    def decide(self, action: Action, facts: Facts) -> Decision:
        """The decision on these facts at this moment, with these facts' own origins."""
        minute = int(self._now().timestamp()) // _S_PER_MINUTE
        packs = self._gate.packs
        if minute != self._minute or packs is not self._packs or len(self._memo) >= MEMO_KEPT:
            self._memo.clear()
            self._minute, self._packs = minute, packs
        key = (action, frozenset((name, fact.value) for name, fact in facts.items()))
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._gate.decide(action, facts)
        return replace(known, facts=dict(facts))

    def _collect_facts(self, source: Source, url: str | None) -> FactDict:
        return collect_facts(source, url, self._bars, self._now().date())

    def _now(self) -> datetime:
        return self._clock.now()


def collect_facts(source: Source, url: str | None, bars: Bars | None = None, day: date | None = None) -> FactDict:
    """What the records know before the file is looked at: the source, and hosts that asked to be left alone."""
    host = host_of(url)
    return {
        **source_facts(source, day),
        "host_barred": barred_fact(bars or StandingBars(), [host] if host else []),
    }


def owns(source: Source, host: str) -> bool:
    """Whether that host (as `host_of` spells it) is one of the source's own, or below one."""
    return any(lies_under(host, known) for known in source.hosts if "." in known)


def host_permission(source: Source, url: str | None, bars: Bars) -> Fact:
    """Whether the owner of the host gave the source's recorded permission: the host is one of the source's own.

    Of a host that asked to be left alone, only if its owner's own permission is recorded and lifts that.
    """
    if source.permission_hash is None:
        return Fact(False, "records: no permission is recorded for the source")
    host = host_of(url)
    if host is None:
        return Fact(False, "no web address that can be read")
    if bars.bar_of(host) is not None:
        return Fact(False, "records: the host asked to be left alone, and no permission of its owner is recorded")
    owned = owns(source, host)
    said = "belongs to the source, whose permission is recorded" if owned else "is none of the source's own"
    return Fact(owned, f"records: the host {said}")
