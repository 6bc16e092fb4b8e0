"""The kinds of packs that this engine can feed: by detector, landmarks and chip.

It never opens a file that was not verified before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from facewarden.adapters.faces_onnx import arcface, chips, landmarks, yunet
from facewarden.adapters.faces_onnx.alignment import Alignment, DlibAlignment
from facewarden.adapters.faces_onnx.arcface import ArcFaceAlignment
from facewarden.adapters.faces_onnx.crew import Crew
from facewarden.adapters.faces_onnx.detector import CENTERFACE, YUNET, Eye, FaceDetector, LookSizes
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.faces_onnx.sessions import Session
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError

DETECTOR_FILE, LANDMARKS_FILE, EMBEDDER_FILE = "detector.onnx", "landmarks.npz", "embedder.onnx"


@dataclass(frozen=True, slots=True)
class Family:
    """One kind: what its cards say of the chip, the files that it needs, and how they are used."""

    input_px: int
    colour_order: str
    alignment: str
    landmark_names: tuple[str, ...]
    most_views: int
    files: frozenset[str]
    eye: Eye
    align: Callable[[Path], Alignment]

    def feeds(self, card: PackCard) -> bool:
        """Whether a pack with that card wants faces as this family cuts them."""
        mine = self.input_px, self.colour_order, self.alignment, self.landmark_names
        return mine == (card.input_px, card.colour_order, card.alignment, card.landmark_names)


def _by_trees(folder: Path) -> Alignment:
    trees = landmarks.ShapeModel.from_bytes((folder / LANDMARKS_FILE).read_bytes())
    return DlibAlignment(landmarks.LandmarkFinder(trees))


DLIB = Family(
    input_px=chips.CHIP_PX,
    colour_order="RGB",
    alignment=f"dlib 5-point chip, padding {chips.PADDING}",
    landmark_names=landmarks.LANDMARK_NAMES,
    most_views=DlibAlignment.most_views,
    files=frozenset({DETECTOR_FILE, LANDMARKS_FILE, EMBEDDER_FILE}),
    eye=CENTERFACE,
    align=_by_trees,
)
ARCFACE = Family(
    input_px=arcface.CHIP_PX,
    colour_order="RGB",
    alignment="ArcFace 5-point chip",
    landmark_names=yunet.LANDMARK_NAMES,
    most_views=arcface.VIEWS,
    files=frozenset({DETECTOR_FILE, EMBEDDER_FILE}),
    eye=YUNET,
    align=lambda folder: ArcFaceAlignment(),
)
FAMILIES = (DLIB, ARCFACE)


def family_of(card: PackCard) -> Family:
    """The family that feeds a pack with that card; DamagedError `pack_unfit` where none does, or not with its views."""
    family = next((each for each in FAMILIES if each.feeds(card)), None)
    if family is None:
        raise unfit(card.pack_id, "it wants faces of another size, colour order or alignment than are cut here")
    if not (1 <= card.enrol_views <= family.most_views and 1 <= card.probe_views <= family.most_views):
        raise unfit(card.pack_id, f"it wants other than 1 to {family.most_views} views")
    return family


def open_engine(
    folder: Path, card: PackCard, providers: Sequence[str], threads: int, sizes: LookSizes | None = None
) -> OnnxFaceEngine:
    """The engine of the verified pack in `folder`; UnavailableError for a provider that is not here, DamagedError."""
    family = family_of(card)
    detector = Session(folder / DETECTOR_FILE, providers, threads)
    beside = detector if threads == 1 else Session(folder / DETECTOR_FILE, providers, 1)
    embedder = Session(folder / EMBEDDER_FILE, providers, 1)
    made = embedder.run(np.zeros((1, card.input_px, card.input_px, 3), np.uint8))[0]
    if made.shape != (1, card.dimension):
        raise unfit(card.pack_id, f"its embedder does not make {card.dimension} numbers of a face")
    return OnnxFaceEngine(
        card,
        FaceDetector(detector.run, sizes, family.eye),
        family.align(folder),
        lambda chips: embedder.run(chips)[0],
        Crew(threads),
        FaceDetector(beside.run, sizes, family.eye),
    )


def unfit(pack_id: str, why: str) -> DamagedError:
    """The error for a pack that cannot be used, and why."""
    return DamagedError(
        code="pack_unfit",
        what=f"The face pack {pack_id} cannot be used here: {why}.",
        why="Its manifest must describe what its files are.",
        next_step="Get the pack again from whoever made it, or name another in FACEWARDEN_PACK.",
    )
