"""How well people who were taken out stay out, and what that costs others, for vaults of 50 to 5,000 people.

Never writes a template anywhere, and never states a share without its interval and the vault's size.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from facewarden.bench.portraits import Progress, enrol_folder, photos_in
from facewarden.domain.photos import DecodedPhoto
from facewarden.matching.calibration import Calibration
from facewarden.matching.intervals import clopper_pearson
from facewarden.matching.population import Population, population_of
from facewarden.matching.suppression import Zone, suppression_thresholds, zones
from facewarden.matching.trials import EnrolledSet
from facewarden.ports import FaceEngine, PhotoDecoder

VAULT_SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000)
PEOPLE = 50
OTHERS = 20_000
WAYS = ("as it is", "cropped", "flipped", "re-encoded", "60 % size")
CROP = 0.06  # of each side, on each edge
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Setting:
    """Who was taken out with which template, and what is collected afterwards.

    `asked` (P, D): one template a person. `own`: by way of altering, templates (N, D) of other pictures of them;
    `missed` counts pictures of theirs in which no face was found: nothing of these can come in. `others`: by origin,
    templates of other people. `fillers` (F, D): people who were taken out besides, so that the vault grows.
    """

    asked: NDArray[np.float32]
    own: Mapping[str, NDArray[np.float32]]
    missed: int
    others: Mapping[str, NDArray[np.float32]]
    fillers: NDArray[np.float32]


def measure(setting: Setting, calibration: Calibration, sizes: Sequence[int] = VAULT_SIZES) -> Iterator[dict[str, Any]]:
    """For each size of the vault the shares barred and quarantined, of those taken out and of others.

    Sizes below the people who were taken out, or above what there is to fill the vault with, are left out.
    """
    for size in sizes:
        if not len(setting.asked) <= size <= len(setting.asked) + len(setting.fillers):
            continue
        vault = np.concatenate([setting.asked, setting.fillers[: size - len(setting.asked)]])
        limits = suppression_thresholds(calibration, size)

        def seen(rows: NDArray[np.float32]) -> list[Zone]:
            parts = range(0, len(rows), _AT_ONCE)
            return [zone for at in parts for zone in zones(rows[at : at + _AT_ONCE], vault, limits)]  # noqa: B023

        own = {way: seen(rows) for way, rows in setting.own.items()}
        yield {
            "vault_size": size,
            "barred_from": round(limits.barred, 4),
            "quarantined_from": round(limits.quarantined, 4),
            "own": shares([zone for found in own.values() for zone in found]),
            "own_by_way": {way: shares(found) for way, found in own.items()},
            "own_without_a_face": setting.missed,
            "others": {origin: shares(seen(rows)) for origin, rows in setting.others.items()},
        }


def made_up(
    people: int, others: int, fillers: int, population: Population, pictures: NDArray[np.float32] | None = None
) -> Setting:
    """A setting of made-up templates alone: for machines without portraits, and for quick tests."""
    middles = population.people(people, 1)
    return Setting(
        population.pictures(middles, 2) if pictures is None else pictures,
        {"as it is": population.pictures(middles, 3)},
        0,
        {population.origin: drawn(population, others, 4)},
        drawn(population, fillers, 5),
    )


def drawn(population: Population, count: int, seed: int) -> NDArray[np.float32]:
    """One picture each of so many made-up people."""
    return population.pictures(population.people(count, seed), seed)


def from_portraits(
    asked: Path,
    collected: Path,
    decoder: PhotoDecoder,
    engine: FaceEngine,
    progress: Progress,
    people: int = PEOPLE,
    others: int = OTHERS,
    sizes: Sequence[int] = VAULT_SIZES,
) -> Setting:
    """The setting of two folders of portraits: the first `people` of `asked` are taken out, their pictures in
    `collected` come back in every way of altering; everybody else there, and made-up people spread alike, are others.
    """
    probes = enrol_folder(asked, decoder, engine, as_probes=True, progress=progress)
    gallery = enrol_folder(collected, decoder, engine, as_probes=False, progress=progress)
    population = population_of(probes, gallery, "made up, spread as the portraits")
    both = [person for person in probes.enrolled if person in set(gallery.people)][:people]
    own, missed = _own(collected, set(both), decoder, engine)
    return Setting(
        probes.only(both).rows,
        own,
        missed,
        {
            "portraits": _others(gallery, probes.people),
            population.origin: drawn(population, others, 4),
        },
        drawn(population, max(sizes) - len(both), 5),
    )


def _others(gallery: EnrolledSet, asked: Sequence[str]) -> NDArray[np.float32]:
    known = set(asked)
    return gallery.rows[[at for at, person in enumerate(gallery.enrolled) if person not in known]]


def _own(
    collected: Path, people: set[str], decoder: PhotoDecoder, engine: FaceEngine
) -> tuple[dict[str, NDArray[np.float32]], int]:
    """Templates of their pictures, altered in each way, and in how many of these no face was found."""
    found: dict[str, list[NDArray[np.float32]]] = {way: [] for way in WAYS}
    missed = 0
    for path in photos_in(collected):
        if path.stem not in people:
            continue
        files = [altered(path.read_bytes(), way) for way in WAYS]
        for way, photo in zip(WAYS, decoder.decode(files), strict=True):
            faces = engine.detect([photo.pixels])[0] if isinstance(photo, DecodedPhoto) else ()
            if isinstance(photo, DecodedPhoto) and faces:
                found[way].append(engine.templates([photo.pixels], [faces[0]], engine.card.enrol_views)[0])
            else:
                missed += 1
    return {way: np.stack(rows) for way, rows in found.items() if rows}, missed


def altered(content: bytes, way: str) -> bytes:
    """The picture as somebody might bring it back, as JPEG."""
    if way == "as it is":
        return content
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    if way == "flipped":
        image = ImageOps.mirror(image)
    if way == "cropped":
        across, down = int(image.width * CROP), int(image.height * CROP)
        image = image.crop((across, down, image.width - across, image.height - down))
    if way == "60 % size":
        image = image.resize((max(1, int(image.width * 0.6)), max(1, int(image.height * 0.6))))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=60 if way == "re-encoded" else 92)
    return out.getvalue()


def shares(found: Sequence[Zone]) -> dict[str, Any]:
    """How many faces, and the shares barred and caught (barred or quarantined), each with its 95 % interval."""
    faces = len(found)
    barred = sum(zone is Zone.BARRED for zone in found)
    caught = sum(zone is not Zone.ADMITTED for zone in found)
    return {
        "faces": faces,
        "barred": barred / faces if faces else 0.0,
        "barred_interval": clopper_pearson(barred, faces) if faces else (0.0, 1.0),
        "quarantined": (caught - barred) / faces if faces else 0.0,
        "quarantined_interval": clopper_pearson(caught - barred, faces) if faces else (0.0, 1.0),
        "caught": caught / faces if faces else 0.0,
        "caught_interval": clopper_pearson(caught, faces) if faces else (0.0, 1.0),
    }
