"""At which sizes a photo is looked at, and how boxes are read from the network's output."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.centerface import read_sightings
from facewarden.adapters.faces_onnx.detector import FaceDetector, LookSizes
from facewarden.adapters.faces_onnx.sightings import once_each


class SquareSeer:
    """Stands in for the network: sees white squares on black that are at least 24 pixels high in its input."""

    def __init__(self):
        self.looked_px = []

    def __call__(self, photo):
        height, width = photo.shape[1:3]
        self.looked_px.append(max(height, width))
        heat = np.zeros((1, 1, height // 4, width // 4), np.float32)
        sizes, offsets = np.zeros((1, 2, *heat.shape[2:]), np.float32), np.zeros((1, 2, *heat.shape[2:]), np.float32)
        lit = photo[0, :, :, 0] > 127
        rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
        if len(rows) and len(rows) >= 24:
            row, column = int(rows.mean()) // 4, int(columns.mean()) // 4
            heat[0, 0, row, column] = 0.9
            sizes[0, :, row, column] = np.log([len(rows) / 4, len(columns) / 4])
        return heat, sizes, offsets


def _photo(width, height, square_px):
    image = np.zeros((height, width, 3), np.uint8)
    left, top = (width - square_px) // 2, (height - square_px) // 2
    image[top : top + square_px, left : left + square_px] = 255
    return image


def test_a_portrait_is_looked_at_once_and_small():
    network = SquareSeer()
    seen = FaceDetector(network).detect(_photo(480, 600, 240))
    assert network.looked_px == [192]
    left, top, right, bottom = seen.boxes[0]
    assert (left + right) / 2 == pytest.approx(240, abs=8)
    assert (top + bottom) / 2 == pytest.approx(300, abs=8)
    assert bottom - top == pytest.approx(240, abs=8)


def test_a_photo_without_a_large_face_is_looked_at_in_full():
    network = SquareSeer()
    seen = FaceDetector(network).detect(_photo(1000, 800, 30))
    assert network.looked_px == [192, 320, 1024]
    assert seen.boxes[0, 3] - seen.boxes[0, 1] == pytest.approx(30, abs=3)


def test_a_face_of_twelve_pixels_is_seen_when_nothing_else_is():
    network = SquareSeer()
    seen = FaceDetector(network).detect(_photo(400, 300, 13))
    assert network.looked_px == [192, 320, 416, 800]
    assert seen.boxes[0, 3] - seen.boxes[0, 1] == pytest.approx(13, abs=2)


def test_an_empty_photo_has_no_face():
    assert not len(FaceDetector(SquareSeer()).detect(_photo(400, 300, 0)).scores)


def test_the_smallest_face_and_the_largest_input_can_be_chosen():
    network = SquareSeer()
    FaceDetector(network, LookSizes(smallest_px=48, longest_px=640)).detect(_photo(2000, 1500, 20))
    assert network.looked_px == [192, 320, 640]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 900), (900, 2), (31, 33)])
def test_odd_shapes_are_looked_at_without_harm(width, height):
    assert not len(FaceDetector(SquareSeer()).detect(_photo(width, height, 0)).scores)


def test_a_score_at_the_floor_counts_and_below_it_does_not():
    heat = np.zeros((1, 1, 4, 4), np.float32)
    heat[0, 0, 1, 1], heat[0, 0, 3, 3] = 0.5, 0.49
    zeros = np.zeros((1, 2, 4, 4), np.float32)
    seen = read_sightings([heat, zeros, zeros], 0.5)
    assert seen.scores.tolist() == [0.5]
    assert seen.boxes.tolist() == [[4.0, 4.0, 8.0, 8.0]]


def test_two_boxes_on_one_face_count_once_and_neighbours_twice():
    boxes = np.array([[0.0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10]])
    kept = once_each(boxes, np.array([0.6, 0.9, 0.5]))
    assert kept.boxes.tolist() == [[1, 0, 11, 10], [30, 0, 40, 10]]
    assert kept.scores.tolist() == [0.9, 0.5]
