"""One timed loop in a process of its own: `python -m facewarden.bench.loops WHICH FOLDER COUNT`, one JSON line out.

Never imports a peer unless its loop is asked for; peers live in a folder of their own on PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.bench.portraits import photos_in
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor, GovernmentLevel, Role, Sector
from facewarden.domain.photos import DecodedPhoto, OfferedFile
from facewarden.domain.sources import LegalBasis
from facewarden.errors import BadUseError
from facewarden.settings import read_settings

TURNS = 3
WARM_UP = 2  # photos before the clock starts: models loaded, first allocations made


def cpu_seconds() -> float:
    """Processor time of this process and of its ended children, in seconds."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


class Clocked:
    """Wall and processor seconds between entering and leaving."""

    def __enter__(self) -> Clocked:
        self.began, self.cpu_began = time.perf_counter(), cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_s = time.perf_counter() - self.began
        self.cpu_s = cpu_seconds() - self.cpu_began


class _Listed:
    """Files by path, offered for collection."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def count(self) -> int:
        return len(self._paths)

    def read(self) -> Iterable[OfferedFile]:
        for path in self._paths:
            yield OfferedFile(path.name, path.read_bytes())


def facewarden_ingest(paths: list[Path]) -> dict[str, Any]:
    """Everything an ingest does, into an installation that is deleted afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "HOME": scratch, "XDG_CONFIG_HOME": scratch}
        settings = read_settings(str(Path(scratch) / "data"), environment)
        opening.create_installation(settings, "bench", "Bench", "operator", "quarry-lantern-velvet-93")
        installation = opening.open_installation(settings)
        try:
            actor = operator(installation)
            installation.sources.add(
                actor, "bench", LegalBasis.OWN_RECORDS, "", None, (), b"photos given by hand for measuring"
            )
            source = installation.sources.approve(approver(installation, actor), "bench")
            installation.ingest.run(actor, source, _Listed(paths[:WARM_UP]))
            # Children are counted once they ended: the decoder's are replaced before and after.
            installation.decoder.close()
            del installation.__dict__["decoder"], installation.__dict__["ways_in"]
            with Clocked() as clock:
                report = installation.ingest.run(actor, source, _Listed(paths[WARM_UP:]))
                installation.decoder.close()
            return {"wall_s": clock.wall_s, "cpu_s": clock.cpu_s, "photos": report.photos, "faces": report.faces}
        finally:
            installation.close()


def approver(installation: Installation, owner: Actor) -> Actor:
    """The second person whom a source needs."""
    agency = installation.accounts.add_organisation(
        owner, "Bench agency", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-WA"
    )
    installation.accounts.add_user(
        owner, agency, "approver", "Approver", [Role.OVERSEER], "quarry-lantern-velvet-93", None
    )
    return installation.sign_in.actor_of(installation.sign_in.sign_in("approver", "quarry-lantern-velvet-93"))


def operator(installation: Installation) -> Actor:
    """The first person of an installation for measuring."""
    return installation.sign_in.actor_of(installation.sign_in.sign_in("operator", "quarry-lantern-velvet-93"))


def face_recognition_loop(paths: list[Path]) -> dict[str, Any]:
    """The library face_recognition as its own examples use it: load, locate (HOG), encode."""
    import face_recognition

    def one(path: Path) -> int:
        image = face_recognition.load_image_file(str(path))
        return len(face_recognition.face_encodings(image, face_recognition.face_locations(image)))

    for path in paths[:WARM_UP]:
        one(path)
    with Clocked() as clock:
        faces = sum(one(path) for path in paths[WARM_UP:])
    return {"wall_s": clock.wall_s, "cpu_s": clock.cpu_s, "photos": len(paths) - WARM_UP, "faces": faces}


def embeddings(paths: list[Path]) -> dict[str, Any]:
    """The same chips through dlib and through our engine, one after the other: times and the largest difference."""
    import dlib

    settings = read_settings("unused", os.environ)
    weights = settings.models_dir / "sources" / "dlib_face_recognition_resnet_model_v1.dat"
    peer = dlib.face_recognition_model_v1(str(weights))
    with bootstrap_faces.face_parts(settings.models_dir, settings.threads) as (decoder, engine):
        images = [photo for photo in decoder.decode([p.read_bytes() for p in paths]) if isinstance(photo, DecodedPhoto)]
        seen = engine.detect([photo.pixels for photo in images])
        pairs = [(photo.pixels, faces[0]) for photo, faces in zip(images, seen, strict=True) if faces]
        chips = engine.chips([pixels for pixels, _ in pairs], [face for _, face in pairs])
        mine = engine.descriptors(chips)  # the clock starts once every buffer has been made
        peer.compute_face_descriptor(chips[0])
        turns = [
            _embedding_turn(engine.descriptors, peer.compute_face_descriptor, chips[n::TURNS]) for n in range(TURNS)
        ]
    others = np.empty_like(mine)
    for number, turn in enumerate(turns):
        others[number::TURNS] = turn.pop("descriptors")
    return {
        "faces": len(chips),
        "threads": settings.threads,
        "dlib_version": dlib.__version__,
        "turns": turns,
        "largest_difference": float(np.abs(mine - others).max()),
    }


def _embedding_turn(ours: Callable[..., Any], theirs: Callable[..., Any], chips: NDArray[np.uint8]) -> dict[str, Any]:
    """Milliseconds a face of both, one right after the other, and what dlib gave."""
    repeats = 3  # ours is so much quicker that one pass would be over before the clock is sure of it
    with Clocked() as mine:
        for _ in range(repeats):
            ours(chips)
    with Clocked() as other:
        descriptors = np.array([theirs(chip) for chip in chips])
    scale, count = 1e3 / len(chips), float(repeats)
    return {
        "facewarden": {"wall_ms": mine.wall_s * scale / count, "cpu_ms": mine.cpu_s * scale / count},
        "dlib": {"wall_ms": other.wall_s * scale, "cpu_ms": other.cpu_s * scale},
        "descriptors": descriptors,
    }


LOOPS: dict[str, Callable[[list[Path]], dict[str, Any]]] = {
    "facewarden": facewarden_ingest,
    "face_recognition": face_recognition_loop,
    "embeddings": embeddings,
}


def main(arguments: list[str]) -> None:
    """Runs one loop over the first COUNT photos of FOLDER."""
    which, folder, count = arguments
    if which not in LOOPS:
        raise BadUseError("unknown_loop", f"There is no loop {which}.")
    paths = photos_in(Path(folder))
    step = max(1, len(paths) // int(count))
    sys.stdout.write(json.dumps(LOOPS[which](paths[::step][: int(count)])) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
