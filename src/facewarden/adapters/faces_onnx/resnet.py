"""Turns dlib's face recognition ResNet (version 1) into an ONNX model with the same output.

It never runs the model, and reads nothing but the bytes that it is handed.

The file is a stream of layers, input end first. A block is convolution, scale, ReLU, convolution, scale, [average
pooling of what skips the block], sum, ReLU. Layout and rules: dlib's documentation of its DNN module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from facewarden.adapters.faces_onnx.dlib_file import DlibReader, damaged

INPUT_PX = 150
DIMENSION = 128
# dlib's mean of each channel (red, green, blue) and its divisor, from the input layer of the same file.
CHANNEL_MEANS = (122.782, 117.001, 104.298)
CHANNEL_DIVISOR = 256.0
CONVOLUTIONS = 29
_OPSET = 17
_IR_VERSION = 8


class LayerKind(Enum):
    """The layers of the network that carry weights or change the flow, by their tag in the file."""

    CONVOLUTION = b"con_4"
    SCALE = b"affine_"
    RELU = b"relu_"
    MAX_POOL = b"max_pool_2"
    MEAN_POOL = b"avg_pool_2"
    SUM = b"add_prev_"
    DENSE = b"fc_2"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer as it stands in the file: its kind, its weights (may be empty) and its integers."""

    kind: LayerKind
    weights: NDArray[np.float32]
    numbers: tuple[int, ...]


def read_layers(data: bytes) -> list[Layer]:
    """Every layer of the file in order of execution; DamagedError when it is not this network."""
    tags = b"|".join(re.escape(kind.value) for kind in LayerKind)
    layers = []
    position = 0
    for found in re.finditer(rb"\x01([\x04-\x0b])(" + tags + rb")", data):
        if found.group(1)[0] != len(found.group(2)) or found.start() < position:
            continue
        layer, position = _read_layer(LayerKind(found.group(2)), DlibReader(data, found.end()))
        layers.append(layer)
    if sum(layer.kind is LayerKind.CONVOLUTION for layer in layers) != CONVOLUTIONS:
        raise damaged("another number of convolutions than 29")
    return layers


def _read_layer(kind: LayerKind, reader: DlibReader) -> tuple[Layer, int]:
    weights = np.empty(0, np.float32)
    numbers: tuple[int, ...] = ()
    if kind is LayerKind.CONVOLUTION:
        weights = reader.tensor().ravel()
        numbers = tuple(reader.integer() for _ in range(7))
    elif kind is LayerKind.SCALE:
        weights = reader.tensor().ravel()
    elif kind is LayerKind.DENSE:
        numbers = (reader.integer(), reader.integer())
        weights = reader.tensor().ravel()
    elif kind in (LayerKind.MAX_POOL, LayerKind.MEAN_POOL):
        numbers = tuple(reader.integer() for _ in range(6))
    return Layer(kind, weights, numbers), reader.offset


