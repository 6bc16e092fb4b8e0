"""Builds, lists, verifies and opens face packs in a models folder.

It never opens a pack whose files differ from what was built, or that was built from other weights than the pinned.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

from facewarden.adapters import faces_onnx
from facewarden.adapters.faces_onnx.alignment import DlibAlignment
from facewarden.adapters.faces_onnx.chips import CHIP_PX, PADDING
from facewarden.adapters.faces_onnx.crew import Crew
from facewarden.adapters.faces_onnx.detector import FaceDetector, LookSizes
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.faces_onnx.given import check_dimension, given_calibration, verify_given
from facewarden.adapters.faces_onnx.landmarks import (
    LANDMARK_NAMES,
    LandmarkFinder,
    ShapeModel,
    read_shape_model,
)
from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest, sha256_of
from facewarden.adapters.faces_onnx.sessions import CPU, Session
from facewarden.adapters.faces_onnx.weights import (
    CENTERFACE,
    DEFAULT_WEIGHTS,
    LANDMARK_TREES,
    RESNET,
    SOURCES_FOLDER,
    Progress,
    Weights,
    find_weights,
    pull_default,
)
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, UnavailableError
from facewarden.matching.calibration import Calibration

__all__ = ["DEFAULT_CARD", "build_default_pack", "list_packs", "open_pack", "pull_default", "verify_pack"]

DEFAULT_CARD = PackCard(
    pack_id="dlib-resnet-v1-centerface",
    version="1",
    dimension=128,
    input_px=CHIP_PX,
    colour_order="RGB",
    alignment=f"dlib 5-point chip, padding {PADDING}",
    landmark_names=LANDMARK_NAMES,
    licence="; ".join(f"{weights.file_name}: {weights.licence}" for weights in DEFAULT_WEIGHTS),
    training_data="; ".join(f"{weights.file_name}: {weights.training_data}" for weights in DEFAULT_WEIGHTS),
    # The largest set that the embedder's accuracy was measured on for this project had 8,337 people.
    measured_gallery=10_000,
    evaluation_only=True,
    enrol_views=2,
    probe_views=DlibAlignment.most_views,
)
_DETECTOR_FILE, _LANDMARKS_FILE, _EMBEDDER_FILE = "detector.onnx", "landmarks.npz", "embedder.onnx"
_NEEDED = frozenset({_DETECTOR_FILE, _LANDMARKS_FILE, _EMBEDDER_FILE})


def build_default_pack(models_dir: Path, source_dir: Path, progress: Progress) -> PackCard:
    """Build the default pack from the published weights in `source_dir` into `models_dir`; its card.

    The folder appears at once and whole, or not at all. UnavailableError when weights are missing, DamagedError when
    they are not the published ones.
    """
    progress("Checking the weights", 0.0)
    found = find_weights([source_dir], DEFAULT_WEIGHTS)
    models_dir.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(prefix=".building-", dir=models_dir))
    try:
        files = _build_files(found, progress)
        for name, content in files.items():
            (partial / name).write_bytes(content)
        Manifest(
            card=DEFAULT_CARD,
            sources={weights.file_name: weights.sha256 for weights in DEFAULT_WEIGHTS},
            files={name: sha256_of(content) for name, content in files.items()},
        ).write(partial)
        target = models_dir / DEFAULT_CARD.pack_id
        if target.exists():
            shutil.rmtree(target)
        partial.replace(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    progress("The face pack is built", 1.0)
    return DEFAULT_CARD


def _build_files(found: Mapping[Weights, bytes], progress: Progress) -> dict[str, bytes]:
    """The content of each file of the default pack, by name; the same weights give the same content."""
    # Building needs the package onnx, which takes a third of a second to import; running does not.
    from facewarden.adapters.faces_onnx.centerface_model import build_detector
    from facewarden.adapters.faces_onnx.resnet import build_embedder

    progress("Converting the embedder", 0.1)
    embedder = build_embedder(found[RESNET])
    progress("Converting the detector", 0.3)
    detector = build_detector(found[CENTERFACE])
    progress("Reading the landmark trees", 0.4)
    landmarks = read_shape_model(found[LANDMARK_TREES]).to_bytes()
    return {_DETECTOR_FILE: detector, _LANDMARKS_FILE: landmarks, _EMBEDDER_FILE: embedder}


def open_pack(
    models_dir: Path,
    providers: Sequence[str] = (CPU,),
    threads: int = 1,
    sizes: LookSizes | None = None,
    pack_id: str = DEFAULT_CARD.pack_id,
) -> OnnxFaceEngine:
    """The engine of a pack in `models_dir`, the default one if no other is named, after every file was verified.

    `providers` are ONNX Runtime's names, tried in order; `threads` is how many each call may use. UnavailableError when
    the pack or a provider is missing, DamagedError when the pack was changed.
    """
    card = verify_pack(models_dir, pack_id)
    folder = models_dir / card.pack_id
    detector = Session(folder / _DETECTOR_FILE, providers, threads)
    beside = detector if threads == 1 else Session(folder / _DETECTOR_FILE, providers, 1)
    embedder = Session(folder / _EMBEDDER_FILE, providers, 1)
    check_dimension(embedder, card)
    trees = ShapeModel.from_bytes((folder / _LANDMARKS_FILE).read_bytes())
    return OnnxFaceEngine(
        card,
        FaceDetector(detector.run, sizes),
        DlibAlignment(LandmarkFinder(trees)),
        lambda chips: embedder.run(chips)[0],
        Crew(threads),
        FaceDetector(beside.run, sizes),
    )


def verify_pack(models_dir: Path, pack_id: str = DEFAULT_CARD.pack_id, *, rebuild: bool = False) -> PackCard:
    """The card of a pack: the default one's when its files are those that were built from the pinned weights, another's
    when its files are those that its manifest names.

    With `rebuild`, the default pack is built again from the kept weights and compared: it then takes seconds, and finds
    a manifest that was changed along with a file. UnavailableError when there is no pack, DamagedError when it differs.
    """
    if pack_id != DEFAULT_CARD.pack_id:
        return verify_given(models_dir, pack_id, DEFAULT_CARD, _NEEDED)
    folder = models_dir / DEFAULT_CARD.pack_id
    if not (folder / MANIFEST_NAME).is_file():
        raise UnavailableError(
            code="pack_missing",
            what="The default face pack is not built.",
            why=f"There is no {DEFAULT_CARD.pack_id} in the models folder.",
            next_step="Run: facewarden models build",
        )
    manifest = Manifest.read(folder)
    pinned = {weights.file_name: weights.sha256 for weights in DEFAULT_WEIGHTS}
    if dict(manifest.sources) != pinned or manifest.card != DEFAULT_CARD:
        raise _outdated(folder.name)
    if set(manifest.files) != _NEEDED:
        raise _outdated(folder.name)
    manifest.verify(folder)
    if rebuild:
        found = find_weights([models_dir / SOURCES_FOLDER], DEFAULT_WEIGHTS)
        again = {name: sha256_of(data) for name, data in _build_files(found, lambda _step, _share: None).items()}
        if again != dict(manifest.files):
            raise _outdated(folder.name)
    return manifest.card


def list_packs(models_dir: Path) -> tuple[PackCard, ...]:
    """The cards of the packs in the models folder, by name, verified or not; () when there is none."""
    folders = sorted(path.parent for path in models_dir.glob(f"*/{MANIFEST_NAME}"))
    return tuple(Manifest.read(folder).card for folder in folders if not folder.name.startswith("."))


def _outdated(name: str) -> DamagedError:
    return DamagedError(
        code="pack_outdated",
        what=f"The face pack {name} was not built from the pinned weights by this version.",
        why="Its manifest says otherwise, or building again gives other files.",
        next_step="Run: facewarden models build",
    )


def default_calibration() -> Calibration:
    """What a similarity of the default pack means, as measured on the portraits. DamagedError if the table is."""
    return Calibration.from_json((files(faces_onnx) / "calibration" / "default.json").read_bytes())


def calibrated_pack(card: PackCard) -> str:
    """How a calibration names the pack that its scores were made with: weights and views, for each changes a score."""
    return f"{card.pack_id}/{card.version}, probe views {card.probe_views}, enrolment views {card.enrol_views}"


def pack_calibration(models_dir: Path, card: PackCard) -> Calibration:
    """What a similarity of that pack means by the table that came with it; raises as `read_calibration`."""
    if card.pack_id == DEFAULT_CARD.pack_id:
        return default_calibration()
    return read_calibration(given_calibration(models_dir, card), card)


def read_calibration(file: Path, card: PackCard) -> Calibration:
    """A calibration of that pack from a file; UnavailableError if it is absent, DamagedError if it is no such."""
    try:
        calibration = Calibration.from_json(file.read_bytes())
    except OSError as problem:
        raise UnavailableError(
            "calibration_missing",
            f"The calibration {file} cannot be read.",
            f"The system says: {problem.strerror}.",
            "Make one with `facewarden bench calibrate`, or leave FACEWARDEN_CALIBRATION out for the pack's own.",
        ) from problem
    if calibration.pack != calibrated_pack(card):
        raise DamagedError(
            "calibration_of_another_pack",
            f"The calibration {file} belongs to other models.",
            f"It was made with {calibration.pack}; in use is {calibrated_pack(card)}.",
            "Make it anew with `facewarden bench calibrate`.",
        )
    return calibration
