"""People who do not exist, each with photos as a source would offer them: the same seed gives the same bytes.

Nobody here is ever called a suspect, and no claim of accuracy may rest on these pictures.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from facewarden.errors import BadUseError
from facewarden.testing.population import circumstances, exif, looks, picture, roster, shape
from facewarden.testing.population.exif import Place
from facewarden.testing.population.package import Progress

# Raised when the same seed draws something else, so that kept pictures are drawn anew.
EDITION = 6
SIZE_PX = 384
_SMALLEST_PX, _LARGEST_PX = 64, 2048
# Pictures are drawn this much larger, then shrunk: smooth edges.
_OVERSIZE = 4 / 3
# Below the eyes so many heads' heights of a body are drawn well.
_BUST_HEADS = 1.25
_TINY_HEAD_PX = 30
_NEWEST = datetime(2026, 9, 30, 12, tzinfo=UTC)
_GROUP_STREAM, _FLAW_STREAM, _ROSTER_STREAM = 50_000, 60_000, 70_000
FACTS = [
    "file",
    "person_id",
    "name",
    "taken_at",
    "source",
    "url",
    "camera",
    "place",
    "latitude",
    "longitude",
    "orientation",
    "width_px",
    "height_px",
]


class Flaw(StrEnum):
    """What is wrong with a poor photo."""

    TINY = "tiny"  # a head 30 pixels high
    BLURRED = "blurred"
    DARK = "dark"
    NOISY = "noisy"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up. `woman` and `born` only say how they are drawn."""

    person_id: str
    name: str
    woman: bool
    born: int
    build: shape.Build
    looks: looks.Looks
    seed: int


@dataclass(frozen=True, slots=True)
class GeneratedPhoto:
    """A JPEG file with the facts about it. `place` is also in its EXIF data; None: the camera wrote none."""

    content: bytes
    person_ids: tuple[str, ...]
    taken_at: datetime
    source: str
    url: str
    camera: str | None
    place: Place | None
    orientation: int
    width_px: int
    height_px: int

    @property
    def person_id(self) -> str:
        """The one person shown, or the first of several."""
        return self.person_ids[0]


