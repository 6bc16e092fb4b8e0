"""One batch of offered files, through every gate: to faces in the gallery, or to counted refusals.

Never computes a template for a photo that the law refuses, and never stores a photo before its decision is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.faces import DetectedFace
from facewarden.domain.gallery import JobLease, NewFace, NewPhoto, Refusal
from facewarden.domain.ids import PhotoId, SourceId, random_id
from facewarden.domain.photos import DecodedPhoto, OfferedFile, Photo, PhotoFormat, PhotoState
from facewarden.domain.sources import Source
from facewarden.domain.suppression import QuarantinedPhoto, QuarantineState
from facewarden.errors import BadPhotoError, Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Verdict
from facewarden.law.facts import Fact
from facewarden.matching.perceptual import perceptual_hash
from facewarden.matching.suppression import Zone
from facewarden.ports import AuditLog, Burner, Clock, FaceEngine, GalleryRecords, PhotoDecoder, QuarantineRecords
from facewarden.services.collecting.addressgate import AddressGate
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.collecting.intake_errors import NO_FACE, no_face, not_enrolled, refused
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.collecting.photolaw import PhotoLaw
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, face_facts
from facewarden.services.taking_out.burning import COVERED, covered, region
from facewarden.services.taking_out.suppression import FACTS as SUPPRESSION_FACTS
from facewarden.services.taking_out.suppression import SuppressionCheck

BATCH = 32  # photos a transaction and a log append: large enough to share the fsyncs, small enough to lose little
PHOTO_BARRED = "photo_barred"  # the file was erased here before, and may not come back
FACE_SUPPRESSED = "face_suppressed"  # stands where no adopted rule speaks: what was taken out stays out all the same
RECORD_EXPUNGED = "record_expunged"

QUARANTINE_LIFE = timedelta(days=30)
"""Within a month an officer has looked, or nobody will: then the photo is destroyed, not admitted."""

LeaseOf = Callable[[IngestReport], JobLease | None]
"""The claim under which a batch is stored, told what came of the batch."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A file that this source has not brought yet; `refusal` is what its address settled already."""

    file: OfferedFile
    content: bytes
    content_hash: bytes
    photo_id: PhotoId
    refusal: Decision | Error | None = None


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
    burnt: tuple[_Checked, ...] = ()
    aside: int = 0
    """Faces in question: the photo is set aside for a privacy officer."""


