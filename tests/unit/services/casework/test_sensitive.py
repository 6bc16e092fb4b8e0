"""Of a sensitive probe the faces alone come, from the coarsest look that shows one, each where it is said to be."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from facewarden.domain.photos import DecodedPhoto, PhotoFormat, PhotoMetadata
from facewarden.domain.searches import Edit, EditKind
from facewarden.errors import BadPhotoError
from facewarden.services.casework.probes import edited
from facewarden.services.casework.sensitive import LOOK_SIDES_PX, TURN_SIDE_PX, faces_alone, see_upright, unturned
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


class SureWhenUpright(Engine):
    """Sees faces however they lie, a little surer where the picture is lighter at its top; counts the looks."""

    def __init__(self, surer_by, roll_deg=1.0):
        self.looks, self.surer_by, self.roll_deg = 0, surer_by, roll_deg

    def detect(self, images):
        self.looks += len(images)
        found = super().detect(images)
        return [tuple(self._felt(face, image) for face in seen) for seen, image in zip(found, images, strict=True)]

    def _felt(self, face, image):
        light = image.astype(int).sum(axis=2)
        top, bottom = light[: len(light) // 3].mean(), light[-(len(light) // 3) :].mean()
        surer = self.surer_by if top > bottom + 5 else 0.0
        return replace(face, score=0.9 + surer, quality=replace(face.quality, roll_deg=self.roll_deg))


def lit_from_below():
    picture = np.asarray(Image.open(io.BytesIO(drawn(2)))).copy()
    picture[-len(picture) // 3 :] = np.minimum(picture[-len(picture) // 3 :].astype(int) + 60, 255)
    return DecodedPhoto(picture, PhotoFormat.PNG, PhotoMetadata())


def test_a_face_that_the_detector_sees_upside_down_is_turned():
    seen, turn = see_upright(lit_from_below(), SureWhenUpright(0.05))
    assert turn == Edit(EditKind.ROTATE, (180.0,))
    assert len(seen.faces) == 1


def test_a_face_is_left_as_it_is_where_a_turn_is_surer_by_chance_alone():
    seen, turn = see_upright(lit_from_below(), SureWhenUpright(0.01))
    assert turn is None
    assert len(seen.faces) == 1


class SureOfTheWhole(SureWhenUpright):
    """As sure of a small look in every turn, but for chance; in doubt of a whole picture unless it is upright."""

    def __init__(self, turned_score):
        super().__init__(0.01)
        self.turned_score = turned_score

    def _felt(self, face, image):
        felt = super()._felt(face, image)
        if len(image) <= 2 * TURN_SIDE_PX:
            return felt
        return replace(felt, score=self.turned_score if felt.score > 0.9 else 0.4)


@pytest.mark.parametrize(("turned_score", "turned"), [(0.9, True), (0.44, False)])
def test_where_small_looks_cannot_tell_the_whole_picture_is_asked_once_more(turned_score, turned):
    engine = SureOfTheWhole(turned_score)
    _, turn = see_upright(lit_from_below(), engine)
    assert (turn is not None) == turned
    assert engine.looks == (7 if turned else 6)


def test_where_time_counts_only_a_doubtful_face_is_looked_at_in_every_turn():
    sure, tilted = SureWhenUpright(0.05), SureWhenUpright(0.05, roll_deg=25.0)
    assert see_upright(lit_from_below(), sure, in_doubt_only=True)[1] is None
    assert sure.looks == 1
    assert see_upright(lit_from_below(), tilted, in_doubt_only=True)[1] is not None
