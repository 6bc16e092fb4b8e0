"""One batch of offered files, through every gate: to faces in the gallery, or to counted refusals.

Never computes a template for a photo that the law refuses, and never stores a photo before its decision is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.faces import DetectedFace
from facewarden.domain.gallery import JobLease, Refusal
from facewarden.domain.ids import PhotoId, SourceId, random_id
from facewarden.domain.photos import DecodedPhoto, OfferedFile
from facewarden.domain.provenance import Origin, Standing
from facewarden.domain.sources import Source
from facewarden.domain.suppression import QuarantinedPhoto, QuarantineState
from facewarden.errors import BadPhotoError, Error
from facewarden.law.decision import Decision
from facewarden.matching.suppression import Zone
from facewarden.ports import AuditLog, Burner, Clock, FaceEngine, GalleryRecords, PhotoDecoder, QuarantineRecords
from facewarden.services.collecting.addressgate import AddressGate
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.collecting.intake_enrolling import Admitted, Enroller
from facewarden.services.collecting.intake_judging import Fresh, Judge, Judgement, Looked, unseen
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.collecting.photolaw import PhotoLaw
from facewarden.services.gate import Gate
from facewarden.services.taking_out.suppression import SuppressionCheck

BATCH = 32  # photos a transaction and a log append: large enough to share the fsyncs, small enough to lose little
RECORD_EXPUNGED = "record_expunged"

QUARANTINE_LIFE = timedelta(days=30)
"""Within a month an officer has looked, or nobody will: then the photo is destroyed, not admitted."""

LeaseOf = Callable[[IngestReport], JobLease | None]
"""The claim under which a batch is stored, told what came of the batch."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """For whom and under which claim a batch is taken, and what came of it so far."""

    actor_id: str | None
    source: Source
    packs: Mapping[str, str]
    lease_of: LeaseOf
    case_id: str | None
    answered: Zone | None
    report: IngestReport


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
        self._index = index
        self._gate = gate
        self._addresses = addresses
        self._log = log
        self._clock = clock
        self._content_hash = content_hash
        self._suppression = suppression
        self._quarantine = quarantine
        self._people_expunged = expunged
        self._judge = Judge(law, engine, suppression)
        self._enroller = Enroller(engine, burner, clock)

    def check_ready(self) -> None:
        """Nothing; Error where faces could not be compared with everybody who is kept out: then nothing is begun."""
        self._suppression.check_ready()

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
        own = _Batch(actor_id, source, packs, lease_of, case_id, answered, report)
        # 1. what its address refuses; what cannot be read; what this source brought from there before
        fresh = self._fresh(own, batch)
        if answered is None:
            fresh = self._not_aside(source, fresh, report)
        # 2. what was erased here before is not even decoded
        with report.timing("records"):
            barred = self._suppression.barred(_undecided(fresh))
        # 3. decode; the law on each photo; faces only where it lets them be looked for
        looked = self._looked(source, fresh, barred, report)
        with report.timing("detect"):
            seen = self._judge.detect(fresh, looked)
        with self._suppression.steady():  # from the suppression check to the records nobody is taken out
            self._settle(own, fresh, looked, seen)
        with report.timing("index"):
            self._index.catch_up()
        return report

    def _fresh(self, own: _Batch, batch: Sequence[OfferedFile]) -> list[Fresh]:
        source, report = own.source, own.report
        found: dict[tuple[bytes, Origin], Fresh] = {}
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
            item = Fresh(file, content, content_hash, PhotoId(random_id("ph")), refusal)
            if found.setdefault((content_hash, item.origin), item) is not item:
                report.duplicates += 1
        return self._not_brought(own, list(found.values()))

    def _not_brought(self, own: _Batch, items: Sequence[Fresh]) -> list[Fresh]:
        """Those that this source has not brought from there; of photos that it has from elsewhere, the place alone."""
        asked = [(item.content_hash, item.origin) for item in items if item.refusal is None]
        with own.report.timing("records"):
            standing = dict(zip(asked, self._gallery.known(own.source.source_id, asked), strict=True))
        fresh: list[Fresh] = []
        for item in items:
            known = standing.get((item.content_hash, item.origin)) if item.refusal is None else None
            if known is Standing.BROUGHT:
                own.report.duplicates += 1
            else:
                fresh.append(replace(item, place_only=True) if known is Standing.ELSEWHERE else item)
        return fresh

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

    def _not_aside(self, source: Source, fresh: Sequence[Fresh], report: IngestReport) -> list[Fresh]:
        """Those that do not wait in the quarantine already."""
        waiting = self._suppression.set_aside(source.source_id, [item.content_hash for item in fresh])
        left = [item for item in fresh if item.content_hash not in waiting]
        report.duplicates += len(fresh) - len(left)
        return left

    def _looked(self, source: Source, fresh: Sequence[Fresh], barred: set[bytes], report: IngestReport) -> list[Looked]:
        open_still = [item.refusal is None and item.content_hash not in barred for item in fresh]
        with report.timing("decode"):
            contents = [item.content for item, is_open in zip(fresh, open_still, strict=True) if is_open]
            decoded = iter(self._decoder.decode(contents))
        with report.timing("law"):
            return [
                self._judge.look(source, item, next(decoded)) if is_open else unseen(item)
                for item, is_open in zip(fresh, open_still, strict=True)
            ]

    def _settle(
        self, own: _Batch, fresh: Sequence[Fresh], looked: Sequence[Looked], seen: Sequence[Sequence[DetectedFace]]
    ) -> None:
        report = own.report
        barred = self._suppression.barred(_undecided(fresh))
        with report.timing("template"):
            checked = self._judge.check(looked, seen, own.answered)
            pixels = [
                photo.photo.pixels if isinstance(photo.photo, DecodedPhoto) and not item.place_only else None
                for item, photo in zip(fresh, looked, strict=True)
            ]
            copies = self._suppression.near_copies(pixels)
        # 4. decide each photo
        with report.timing("law"):
            verdicts = [
                self._judge.judge(item, photo, faces, copy or item.content_hash in barred, report)
                for item, photo, faces, copy in zip(fresh, looked, checked, copies, strict=True)
            ]
        # 5. the decisions become durable before any effect
        with report.timing("log"):
            entries = [self._entry(own, item, verdict) for item, verdict in zip(fresh, verdicts, strict=True)]
            first = self._log.append(entries)[0] if entries else 0
        # 6. templates, then records
        self._store(own, fresh, looked, verdicts, first)

    def _store(
        self,
        own: _Batch,
        fresh: Sequence[Fresh],
        looked: Sequence[Looked],
        verdicts: Sequence[Judgement],
        first: int,
    ) -> None:
        """Admitted, refused and set aside in the records, with the job's counts; `first` is the first log entry."""
        report, admitted, refusals = own.report, list[Admitted](), list[Refusal]()
        aside: dict[bytes, tuple[QuarantinedPhoto, OfferedFile]] = {}
        allowed: dict[str, tuple[Decision, int]] = {}
        for index, item, photo, verdict in zip(range(first, first + len(fresh)), fresh, looked, verdicts, strict=True):
            if not verdict.grounds and isinstance(photo.photo, DecodedPhoto):
                admitted.append(Admitted(item, photo.photo, verdict, index))
                if photo.decision is not None:
                    allowed[item.photo_id] = photo.decision, index
                continue
            report.refused[verdict.grounds[0]] += 1
            if verdict.aside:
                aside.setdefault(item.content_hash, (self._aside(own.source, item, verdict), item.file))
            else:
                refusals.append(self._refusal(own, item, verdict))
        with report.timing("template"):
            new = self._enroller.new_photos(own.source, admitted, own.case_id)
        report.admitted += len(new)
        report.faces += sum(len(photo.faces) for photo in new)
        with report.timing("records"):
            self._quarantine.put(list(aside.values()))
            came = self._gallery.add(new, refusals, own.lease_of(report))
            stored = set(came.stored)
            self._gate.remember_photos({photo_id: how for photo_id, how in allowed.items() if photo_id in stored})
        # What came before, by another worker, from another source or from elsewhere, is known already.
        report.duplicates += report.admitted - len(stored)
        report.admitted = len(stored)
        report.faces = sum(len(photo.faces) for photo in new if photo.photo.photo_id in stored)

    def _entry(self, own: _Batch, item: Fresh, verdict: Judgement) -> AuditEntry:
        return AuditEntry(
            event=AuditEvent.PHOTO_COLLECT_DECIDED,
            at=self._clock.now(),
            actor=own.actor_id,
            # A random id, also of what is refused: the keyed hash of a photo would outlive its erasure here.
            subject=item.photo_id,
            verdict=verdict.verdict.value,
            grounds=verdict.grounds,
            packs=dict(own.packs),
            details={"source_id": own.source.source_id, "faces": len(verdict.faces)},
        )

    def _refusal(self, own: _Batch, item: Fresh, verdict: Judgement) -> Refusal:
        version = ",".join(f"{pack}={number}" for pack, number in own.packs.items())
        return Refusal(own.source.source_id, verdict.grounds[0], version, item.content_hash, self._clock.now())

    def _aside(self, source: Source, item: Fresh, verdict: Judgement) -> QuarantinedPhoto:
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


def _undecided(fresh: Sequence[Fresh]) -> list[bytes]:
    """The hashes of the files that no address refused: of the others nobody asks whether they were erased before."""
    return [item.content_hash for item in fresh if item.refusal is None]