class Population:
    """A crowd without end: person 0, 1, 2 ... each with photo 0, 1, 2 ... The first are of the roster, whose people
    look least alike; another seed shuffles it and takes other photos.

    `data_dir` keeps the shapes (fetched on first use: see package.pull_population_data, whose errors it raises),
    `cache_dir` the pictures. Even photos come from the first source, odd ones from the second.
    """

    def __init__(
        self, seed: int, data_dir: Path, cache_dir: Path, progress: Progress = lambda step, share: None
    ) -> None:
        self._seed = seed
        self._data_dir = data_dir
        self._cache_dir = cache_dir / f"{EDITION}-{seed}"
        self._studio = picture.Studio(data_dir, progress)
        self._known: dict[int, Person] = {}

    def people(self, count: int) -> Sequence[Person]:
        """The first `count` people, as many women as men."""
        return [self.person(index) for index in range(count)]

    def person(self, index: int) -> Person:
        """The person of that number."""
        if index not in self._known:
            self._known[index] = self._made_up(index)
        return self._known[index]

    def _made_up(self, index: int) -> Person:
        half, is_man = divmod(index, 2)
        woman = not is_man
        apart = roster.WOMEN if woman else roster.MEN
        if half < len(apart):
            number = apart[int(np.random.default_rng([self._seed, is_man]).permutation(len(apart))[half])]
            name, rng = f"p{2 * number + is_man:05d}", identity(number, woman=woman)
        else:  # beyond the roster people may look alike
            name, rng = f"p{self._seed}-{index:06d}", np.random.default_rng([self._seed, index])
        return self._person(name, rng, woman=woman)

    def _person(self, person_id: str, rng: np.random.Generator, *, woman: bool) -> Person:
        age = float(rng.uniform(22, 80))
        build = shape.random_build(self._studio.mesh, rng, woman=woman)
        return Person(
            person_id=person_id,
            name=circumstances.invented_name(rng),
            woman=woman,
            born=_NEWEST.year - round(age),
            build=build,
            looks=looks.random_looks(rng, build, age, woman=woman),
            seed=int(rng.integers(2**31)),
        )

    def photo(self, person_index: int, photo_index: int, size_px: int = SIZE_PX) -> GeneratedPhoto:
        """One photo of one person, its longer side `size_px`."""
        person = self.person(person_index)
        rng = np.random.default_rng([self._seed, person_index, 1 + photo_index])
        facts = circumstances.drawn(rng, _NEWEST, person.born)
        sitter = self._sitter(person, facts, rng)
        scene = picture.Scene(facts.lighting, facts.backdrop, int(rng.integers(2**31)))

        def draw() -> NDArray[np.uint8]:
            pixels = self._taken([sitter], scene, size_px, facts)
            return _cropped(pixels, facts.narrow)

        return self._kept(f"{person_index}-{photo_index}-{size_px}", [person], facts, photo_index, draw)

    def poor_photo(self, person_index: int, flaw: Flaw, size_px: int = SIZE_PX) -> GeneratedPhoto:
        """A photo of that person with one thing wrong."""
        person = self.person(person_index)
        rng = np.random.default_rng([self._seed, person_index, _FLAW_STREAM])
        facts = circumstances.drawn(rng, _NEWEST, person.born)
        camera = (
            picture.Camera(0.5, 1 - _BUST_HEADS * _TINY_HEAD_PX / size_px, _TINY_HEAD_PX / size_px, 14)
            if flaw is Flaw.TINY
            else None
        )
        sitter = self._sitter(person, facts, rng, camera)
        scene = picture.Scene(facts.lighting, facts.backdrop, int(rng.integers(2**31)))

        def draw() -> NDArray[np.uint8]:
            return _spoilt(self._taken([sitter], scene, size_px, facts), flaw, rng)

        return self._kept(f"{person_index}-{flaw}-{size_px}", [person], facts, 0, draw)

    def group_photo(self, person_indexes: Sequence[int], size_px: int = 768) -> GeneratedPhoto:
        """Several people side by side in one photo, in that order from the left."""
        if not 1 <= len(person_indexes) <= 6:
            raise BadUseError("bad_group", "A group photo shows one to six people.")
        group = [self.person(index) for index in person_indexes]
        rng = np.random.default_rng([self._seed, _GROUP_STREAM, *person_indexes])
        facts = circumstances.drawn(rng, _NEWEST, max(person.born for person in group))
        share = 1 / len(group)
        sitters = []
        for place, person in enumerate(group):
            camera = picture.Camera((place + 0.5) * share, 0.5 + 0.08 * share * (place % 2), 0.62 * share, 22)
            sitters.append(self._sitter(person, circumstances.drawn(rng, _NEWEST, person.born), rng, camera))
        scene = picture.Scene(facts.lighting, facts.backdrop, int(rng.integers(2**31)))
        name = "-".join(map(str, person_indexes))

        def draw() -> NDArray[np.uint8]:
            pixels = self._taken(sitters, scene, size_px, facts)
            head_px = 0.62 * share * size_px
            top, bottom = round(size_px / 2 - 1.1 * head_px), round(size_px / 2 + _BUST_HEADS * head_px)
            return pixels[max(top, 0) : min(bottom, size_px)]

        return self._kept(f"group-{name}-{size_px}", group, facts, 0, draw)

    def write(self, folder: Path, people: int, photos_each: int, progress: Progress = lambda step, share: None) -> None:
        """Files PERSON-PHOTO.jpg of the first people in `folder`, and facts.csv that says of each what is true."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "facts.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.DictWriter(file, FACTS)
            rows.writeheader()
            for number in range(people * photos_each):
                person, photo = divmod(number, photos_each)
                progress("Drawing", number / (people * photos_each))
                drawn = self.photo(person, photo)
                name = f"{drawn.person_id}-{photo}.jpg"
                (folder / name).write_bytes(drawn.content)
                rows.writerow(_facts(name, self.person(person), drawn))
        progress("Drawn", 1.0)

    def draw_ahead(
        self,
        wanted: Sequence[tuple[int, int]],
        workers: int = 2,
        progress: Progress = lambda step, share: None,
        size_px: int = SIZE_PX,
    ) -> None:
        """Draws those photos (person, photo) in processes of their own, so that `photo` finds them kept.

        The bytes are the same as without. `progress` is told after each person.
        """
        missing: dict[int, list[int]] = {}
        for person, photo in wanted:
            if not self._path(f"{person}-{photo}-{size_px}").is_file():
                missing.setdefault(person, []).append(photo)
        if not missing:
            return
        told = (self._seed, self._data_dir, self._cache_dir.parent, size_px)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context, _open_in_worker, told) as pool:
            for done, _ in enumerate(pool.map(_draw_in_worker, missing.items())):
                progress("Drawing", (done + 1) / len(missing))

    def _path(self, name: str) -> Path:
        return self._cache_dir / f"{name}.jpg"

    def _sitter(
        self,
        person: Person,
        facts: circumstances.Circumstances,
        rng: np.random.Generator,
        camera: picture.Camera | None = None,
    ) -> picture.Sitter:
        return picture.Sitter(
            build=person.build,
            looks=person.looks,
            age_years=max(20.0, facts.taken_at.year - person.born),
            seed=person.seed,
            pose=circumstances.pose(rng),
            camera=camera or facts.camera_place,
            outfit=circumstances.outfit(rng, woman=person.woman),
            gaze=(float(rng.normal(0, 0.04)), float(rng.normal(0, 0.02))),
        )

    def _taken(
        self, sitters: Sequence[picture.Sitter], scene: picture.Scene, size_px: int, facts: circumstances.Circumstances
    ) -> NDArray[np.uint8]:
        if not _SMALLEST_PX <= size_px <= _LARGEST_PX:
            raise BadUseError("bad_picture_size", f"A picture is {_SMALLEST_PX} to {_LARGEST_PX} pixels on a side.")
        light = self._studio.draw(sitters, scene, round(size_px * _OVERSIZE))
        return circumstances.developed(light, facts, size_px)

    def _kept(
        self,
        name: str,
        people: Sequence[Person],
        facts: circumstances.Circumstances,
        source: int,
        draw: Callable[[], NDArray[np.uint8]],
    ) -> GeneratedPhoto:
        path = self._path(name)
        if path.is_file():
            content = path.read_bytes()
        else:
            pixels = draw()
            content = exif.written(pixels, facts.taken_at, facts.camera, facts.place, facts.orientation, facts.quality)
            self._keep(path, content)
        width, height = circumstances.stored_size(content, facts.orientation)
        chosen = circumstances.SOURCES[source % len(circumstances.SOURCES)]
        return GeneratedPhoto(
            content=content,
            person_ids=tuple(person.person_id for person in people),
            taken_at=facts.taken_at,
            source=chosen.name,
            url=f"https://{chosen.host}/{facts.taken_at:%Y/%m}/{people[0].person_id}-{name}.jpg",
            camera=facts.camera,
            place=facts.place,
            orientation=facts.orientation,
            width_px=width,
            height_px=height,
        )

    def _keep(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        unfinished.write_bytes(content)
        unfinished.replace(path)


def identity(number: int, *, woman: bool) -> np.random.Generator:
    """The source of chance that makes up the roster's person of that number."""
    return np.random.default_rng([_ROSTER_STREAM, number, int(woman)])


