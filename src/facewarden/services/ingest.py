"""Takes photos in: from an offered file to a face in the gallery, or to a counted refusal.

Never computes a template for a photo that the law refuses, and never stores a photo before its decision is durable.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.faces import DetectedFace
from facewarden.domain.gallery import JobLease, NewFace, NewPhoto, Refusal
from facewarden.domain.ids import PhotoId, random_id
from facewarden.domain.photos import DecodedPhoto, OfferedFile, Photo, PhotoState
from facewarden.domain.sources import Source
from facewarden.errors import Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Verdict
from facewarden.law.facts import Fact
from facewarden.matching.suppression import Zone
from facewarden.ports import (
    AuditLog,
    Clock,
    FaceEngine,
    GalleryRecords,
    Jobs,
    PhotoDecoder,
    PhotoFiles,
)
from facewarden.services.facts import FactDict, actor_facts, face_facts
from facewarden.services.gate import Gate
from facewarden.services.index import IndexKeeper
from facewarden.services.photolaw import PhotoLaw
from facewarden.services.refusal import RefusedError
from facewarden.services.suppression import FACTS as SUPPRESSION_FACTS
from facewarden.services.suppression import SuppressionCheck

BATCH = 32  # photos a transaction and a log append: large enough to share the fsyncs, small enough to lose little
NO_FACE = "no_face"
PHOTO_BARRED = "photo_barred"  # the file was erased here before, and may not come back
FACE_SUPPRESSED = "face_suppressed"  # stands where no adopted rule speaks: what was taken out stays out all the same
ERRORS_KEPT = 1_000  # file-level errors listed one by one; beyond that they are only counted


@dataclass(frozen=True, slots=True)
class FileTrouble:
    """A file that could not be used: its name, and the error with what to do."""

    name: str
    error: Error


@dataclass(slots=True)
class IngestReport:
    """What came of an ingest, in the words of its JSON.

    `refused` counts each photo once, under its first ground; `grounds` counts every rule that spoke against a photo,
    and `undetermined`, of the photos that the law let pass, each fact that a rule reads and that nobody could tell.
    `suppressed` counts photos refused for a face that is kept out, or for being erased before; `quarantined` those
    of them whose face is only like one. Neither is named by file: nobody is to learn who asked to be taken out.
    """

    photos: int = 0
    admitted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    grounds: Counter[str] = field(default_factory=Counter)
    undetermined: Counter[str] = field(default_factory=Counter)
    faces: int = 0
    suppressed: int = 0
    quarantined: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    troubles: list[FileTrouble] = field(default_factory=list)

    def progress(self) -> dict[str, int]:
        """The counts as the job keeps them."""
        return {
            "photos": self.photos,
            "admitted": self.admitted,
            "refused": self.refused.total(),
            "faces": self.faces,
            "suppressed": self.suppressed,
            "duplicates": self.duplicates,
        }


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A file that this source has not brought yet."""

    file: OfferedFile
    content: bytes
    content_hash: bytes
    photo_id: PhotoId


@dataclass(frozen=True, slots=True)
class _Looked:
    """A photo with its facts and the law's word; an error in its place where it may not be looked at further."""

    photo: DecodedPhoto | Error
    facts: FactDict
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A face after the suppression check: its zone, and its template where the check needed one."""

    face: DetectedFace
    zone: Zone | None
    template: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What comes of a photo: every ground against it, none if it is admitted with these faces."""

    verdict: Verdict
    grounds: tuple[str, ...]
    faces: list[_Checked]


