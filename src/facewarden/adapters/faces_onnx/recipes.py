"""The packs that are built here from pinned weights: the default one, and those that `facewarden models pull` brings.

It never fetches, and never offers a pack whose weights were not run with this engine first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from facewarden.adapters.faces_onnx.families import (
    ARCFACE,
    DETECTOR_FILE,
    DLIB,
    EMBEDDER_FILE,
    LANDMARKS_FILE,
    Family,
)
from facewarden.adapters.faces_onnx.landmarks import read_shape_model
from facewarden.adapters.faces_onnx.weights import (
    CENTERFACE,
    DEFAULT_WEIGHTS,
    LANDMARK_TREES,
    RESNET,
    SFACE,
    YUNET,
    Progress,
    Weights,
)
from facewarden.domain.deployment import DeclaredUse
from facewarden.domain.faces import PackCard
from facewarden.errors import BadUseError


@dataclass(frozen=True, slots=True)
class Recipe:
    """A pack to be: its card, its weights, how its files are made of them, and what everybody must know before.

    `permitted_uses` are those that the licences of all weights permit; `calibration` names the table that ships, of
    what its similarities mean, None where nothing was measured.
    """

    card: PackCard
    weights: tuple[Weights, ...]
    build: Callable[[Mapping[Weights, bytes], Progress], dict[str, bytes]]
    permitted_uses: frozenset[DeclaredUse]
    limits: tuple[str, ...]
    calibration: str | None

    @property
    def size_bytes(self) -> int:
        """How much is fetched by `facewarden models pull`."""
        return sum(weights.size_bytes for weights in self.weights)

    @property
    def pinned(self) -> dict[str, str]:
        """The SHA-256 of each of its weights by file name."""
        return {weights.file_name: weights.sha256 for weights in self.weights}


def recipe_of(pack_id: str) -> Recipe:
    """The recipe of that pack; BadUseError `pack_not_offered`."""
    if pack_id not in RECIPES or pack_id == DEFAULT.card.pack_id:
        raise BadUseError(
            "pack_not_offered",
            f"There is no face pack {pack_id} to pull.",
            f"Offered: {', '.join(name for name in RECIPES if name != DEFAULT.card.pack_id)}.",
            "See: facewarden models pull. The default pack is built: facewarden models build. Any other is brought as a"
            " folder among the models.",
        )
    return RECIPES[pack_id]


def _card(
    pack_id: str, family: Family, weights: tuple[Weights, ...], measured_gallery: int, views: tuple[int, int]
) -> PackCard:
    return PackCard(
        pack_id=pack_id,
        version="1",
        dimension=128,
        input_px=family.input_px,
        colour_order=family.colour_order,
        alignment=family.alignment,
        landmark_names=family.landmark_names,
        licence="; ".join(f"{each.file_name}: {each.licence}" for each in weights),
        training_data="; ".join(f"{each.file_name}: {each.training_data}" for each in weights),
        measured_gallery=measured_gallery,
        evaluation_only=True,
        enrol_views=views[0],
        probe_views=views[1],
    )


# Building needs the package onnx, which takes a third of a second to import; running does not.
def _build_default(found: Mapping[Weights, bytes], progress: Progress) -> dict[str, bytes]:
    from facewarden.adapters.faces_onnx.centerface_model import build_detector
    from facewarden.adapters.faces_onnx.resnet import build_embedder

    progress("Converting the embedder", 0.1)
    embedder = build_embedder(found[RESNET])
    progress("Converting the detector", 0.3)
    detector = build_detector(found[CENTERFACE])
    progress("Reading the landmark trees", 0.4)
    trees = read_shape_model(found[LANDMARK_TREES]).to_bytes()
    return {DETECTOR_FILE: detector, LANDMARKS_FILE: trees, EMBEDDER_FILE: embedder}


def _build_sface(found: Mapping[Weights, bytes], progress: Progress) -> dict[str, bytes]:
    from facewarden.adapters.faces_onnx.sface_model import build_embedder
    from facewarden.adapters.faces_onnx.yunet_model import build_detector

    progress("Converting the detector", 0.1)
    detector = build_detector(found[YUNET])
    progress("Converting the embedder", 0.2)
    return {DETECTOR_FILE: detector, EMBEDDER_FILE: build_embedder(found[SFACE])}


DEFAULT = Recipe(
    # The largest set that the embedder's accuracy was measured on for this project had 8,337 people.
    card=_card("dlib-resnet-v1-centerface", DLIB, DEFAULT_WEIGHTS, 10_000, (2, DLIB.most_views)),
    weights=DEFAULT_WEIGHTS,
    build=_build_default,
    permitted_uses=frozenset(DeclaredUse),
    limits=("For evaluation; made by `facewarden models build`.",),
    calibration="default.json",
)
YUNET_SFACE = Recipe(
    card=_card("yunet-sface", ARCFACE, (YUNET, SFACE), 1_500, (2, 2)),
    weights=(YUNET, SFACE),
    build=_build_sface,
    permitted_uses=frozenset(DeclaredUse),
    limits=(
        "SFace's authors do not say which pictures this file was trained with. All sets that they name were gathered"
        " for research, without the people's consent; one of them was withdrawn. The licence of the file does not cure"
        " that: have your counsel decide.",
        "Measured here on 1,500 portraits of members of Congress and no more. Some of them may be among the training"
        " pictures, which makes them easier to tell apart than others are.",
        "A view costs four to five times what one of the default pack costs.",
    ),
    calibration="yunet-sface.json",
)
RECIPES: Mapping[str, Recipe] = {recipe.card.pack_id: recipe for recipe in (DEFAULT, YUNET_SFACE)}
