"""Packs that the operator put into the models folder: not built here, so verified against their own manifest alone.

It never opens one whose files differ from its manifest, nor one that wants faces cut otherwise than this engine does.
"""

from __future__ import annotations

from pathlib import Path

from facewarden.adapters.faces_onnx.families import family_of, unfit
from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest
from facewarden.domain.faces import PackCard
from facewarden.errors import UnavailableError

CALIBRATION_FILE = "calibration.json"
"""What the pack's similarities mean; a pack without it serves only with the operator's own."""


def verify_given(models_dir: Path, pack_id: str) -> Manifest:
    """The manifest of that pack, once every file is the one that it names.

    Its card must be of a family that this engine can feed, and it must name the files that the family needs.
    UnavailableError `pack_missing`, DamagedError `pack_damaged`, `pack_unfit`.
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
    if manifest.card.pack_id != pack_id:
        raise unfit(pack_id, f"its manifest calls it {manifest.card.pack_id}")
    family = family_of(manifest.card)
    if missing := family.files - set(manifest.files):
        raise unfit(pack_id, f"its manifest names no {', '.join(sorted(missing))}")
    manifest.verify(folder)
    return manifest


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