class Ingest:
    """One collection from one source, in batches; safe to kill and to run again."""

    def __init__(
        self,
        gallery: GalleryRecords,
        jobs: Jobs,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        index: IndexKeeper,
        gate: Gate,
        law: PhotoLaw,
        log: AuditLog,
        clock: Clock,
        content_hash: Callable[[bytes], bytes],
        suppression: SuppressionCheck,
    ) -> None:
        self._gallery = gallery
        self._jobs = jobs
        self._decoder = decoder
        self._engine = engine
        self._index = index
        self._gate = gate
        self._law = law
        self._log = log
        self._clock = clock
        self._content_hash = content_hash
        self._suppression = suppression

    def run(
        self,
        actor: Actor,
        source: Source,
        files: PhotoFiles,
        on_batch: Callable[[IngestReport], None] = lambda report: None,
    ) -> IngestReport:
        """The report once every file was taken in, refused or named as unusable.

        Raises RefusedError before any file is read if the law bars the source itself.
        """
        started = time.monotonic()
        self._gate.enter(
            Action.ACCOUNT,
            {
                **actor_facts(actor, self._clock.now()),
                "account_change": Fact("start_ingest", "given"),
                "target_org_same": Fact(True, "an ingest changes no account"),
            },
            AuditEvent.SOURCE_DECIDED,
            actor=actor.user.user_id,
            subject=source.source_id,
            details={"action": "start_ingest"},
        )
        source_decision = self._enter(actor, source)
        report = IngestReport()
        lease = self._jobs.start("ingest", {"source_id": source.source_id}, actor.user.user_id)
        for batch in _batches(files.read()):
            lease = self._jobs.renew(lease, report.progress())
            self._take(actor, source, batch, source_decision.packs, report, lease)
            report.seconds = time.monotonic() - started
            on_batch(report)
        self._jobs.finish(lease, report.progress())
        self._index.save()
        details: dict[str, str | int] = dict(report.progress())
        self._gate.note(AuditEvent.INGEST_FINISHED, actor=actor.user.user_id, subject=source.source_id, details=details)
        report.seconds = time.monotonic() - started
        return report

    def _enter(self, actor: Actor, source: Source) -> Decision:
        """The decision on the source itself, on record. Facts that only a photo can tell are left to each photo."""
        decision = self._law.source(source)
        event, user_id = AuditEvent.INGEST_STARTED, actor.user.user_id
        index = self._log.append([self._gate.entry(decision, event, user_id, source.source_id)])[0]
        if decision.verdict is Verdict.REFUSE:
            raise RefusedError(decision, index)
        return decision

    def _take(
        self,
        actor: Actor,
        source: Source,
        batch: Sequence[OfferedFile],
        packs: Mapping[str, str],
        report: IngestReport,
        lease: JobLease,
    ) -> None:
        # 1. what cannot be read, and what this source brought before
        fresh = self._fresh(source, batch, report)
        # 2. decode; the law on each photo; faces only where it lets them be looked for
        decoded = self._decoder.decode([item.content for item in fresh])
        lawful = [self._lawful(source, item, photo) for item, photo in zip(fresh, decoded, strict=True)]
        seen = self._detect([item.photo for item in lawful])
        with self._suppression.steady():
            self._settle(actor, source, fresh, lawful, seen, packs, report, lease)
        self._index.catch_up()

    def _settle(
        self,
        actor: Actor,
        source: Source,
        fresh: Sequence[_Fresh],
        lawful: Sequence[_Looked],
        seen: Sequence[Sequence[DetectedFace]],
        packs: Mapping[str, str],
        report: IngestReport,
        lease: JobLease,
    ) -> None:
        """From the suppression check to the records: nobody is taken out between the two."""
        barred = self._suppression.barred([item.content_hash for item in fresh])
        checked = self._checked(lawful, seen)
        # 3. decide each photo, and collect the entries of all decisions
        entries: list[AuditEntry] = []
        refusals: list[Refusal] = []
        admitted: list[tuple[_Fresh, DecodedPhoto, list[_Checked], int]] = []
        allowed: dict[str, tuple[Decision, int]] = {}
        version = ",".join(f"{pack}={number}" for pack, number in packs.items())
        for item, looked, faces in zip(fresh, lawful, checked, strict=True):
            verdict = self._judge(item, looked, faces, item.content_hash in barred, report)
            if not verdict.grounds and isinstance(looked.photo, DecodedPhoto):
                admitted.append((item, looked.photo, verdict.faces, len(entries)))
                if looked.decision is not None:
                    allowed[item.photo_id] = (looked.decision, len(entries))
            else:
                ground = verdict.grounds[0]
                report.refused[ground] += 1
                refusals.append(Refusal(source.source_id, ground, version, item.content_hash, self._clock.now()))
            entries.append(self._entry(actor, source, item, verdict, packs))
        # 4. the decisions become durable before any effect
        first = self._log.append(entries)[0] if entries else 0
        # 5. templates, then records, then the index
        new = self._enrolled(source, admitted, first)
        report.admitted += len(new)
        report.faces += sum(len(photo.faces) for photo in new)
        self._gallery.add(new, refusals, lease)
        self._gate.remember_photos({photo: (decision, first + at) for photo, (decision, at) in allowed.items()})

    def _entry(
        self, actor: Actor, source: Source, item: _Fresh, verdict: _Judgement, packs: Mapping[str, str]
    ) -> AuditEntry:
        return AuditEntry(
            event=AuditEvent.PHOTO_COLLECT_DECIDED,
            at=self._clock.now(),
            actor=actor.user.user_id,
            # A random id, also of what is refused: the keyed hash of a photo would outlive its erasure here.
            subject=item.photo_id,
            verdict=verdict.verdict.value,
            grounds=verdict.grounds,
            packs=dict(packs),
            details={"source_id": source.source_id, "faces": len(verdict.faces)},
        )

    def _lawful(self, source: Source, item: _Fresh, photo: DecodedPhoto | Error) -> _Looked:
        """The photo with its facts; without its pixels where the law does not allow to collect it."""
        if not isinstance(photo, DecodedPhoto):
            return _Looked(photo, {}, None)
        facts = self._law.facts(source, item.file, photo)
        decision = self._law.decide(Action.COLLECT, facts)
        if decision.allowed:
            return _Looked(photo, facts, decision)
        return _Looked(_refused(decision), facts, decision)

    def _fresh(self, source: Source, batch: Sequence[OfferedFile], report: IngestReport) -> list[_Fresh]:
        readable: dict[bytes, _Fresh] = {}
        for file in batch:
            report.photos += 1
            if isinstance(file.content, Error):
                self._trouble(report, file.name, file.content)
                report.refused[file.content.code] += 1
                continue
            content_hash = self._content_hash(file.content)
            if content_hash in readable:
                report.duplicates += 1
            else:
                readable[content_hash] = _Fresh(file, file.content, content_hash, PhotoId(random_id("ph")))
        known = self._gallery.known(source.source_id, list(readable))
        report.duplicates += len(known)
        return [item for content_hash, item in readable.items() if content_hash not in known]

    def _detect(self, decoded: Sequence[DecodedPhoto | Error]) -> list[tuple[DetectedFace, ...]]:
        with_pixels = [photo for photo in decoded if isinstance(photo, DecodedPhoto)]
        found = iter(self._engine.detect([photo.pixels for photo in with_pixels]))
        return [next(found) if isinstance(photo, DecodedPhoto) else () for photo in decoded]

    def _checked(self, lawful: Sequence[_Looked], seen: Sequence[Sequence[DetectedFace]]) -> list[list[_Checked]]:
        """Every face of the photos with its zone; templates are made here only if anybody is kept out at all."""
        if not self._suppression.needed():
            return [[_Checked(face, None, None) for face in faces] for faces in seen]
        images = [
            looked.photo.pixels
            for looked, faces in zip(lawful, seen, strict=True)
            if isinstance(looked.photo, DecodedPhoto)
            for _ in faces
        ]
        flat = [face for faces in seen for face in faces]
        if not flat:
            return [[] for _ in seen]
        templates = self._engine.templates(images, flat, self._engine.card.enrol_views)
        zones = self._suppression.zones(templates)
        found = iter(map(_Checked, flat, zones, templates))
        return [list(islice(found, len(faces))) for faces in seen]

    def _judge(
        self, item: _Fresh, looked: _Looked, faces: Sequence[_Checked], barred: bool, report: IngestReport
    ) -> _Judgement:
        """The grounds on which the photo is refused (none: admitted), and the faces that may be enrolled."""
        photo, decision = looked.photo, looked.decision
        if barred:
            report.suppressed += 1
            return _Judgement(Verdict.REFUSE, (PHOTO_BARRED,), [])
        if not isinstance(photo, DecodedPhoto):
            self._trouble(report, item.file.name, photo)
            if decision is None:
                return _Judgement(Verdict.REFUSE, (photo.code,), [])
            report.grounds.update(decision.rules)
            return _Judgement(decision.verdict, decision.rules, [])
        if decision is not None:
            report.undetermined.update(decision.undetermined)
        if not faces:
            self._trouble(report, item.file.name, _no_face(photo))
            return _Judgement(Verdict.REFUSE, (NO_FACE,), [])
        decisions = [self._law.decide(Action.ENROL, _enrol_facts(looked.facts, face)) for face in faces]
        kept_out = [at for at, face in enumerate(faces) if face.zone not in (None, Zone.ADMITTED)]
        if kept_out:  # the whole photo: the pixels of somebody who was taken out are not stored beside another's
            report.suppressed += 1
            report.quarantined += all(faces[at].zone is Zone.QUARANTINED for at in kept_out)
            rules = decisions[kept_out[0]].rules or (FACE_SUPPRESSED,)
            report.grounds.update(rules)
            return _Judgement(Verdict.REFUSE, rules, [])
        good = [face for face, decided in zip(faces, decisions, strict=True) if decided.allowed]
        if good:
            return _Judgement(Verdict.ALLOW, (), good)
        refused = decisions[0]
        report.grounds.update(refused.rules)
        self._trouble(report, item.file.name, _not_enrolled(refused, faces[0].face))
        return _Judgement(refused.verdict, refused.rules, [])

    def _enrolled(
        self,
        source: Source,
        admitted: Sequence[tuple[_Fresh, DecodedPhoto, list[_Checked], int]],
        first_index: int,
    ) -> list[NewPhoto]:
        faces = [(photo.pixels, face) for _, photo, found, _ in admitted for face in found]
        card = self._engine.card
        missing = [(pixels, face.face) for pixels, face in faces if face.template is None]
        images, flat = [pixels for pixels, _ in missing], [face for _, face in missing]
        made = iter(self._engine.templates(images, flat, card.enrol_views)) if missing else iter(())
        templates = (next(made) if face.template is None else face.template for _, face in faces)
        now = self._clock.now()
        return [
            NewPhoto(
                Photo(
                    item.photo_id,
                    source.source_id,
                    item.content_hash,
                    item.file.name,
                    item.file.url,
                    photo.format,
                    round(photo.width_px / photo.scale),
                    round(photo.height_px / photo.scale),
                    len(item.content),
                    photo.metadata.taken_at,
                    now,
                    PhotoState.ACTIVE,
                    first_index + offset,
                ),
                item.content,
                # Boxes are kept in pixels of the oriented original, whatever size the photo was decoded at.
                tuple(NewFace(face.face.scaled(1 / photo.scale), next(templates), card.pack_id) for face in faces),
            )
            for item, photo, faces, offset in admitted
        ]

    @staticmethod
    def _trouble(report: IngestReport, name: str, error: Error) -> None:
        if len(report.troubles) < ERRORS_KEPT:
            report.troubles.append(FileTrouble(name, error))


