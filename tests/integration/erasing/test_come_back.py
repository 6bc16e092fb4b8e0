"""Who was taken out does not come back: not by the same file, not altered, not by another photo."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from facewarden.testing.population.people import Population
from tests.conftest import INVESTIGATOR_PASSWORD
from tests.integration.erasing.conftest import OFFICER_PASSWORD, PERSON, Office, altered

WAYS = ("flipped", "re-encoded", "cropped", "smaller")


def _taken_out(office: Office) -> dict:
    photo = office.drawn / f"{PERSON:03}-0.jpg"
    office.ingest()
    request = office.shell.json("optout", "submit", photo, "--release-on-file")
    review = office.shell.json("optout", "list", request["request_id"])
    best = review["candidates"][0]
    assert best["similarity"] > 0.99, "the control: the person is in the gallery and is found"
    done = office.shell.json(
        "optout",
        "approve",
        request["request_id"],
        "--face",
        str(best["face_number"]),
        "--identity-checked",
        "in_person",
    )
    assert (done["photos"], done["faces"]) == (1, 1)
    return done


@pytest.mark.slow
def test_nobody_comes_back_by_any_photo(office: Office, population: Population, tmp_path: Path) -> None:
    _taken_out(office)
    original = (office.drawn / f"{PERSON:03}-0.jpg").read_bytes()
    back = tmp_path / "back"
    back.mkdir()
    (back / "same.jpg").write_bytes(original)
    for way in WAYS:
        (back / f"{way}.jpg").write_bytes(altered(original, way))
    (back / "other.jpg").write_bytes(altered(population.photo(PERSON, 1).content, "as it is"))
    again = office.shell.json("ingest", back, "--source", "drawn")
    assert again["admitted"] == 0, again
    assert again["refused"]["photo_barred"] == 4, "the file itself, and what is but a copy of it; a crop is not"
    assert again["suppressed"] == len(WAYS) + 2
    assert again["errors"] == [], "no file may be named as somebody's who asked to be taken out"


@pytest.mark.slow
def test_the_control_without_the_request_all_of_them_come_in(
    office: Office, population: Population, tmp_path: Path
) -> None:
    original = (office.drawn / f"{PERSON:03}-0.jpg").read_bytes()
    back = tmp_path / "back"
    back.mkdir()
    for way in WAYS:
        (back / f"{way}.jpg").write_bytes(altered(original, way))
    (back / "other.jpg").write_bytes(altered(population.photo(PERSON, 1).content, "as it is"))
    came = office.shell.json("ingest", back, "--source", "drawn")
    assert came["admitted"] == len(WAYS) + 1


@pytest.mark.slow
def test_the_erased_person_is_not_found_and_the_search_keeps_the_fact(office: Office) -> None:
    photo = office.drawn / f"{PERSON:03}-0.jpg"
    office.ingest()
    office.shell.login("ana", INVESTIGATOR_PASSWORD)
    case = office.shell.json("case", "open", "1", "--purpose", "investigate_crime")["case_id"]
    before = office.shell.json("search", photo, "--case", case)
    assert before["candidates"][0]["similarity"] > 0.99
    office.shell.login("olga", OFFICER_PASSWORD)
    erased = office.shell.json("erase", before["candidates"][0]["photo_id"], "--reason", "takedown")
    assert erased["candidates"] == 1
    office.shell.login("ana", INVESTIGATOR_PASSWORD)
    after = office.shell.json("search", photo, "--case", case)
    assert before["candidates"][0]["photo_id"] not in json.dumps(after["candidates"])


@pytest.mark.slow
def test_an_erased_file_is_barred_although_nobody_asked_to_be_kept_out(office: Office) -> None:
    office.ingest()
    installation = office.open()
    photo_id = next(iter(installation.records.gallery.showable([1]).values())).photo.photo_id
    office.shell.json("erase", photo_id, "--reason", "officer")
    again = office.shell.json("ingest", office.drawn, "--source", "drawn")
    assert (again["admitted"], again["refused"]) == (0, {"photo_barred": 1})
