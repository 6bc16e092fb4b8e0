"""What every conversion of a published ONNX file begins and ends with.

It never runs a model, and reads nothing but the bytes that it is handed.
"""

from __future__ import annotations

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no types
from onnx import ModelProto, NodeProto, TensorProto, helper

from facewarden.adapters.faces_onnx.dlib_file import damaged

# Any ONNX Runtime that we install reads it.
_IR_VERSION = 8


def parsed(data: bytes) -> ModelProto:
    """The ONNX model in the bytes; DamagedError when there is none."""
    try:
        return onnx.load_from_string(data)
    except DecodeError as error:
        raise damaged("no ONNX model") from error


def finished(model: ModelProto) -> bytes:
    """The changed model as a file, checked."""
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised


def bytes_to_planes(into: str, order: tuple[int, ...] | None, source: str = "photo") -> list[NodeProto]:
    """The first steps: bytes in rows of pixels become planes of floats, in the colour `order` if one is given."""
    nodes = [helper.make_node("Cast", [source], [f"{source}_float"], to=TensorProto.FLOAT)]
    last = f"{source}_float"
    if order is not None:
        nodes.append(helper.make_node("Gather", [last, "colour_order"], [f"{source}_ordered"], axis=3))
        last = f"{source}_ordered"
    return [*nodes, helper.make_node("Transpose", [last], [into], perm=[0, 3, 1, 2])]