_in_worker: tuple[Population, int] | None = None


def _open_in_worker(seed: int, data_dir: Path, cache_dir: Path, size_px: int) -> None:
    global _in_worker  # a worker process has no other place to keep what it opened
    _in_worker = (Population(seed, data_dir, cache_dir), size_px)


def _draw_in_worker(wanted: tuple[int, list[int]]) -> None:
    if _in_worker is not None:
        population, size_px = _in_worker
        for photo in wanted[1]:
            population.photo(wanted[0], photo, size_px)


def _cropped(pixels: NDArray[np.uint8], narrow: bool) -> NDArray[np.uint8]:
    """The picture, or its middle four fifths."""
    if not narrow:
        return pixels
    margin = pixels.shape[1] // 10
    return np.ascontiguousarray(pixels[:, margin:-margin])


def _spoilt(pixels: NDArray[np.uint8], flaw: Flaw, rng: np.random.Generator) -> NDArray[np.uint8]:
    if flaw is Flaw.BLURRED:
        return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(pixels.shape[0] / 48)))
    if flaw is Flaw.DARK:
        return (pixels * 0.12).astype(np.uint8)
    if flaw is Flaw.NOISY:
        noisy = pixels + rng.normal(0, 45, pixels.shape)
        return np.clip(noisy, 0, 255).astype(np.uint8)
    return pixels


def _facts(file: str, person: Person, photo: GeneratedPhoto) -> dict[str, str | int | float]:
    place = photo.place
    return {
        "file": file,
        "person_id": photo.person_id,
        "name": person.name,
        "taken_at": photo.taken_at.isoformat(),
        "source": photo.source,
        "url": photo.url,
        "camera": photo.camera or "",
        "place": place.code if place else "",
        "latitude": place.latitude if place else "",
        "longitude": place.longitude if place else "",
        "orientation": photo.orientation,
        "width_px": photo.width_px,
        "height_px": photo.height_px,
    }
