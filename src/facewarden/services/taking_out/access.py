"""Access: what is held of a person, where from, and who was shown it, as a bundle of JSON, PDF and photos.

Never tells anything before an officer checked, outside this program, who asks, and never shows the others in a photo.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from facewarden.domain.access import Seal, Showing
from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.faces import DetectedFace
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.ids import CaseId, FaceNumber, random_id
from facewarden.domain.papers import Facts, Grid, Heading, Paper, Words
from facewarden.domain.photos import DecodedPhoto
from facewarden.domain.provenance import Arrival
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import AccessRecords, Burner, CaseRecords, Clock, FaceEngine, GalleryRecords, PhotoDecoder, Press
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.taking_out.burning import region

SEAL_MAX = timedelta(days=365)
"""The longest seal: a paper that wants more is put on record again, by a person who looked at it again."""
SAME_FACE = 0.5  # overlap of boxes from which a face found in the photo is the one that is told about
SEALS_NOTE = (
    "Where a court or a law bars telling of a case for a time, its searches are left out until that time ends; such a"
    " bar ends by itself. Ask again to be told of what ended since."
)
Origins = Callable[[GalleryFace], Sequence[Arrival]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is handed to the person: a ZIP with access.json, access.pdf and photos/; how many faces it tells of."""

    bundle_id: str
    content: bytes
    faces: int
    audit_index: int


