"""Hard pictures, with the real decoder and detector: each ends in a search, or in a sentence that says what to do."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageFilter, ImageOps

from facewarden.domain.cases import Purpose
from facewarden.domain.searches import EditKind, ProbeKind, ProbeOrigin
from facewarden.errors import BadPhotoError

pytestmark = [pytest.mark.models, pytest.mark.slow]

ORIGIN = ProbeOrigin(ProbeKind.PHOTO, "attested by whoever sent it")


@pytest.fixture(scope="module")
def desk(_agency_template, tmp_path_factory):
    """The real search of one installation, and an investigator's case."""
    from facewarden.bootstrap import opening

    agency = _agency_template.copied(tmp_path_factory.mktemp("hard") / "agency")
    house = opening.open_installation(agency.settings)
    actor = house.sign_in.actor_of(house.sign_in.sign_in("ana", "tall-grass-in-wind-4"))
    case = house.cases.open(actor, "H-1", Purpose.INVESTIGATE_CRIME, "120")

    def see(content):
        probe = house.search.upload(actor, case, content, ORIGIN)
        return house.search.picture(actor, probe.probe_id)

    yield see
    house.close()


@pytest.fixture(scope="module")
def face(population):
    """One person's portrait as a picture."""
    return Image.open(io.BytesIO(population.photo(3, 2).content)).convert("RGB")


def file_of(picture, kind="JPEG"):
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def told(desk, content):
    """What is seen, or the error in which it ended."""
    try:
        return desk(content), None
    except BadPhotoError as error:
        return None, error


def pasted(size, *placed):
    sheet = Image.new("RGB", size, (190, 180, 165))
    for picture, at in placed:
        sheet.paste(picture, at)
    return sheet


def test_a_face_upside_down_or_on_its_side_is_found_and_its_turn_is_on_record_or_asked_for(desk, face):
    for degrees in (90, 180, 270):
        seen = desk(file_of(face.rotate(degrees, expand=True)))
        turned = [(edit.kind, edit.values) for edit in seen.probe.origin.edits]
        asked = any("turn the picture until the eyes are level" in note for note in seen.notes)
        # The lying face's own tilt proves nothing: of one upside down it may be measured as none.
        assert turned == [(EditKind.ROTATE, (float(degrees),))] or asked


def test_a_face_cut_off_by_the_edge_is_told(desk, face):
    seen = desk(file_of(face))
    box = seen.probe.faces[0].box
    scale = face.width / seen.width_px
    middle = int((box.left + 0.3 * box.width_px) * scale)
    cut = desk(file_of(face.crop((middle, 0, face.width, face.height))))
    assert any("cut off by the edge" in note for note in cut.notes)


def test_two_faces_that_touch_are_both_there(desk, face):
    box = desk(file_of(face)).probe.faces[0].box
    head = face.crop(tuple(int(v) for v in (box.left, box.top, box.right, box.bottom)))
    both = pasted((head.width * 2 + 200, head.height + 200), (head, (100, 100)), (head, (100 + head.width, 100)))
    seen, error = told(desk, file_of(both))
    assert len(seen.probe.faces) >= 1 if seen else "Crop the photo" in error.next_step


def test_of_a_group_of_sixty_it_is_said_to_crop(desk, face):
    small = face.resize((150, round(150 * face.height / face.width)))
    group = pasted(
        (150 * 10, small.height * 6), *((small, (150 * (n % 10), small.height * (n // 10))) for n in range(60))
    )
    seen = desk(file_of(group))
    assert len(seen.probe.faces) >= 50
    assert any("crop the picture around the one" in note for note in seen.notes)


def test_a_face_of_twelve_pixels_is_not_found_or_fails_a_floor(desk, face):
    box = desk(file_of(face)).probe.faces[0].box
    shrink = 12 / box.width_px
    tiny = face.resize((max(1, round(face.width * shrink)), max(1, round(face.height * shrink))))
    sheet = pasted((640, 480), (tiny, (300, 200)))
    seen, error = told(desk, file_of(sheet))
    if seen:
        assert "size_px" in seen.probe.faces[0].quality.failing()
    else:
        assert "smaller than the detector sees" in error.why
        assert "larger original" in error.next_step


def test_a_mirrored_face_is_found_like_the_other(desk, face):
    assert len(desk(file_of(ImageOps.mirror(face))).probe.faces) == 1


def test_a_screenshot_of_a_video_call_is_told(desk, face):
    tile = face.resize((480, 480)).filter(ImageFilter.GaussianBlur(1))
    screen = pasted((1920, 1080), (tile, (300, 200)), (ImageOps.mirror(tile), (1100, 200)))
    seen = desk(file_of(screen, "PNG"))
    assert any("screenshot" in note for note in seen.notes)