def _enrol_facts(photo_facts: FactDict, checked: _Checked) -> FactDict:
    suppressed = Fact(False, "suppression vault: empty") if checked.zone is None else SUPPRESSION_FACTS[checked.zone]
    return {**photo_facts, **face_facts(checked.face), "face_suppressed": suppressed}


def _batches(files: Iterable[OfferedFile]) -> Iterator[list[OfferedFile]]:
    waiting = iter(files)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _no_face(photo: DecodedPhoto) -> Error:
    return Error(
        NO_FACE,
        f"No face was found in this photo of {photo.width_px} x {photo.height_px} pixels.",
        "The face may be turned away, covered, or smaller than the detector sees.",
        "Give a photo in which the face is upright and at least 24 pixels wide.",
    )


def _refused(decision: Decision) -> Error:
    ground = decision.grounds[0]
    aside = decision.verdict is Verdict.QUARANTINE
    return Error(
        ground.rule,
        f"Set aside, not enrolled: {ground.text}" if aside else ground.text,
        f"Rule {ground.rule} ({ground.citation}).",
        ground.remedy,
    )


def _not_enrolled(decision: Decision, face: DetectedFace) -> Error:
    quality = face.quality
    failing = ", ".join(quality.failing())
    if not failing:
        return _refused(decision)
    return Error(
        decision.grounds[0].rule,
        f"The face is not good enough to enrol ({failing}).",
        f"It is {quality.size_px:.0f} pixels wide, turned {quality.yaw_deg:.0f} degrees,"
        f" sharpness {quality.sharpness:.3f}, light {quality.light:.2f}.",
        "Give a larger, sharper or more frontal photo of this person.",
    )
