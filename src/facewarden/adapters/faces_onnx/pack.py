"""Builds, lists, verifies and opens face packs in a models folder.

It never opens a pack whose files differ from what was built, or that was built from other weights than the pinned.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

from facewarden.adapters import faces_onnx
from facewarden.adapters.durable import sync, write_whole
from facewarden.adapters.faces_onnx.detector import LookSizes
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.faces_onnx.families import family_of, open_engine
from facewarden.adapters.faces_onnx.given import given_calibration, verify_given
from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest, check_use, sha256_of
from facewarden.adapters.faces_onnx.recipes import DEFAULT, RECIPES, Recipe
from facewarden.adapters.faces_onnx.sessions import CPU
from facewarden.adapters.faces_onnx.weights import (
    PARTIAL_FOLDER,
    SOURCES_FOLDER,
    Progress,
    find_weights,
    pull_default,
    pull_weights,
)
from facewarden.domain.deployment import DeclaredUse
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, UnavailableError
from facewarden.matching.calibration import Calibration

__all__ = ["DEFAULT_CARD", "build_default_pack", "list_packs", "open_pack", "pull_default", "pull_pack", "verify_pack"]

DEFAULT_CARD = DEFAULT.card
_LOCK_NAME = ".lock"


def build_default_pack(models_dir: Path, source_dir: Path, progress: Progress) -> PackCard:
    """Build the default pack from the published weights in `source_dir` into `models_dir`; its card.

    The folder appears at once and whole, or not at all. UnavailableError when weights are missing or the folder cannot
    be written, DamagedError when they are not the published ones.
    """
    with _alone(models_dir):
        return _build(DEFAULT, models_dir, source_dir, progress)


def pull_pack(models_dir: Path, recipe: Recipe, progress: Progress, brought: Path | None = None) -> PackCard:
    """Fetch the weights of a pack, or read them from the folder `brought`, and build it; its card.

    Whatever ends this, the power too, the pack is there whole or not at all, and the one that was there stays until
    then. Raises as `pull_weights` and `build_default_pack`.
    """
    with _alone(models_dir):
        return _build(recipe, models_dir, pull_weights(models_dir, recipe.weights, progress, brought), progress)


@contextmanager
def _alone(models_dir: Path) -> Iterator[None]:
    """While it lasts nobody else builds in that folder; what others left half-done is taken away first."""
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with (models_dir / _LOCK_NAME).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in models_dir.glob(f"{PARTIAL_FOLDER}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
    except OSError as fault:
        raise UnavailableError(
            "models_not_written",
            f"A face pack cannot be put into {models_dir}.",
            f"The system says: {fault.strerror or type(fault).__name__}.",
            "Have that folder made writable with some 200 MB free, or name another in FACEWARDEN_MODELS.",
        ) from fault


def _build(recipe: Recipe, models_dir: Path, source_dir: Path, progress: Progress) -> PackCard:
    progress("Checking the weights", 0.0)
    found = find_weights([source_dir], recipe.weights)
    partial = Path(mkdtemp(prefix=PARTIAL_FOLDER, dir=models_dir))
    try:
        made = recipe.build(found, progress)
        for name, content in made.items():
            write_whole(partial / name, content)
        digests = {name: sha256_of(content) for name, content in made.items()}
        Manifest(card=recipe.card, sources=recipe.pinned, files=digests).write(partial)
        target = models_dir / recipe.card.pack_id
        if target.exists():
            target.rename(partial.with_name(f"{partial.name}-old"))
        partial.replace(target)
        sync(models_dir)
    finally:
        for left in models_dir.glob(f"{partial.name}*"):
            shutil.rmtree(left, ignore_errors=True)
    progress("The face pack is built", 1.0)
    return recipe.card


def open_pack(
    models_dir: Path,
    providers: Sequence[str] = (CPU,),
    threads: int = 1,
    sizes: LookSizes | None = None,
    pack_id: str = DEFAULT_CARD.pack_id,
    use: DeclaredUse = DeclaredUse.OPERATION,
) -> OnnxFaceEngine:
    """The engine of a pack in `models_dir`, the default one if no other is named, after every file was verified.

    `providers` are ONNX Runtime's names, tried in order; `threads` is how many each call may use. UnavailableError when
    the pack or a provider is missing or the pack's terms forbid that use, DamagedError when the pack was changed.
    """
    manifest = _verified(models_dir, pack_id)
    check_use(manifest.card, manifest.permitted_uses, use)
    return open_engine(models_dir / pack_id, manifest.card, providers, threads, sizes)


def verify_pack(models_dir: Path, pack_id: str = DEFAULT_CARD.pack_id, *, rebuild: bool = False) -> PackCard:
    """The card of a pack: that of a recipe when its files are those that were built from the pinned weights, another's
    when its files are those that its manifest names.

    With `rebuild`, a pack of a recipe is built again from the kept weights and compared: it then takes seconds, and
    finds a manifest that was changed along with a file. UnavailableError when there is no pack, DamagedError when it
    differs.
    """
    manifest = _verified(models_dir, pack_id)
    recipe = RECIPES.get(pack_id)
    if rebuild and recipe is not None:
        found = find_weights([models_dir / SOURCES_FOLDER], recipe.weights)
        made = recipe.build(found, lambda _step, _share: None)
        if {name: sha256_of(data) for name, data in made.items()} != dict(manifest.files):
            raise _outdated(recipe)
    return manifest.card


def _verified(models_dir: Path, pack_id: str) -> Manifest:
    """The manifest of the pack, every file of which has the digest in it."""
    recipe = RECIPES.get(pack_id)
    if recipe is None:
        return verify_given(models_dir, pack_id)
    folder = models_dir / pack_id
    if not (folder / MANIFEST_NAME).is_file():
        raise UnavailableError(
            code="pack_missing",
            what="The default face pack is not built."
            if recipe is DEFAULT
            else f"The face pack {pack_id} is not here.",
            why=f"There is no {pack_id} in the models folder.",
            next_step=f"Run: {_made_by(recipe)}",
        )
    manifest = Manifest.read(folder)
    same = dict(manifest.sources) == recipe.pinned and manifest.card == recipe.card
    if not same or set(manifest.files) != family_of(recipe.card).files:
        raise _outdated(recipe)
    manifest.verify(folder)
    return replace(manifest, permitted_uses=recipe.permitted_uses)


def list_packs(models_dir: Path) -> tuple[PackCard, ...]:
    """The cards of the packs in the models folder, by name, verified or not; () when there is none."""
    folders = sorted(path.parent for path in models_dir.glob(f"*/{MANIFEST_NAME}"))
    return tuple(Manifest.read(folder).card for folder in folders if not folder.name.startswith("."))


def _made_by(recipe: Recipe) -> str:
    return "facewarden models build" if recipe is DEFAULT else f"facewarden models pull {recipe.card.pack_id}"


def _outdated(recipe: Recipe) -> DamagedError:
    return DamagedError(
        code="pack_outdated",
        what=f"The face pack {recipe.card.pack_id} was not built from the pinned weights by this version.",
        why="Its manifest says otherwise, or building again gives other files.",
        next_step=f"Run: {_made_by(recipe)}",
    )


def default_calibration() -> Calibration:
    """What a similarity of the default pack means, as measured on the portraits. DamagedError if the table is."""
    return _shipped(str(DEFAULT.calibration))


def _shipped(name: str) -> Calibration:
    return Calibration.from_json((files(faces_onnx) / "calibration" / name).read_bytes())


def calibrated_pack(card: PackCard) -> str:
    """How a calibration names the pack that its scores were made with: weights and views, for each changes a score."""
    return f"{card.pack_id}/{card.version}, probe views {card.probe_views}, enrolment views {card.enrol_views}"


def pack_calibration(models_dir: Path, card: PackCard) -> Calibration:
    """What a similarity of that pack means by the table that came with it; raises as `read_calibration`."""
    recipe = RECIPES.get(card.pack_id)
    if recipe is not None and recipe.calibration is not None:
        return _shipped(recipe.calibration)
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