class Access:
    """Answers to "what do you hold of me?"."""

    def __init__(
        self,
        gallery: GalleryRecords,
        records: AccessRecords,
        cases: CaseRecords,
        origins: Origins,
        decoder: PhotoDecoder,
        engine: FaceEngine,
        burner: Burner,
        press: Press,
        gate: Gate,
        clock: Clock,
        name: str,
    ) -> None:
        self._gallery = gallery
        self._records = records
        self._cases = cases
        self._origins = origins
        self._decoder = decoder
        self._engine = engine
        self._burner = burner
        self._press = press
        self._gate = gate
        self._clock = clock
        self._name = name

    def bundle(
        self, actor: Actor, face_numbers: Sequence[FaceNumber], identity_checked: str | None, request_id: str | None
    ) -> Bundle:
        """What is held of these faces, which an officer found to be the person's; none held is an answer too.

        `identity_checked` is how the officer checked who asks; None is refused by law. RefusedError; BadUseError
        `face_unknown` for a face that is not shown any more.
        """
        now = self._clock.now()
        checked = Fact(identity_checked is not None, "the officer's word" if identity_checked else "no check is stated")
        bundle_id = random_id("acc")
        details: dict[str, str | int] = {"basis": identity_checked or "none", "faces": len(face_numbers)}
        if request_id is not None:
            details["request_id"] = request_id
        passage = self._gate.enter(
            Action.TELL,
            {**actor_facts(actor, now), "identity_checked": checked},
            AuditEvent.ACCESS_ANSWERED,
            actor=actor.user.user_id,
            subject=bundle_id,
            details=details,
        )
        shown = self._gallery.showable(face_numbers)
        missing = [number for number in face_numbers if number not in shown]
        if missing:
            raise BadUseError("face_unknown", "One of these faces is not there.", "It was erased.", "Look again.")
        faces = [shown[number] for number in dict.fromkeys(face_numbers)]
        told = self._told(bundle_id, faces, now)
        content = _zipped(
            {
                "access.json": json.dumps(told, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace"),
                "access.pdf": self._press.print(_paper(told, self._name)),
                **{f"photos/{at}.jpg": self._picture(face) for at, face in enumerate(faces, start=1)},
            },
            now,
        )
        return Bundle(bundle_id, content, len(faces), passage.audit_index)

    def seal(self, actor: Actor, case_id: str, basis: str, until: datetime) -> Seal:
        """The seal on telling of that case, which ends by itself; RefusedError; BadUseError `bad_seal`, `case_unknown`.

        `basis` names the paper that orders it: a court's order, a statute.
        """
        now = self._clock.now()
        if not basis.strip() or not now < until <= now + SEAL_MAX:
            raise BadUseError(
                "bad_seal",
                "That is no seal.",
                f"It needs the paper that orders it, and an end within {SEAL_MAX.days} days.",
                "Name both; a longer one is set again when it ends.",
            )
        if self._cases.find(CaseId(case_id)) is None:
            raise BadUseError("case_unknown", "There is no such case.", next_step="Name the case by its id.")
        seal_id = random_id("sea")
        passage = self._gate.enter(
            Action.ANSWER,
            actor_facts(actor, now),
            AuditEvent.SEAL_SET,
            actor=actor.user.user_id,
            subject=seal_id,
            details={"case_id": case_id, "expires": until.date().isoformat()},
        )
        seal = Seal(seal_id, case_id, basis.strip(), until, actor.user.user_id, now, passage.audit_index)
        self._records.add_seal(seal)
        return seal

    def _told(self, bundle_id: str, faces: Sequence[GalleryFace], now: datetime) -> dict[str, Any]:
        sealed = {seal.case_id for seal in self._records.sealed(now)}
        showings = self._records.showings([face.face_number for face in faces])
        open_ones = [showing for showing in showings if showing.case_id not in sealed]
        return {
            "format": "facewarden-access/1",
            "bundle_id": bundle_id,
            "installation": self._name,
            "made_at": now.isoformat(),
            "held": [self._held(at, face, open_ones) for at, face in enumerate(faces, start=1)],
            "note": SEALS_NOTE,
        }

    def _held(self, at: int, face: GalleryFace, showings: Sequence[Showing]) -> dict[str, Any]:
        photo, box = face.photo, face.face.box
        return {
            "photo": f"photos/{at}.jpg",
            "photo_id": photo.photo_id,
            "source": face.source_name,
            "collected_at": photo.collected_at.isoformat(),
            "captured_at": None if photo.captured_at is None else photo.captured_at.isoformat(),
            "decision_index": photo.decision_index,
            "came_from": [_came(arrival) for arrival in self._origins(face)],
            "face": {
                "box_px": [round(edge) for edge in (box.left, box.top, box.right, box.bottom)],
                "template": f"{self._engine.card.dimension} numbers by {self._engine.card.pack_id}, encrypted",
            },
            "shown": [_shown(showing) for showing in showings if showing.face_number == face.face_number],
        }

    def _picture(self, face: GalleryFace) -> bytes:
        """The photo with every other face in it burnt out; others have rights too (GDPR 15 (4))."""
        photo = self._decoder.decode([self._gallery.photo_content(face.photo.photo_id)])[0]
        if not isinstance(photo, DecodedPhoto):
            raise photo
        own = face.face.scaled(photo.scale)
        others = [found for found in self._engine.detect([photo.pixels])[0] if _differs(found, own)]
        return self._burner.burn(photo.pixels, [region(found.box) for found in others])


def _differs(found: DetectedFace, own: DetectedFace) -> bool:
    return found.box.overlap(own.box) < SAME_FACE


def _came(arrival: Arrival) -> dict[str, Any]:
    return {
        "at": arrival.arrived_at.isoformat(),
        "file_name": arrival.file_name,
        "url": arrival.url,
        "page_url": arrival.page_url,
        "server_ip": arrival.server_ip,
        "decision_index": arrival.decision_index,
    }


def _shown(showing: Showing) -> dict[str, Any]:
    return {
        "at": showing.searched_at.isoformat(),
        "to": showing.organisation,
        "purpose": showing.purpose,
        "rank": showing.rank,
        "search_id": showing.search_id,
        "audit_index": showing.audit_index,
    }


def _paper(told: Mapping[str, Any], name: str) -> Paper:
    parts: list[Any] = [Words(f"{name} holds {len(told['held'])} photos of your face.")]
    for at, held in enumerate(told["held"], start=1):
        parts.append(Heading(f"Photo {at}"))
        parts.append(
            Facts(
                (
                    ("Photo", held["photo_id"]),
                    ("Source", held["source"]),
                    ("Collected", held["collected_at"]),
                    ("Taken", held["captured_at"] or "the file does not say"),
                    ("Decision in the audit log", f"entry {held['decision_index']}"),
                    ("Face template", held["face"]["template"]),
                )
            )
        )
        if held["came_from"]:
            rows = tuple((came["at"], came["url"] or came["file_name"] or "-") for came in held["came_from"])
            parts.append(Grid(("Came on", "From"), rows))
        if held["shown"]:
            rows3 = tuple((shown["at"], shown["to"], shown["purpose"]) for shown in held["shown"])
            parts.append(Grid(("Shown on", "To", "For"), rows3))
        else:
            parts.append(Words("Nobody was shown this face, as far as may be told."))
    parts.append(Words(told["note"]))
    return Paper("What is held of you", told["bundle_id"], tuple(parts), name, told["made_at"][:10])


def _zipped(files: Mapping[str, bytes], now: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
