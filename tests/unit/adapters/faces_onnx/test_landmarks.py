"""The landmark trees: read, kept and run as dlib runs them."""

import numpy as np
import pytest

from facewarden.adapters.faces_onnx.landmarks import LandmarkFinder, ShapeModel, read_shape_model
from facewarden.errors import DamagedError

BOXES = np.array([[20, 30, 119, 129], [-15, -10, 60, 65], [100, 60, 239, 199]], np.int64)


@pytest.fixture(scope="module")
def model(trees_file):
    return read_shape_model(trees_file)


def test_the_finder_agrees_with_the_algorithm_spelled_out(model, photo):
    found = LandmarkFinder(model).find(photo, BOXES)
    for box, points in zip(BOXES, found, strict=True):
        assert np.array_equal(points, _spelled_out(model, photo, box))


def test_each_face_gets_what_it_gets_alone(model, photo):
    finder = LandmarkFinder(model)
    together = finder.find(photo, BOXES)
    for row in range(len(BOXES)):
        assert np.array_equal(finder.find(photo, BOXES[row : row + 1])[0], together[row])


def test_many_photos_together_give_each_face_what_it_gets_alone(model, photo):
    finder = LandmarkFinder(model)
    photos = [photo, photo[:50, :70], photo[::-1], photo[:, ::2]] * 8
    none = np.empty((0, 4), np.int64)
    boxes = [BOXES, BOXES[:1], none, BOXES[1:]] * 8
    together = finder.find_all(photos, boxes)
    alone = [finder.find(image, part) for image, part in zip(photos, boxes, strict=True)]
    assert np.array_equal(together, np.concatenate(alone))
    assert finder.find_all([], []).shape == (0, 5, 2)


def test_no_box_gives_no_landmarks(model, photo):
    assert LandmarkFinder(model).find(photo, np.empty((0, 4), np.int64)).shape == (0, 5, 2)


def test_the_kept_model_is_the_read_one(model):
    kept = ShapeModel.from_bytes(model.to_bytes())
    for name in ShapeModel.__slots__:
        assert np.array_equal(getattr(kept, name), getattr(model, name))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"not an archive"])
def test_anything_else_than_a_kept_model_is_damaged(data):
    with pytest.raises(DamagedError):
        ShapeModel.from_bytes(data)


def test_a_cut_or_grown_file_is_damaged(trees_file):
    for cut in (0, 1, 50, len(trees_file) // 2, len(trees_file) - 1):
        with pytest.raises(DamagedError):
            read_shape_model(trees_file[:cut])
    with pytest.raises(DamagedError):
        read_shape_model(trees_file + b"\x01\x00")


def test_trees_trained_by_dlib_give_the_landmarks_that_dlib_gives(tmp_path):
    dlib = pytest.importorskip("dlib")
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (90, 90, 3), dtype=np.uint8) for _ in range(6)]
    square = dlib.rectangle(10, 12, 70, 72)
    places = [(60, 30), (48, 31), (20, 30), (32, 31), (40, 55)]
    truths = []
    for _ in pictures:
        parts = [dlib.point(x + int(rng.integers(-4, 5)), y + int(rng.integers(-4, 5))) for x, y in places]
        truths.append([dlib.full_object_detection(square, parts)])
    options = dlib.shape_predictor_training_options()
    options.cascade_depth, options.num_trees_per_cascade_level, options.tree_depth = 4, 20, 3
    options.oversampling_amount, options.feature_pool_size, options.num_test_splits = 3, 60, 5
    options.num_threads = 1
    predictor = dlib.train_shape_predictor(pictures, truths, options)
    predictor.save(str(tmp_path / "trees.dat"))

    finder = LandmarkFinder(read_shape_model((tmp_path / "trees.dat").read_bytes()))
    for picture in pictures:
        for box in ((10, 12, 70, 72), (-20, 5, 40, 65), (30, 40, 110, 120)):
            expected = [(part.x, part.y) for part in predictor(picture, dlib.rectangle(*box)).parts()]
            assert finder.find(picture, np.array([box]))[0].tolist() == [list(part) for part in expected]


def _spelled_out(model, image, box):
    """One face, point by point and tree by tree, in the words of the paper."""
    corner, extent = box[:2].astype(np.float64), (box[2:] - box[:2]).astype(np.float64)
    mean = model.mean_shape.astype(np.float64)
    shape = model.mean_shape.copy()
    for cascade in range(len(model.anchors)):
        turn = _similarity(mean, shape.astype(np.float64)).astype(np.float32)
        values = []
        for anchor, offset in zip(model.anchors[cascade], model.offsets[cascade], strict=True):
            turned = np.array(
                [turn[0, 0] * offset[0] + turn[0, 1] * offset[1], turn[1, 0] * offset[0] + turn[1, 1] * offset[1]]
            )
            x, y = np.floor((turned + shape[anchor]).astype(np.float64) * extent + corner + 0.5).astype(int)
            inside = 0 <= x < image.shape[1] and 0 <= y < image.shape[0]
            values.append(np.float32(int(image[y, x].astype(int).sum()) // 3 if inside else 0))
        for tree in range(model.thresholds.shape[1]):
            node, splits = 0, model.thresholds.shape[2]
            while node < splits:
                first, second = model.splits[cascade, :, tree, node]
                left = values[first] - values[second] > model.thresholds[cascade, tree, node]
                node = 2 * node + (1 if left else 2)
            shape = shape + model.leaves[cascade, tree, node - splits].reshape(5, 2)
    return np.floor(shape.astype(np.float64) * extent + corner + 0.5).astype(np.int64)


def _similarity(source, target):
    """Umeyama's rotation and scale, by singular values."""
    centred, aimed = source - source.mean(axis=0), target - target.mean(axis=0)
    left, weights, right = np.linalg.svd(aimed.T @ centred / len(source))
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    return left @ np.diag(signs) @ right * (weights * signs).sum() / (centred**2).sum() * len(source)
