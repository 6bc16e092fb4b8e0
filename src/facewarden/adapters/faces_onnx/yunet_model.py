"""Turns the published YuNet model into one that takes a photo of any size.

It never runs the model, and reads nothing but the bytes that it is handed.
"""

from __future__ import annotations

from onnx import GraphProto, NodeProto, TensorProto, helper

from facewarden.adapters.faces_onnx.dlib_file import damaged
from facewarden.adapters.faces_onnx.onnx_files import bytes_to_planes, finished, parsed
from facewarden.adapters.faces_onnx.yunet import STRIDES_PX

_INPUT = "input"
_CHANNELS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
# Places of red, green and blue in the order that the network was trained with: blue first.
_BLUE_FIRST = (2, 1, 0)


def build_detector(data: bytes) -> bytes:
    """The model as an ONNX file: input `photo` uint8 (1, H, W, 3) RGB, H and W multiples of 32; outputs the grids
    `cls_8`, `obj_8`, `bbox_8`, `kps_8`, then of 16 and 32: float32 (1, H / stride, W / stride, 1, 1, 4 and 10).

    `data` is the content of face_detection_yunet_2023mar.onnx as published, whose input has one size alone because its
    last steps lay the grids out in rows: these steps are left out. DamagedError when it is something else.
    """
    model = parsed(data)
    graph = model.graph
    names = [f"{kind}_{stride_px}" for stride_px in STRIDES_PX for kind in _CHANNELS]
    if [value.name for value in graph.input] != [_INPUT] or {value.name for value in graph.output} != set(names):
        raise damaged("a detector without its input and outputs")
    nodes = [*bytes_to_planes(_INPUT, _BLUE_FIRST), *_without_reshapes(list(graph.node))]
    del graph.input[:], graph.node[:], graph.output[:], graph.value_info[:]
    graph.input.append(helper.make_tensor_value_info("photo", TensorProto.UINT8, [1, "height", "width", 3]))
    graph.initializer.append(helper.make_tensor("colour_order", TensorProto.INT64, [3], _BLUE_FIRST))
    graph.node.extend(nodes)
    _drop_unused(graph)
    for name in names:
        shape = [1, f"rows_{name}", f"columns_{name}", _CHANNELS[name.partition("_")[0]]]
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    return finished(model)


def _drop_unused(graph: GraphProto) -> None:
    used = {name for node in graph.node for name in node.input}
    kept = [value for value in graph.initializer if value.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)


def _without_reshapes(nodes: list[NodeProto]) -> list[NodeProto]:
    """The steps, each that took a reshaped grid taking the grid itself."""
    grids = {node.output[0]: node.input[0] for node in nodes if node.op_type == "Reshape"}
    # Where the reshaped grid is an output itself, the step before is the one to bear its name.
    renamed = {grid: name for name, grid in grids.items() if name.startswith(("bbox_", "kps_"))}
    kept = [node for node in nodes if node.op_type != "Reshape"]
    for node in kept:
        node.input[:] = [renamed.get(grids.get(name, name), grids.get(name, name)) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    return kept
