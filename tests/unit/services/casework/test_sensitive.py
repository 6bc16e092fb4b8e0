"""Of a sensitive probe the faces alone come, from the coarsest look that shows one, each where it is said to be."""

import io

import numpy as np
import pytest
from PIL import Image

from facewarden.domain.searches import Edit, EditKind
from facewarden.errors import BadPhotoError
from facewarden.services.casework.probes import edited
from facewarden.services.casework.sensitive import LOOK_SIDES_PX, faces_alone, unturned
from tests.unit.web.fakes import Decoder, Engine, drawn


class Watched(Decoder):
    """Remembers how large each look was, and hands out no whole photo."""

    def __init__(self):
        self.looks = []

    def glance(self, content, *, max_side_px):
        self.looks.append(max_side_px)
        return super().glance(content, max_side_px=max_side_px)

    def decode(self, files):
        raise AssertionError("the whole photo was decoded")

    def render(self, content, *, max_side_px, crop):
        raise AssertionError("the photo was shown")


class FarSighted(Engine):
    """Sees nothing in a coarse picture."""

    def detect(self, images):
        return [
            () if max(image.shape) <= LOOK_SIDES_PX[0] else super(FarSighted, self).detect([image])[0]
            for image in images
        ]


def test_faces_are_cut_out_after_one_coarse_look_and_are_where_they_are_said_to_be():
    decoder = Watched()
    alone = faces_alone(drawn(2, 4, 1, size=(2400, 1600), radius=200), decoder, Engine())
    assert decoder.looks == [LOOK_SIDES_PX[0]]
    assert len(alone.faces) == 3
    (seen,) = Engine().detect([alone.sheet])
    assert all(any(face.box.overlap(other.box) > 0.9 for other in seen) for face in alone.faces)
    assert alone.turn is None


def test_a_finer_look_is_taken_only_where_the_coarse_one_shows_no_face():
    decoder = Watched()
    photo = drawn(2, size=(2400, 1600), radius=200)
    assert len(faces_alone(photo, decoder, FarSighted()).faces) == 1
    assert decoder.looks == list(LOOK_SIDES_PX)


def test_a_picture_of_nobody_is_refused_without_a_finer_look_where_there_is_none():
    decoder = Watched()
    with pytest.raises(BadPhotoError) as caught:
        faces_alone(drawn(size=(400, 300)), decoder, Engine())
    assert caught.value.code == "no_face"
    assert decoder.looks == [LOOK_SIDES_PX[0]]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_part_of_a_turned_picture_is_found_where_it_lay_before(degrees):
    picture = np.random.default_rng(5).integers(0, 256, (60, 90, 3)).astype(np.uint8)
    turn = [Edit(EditKind.ROTATE, (float(degrees),))] if degrees else []
    turned = edited(picture, turn)
    left, top, right, bottom = 7, 11, 40, 31
    was = unturned((left, top, right, bottom), degrees, (turned.shape[1], turned.shape[0]))
    part = picture[was[1] : was[3], was[0] : was[2]]
    assert (edited(part, turn) == turned[top:bottom, left:right]).all()


class OneWayUp(Engine):
    """Sees faces only where the picture is lighter at its top than at its bottom."""

    def detect(self, images):
        return [super(OneWayUp, self).detect([im])[0] if im[:5].mean() > im[-5:].mean() + 20 else () for im in images]


def test_a_picture_on_its_head_gives_upright_faces():
    picture = np.asarray(Image.open(io.BytesIO(drawn(2)))).copy()
    picture[-40:] = 255  # what becomes the top
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    alone = faces_alone(content.getvalue(), Watched(), OneWayUp())
    assert alone.turn == Edit(EditKind.ROTATE, (180.0,))
    (face,) = alone.faces
    (seen,) = Engine().detect([alone.sheet])[0]
    assert seen.box.overlap(face.box) > 0.8
