"""The default pack on real portraits, where they lie beside the project: what no drawn face can show."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facewarden.adapters.faces_onnx.pack import open_pack
from facewarden.adapters.faces_onnx.weights import SOURCES_FOLDER

PORTRAITS = Path(__file__).parents[4] / "shared" / "portraits"
pytestmark = [
    pytest.mark.portraits,
    pytest.mark.models,
    pytest.mark.skipif(not PORTRAITS.is_dir(), reason="there are no portraits beside the project"),
]


@pytest.fixture(scope="module")
def engine(models_dir):
    return open_pack(models_dir)


@pytest.fixture(scope="module")
def photos():
    """Eight probes and eight gallery pictures, of many sizes."""
    paths = [path for kind in ("probes", "gallery") for path in sorted((PORTRAITS / kind).glob("*.jpg"))[:8]]
    return [np.array(Image.open(path).convert("RGB")) for path in paths]


def _crowd(tile_px):
    """Twenty-four portraits in one photo."""
    paths = sorted((PORTRAITS / "probes").glob("*.jpg"))[:24]
    crowd = Image.new("RGB", (6 * tile_px, 4 * tile_px), (120, 130, 140))
    for place, path in enumerate(paths):
        tile = Image.open(path).convert("RGB").resize((tile_px, tile_px), Image.Resampling.LANCZOS)
        crowd.paste(tile, (place % 6 * tile_px, place // 6 * tile_px))
    return np.array(crowd)


def test_every_face_of_a_crowd_is_found_and_large_enough(engine):
    (faces,) = engine.detect([_crowd(100)])
    assert len(faces) == 24
    assert all("size_px" not in face.quality.failing() for face in faces)
    areas = [face.box.area_px for face in faces]
    assert areas == sorted(areas, reverse=True)


def test_faces_of_twelve_pixels_are_seen_and_said_to_be_too_small(engine):
    (faces,) = engine.detect([_crowd(28)])
    assert len(faces) >= 12
    assert all("size_px" in face.quality.failing() for face in faces)


def test_a_batch_gives_each_photo_exactly_what_it_gets_alone(engine, photos):
    together = engine.detect(photos)
    faces = [found[0] for found in together]
    templates = engine.templates(photos, faces, views=6)
    for place, photo in enumerate(photos):
        assert engine.detect([photo])[0] == together[place]
        assert np.array_equal(engine.templates([photo], [faces[place]], views=6)[0], templates[place])


def test_chips_equal_dlibs_from_the_same_box(engine, models_dir, photos):
    dlib = pytest.importorskip("dlib")
    predictor = dlib.shape_predictor(str(models_dir / SOURCES_FOLDER / "shape_predictor_5_face_landmarks.dat"))
    detector = dlib.get_frontal_face_detector()
    compared = 0
    for photo in photos:
        for box in detector(photo):
            shape = predictor(photo, box)
            expected = dlib.get_face_chip(photo, shape, size=150, padding=0.25).astype(int)
            edges = np.array([[box.left(), box.top(), box.right(), box.bottom()]])
            points = engine._alignment.finder.find(photo, edges)[0]
            assert points.tolist() == [[part.x, part.y] for part in shape.parts()]
            face = engine.detect([photo])[0][0]
            chip = engine.chips([photo], [_with_landmarks(face, points)])[0]
            assert np.abs(chip.astype(int) - expected).max() <= 1
            compared += 1
    assert compared >= 8


def test_a_turned_head_and_a_tilted_photo_are_measured_to_the_right_side(engine, photos):
    photo = photos[0]
    face = engine.detect([photo])[0][0]
    mirrored = engine.detect([np.ascontiguousarray(photo[:, ::-1])])[0][0]
    assert mirrored.quality.yaw_deg == pytest.approx(-face.quality.yaw_deg, abs=6.0)
    tilted = np.array(Image.fromarray(photo).rotate(-25, resample=Image.Resampling.BILINEAR))
    change_deg = engine.detect([tilted])[0][0].quality.roll_deg - face.quality.roll_deg
    assert change_deg == pytest.approx(25.0, abs=5.0)


def _with_landmarks(face, points):
    return type(face)(face.box, face.score, tuple((float(x), float(y)) for x, y in points), face.quality)
