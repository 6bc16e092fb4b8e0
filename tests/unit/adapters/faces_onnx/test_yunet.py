"""YuNet's grids are read as boxes, scores and landmarks in pixels of its input."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.yunet import STRIDES_PX, read_sightings

SIDE_PX = 64


@pytest.fixture
def grids():
    """Empty grids of an input of 64 pixels: for each stride class, object, box and landmarks."""
    return [
        np.zeros((1, SIDE_PX // stride, SIDE_PX // stride, channels), np.float32)
        for stride in STRIDES_PX
        for channels in (1, 1, 4, 10)
    ]


def _put(grids, place, row, column, score, box, points):
    classes, objects, boxes, marks = grids[4 * place : 4 * place + 4]
    classes[0, row, column], objects[0, row, column] = score, score
    boxes[0, row, column] = box
    marks[0, row, column] = np.ravel(points)


def test_an_empty_photo_has_no_face(grids):
    seen = read_sightings(grids, 0.1)
    assert seen.boxes.shape == (0, 4)
    assert len(seen.scores) == 0


def test_a_cell_tells_box_and_landmarks_in_cells_from_its_corner(grids):
    points = [(0, 0), (1, 0), (0.5, 0.5), (0, 1), (1, -1)]
    _put(grids, 1, row=1, column=2, score=0.8, box=(0.5, 0.25, np.log(2), np.log(1)), points=points)
    seen = read_sightings(grids, 0.5)
    # Column 2 and row 1 of 16 pixels: the centre at (2.5, 1.25) cells, two cells wide and one high.
    assert seen.boxes == pytest.approx(np.array([[24.0, 12.0, 56.0, 28.0]]))
    assert seen.scores == pytest.approx([0.8])
    assert seen.points[0] == pytest.approx(np.array([(32, 16), (48, 16), (40, 24), (32, 32), (48, 0)]))


def test_the_score_is_the_root_of_both_and_counts_from_the_floor_on(grids):
    classes, objects = grids[0], grids[1]
    classes[0, 0, 0], objects[0, 0, 0] = 0.25, 1.0
    classes[0, 7, 7], objects[0, 7, 7] = 1.0, 0.2
    assert read_sightings(grids, 0.5).scores == pytest.approx([0.5])
    assert len(read_sightings(grids, 0.4).scores) == 2
    assert len(read_sightings(grids, 0.51).scores) == 0


def test_the_same_face_in_two_grids_is_one_and_the_surest_stays_with_its_landmarks(grids):
    _put(grids, 0, row=4, column=4, score=0.7, box=(0, 0, np.log(4), np.log(4)), points=[(0, 0)] * 5)
    _put(grids, 1, row=2, column=2, score=0.9, box=(0, 0, np.log(2), np.log(2)), points=[(1, 1)] * 5)
    _put(grids, 2, row=0, column=0, score=0.6, box=(0, 0, np.log(0.25), np.log(0.25)), points=[(0, 0)] * 5)
    seen = read_sightings(grids, 0.5)
    assert seen.scores == pytest.approx([0.9, 0.6])
    assert seen.points[0] == pytest.approx(np.full((5, 2), 48.0))


def test_faces_of_two_looks_are_joined_with_their_landmarks(grids):
    _put(grids, 0, row=1, column=1, score=0.7, box=(0, 0, 0, 0), points=[(0, 0)] * 5)
    first = read_sightings(grids, 0.5)
    larger = first.scaled(4.0, 2.0)
    assert larger.boxes == pytest.approx(first.boxes * (4, 2, 4, 2))
    joined = first.joined(larger)
    assert joined.points.shape == (2, 5, 2)
    empty = read_sightings(grids, 0.99)
    assert empty.joined(first).scores == first.joined(empty).scores == pytest.approx([0.7])
    assert empty.joined(empty).points.shape[0] == 0
