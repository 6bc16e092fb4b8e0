"""The rasteriser: which pixels a triangle covers and which triangle is nearest."""

import numpy as np

from facewarden.testing.population.raster import rasterise

NONE = np.zeros(0, np.int32)
# counter-clockwise as seen, with y downward
NEAR = np.array([[0, 1, 2]], np.int32)
POINTS = np.array([[0, 0], [0, 8], [8, 0]], np.float32)


def test_a_triangle_covers_the_pixels_whose_centres_lie_inside_it() -> None:
    hits = rasterise(POINTS, np.zeros(3, np.float32), NEAR, 8, 8, NONE)
    expected = [y * 8 + x for y in range(8) for x in range(8) if x + 0.5 + y + 0.5 <= 8]
    assert sorted(hits.pixels.tolist()) == expected


def test_a_triangle_seen_from_behind_is_drawn_only_when_asked() -> None:
    backwards = NEAR[:, ::-1].copy()
    assert len(rasterise(POINTS, np.zeros(3, np.float32), backwards, 8, 8, NONE).pixels) == 0
    both = np.array([0], np.int32)
    assert len(rasterise(POINTS, np.zeros(3, np.float32), backwards, 8, 8, both).pixels) == 36


def test_the_nearer_triangle_wins_whatever_the_order() -> None:
    points = np.concatenate([POINTS, POINTS])
    nearness = np.array([1, 1, 1, 2, 2, 2], np.float32)
    for faces in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        hits = rasterise(points, nearness, np.array(faces, np.int32), 8, 8, NONE)
        assert set(hits.corners.ravel().tolist()) == {3, 4, 5}
        assert len(np.unique(hits.pixels)) == len(hits.pixels)


def test_values_are_interpolated_at_the_pixel_centre() -> None:
    hits = rasterise(POINTS, np.zeros(3, np.float32), NEAR, 8, 8, NONE)
    across = hits.spread(POINTS)
    np.testing.assert_allclose(across[:, 0], hits.pixels % 8 + 0.5, atol=1e-4)
    np.testing.assert_allclose(across[:, 1], hits.pixels // 8 + 0.5, atol=1e-4)


def test_triangles_outside_the_picture_leave_no_hit() -> None:
    hits = rasterise(POINTS + 100, np.zeros(3, np.float32), NEAR, 8, 8, NONE)
    assert len(hits.pixels) == 0
