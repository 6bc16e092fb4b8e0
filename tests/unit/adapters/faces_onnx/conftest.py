"""Writes files in dlib's format, so that the readers are tried without the published weights."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray


class DlibWriter:
    """Grows the bytes of a dlib file, value after value."""

    def __init__(self) -> None:
        self.data = b""

    def integer(self, *values: int) -> "DlibWriter":
        for value in values:
            size = max((abs(value).bit_length() + 7) // 8, 1)
            sign = 0x80 if value < 0 else 0
            self.data += bytes([sign | size]) + abs(value).to_bytes(size, "little")
        return self

    def number(self, *values: float) -> "DlibWriter":
        for value in values:
            mantissa, exponent = np.frexp(np.float32(value))
            self.integer(int(mantissa * 2**24), int(exponent) - 24)
        return self

    def vector(self, values: Iterable[float]) -> "DlibWriter":
        items = list(values)
        return self.integer(-len(items), -1).number(*items)

    def tensor(self, values: NDArray[np.float32]) -> "DlibWriter":
        self.integer(2, values.size, 1, 1, 1)
        self.data += values.astype("<f4").tobytes()
        return self

    def tag(self, name: str) -> "DlibWriter":
        self.integer(len(name))
        self.data += name.encode()
        return self


@pytest.fixture
def writer() -> DlibWriter:
    return DlibWriter()


def write_resnet(rng: np.random.Generator) -> bytes:
    """A stream of layers like dlib's face recognition network, with random weights."""
    file = DlibWriter()

    def convolution(inputs: int, filters: int, size: int, stride: int) -> None:
        count = filters * inputs * size * size + filters
        padding = 0 if stride == 2 else size // 2
        spread = 1.0 / np.sqrt(inputs * size * size)
        file.tag("con_4").tensor(rng.normal(0, spread, count).astype(np.float32))
        file.integer(filters, size, size, stride, stride, padding, padding)
        file.tag("affine_").tensor(rng.normal(0.5, 0.1, 2 * filters).astype(np.float32))

    def block(inputs: int, filters: int, *, down: bool) -> None:
        convolution(inputs, filters, 3, 2 if down else 1)
        file.tag("relu_")
        convolution(filters, filters, 3, 1)
        if down:
            file.tag("avg_pool_2").integer(2, 2, 2, 2, 0, 0)
        file.tag("add_prev_")
        file.tag("relu_")

    convolution(3, 32, 7, 2)
    file.tag("relu_").tag("max_pool_2").integer(3, 3, 2, 2, 0, 0)
    channels = 32
    for filters, down, repeats in ((32, False, 3), (64, True, 4), (128, True, 3), (256, True, 3), (256, True, 1)):
        for repeat in range(repeats):
            block(channels, filters, down=down and repeat == 0)
            channels = filters
    file.tag("avg_pool_2").integer(0, 0, 1, 1, 0, 0)
    file.tag("fc_2").integer(128, 256).tensor(rng.normal(0, 0.1, 128 * 256).astype(np.float32))
    return file.data


@pytest.fixture(scope="session")
def resnet_file() -> bytes:
    return write_resnet(np.random.default_rng(7))


def write_trees(rng: np.random.Generator, cascades: int = 3, trees: int = 4, depth: int = 2, pixels: int = 20) -> bytes:
    """Landmark trees in dlib's format: five landmarks, random splits and leaves."""
    file = DlibWriter().integer(1)
    file.vector([0.8, 0.3, 0.6, 0.3, 0.2, 0.3, 0.4, 0.3, 0.5, 0.7])
    splits = 2**depth - 1
    file.integer(cascades)
    for _ in range(cascades):
        file.integer(trees)
        for _ in range(trees):
            file.integer(splits)
            for _ in range(splits):
                file.integer(*(int(place) for place in rng.integers(0, pixels, 2)))
                file.number(float(rng.normal(0, 20)))
            file.integer(splits + 1)
            for _ in range(splits + 1):
                file.vector(rng.normal(0, 0.01, 10))
    file.integer(cascades)
    for _ in range(cascades):
        file.integer(pixels, *(int(anchor) for anchor in rng.integers(0, 5, pixels)))
    file.integer(cascades)
    for _ in range(cascades):
        file.integer(pixels).number(*rng.normal(0, 0.2, 2 * pixels))
    return file.data


@pytest.fixture(scope="session")
def trees_file() -> bytes:
    return write_trees(np.random.default_rng(11))


@pytest.fixture(scope="session")
def photo() -> NDArray[np.uint8]:
    """A smooth coloured picture of 160 x 200 pixels, the same each time."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (9, 11, 3)).astype(np.float64)
    rows, columns = np.linspace(0, 7.99, 160), np.linspace(0, 9.99, 200)
    top, left = rows.astype(int), columns.astype(int)
    down, across = (rows - top)[:, None, None], (columns - left)[None, :, None]
    upper = coarse[top][:, left] * (1 - across) + coarse[top][:, left + 1] * across
    lower = coarse[top + 1][:, left] * (1 - across) + coarse[top + 1][:, left + 1] * across
    return (upper * (1 - down) + lower * down).astype(np.uint8)
