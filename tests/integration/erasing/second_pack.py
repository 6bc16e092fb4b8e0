"""A second face pack with real models: the default one's weights behind a tighter crop, in other numbers, 112 of them.

A template of it says nothing beside one of the default pack: the two spaces have nothing to do with one another.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from facewarden.adapters.faces_onnx import pack
from facewarden.adapters.faces_onnx.manifest import Manifest, sha256_of
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.bench.own_set import labelled_templates
from facewarden.matching.labelled import calibrate_set

NAME = "tighter-crop-112"
DIMENSION = 112
_CROP_PX = (12, 137)  # 125 pixels of 150, enlarged by 1.2
_COPIED = ("detector.onnx", "landmarks.npz")


def build_second_pack(models_dir: Path, people: Path | None = None) -> Path:
    """The folder of the pack, made beside the default one in `models_dir`; with a calibration of its own if `people`
    (FOLDER/PERSON/*.jpg) says whom to measure."""
    default, folder = models_dir / pack.DEFAULT_CARD.pack_id, models_dir / NAME
    folder.mkdir()
    for name in _COPIED:
        shutil.copyfile(default / name, folder / name)
    (folder / "embedder.onnx").write_bytes(_other_embedder(default / "embedder.onnx"))
    write_manifest(folder)
    if people is not None:
        engine = pack.open_pack(models_dir, pack_id=NAME)
        with SandboxDecoder(workers=1) as decoder:
            found = labelled_templates(people, decoder, engine, lambda done, total: None)
        made = calibrate_set(found, pack=pack.calibrated_pack(engine.card), set_name="drawn people", fmr=0.25)
        (folder / "calibration.json").write_text(made.calibration.to_json(), "utf-8")
        write_manifest(folder)
    return folder


def write_manifest(folder: Path) -> None:
    """The manifest of the files that are there now."""
    card = dataclasses.replace(pack.DEFAULT_CARD, pack_id=NAME, version="1", dimension=DIMENSION)
    digests = {path.name: sha256_of(path.read_bytes()) for path in folder.iterdir() if path.name != "manifest.json"}
    Manifest(card, {}, digests).write(folder)


def _other_embedder(file: Path) -> bytes:
    model = onnx.load_from_string(file.read_bytes())
    graph = model.graph
    chips, numbers = graph.input[0].name, graph.output[0].name
    turned, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((128, 128)))
    constants = {
        "crop_from": np.array([_CROP_PX[0]] * 2, np.int64),
        "crop_to": np.array([_CROP_PX[1]] * 2, np.int64),
        "crop_axes": np.array([1, 2], np.int64),
        "enlarge": np.array([1.0, 1.0, 1.2, 1.2], np.float32),
        "turned": turned[:, :DIMENSION].astype(np.float32),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    for node in graph.node:
        node.input[:] = ["tight_chips" if name == chips else name for name in node.input]
        node.output[:] = ["before_turning" if name == numbers else name for name in node.output]
    first = [
        helper.make_node("Slice", [chips, "crop_from", "crop_to", "crop_axes"], ["cropped"]),
        helper.make_node("Cast", ["cropped"], ["cropped_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["cropped_float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Resize", ["planes", "", "enlarge"], ["larger"], mode="linear"),
        helper.make_node("Transpose", ["larger"], ["larger_rows"], perm=[0, 2, 3, 1]),
        helper.make_node("Cast", ["larger_rows"], ["tight_chips"], to=TensorProto.UINT8),
    ]
    last = helper.make_node("MatMul", ["before_turning", "turned"], [numbers])
    nodes = [*first, *graph.node, last]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.output[0].CopyFrom(helper.make_tensor_value_info(numbers, TensorProto.FLOAT, ["faces", DIMENSION]))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