class _Graph:
    """The ONNX graph while it grows: `top` names the current output, `shape` its (channels, side)."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.top = "chips"
        self.channels, self.side_px = 3, INPUT_PX

    def constant(self, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"w{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, operation: str, *inputs: str, **attributes: object) -> str:
        self.top = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [self.top], **attributes))
        return self.top

    def input(self) -> None:
        """uint8 (N, 150, 150, 3) to centred float32 (N, 3, 150, 150)."""
        self.add("Cast", self.top, to=TensorProto.FLOAT)
        self.add("Transpose", self.top, perm=[0, 3, 1, 2])
        means = np.array(CHANNEL_MEANS, np.float32).reshape(1, 3, 1, 1)
        self.add("Sub", self.top, self.constant(means))
        self.add("Mul", self.top, self.constant(np.array(1.0 / CHANNEL_DIVISOR, np.float32)))

    def convolution(self, layer: Layer, scale: Layer) -> None:
        """One convolution with the scale that follows it folded in: filters * gamma, biases * gamma + beta."""
        filters, rows, columns, stride, _, padding, _ = layer.numbers
        size = filters * self.channels * rows * columns
        if layer.weights.size != size + filters or scale.weights.size != 2 * filters:
            raise damaged("a convolution of another shape")
        gamma, beta = scale.weights[:filters], scale.weights[filters:]
        weights = layer.weights[:size].reshape(filters, self.channels, rows, columns)
        folded = weights * gamma.reshape(-1, 1, 1, 1)
        biases = layer.weights[size:] * gamma + beta
        self.add(
            "Conv",
            self.top,
            self.constant(folded),
            self.constant(biases),
            kernel_shape=[rows, columns],
            strides=[stride, stride],
            pads=[padding] * 4,
        )
        self.channels = filters
        self.side_px = (self.side_px + 2 * padding - rows) // stride + 1

    def pool(self, operation: str, layer: Layer) -> None:
        rows, columns, stride, _, padding, _ = layer.numbers
        self.add(
            operation,
            self.top,
            kernel_shape=[rows, columns],
            strides=[stride, stride],
            pads=[padding] * 4,
        )
        self.side_px = (self.side_px + 2 * padding - rows) // stride + 1

    def pad(self, channels: int, side_px: int) -> None:
        """Grow the current output with zeros at its ends, as dlib does before it sums unequal shapes."""
        if (channels, side_px) == (self.channels, self.side_px):
            return
        ends = [0, channels - self.channels, side_px - self.side_px, side_px - self.side_px]
        self.add("Pad", self.top, self.constant(np.array([0, 0, 0, 0, *ends], np.int64)))
        self.channels, self.side_px = channels, side_px

    def block(self, layers: list[Layer]) -> None:
        """One residual block; `layers` begin at its first convolution and end with the ReLU after the sum."""
        skipped, channels, side_px = self.top, self.channels, self.side_px
        self.convolution(layers[0], layers[1])
        self.add("Relu", self.top)
        self.convolution(layers[3], layers[4])
        inner, inner_channels, inner_side_px = self.top, self.channels, self.side_px
        self.top, self.channels, self.side_px = skipped, channels, side_px
        if layers[5].kind is LayerKind.MEAN_POOL:
            self.pool("AveragePool", layers[5])
        channels, side_px = max(self.channels, inner_channels), max(self.side_px, inner_side_px)
        self.pad(channels, side_px)
        skipped = self.top
        self.top, self.channels, self.side_px = inner, inner_channels, inner_side_px
        self.pad(channels, side_px)
        self.add("Add", self.top, skipped)
        self.add("Relu", self.top)

    def output(self, layer: Layer) -> None:
        """Mean of each channel, then the last matrix, as a 1x1 convolution: its sums do not depend on the batch."""
        outputs, inputs = layer.numbers
        if layer.weights.size != outputs * inputs or inputs != self.channels:
            raise damaged("a last matrix of another shape")
        self.add("GlobalAveragePool", self.top)
        matrix = np.ascontiguousarray(layer.weights.reshape(inputs, outputs).T).reshape(outputs, inputs, 1, 1)
        self.add("Conv", self.top, self.constant(matrix), kernel_shape=[1, 1])
        self.add("Flatten", self.top, axis=1)


def build_embedder(data: bytes) -> bytes:
    """The network as an ONNX file: input `chips` uint8 (N, 150, 150, 3) RGB, output `templates` float32 (N, 128).

    The output is dlib's own descriptor, not normalised. `data` is the content of
    dlib_face_recognition_resnet_model_v1.dat; DamagedError when it holds anything else.
    """
    layers = read_layers(data)
    graph = _Graph()
    graph.input()
    # 1. The stem: convolution, scale, ReLU, maximum of 3x3.
    _expect(layers[:4], LayerKind.CONVOLUTION, LayerKind.SCALE, LayerKind.RELU, LayerKind.MAX_POOL)
    graph.convolution(layers[0], layers[1])
    graph.add("Relu", graph.top)
    graph.pool("MaxPool", layers[3])
    # 2. The residual blocks, up to the global mean.
    position = 4
    while position < len(layers) and layers[position].kind is LayerKind.CONVOLUTION:
        length = 8 if layers[position + 5].kind is LayerKind.MEAN_POOL else 7
        block = layers[position : position + length]
        _expect(block[:2], LayerKind.CONVOLUTION, LayerKind.SCALE)
        _expect(block[-2:], LayerKind.SUM, LayerKind.RELU)
        graph.block(block)
        position += length
    # 3. The global mean and the last matrix.
    _expect(layers[position:], LayerKind.MEAN_POOL, LayerKind.DENSE)
    graph.output(layers[position + 1])
    return _serialise(graph)


def _expect(layers: list[Layer], *kinds: LayerKind) -> None:
    if tuple(layer.kind for layer in layers) != kinds:
        raise damaged("its layers in another order")


def _serialise(graph: _Graph) -> bytes:
    graph.nodes[-1].output[0] = "templates"
    side = INPUT_PX
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "dlib_resnet_v1",
            [helper.make_tensor_value_info("chips", TensorProto.UINT8, ["faces", side, side, 3])],
            [helper.make_tensor_value_info("templates", TensorProto.FLOAT, ["faces", DIMENSION])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        producer_name="facewarden",
        ir_version=_IR_VERSION,
    )
    onnx.checker.check_model(model)
    serialised: bytes = model.SerializeToString()
    return serialised