class Intake:
    """The gates in their order, cheapest first; every batch may be repeated."""

    def __init__(
        self,
        gallery: GalleryRecords,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        index: IndexKeeper,
        gate: Gate,
        law: PhotoLaw,
        addresses: AddressGate,
        log: AuditLog,
        clock: Clock,
        content_hash: Callable[[bytes], bytes],
        suppression: SuppressionCheck,
        quarantine: QuarantineRecords,
        burner: Burner,
        expunged: Callable[[SourceId, Sequence[str]], set[str]] = lambda source_id, references: set(),
    ) -> None:
        """`expunged` tells which people's records that source had expunged."""
        self._gallery = gallery
        self._decoder = decoder
        self._engine = engine
        self._index = index
        self._gate = gate
        self._law = law
        self._addresses = addresses
        self._log = log
        self._clock = clock
        self._content_hash = content_hash
        self._suppression = suppression
        self._quarantine = quarantine
        self._burner = burner
        self._people_expunged = expunged

    def take(
        self,
        actor_id: str | None,
        source: Source,
        batch: Sequence[OfferedFile],
        packs: Mapping[str, str],
        lease_of: LeaseOf,
        case_id: str | None = None,
        answered: Zone | None = None,
    ) -> IngestReport:
        """What came of these files, durable with the job's progress; `case_id` is the case that they are for.

        `answered` is what a privacy officer made of faces that the suppression check cannot tell: CLEARED or BARRED.
        None: photos with such faces are set aside for one.
        """
        report = IngestReport()
        # 1. what its address refuses; what cannot be read; what this source brought before
        fresh = self._fresh(source, batch, report)
        if answered is None:
            fresh = self._not_aside(source, fresh, report)
        # 2. what was erased here before is not even decoded
        with report.timing("records"):
            barred = self._suppression.barred(_undecided(fresh))
        # 3. decode; the law on each photo; faces only where it lets them be looked for
        looked = self._looked(source, fresh, barred, report)
        with report.timing("detect"):
            seen = self._detect([item.photo for item in looked])
        with self._suppression.steady():
            self._settle(actor_id, source, fresh, looked, seen, packs, report, lease_of, case_id, answered)
        with report.timing("index"):
            self._index.catch_up()
        return report

    def _fresh(self, source: Source, batch: Sequence[OfferedFile], report: IngestReport) -> list[_Fresh]:
        found: dict[bytes, _Fresh] = {}
        references = [file.record.person_reference for file in batch if file.record]
        gone = self._people_expunged(source.source_id, references) if references else set[str]()
        for file in batch:
            report.photos += 1
            with report.timing("address"):
                refusal = self._addresses.refusal(source, file) or self._expunged(file, gone)
            if isinstance(file.content, Error):
                if refusal is None:
                    report.trouble(file.name, file.content)
                    report.refused[file.content.code] += 1
                    continue
                content = (file.url or file.name).encode("utf-8", "surrogatepass")  # never fetched: known by address
            else:
                content = file.content
            with report.timing("hash"):
                content_hash = self._content_hash(content)
            if content_hash in found:
                report.duplicates += 1
            else:
                found[content_hash] = _Fresh(file, content, content_hash, PhotoId(random_id("ph")), refusal)
        with report.timing("records"):
            known = self._gallery.known(source.source_id, [h for h, item in found.items() if item.refusal is None])
        report.duplicates += len(known)
        return [item for content_hash, item in found.items() if content_hash not in known]

    def _expunged(self, file: OfferedFile, gone: set[str]) -> Error | None:
        """Why a booking record is not taken in: its day of expungement has come, or its person's records are gone."""
        due = file.record.expunge_on if file.record else None
        passed = due is not None and due <= self._clock.now().date()
        if not passed and (file.record is None or file.record.person_reference not in gone):
            return None
        return BadPhotoError(
            RECORD_EXPUNGED,
            "The agency's own record says that this photo must be gone by now.",
            next_step="Nothing is to be done: take the row out of the list.",
        )

    def _looked(
        self, source: Source, fresh: Sequence[_Fresh], barred: set[bytes], report: IngestReport
    ) -> list[_Looked]:
        open_still = [item for item in fresh if item.refusal is None and item.content_hash not in barred]
        with report.timing("decode"):
            decoded = iter(self._decoder.decode([item.content for item in open_still]))
        with report.timing("law"):
            return [
                self._lawful(source, item, next(decoded))
                if item.refusal is None and item.content_hash not in barred
                else _unseen(item)
                for item in fresh
            ]

    def _lawful(self, source: Source, item: _Fresh, photo: DecodedPhoto | Error) -> _Looked:
        """The photo with its facts; without its pixels where the law does not allow to collect it."""
        if not isinstance(photo, DecodedPhoto):
            return _Looked(photo, {}, None)
        facts = self._law.facts(source, item.file, photo)
        decision = self._law.decide(Action.COLLECT, facts)
        if decision.allowed:
            return _Looked(photo, facts, decision)
        return _Looked(refused(decision), facts, decision)

    def _detect(self, decoded: Sequence[DecodedPhoto | Error]) -> list[tuple[DetectedFace, ...]]:
        with_pixels = [photo for photo in decoded if isinstance(photo, DecodedPhoto)]
        found = iter(self._engine.detect([photo.pixels for photo in with_pixels]))
        return [next(found) if isinstance(photo, DecodedPhoto) else () for photo in decoded]

    def _settle(
        self,
        actor_id: str | None,
        source: Source,
        fresh: Sequence[_Fresh],
        looked: Sequence[_Looked],
        seen: Sequence[Sequence[DetectedFace]],
        packs: Mapping[str, str],
        report: IngestReport,
        lease_of: LeaseOf,
        case_id: str | None,
        answered: Zone | None,
    ) -> None:
        """From the suppression check to the records: nobody is taken out between the two."""
        barred = self._suppression.barred(_undecided(fresh))
        with report.timing("template"):
            checked = self._checked(looked, seen, answered)
            near = self._suppression.near_copies([_pixels(item) for item in looked])
        # 4. decide each photo, and collect the entries of all decisions
        entries: list[AuditEntry] = []
        refusals: list[Refusal] = []
        admitted: list[tuple[_Fresh, DecodedPhoto, _Judgement, int]] = []
        aside: list[tuple[QuarantinedPhoto, OfferedFile]] = []
        allowed: dict[str, tuple[Decision, int]] = {}
        version = ",".join(f"{pack}={number}" for pack, number in packs.items())
        with report.timing("law"):
            for item, photo, faces, copy in zip(fresh, looked, checked, near, strict=True):
                verdict = self._judge(item, photo, faces, copy or item.content_hash in barred, report)
                if not verdict.grounds and isinstance(photo.photo, DecodedPhoto):
                    admitted.append((item, photo.photo, verdict, len(entries)))
                    if photo.decision is not None:
                        allowed[item.photo_id] = (photo.decision, len(entries))
                else:
                    ground = verdict.grounds[0]
                    report.refused[ground] += 1
                    if verdict.aside:
                        aside.append((self._aside(source, item, verdict), item.file))
                    else:
                        now = self._clock.now()
                        refusals.append(Refusal(source.source_id, ground, version, item.content_hash, now))
                entries.append(self._entry(actor_id, source, item, verdict, packs))
        # 5. the decisions become durable before any effect
        with report.timing("log"):
            first = self._log.append(entries)[0] if entries else 0
        # 6. templates, then records, then the index
        with report.timing("template"):
            new = self._enrolled(source, admitted, first, case_id)
        report.admitted += len(new)
        report.faces += sum(len(photo.faces) for photo in new)
        with report.timing("records"):
            self._quarantine.put(aside)
            came = self._gallery.add(new, refusals, lease_of(report))
            stored = set(came.stored)
            self._gate.remember_photos({i: (d, first + at) for i, (d, at) in allowed.items() if i in stored})
        # What another worker or another source brought before is known already.
        report.duplicates += report.admitted - len(stored)
        report.admitted = len(stored)
        report.faces = sum(len(photo.faces) for photo in new if photo.photo.photo_id in stored)

    def _entry(
        self, actor_id: str | None, source: Source, item: _Fresh, verdict: _Judgement, packs: Mapping[str, str]
    ) -> AuditEntry:
        return AuditEntry(
            event=AuditEvent.PHOTO_COLLECT_DECIDED,
            at=self._clock.now(),
            actor=actor_id,
            # A random id, also of what is refused: the keyed hash of a photo would outlive its erasure here.
            subject=item.photo_id,
            verdict=verdict.verdict.value,
            grounds=verdict.grounds,
            packs=dict(packs),
            details={"source_id": source.source_id, "faces": len(verdict.faces)},
        )

    def _not_aside(self, source: Source, fresh: Sequence[_Fresh], report: IngestReport) -> list[_Fresh]:
        """Those that do not wait in the quarantine already."""
        waiting = self._suppression.set_aside(source.source_id, [item.content_hash for item in fresh])
        report.duplicates += len(waiting)
        return [item for item in fresh if item.content_hash not in waiting]

    def _aside(self, source: Source, item: _Fresh, verdict: _Judgement) -> QuarantinedPhoto:
        now = self._clock.now()
        return QuarantinedPhoto(
            random_id("qua"),
            source.source_id,
            item.content_hash,
            QuarantineState.WAITING,
            verdict.aside,
            now,
            now + QUARANTINE_LIFE,
        )

    def _checked(
        self, looked: Sequence[_Looked], seen: Sequence[Sequence[DetectedFace]], answered: Zone | None
    ) -> list[list[_Checked]]:
        """Every face of the photos with its zone; templates are made here only if anybody is kept out at all."""
        if not any(seen) or not self._suppression.needed():
            return [[_Checked(face, None, None) for face in faces] for faces in seen]
        images = [
            item.photo.pixels
            for item, faces in zip(looked, seen, strict=True)
            if isinstance(item.photo, DecodedPhoto)
            for _ in faces
        ]
        flat = [face for faces in seen for face in faces]
        if not flat:
            return [[] for _ in seen]
        templates = self._engine.templates(images, flat, self._engine.card.enrol_views)
        zones = self._suppression.zones(self._engine.card.pack_id, templates, images, flat)
        if answered is not None:
            zones = [answered if zone is Zone.QUARANTINED else zone for zone in zones]
        found = iter(map(_Checked, flat, zones, templates))
        return [list(islice(found, len(faces))) for faces in seen]

    def _judge(
        self, item: _Fresh, looked: _Looked, faces: Sequence[_Checked], barred: bool, report: IngestReport
    ) -> _Judgement:
        """The grounds on which the photo is refused (none: admitted), and the faces that may be enrolled."""
        photo, decision = looked.photo, looked.decision
        if barred and item.refusal is None:
            report.suppressed += 1
            return _Judgement(Verdict.REFUSE, (PHOTO_BARRED,), [])
        if not isinstance(photo, DecodedPhoto):
            report.trouble(item.file.name, photo)
            if decision is None:
                return _Judgement(Verdict.REFUSE, (photo.code,), [])
            report.grounds.update(decision.rules)
            return _Judgement(decision.verdict, decision.rules, [])
        if decision is not None:
            report.undetermined.update(decision.undetermined)
        if not faces:
            report.trouble(item.file.name, no_face(photo))
            return _Judgement(Verdict.REFUSE, (NO_FACE,), [])
        decisions = [self._law.decide(Action.ENROL, _enrol_facts(looked.facts, face)) for face in faces]
        good = [face for face, decided in zip(faces, decisions, strict=True) if decided.allowed]
        kept_out = [at for at, face in enumerate(faces) if face.zone in (Zone.QUARANTINED, Zone.BARRED)]
        if kept_out:
            rules = decisions[kept_out[0]].rules or (FACE_SUPPRESSED,)
            return _kept_out(photo, faces, good, rules, report)
        if good:
            return _Judgement(Verdict.ALLOW, (), good)
        against = decisions[0]
        report.grounds.update(against.rules)
        report.trouble(item.file.name, not_enrolled(against, faces[0].face))
        return _Judgement(against.verdict, against.rules, [])

    def _enrolled(
        self,
        source: Source,
        admitted: Sequence[tuple[_Fresh, DecodedPhoto, _Judgement, int]],
        first_index: int,
        case_id: str | None,
    ) -> list[NewPhoto]:
        faces = [(photo.pixels, face) for _, photo, found, _ in admitted for face in found.faces]
        missing = [(pixels, face.face) for pixels, face in faces if face.template is None]
        images, flat = [pixels for pixels, _ in missing], [face for _, face in missing]
        made = iter(self._engine.templates(images, flat, self._engine.card.enrol_views)) if missing else iter(())
        templates = (next(made) if face.template is None else face.template for _, face in faces)
        return [
            self._new_photo(source, item, photo, found, first_index + offset, case_id, templates)
            for item, photo, found, offset in admitted
        ]

    def _new_photo(
        self,
        source: Source,
        item: _Fresh,
        photo: DecodedPhoto,
        found: _Judgement,
        decision_index: int,
        case_id: str | None,
        templates: Iterator[NDArray[np.float32]],
    ) -> NewPhoto:
        """The photo as it is stored: the file as collected, or without the faces that are kept out."""
        content, kind, scale = item.content, photo.format, photo.scale
        if found.burnt:  # the burnt file has the size that the photo was decoded at, and nothing of its metadata
            regions = [region(face.face.box) for face in found.burnt]
            content, kind, scale = self._burner.burn(photo.pixels, regions), PhotoFormat.JPEG, 1.0
        pack_id = self._engine.card.pack_id
        return NewPhoto(
            Photo(
                item.photo_id,
                source.source_id,
                item.content_hash,
                item.file.name,
                item.file.url,
                kind,
                round(photo.width_px / scale),
                round(photo.height_px / scale),
                len(content),
                photo.metadata.taken_at,
                self._clock.now(),
                PhotoState.ACTIVE,
                decision_index,
            ),
            content,
            # Boxes are kept in pixels of the oriented original, whatever size the photo was decoded at.
            tuple(NewFace(face.face.scaled(1 / scale), next(templates), pack_id) for face in found.faces),
            item.file.fetched,
            item.file.record,
            case_id,
            None if found.burnt else perceptual_hash(photo.pixels),
        )


