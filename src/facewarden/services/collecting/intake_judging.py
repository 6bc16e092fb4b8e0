"""What comes of each photo of a batch: admitted with which faces, refused on which grounds, or set aside.

Never changes anything, and never looks for a template before somebody is kept out at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace
from facewarden.domain.ids import PhotoId
from facewarden.domain.photos import DecodedPhoto, OfferedFile
from facewarden.domain.provenance import Origin
from facewarden.domain.sources import Source
from facewarden.errors import BadPhotoError, Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Verdict
from facewarden.law.facts import Fact
from facewarden.matching.suppression import Zone
from facewarden.ports import FaceEngine
from facewarden.services.collecting.intake_errors import NO_FACE, no_face, not_enrolled, refused
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.collecting.photolaw import PhotoLaw
from facewarden.services.law.facts import FactDict, face_facts
from facewarden.services.taking_out.burning import COVERED, covered, region
from facewarden.services.taking_out.suppression import FACTS as SUPPRESSION_FACTS
from facewarden.services.taking_out.suppression import SuppressionCheck

PHOTO_BARRED = "photo_barred"  # the file was erased here before, and may not come back
FACE_SUPPRESSED = "face_suppressed"  # stands where no adopted rule speaks: what was taken out stays out all the same


@dataclass(frozen=True, slots=True)
class Fresh:
    """A file that this source has not brought from there yet; `refusal` is what its address settled already.

    `place_only`: the source brought the photo itself before, from elsewhere. Its faces are not looked for again.
    """

    file: OfferedFile
    content: bytes
    content_hash: bytes
    photo_id: PhotoId
    refusal: Decision | Error | None = None
    place_only: bool = False

    @property
    def origin(self) -> Origin:
        """Where the source has it."""
        return Origin(self.file.name, self.file.url, self.file.record.person_reference if self.file.record else None)


@dataclass(frozen=True, slots=True)
class Looked:
    """A photo with its facts and the law's word; an error in its place where it may not be looked at further."""

    photo: DecodedPhoto | Error
    facts: FactDict
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class Checked:
    """A face after the suppression check: its zone, and its template where the check needed one."""

    face: DetectedFace
    zone: Zone | None
    template: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What comes of a photo: every ground against it, none if it is admitted with these faces."""

    verdict: Verdict
    grounds: tuple[str, ...]
    faces: list[Checked]
    burnt: tuple[Checked, ...] = ()
    aside: int = 0
    """Faces in question: the photo is set aside for a privacy officer."""


class Judge:
    """The law and the suppression check on photos and their faces."""

    def __init__(self, law: PhotoLaw, engine: FaceEngine, suppression: SuppressionCheck) -> None:
        self._law = law
        self._engine = engine
        self._suppression = suppression

    def look(self, source: Source, item: Fresh, photo: DecodedPhoto | Error) -> Looked:
        """The photo with its facts; without its pixels where the law does not allow to collect it."""
        if not isinstance(photo, DecodedPhoto):
            return Looked(photo, {}, None)
        facts = self._law.facts(source, item.file, photo)
        decision = self._law.decide(Action.COLLECT, facts)
        return Looked(photo if decision.allowed else refused(decision), facts, decision)

    def detect(self, fresh: Sequence[Fresh], looked: Sequence[Looked]) -> list[tuple[DetectedFace, ...]]:
        """The faces of each photo; none where the gallery has them already, or the photo may not be looked at."""
        images = [
            seen.photo.pixels if isinstance(seen.photo, DecodedPhoto) and not item.place_only else None
            for item, seen in zip(fresh, looked, strict=True)
        ]
        found = iter(self._engine.detect([image for image in images if image is not None]))
        return [() if image is None else next(found) for image in images]

    def check(
        self, looked: Sequence[Looked], seen: Sequence[Sequence[DetectedFace]], answered: Zone | None
    ) -> list[list[Checked]]:
        """Every face of the photos with its zone; templates are made here only if anybody is kept out at all."""
        if not any(seen) or not self._suppression.needed():
            return [[Checked(face, None, None) for face in faces] for faces in seen]
        images = [
            item.photo.pixels
            for item, faces in zip(looked, seen, strict=True)
            if isinstance(item.photo, DecodedPhoto)
            for _ in faces
        ]
        flat = [face for faces in seen for face in faces]
        templates = self._engine.templates(images, flat, self._engine.card.enrol_views)
        zones = self._suppression.zones(self._engine.card.pack_id, templates, images, flat)
        if answered is not None:
            zones = [answered if zone is Zone.QUARANTINED else zone for zone in zones]
        found = iter(map(Checked, flat, zones, templates))
        return [list(islice(found, len(faces))) for faces in seen]

    def judge(
        self, item: Fresh, looked: Looked, faces: Sequence[Checked], barred: bool, report: IngestReport
    ) -> Judgement:
        """The grounds on which the photo is refused (none: admitted), and the faces that may be enrolled."""
        photo, decision = looked.photo, looked.decision
        if barred and item.refusal is None:
            report.suppressed += 1
            return Judgement(Verdict.REFUSE, (PHOTO_BARRED,), [])
        if not isinstance(photo, DecodedPhoto):
            report.trouble(item.file.name, photo)
            if decision is None:
                return Judgement(Verdict.REFUSE, (photo.code,), [])
            report.grounds.update(decision.rules)
            return Judgement(decision.verdict, decision.rules, [])
        if item.place_only:
            return Judgement(Verdict.ALLOW, (), [])
        if decision is not None:
            report.undetermined.update(decision.undetermined)
        if not faces:
            report.trouble(item.file.name, no_face(photo))
            return Judgement(Verdict.REFUSE, (NO_FACE,), [])
        return self._of_faces(item, looked, faces, report)

    def _of_faces(self, item: Fresh, looked: Looked, faces: Sequence[Checked], report: IngestReport) -> Judgement:
        decisions = [self._law.decide(Action.ENROL, _enrol_facts(looked.facts, face)) for face in faces]
        good = [face for face, decided in zip(faces, decisions, strict=True) if decided.allowed]
        kept_out = [at for at, face in enumerate(faces) if face.zone in (Zone.QUARANTINED, Zone.BARRED)]
        if kept_out:
            rules = decisions[kept_out[0]].rules or (FACE_SUPPRESSED,)
            return _kept_out(faces, good, rules, report)
        if good:
            return Judgement(Verdict.ALLOW, (), good)
        against = decisions[0]
        report.grounds.update(against.rules)
        report.trouble(item.file.name, not_enrolled(against, faces[0].face))
        return Judgement(against.verdict, against.rules, [])


def unseen(item: Fresh) -> Looked:
    """A photo that is refused without having been decoded."""
    if item.refusal is None:
        return Looked(
            BadPhotoError(PHOTO_BARRED, "The file was erased here before.", next_step="Nothing: it may not come back."),
            {},
            None,
        )
    if isinstance(item.refusal, Error):
        return Looked(item.refusal, {}, None)
    return Looked(refused(item.refusal), {}, item.refusal)


def _kept_out(
    faces: Sequence[Checked], good: Sequence[Checked], rules: tuple[str, ...], report: IngestReport
) -> Judgement:
    """A photo with a face that is kept out, or that nobody can tell from one.

    The latter waits for an officer, whole. Of the former the face is burnt out where another may be enrolled; else the
    photo is refused: the pixels of somebody who was taken out are not stored.
    """
    report.suppressed += 1
    unsure = sum(face.zone is Zone.QUARANTINED for face in faces)
    if unsure:
        report.quarantined += 1
        report.grounds.update(rules)
        return Judgement(Verdict.QUARANTINE, rules, [], aside=unsure)
    burnt = tuple(face for face in faces if face.zone is Zone.BARRED)
    regions = [region(face.face.box) for face in burnt]
    stay = [face for face in good if all(covered(face.face.box, by) <= COVERED for by in regions)]
    if stay:
        report.burnt += 1
        return Judgement(Verdict.ALLOW, (), stay, burnt)
    report.grounds.update(rules)
    return Judgement(Verdict.REFUSE, rules, [])


def _enrol_facts(photo_facts: FactDict, checked: Checked) -> FactDict:
    suppressed = Fact(False, "suppression vault: empty") if checked.zone is None else SUPPRESSION_FACTS[checked.zone]
    return {**photo_facts, **face_facts(checked.face), "face_suppressed": suppressed}
