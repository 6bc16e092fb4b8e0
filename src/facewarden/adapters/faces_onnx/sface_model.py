"""Turns the published SFace model into one that takes many aligned faces at once, with its affine steps folded in.

It never runs the model, and reads nothing but the bytes that it is handed.

SFace: Zhong et al., SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition, IEEE Transactions on Image
Processing 30, 2021; a MobileNet of 1,024 channels at its end. In the small edition each 64 weights share one scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from facewarden.adapters.faces_onnx.dlib_file import damaged
from facewarden.adapters.faces_onnx.onnx_files import bytes_to_planes, finished, parsed

DIMENSION = 128
_INPUT, _OUTPUT = "data", "fc1"
_OPSET = 17
_ROUNDED_TO = np.float32

Array = NDArray[np.float64]
Constant = NDArray[Any]


@dataclass(slots=True)
class _Filters:
    """A convolution to be: weights (out, in, height, width), biases (out), and its attributes."""

    weights: Array
    biases: Array
    attributes: dict[str, object]

    def scale(self, factors: Array, shifts: Array) -> None:
        """Takes in a multiplication and an addition that follow it."""
        self.weights = self.weights * factors[:, None, None, None]
        self.biases = self.biases * factors + shifts


def build_embedder(data: bytes) -> bytes:
    """The model as an ONNX file: input `chips` uint8 (N, 112, 112, 3) RGB, output `descriptors` float32 (N, 128).

    `data` is the content of face_recognition_sface_2021dec.onnx or of its edition in bytes (int8bq) as published;
    DamagedError when it is something else. The last matrix becomes a convolution: a batch gives each face what it gets
    alone.
    """
    graph = parsed(data).graph
    names = [[value.name for value in values] for values in (graph.input[:1], graph.output)]
    if names != [[_INPUT], [_OUTPUT]]:
        raise damaged("an embedder without its input and output")
    try:
        nodes, constants = _rebuilt(list(_chain(graph)), _constants(graph))
    except (KeyError, ValueError, IndexError) as error:
        raise damaged("an embedder of another structure") from error
    made = helper.make_graph(
        nodes,
        "sface",
        [helper.make_tensor_value_info("chips", TensorProto.UINT8, ["faces", 112, 112, 3])],
        [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["faces", DIMENSION])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return finished(helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)]))


def _constants(graph: onnx.GraphProto) -> dict[str, Constant]:
    """Every constant of the file by name, those kept in bytes brought back to fractions as any runtime does it."""
    found = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            of = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
            small, scales, zeros = (found[name] for name in node.input)
            blocks = np.arange(small.shape[of["axis"]]) // of["block_size"]
            scales, zeros = (part.take(blocks, of["axis"]) for part in (scales, zeros))
            found[node.output[0]] = (small.astype(_ROUNDED_TO) - zeros.astype(_ROUNDED_TO)) * scales
        elif node.op_type == "Reshape" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]].reshape(found[node.input[1]])
    return found


def _chain(graph: onnx.GraphProto) -> Iterator[NodeProto]:
    """The steps from the input to the output: each takes what the one before gave."""
    takes = {node.input[0]: node for node in graph.node if node.input}
    at = _INPUT
    while at != _OUTPUT:
        yield takes[at]
        at = takes[at].output[0]


def _rebuilt(
    chain: list[NodeProto], constants: Mapping[str, Constant]
) -> tuple[list[NodeProto], dict[str, NDArray[np.generic]]]:
    """The steps anew with their constants: what multiplies and adds after a convolution is taken into it."""
    steps: list[_Filters | tuple[str, Array]] = []
    before: tuple[Array, Array] | None = None  # a multiplication and an addition that no convolution precedes
    for node in chain:
        values = [constants[name].astype(np.float64) for name in node.input[1:] if name in constants]
        last = steps[-1] if steps else None
        if node.op_type == "Conv":
            attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
            steps.append(_Filters(values[0], np.zeros(len(values[0])), attributes))
        elif node.op_type == "BatchNormalization":
            factors, shifts = _affine(node, values)
            if isinstance(last, _Filters):
                last.scale(factors, shifts)
            else:
                before = factors, shifts
        elif node.op_type == "Gemm":
            steps.append(_matrix(values[0], values[1], before))
        elif node.op_type in ("Sub", "Mul", "PRelu"):
            steps.append((node.op_type, values[0]))
        elif node.op_type not in ("Dropout", "Flatten"):
            raise ValueError(node.op_type)
    return _written(steps)


def _affine(node: NodeProto, values: list[Array]) -> tuple[Array, Array]:
    """What a batch normalisation multiplies by and adds."""
    gamma, beta, mean, variance = values
    (epsilon,) = (item.f for item in node.attribute if item.name == "epsilon")
    factors = gamma / np.sqrt(variance + epsilon)
    return factors, beta - mean * factors


def _matrix(weights: Array, biases: Array, before: tuple[Array, Array] | None) -> _Filters:
    """The last matrix as a convolution over the whole grid that is left, with the affine step before it."""
    if before is None:
        raise ValueError("no affine step before the matrix")
    factors, shifts = before
    side = round((weights.shape[1] / len(factors)) ** 0.5)
    filters = weights.reshape(len(weights), len(factors), side, side)
    biases = biases + np.einsum("ochw,c->o", filters, shifts)
    return _Filters(filters * factors[:, None, None], biases, {"kernel_shape": [side, side]})


def _written(steps: list[_Filters | tuple[str, Array]]) -> tuple[list[NodeProto], dict[str, NDArray[np.generic]]]:
    nodes, constants = bytes_to_planes("planes", None, "chips"), dict[str, NDArray[np.generic]]()
    at = "planes"
    for number, step in enumerate(steps):
        made = f"step_{number}"
        if isinstance(step, _Filters):
            constants |= {f"{made}_weights": step.weights, f"{made}_biases": step.biases}
            names = [at, f"{made}_weights", f"{made}_biases"]
            nodes.append(helper.make_node("Conv", names, [made], **step.attributes))
        else:
            operation, value = step
            constants[f"{made}_value"] = value
            nodes.append(helper.make_node(operation, [at, f"{made}_value"], [made]))
        at = made
    constants = {name: value.astype(_ROUNDED_TO) for name, value in constants.items()}
    constants["shape"] = np.array([-1, DIMENSION], np.int64)
    return [*nodes, helper.make_node("Reshape", [at, "shape"], ["descriptors"])], constants
