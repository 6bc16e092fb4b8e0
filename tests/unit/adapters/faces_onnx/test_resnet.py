"""The embedder's graph, with random weights in dlib's format."""

import numpy as np
import onnxruntime
import pytest

from facewarden.adapters.faces_onnx.resnet import LayerKind, build_embedder, read_layers
from facewarden.errors import DamagedError


@pytest.fixture(scope="module")
def session(resnet_file):
    return onnxruntime.InferenceSession(build_embedder(resnet_file), providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def chips():
    return np.random.default_rng(5).integers(0, 256, (5, 150, 150, 3), dtype=np.uint8)


def test_every_layer_is_read_in_its_order(resnet_file):
    layers = read_layers(resnet_file)
    assert sum(layer.kind is LayerKind.CONVOLUTION for layer in layers) == 29
    assert [layer.kind for layer in layers[:3]] == [LayerKind.CONVOLUTION, LayerKind.SCALE, LayerKind.RELU]
    assert layers[-1].kind is LayerKind.DENSE


def test_a_batch_gives_each_chip_exactly_what_it_gets_alone(session, chips):
    together = session.run(None, {"chips": chips})[0]
    assert together.shape == (5, 128)
    for row in range(5):
        assert np.array_equal(session.run(None, {"chips": chips[row : row + 1]})[0][0], together[row])


def test_the_first_block_equals_a_plain_computation(resnet_file, chips):
    """The stem and one block by loops of numpy, against the same graph cut off there."""
    layers = read_layers(resnet_file)
    plain = (chips[:1].astype(np.float64) - (122.782, 117.001, 104.298)) / 256
    plain = _pool(np.maximum(_convolve(plain[0].transpose(2, 0, 1), layers[0], layers[1]), 0))
    inner = np.maximum(_convolve(plain, layers[4], layers[5]), 0)
    expected = np.maximum(_convolve(inner, layers[7], layers[8]) + plain, 0)

    import onnx

    model = onnx.load_from_string(build_embedder(resnet_file))
    second_sum = next(node for node in model.graph.node if node.op_type == "Add")
    after = next(node for node in model.graph.node if second_sum.output[0] in node.input)
    model.graph.output.append(onnx.helper.make_tensor_value_info(after.output[0], onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    actual = session.run([after.output[0]], {"chips": chips[:1]})[0][0]
    assert actual.shape == expected.shape == (32, 35, 35)
    assert np.abs(actual - expected).max() < 1e-4


def test_a_file_without_all_its_layers_is_damaged(resnet_file):
    for cut in (0, 100, len(resnet_file) // 2, len(resnet_file) - 1):
        with pytest.raises(DamagedError):
            build_embedder(resnet_file[:cut])


def test_a_layer_of_another_shape_is_damaged(resnet_file):
    start = resnet_file.index(b"\x01\x20\x01\x07\x01\x07")
    with pytest.raises(DamagedError):
        build_embedder(resnet_file[:start] + b"\x01\x21" + resnet_file[start + 2 :])


def _convolve(planes, layer, scale):
    filters, size, _, stride, _, padding, _ = layer.numbers
    weights = layer.weights[:-filters].reshape(filters, planes.shape[0], size, size).astype(np.float64)
    padded = np.pad(planes, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    sums = np.einsum("crsij,fcij->frs", windows, weights) + layer.weights[-filters:, None, None]
    return sums * scale.weights[:filters, None, None] + scale.weights[filters:, None, None]


def _pool(planes):
    return np.lib.stride_tricks.sliding_window_view(planes, (3, 3), axis=(1, 2))[:, ::2, ::2].max(axis=(3, 4))
