"""Folders of portraits as templates: one picture a person, the file's name is the person.

Never writes a template anywhere: they live as long as the measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
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
    people = tuple(path.stem for path in paths)
    views = engine.card.probe_views if as_probes else engine.card.enrol_views
    enrolled: list[str] = []
    rows: list[NDArray[np.float32]] = []
    for start, batch in _batches(paths):
        decoded = decoder.decode([path.read_bytes() for path in batch])
        seen = [
            (path.stem, photo) for path, photo in zip(batch, decoded, strict=True) if isinstance(photo, DecodedPhoto)
        ]
        found = engine.detect([photo.pixels for _, photo in seen])
        usable = [
            (name, photo.pixels, faces[0])
            for (name, photo), faces in zip(seen, found, strict=True)
            if faces and (as_probes or passes_floors(faces[0]))
        ]
        if usable:
            names, images, faces_picked = zip(*usable, strict=True)
            enrolled += names
            rows.append(engine.templates(images, faces_picked, views))
        progress(start + len(batch), len(paths))
    stacked = np.concatenate(rows) if rows else np.zeros((0, engine.card.dimension), np.float32)
    return EnrolledSet(people, tuple(enrolled), stacked)


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


def passes_floors(face: DetectedFace) -> bool:
    """True if the face would be enrolled."""
    return not face.quality.failing()


def _batches(paths: Sequence[Path]) -> Iterator[tuple[int, list[Path]]]:
    waiting = iter(paths)
    start = 0
    while batch := list(islice(waiting, BATCH)):
        yield start, batch
        start += len(batch)
