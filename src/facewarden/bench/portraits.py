"""Folders of portraits as templates: one picture a person, the file's name is the person.

Never writes a template anywhere: they live as long as the measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.domain.faces import DetectedFace
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadUseError
from facewarden.matching.trials import EnrolledSet
from facewarden.ports import FaceEngine, PhotoDecoder

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
BATCH = 32

Progress = Callable[[int, int], None]


def enrol_folder(
    folder: Path, decoder: PhotoDecoder, engine: FaceEngine, *, as_probes: bool, progress: Progress
) -> EnrolledSet:
    """The people of a folder: each photo's largest face, with the pack's views for probes or for enrolment.

    As the product does it: a face below a quality floor is not enrolled but may be searched for. `progress` hears
    photos done and photos in all. Raises BadUseError for a folder without photos or with two files of one name.
    """
    paths = photos_in(folder)
    views = engine.card.probe_views if as_probes else engine.card.enrol_views
    enrolled: list[str] = []
    rows = [np.zeros((0, engine.card.dimension), np.float32)]
    named = [(path.stem, path) for path in paths]
    for names, images, faces in largest_faces(named, decoder, engine, floors=not as_probes, progress=progress):
        enrolled += names
        rows.append(engine.templates(images, faces, views))
    return EnrolledSet(tuple(path.stem for path in paths), tuple(enrolled), np.concatenate(rows))


def largest_faces(
    named: Sequence[tuple[str, Path]], decoder: PhotoDecoder, engine: FaceEngine, *, floors: bool, progress: Progress
) -> Iterator[tuple[Sequence[str], Sequence[NDArray[np.uint8]], Sequence[DetectedFace]]]:
    """By batches of those in which there is one: whose pictures, their pixels, the largest face of each.

    `floors`: without those below a floor of quality. `progress` hears pictures done and in all.
    """
    for start in range(0, len(named), BATCH):
        batch = named[start : start + BATCH]
        decoded = zip(batch, decoder.decode([path.read_bytes() for _, path in batch]), strict=True)
        seen = [(name, photo.pixels) for (name, _), photo in decoded if isinstance(photo, DecodedPhoto)]
        found = zip(seen, engine.detect([pixels for _, pixels in seen]), strict=True)
        usable = [
            (name, pixels, faces[0])
            for (name, pixels), faces in found
            if faces and not (floors and faces[0].quality.failing())
        ]
        if usable:
            names, images, faces = zip(*usable, strict=True)
            yield names, images, faces
        progress(start + len(batch), len(named))


def photos_in(folder: Path) -> list[Path]:
    """The photos directly in the folder, by name; raises BadUseError."""
    if not folder.is_dir():
        raise BadUseError("no_such_path", f"There is no folder {folder}.", next_step="Give a folder of photos.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    stems = {path.stem for path in paths}
    if not paths or len(stems) != len(paths):
        raise BadUseError(
            "bad_set",
            f"{folder} holds no photos, or two files of one name.",
            "A set is a folder with one photo of each person; the file's name is the person.",
            "Give such a folder.",
        )
    return paths