def _kept_out(
    photo: DecodedPhoto,
    faces: Sequence[_Checked],
    good: Sequence[_Checked],
    rules: tuple[str, ...],
    report: IngestReport,
) -> _Judgement:
    """A photo with a face that is kept out, or that nobody can tell from one.

    The latter waits for an officer, whole. Of the former the face is burnt out where another may be enrolled; else the
    photo is refused: the pixels of somebody who was taken out are not stored.
    """
    report.suppressed += 1
    unsure = sum(face.zone is Zone.QUARANTINED for face in faces)
    if unsure:
        report.quarantined += 1
        report.grounds.update(rules)
        return _Judgement(Verdict.QUARANTINE, rules, [], aside=unsure)
    burnt = tuple(face for face in faces if face.zone is Zone.BARRED)
    regions = [region(face.face.box) for face in burnt]
    stay = [face for face in good if all(covered(face.face.box, by) <= COVERED for by in regions)]
    if stay:
        report.burnt += 1
        return _Judgement(Verdict.ALLOW, (), stay, burnt)
    report.grounds.update(rules)
    return _Judgement(Verdict.REFUSE, rules, [])


def _pixels(looked: _Looked) -> NDArray[np.uint8] | None:
    return looked.photo.pixels if isinstance(looked.photo, DecodedPhoto) else None


def _undecided(fresh: Sequence[_Fresh]) -> list[bytes]:
    """The hashes of the files that no address refused: of the others nobody asks whether they were erased before."""
    return [item.content_hash for item in fresh if item.refusal is None]


def _unseen(item: _Fresh) -> _Looked:
    """A photo that is refused without having been decoded."""
    if item.refusal is None:
        return _Looked(
            BadPhotoError(PHOTO_BARRED, "The file was erased here before.", next_step="Nothing: it may not come back."),
            {},
            None,
        )
    if isinstance(item.refusal, Error):
        return _Looked(item.refusal, {}, None)
    return _Looked(refused(item.refusal), {}, item.refusal)


def _enrol_facts(photo_facts: FactDict, checked: _Checked) -> FactDict:
    suppressed = Fact(False, "suppression vault: empty") if checked.zone is None else SUPPRESSION_FACTS[checked.zone]
    return {**photo_facts, **face_facts(checked.face), "face_suppressed": suppressed}
