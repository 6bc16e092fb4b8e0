"""Admitted photos as the records store them: templates made, faces that are kept out burnt from the file.

Never makes a template of a face that was not admitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.gallery import NewFace, NewPhoto
from facewarden.domain.photos import DecodedPhoto, Photo, PhotoFormat, PhotoState
from facewarden.domain.sources import Source
from facewarden.matching.perceptual import perceptual_hash
from facewarden.ports import Burner, Clock, FaceEngine
from facewarden.services.collecting.intake_judging import Fresh, Judgement
from facewarden.services.taking_out.burning import region


@dataclass(frozen=True, slots=True)
class Admitted:
    """A photo that the gates let pass, and the log entry of their decision."""

    item: Fresh
    photo: DecodedPhoto
    found: Judgement
    decision_index: int


class Enroller:
    """Makes of admitted photos what is stored."""

    def __init__(self, engine: FaceEngine, burner: Burner, clock: Clock) -> None:
        self._engine = engine
        self._burner = burner
        self._clock = clock

    def new_photos(self, source: Source, admitted: Sequence[Admitted], case_id: str | None) -> list[NewPhoto]:
        """Each with its faces and their templates; those that the suppression check made are used again."""
        faces = [(one.photo.pixels, face) for one in admitted for face in one.found.faces]
        missing = [(pixels, face.face) for pixels, face in faces if face.template is None]
        images, flat = [pixels for pixels, _ in missing], [face for _, face in missing]
        made = iter(self._engine.templates(images, flat, self._engine.card.enrol_views)) if missing else iter(())
        templates = (next(made) if face.template is None else face.template for _, face in faces)
        return [self._new_photo(source, one, case_id, templates) for one in admitted]

    def _new_photo(
        self, source: Source, one: Admitted, case_id: str | None, templates: Iterator[NDArray[np.float32]]
    ) -> NewPhoto:
        """The photo as it is stored: the file as collected, or without the faces that are kept out."""
        item, photo, found = one.item, one.photo, one.found
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
                one.decision_index,
            ),
            content,
            # Boxes are kept in pixels of the oriented original, whatever size the photo was decoded at.
            tuple(NewFace(face.face.scaled(1 / scale), next(templates), pack_id) for face in found.faces),
            item.file.fetched,
            item.file.record,
            case_id,
            None if found.burnt or item.place_only else perceptual_hash(photo.pixels),
            item.place_only,
        )
