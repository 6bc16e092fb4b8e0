"""Packs that the operator put into the models folder: not built here, so verified against their own manifest alone.

It never opens one whose files differ from its manifest, nor one that wants faces cut otherwise than this engine does.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from facewarden.adapters.faces_onnx.alignment import DlibAlignment
from facewarden.adapters.faces_onnx.chips import CHIP_PX
from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest
from facewarden.adapters.faces_onnx.sessions import Session
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, UnavailableError

CALIBRATION_FILE = "calibration.json"
"""What the pack's similarities mean; a pack without it serves only with the operator's own."""


def verify_given(models_dir: Path, pack_id: str, like: PackCard, needed: frozenset[str]) -> PackCard:
    """The card of that pack, once every file is the one that its manifest names.

    `like` is the card of a pack that this engine can feed: input, colours, alignment and landmarks must be the same;
    `needed` are the files it is opened from. UnavailableError `pack_missing`, DamagedError `pack_damaged`,
    `pack_unfit`.
    """
    folder = models_dir / pack_id
    if Path(pack_id).name != pack_id or not (folder / MANIFEST_NAME).is_file():
        raise UnavailableError(
            code="pack_missing",
            what=f"The face pack {pack_id} is not among the models.",
            why=f"There is no folder of that name with a {MANIFEST_NAME} in {models_dir}.",
            next_step="Put the pack's folder there, or name another in FACEWARDEN_PACK. See: facewarden models list",
        )
    manifest = Manifest.read(folder)
    card = manifest.card
    if card.pack_id != pack_id:
        raise _unfit(pack_id, f"its manifest calls it {card.pack_id}")
    if _feed(card) != _feed(like):
        raise _unfit(pack_id, "it wants faces of another size, colour order or alignment than are cut here")
    if not (1 <= card.enrol_views <= DlibAlignment.most_views and 1 <= card.probe_views <= DlibAlignment.most_views):
        raise _unfit(pack_id, f"it wants other than 1 to {DlibAlignment.most_views} views")
    if missing := needed - set(manifest.files):
        raise _unfit(pack_id, f"its manifest names no {', '.join(sorted(missing))}")
    manifest.verify(folder)
    return card


def check_dimension(embedder: Session, card: PackCard) -> None:
    """Nothing, if the embedder makes as many numbers of a chip as the card says; DamagedError `pack_unfit`."""
    made = embedder.run(np.zeros((1, CHIP_PX, CHIP_PX, 3), np.uint8))[0]
    if made.shape != (1, card.dimension):
        raise _unfit(card.pack_id, f"its embedder does not make {card.dimension} numbers of a face")


def given_calibration(models_dir: Path, card: PackCard) -> Path:
    """The file of the pack's own calibration, which its manifest names; UnavailableError `calibration_missing`."""
    if CALIBRATION_FILE not in Manifest.read(models_dir / card.pack_id).files:
        raise UnavailableError(
            code="calibration_missing",
            what=f"The face pack {card.pack_id} comes without a calibration.",
            why="Without one nobody can say what its similarities mean.",
            next_step=f"Make one with `facewarden bench calibrate --pack {card.pack_id}` and name it in"
            " FACEWARDEN_CALIBRATION, or have it put into the pack and its manifest.",
        )
    return models_dir / card.pack_id / CALIBRATION_FILE


def _feed(card: PackCard) -> tuple[object, ...]:
    return card.input_px, card.colour_order, card.alignment, card.landmark_names


def _unfit(pack_id: str, why: str) -> DamagedError:
    return DamagedError(
        code="pack_unfit",
        what=f"The face pack {pack_id} cannot be used here: {why}.",
        why="Its manifest must describe what its files are.",
        next_step="Get the pack again from whoever made it, or name another in FACEWARDEN_PACK.",
    )
