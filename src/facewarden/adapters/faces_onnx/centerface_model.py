"""Turns the published CenterFace model into one that takes a photo of any size.

It never runs the model, and reads nothing but the bytes that it is handed.
"""

from __future__ import annotations

from onnx import TensorProto, helper

from facewarden.adapters.faces_onnx.dlib_file import damaged
from facewarden.adapters.faces_onnx.onnx_files import bytes_to_planes, finished, parsed

_INPUT = "input.1"
# Names of the published outputs, by meaning; the fourth, landmarks, is dropped: dlib's are better placed.
_OUTPUTS = {"537": "heat", "538": "sizes", "539": "offsets"}


def build_detector(data: bytes) -> bytes:
    """The model as an ONNX file: input `photo` uint8 (1, H, W, 3) RGB, outputs `heat`, `sizes`, `offsets`.

    Their shapes are (1, 1 or 2, H/4, W/4). `data` is the content of centerface.onnx as published; DamagedError when
    it is not an ONNX file with its inputs and outputs.
    """
    model = parsed(data)
    graph = model.graph
    if _INPUT not in {value.name for value in graph.input}:
        raise damaged("a detector without its input")
    # 1. Weights named as inputs too, as old files do, could not be folded: keep the photo alone.
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("photo", TensorProto.UINT8, [1, "height", "width", 3]))
    # 2. Bytes in rows of pixels become the planes of floats that the network wants.
    nodes = [*bytes_to_planes(_INPUT, None), *graph.node]
    for node in nodes:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = _OUTPUTS.get(name, name)
    del graph.node[:]
    graph.node.extend(nodes)
    # 3. Outputs by their meaning, of any size.
    del graph.output[:]
    for name, channels in (("heat", 1), ("sizes", 2), ("offsets", 2)):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, "rows", "columns"]))
    del graph.value_info[:]
    return finished(model)
