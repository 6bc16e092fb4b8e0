"""The Python client and its examples against a real server: what a program of ten lines gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from facewarden_client import Case, Facewarden, FacewardenError, Refused

pytestmark = [pytest.mark.models, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
PASSWORD = "tall-grass-in-wind-4"
OPERATOR_PASSWORD = "rivers-and-mountains-9"
CASE: dict[str, str] = {}
PERSON = 3


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def ana(served):
    with Facewarden(served.address) as service:
        service.sign_in("ana", PASSWORD)
        yield service


def test_a_photo_that_cannot_be_read_is_an_error_of_the_clients_own_before_anything_is_sent(tmp_path):
    with Facewarden("http://127.0.0.1:9") as service, pytest.raises(FacewardenError) as caught:
        service.search(Case("case_1", "R-1", "investigate_crime", "open"), tmp_path / "absent.jpg")
    assert caught.value.code == "unreadable_photo"


def example(served, name, token, *arguments):
    command = [sys.executable, str(ROOT / "clients/python/examples" / name), served.address, *map(str, arguments)]
    environment = os.environ | {"FACEWARDEN_API_KEY": token, "PYTHONPATH": str(ROOT / "clients/python/src")}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True).stdout


def test_the_way_of_a_program(served, ana, population, tmp_path):
    case = ana.open_case("C-1", "investigate_crime", **CASE)
    assert ana.law(case).allowed
    # 1. a photo's bytes: candidates with what may be said of them
    answer = ana.search(case, population.photo(PERSON, 2).content, limit=5)
    first = answer.candidates[0]
    assert (first.rank, first.source) == (1, "drawn")
    assert 0.9 < first.similarity <= 1.0
    assert first.fmr is None or first.fmr[0] <= first.fmr[1]
    # 2. several faces: an error that says so, with a code for programs
    group = tmp_path / "group.jpg"
    group.write_bytes(population.group_photo([PERSON, 5]).content)
    with pytest.raises(FacewardenError, match="face") as caught:
        ana.search(case, group)
    assert caught.value.code == "several_faces"
    assert ana.search(case, group, face=1).gallery_size == answer.gallery_size
    # 3. the examples, as printed in the readme
    token = ana._http.headers["authorization"].removeprefix("Bearer ")
    photo = tmp_path / "probe.jpg"
    photo.write_bytes(population.photo(PERSON, 2).content)
    printed = example(served, "search.py", token, case.number, photo)
    assert f"among {answer.gallery_size} faces" in printed
    assert "drawn" in printed
    assert example(served, "ask_first.py", token, case.number) == "allowed\n"
    # 4. the end
    assert ana.checkpoint().count("\n") >= 3
    ana.sign_out()
    with pytest.raises(FacewardenError) as caught:
        ana.cases()
    assert caught.value.code == "signed_out"


def test_what_the_law_does_not_allow_comes_with_every_ground(served):
    with Facewarden(served.address) as operator:
        operator.sign_in("operator", OPERATOR_PASSWORD)
        with pytest.raises(Refused) as caught:
            operator.open_case("C-2", "investigate_crime", **CASE)
    assert caught.value.status == 403
    assert all(ground.text and ground.citation for ground in caught.value.grounds)
    assert caught.value.audit_index is not None


def test_a_server_that_is_not_there_is_told_in_a_sentence():
    with Facewarden("http://127.0.0.1:9", timeout_s=2) as service, pytest.raises(FacewardenError) as caught:
        service.cases()
    assert caught.value.code == "no_connection"
    assert "on record" in caught.value.next_step


def test_an_answer_of_something_else_is_no_answer_of_facewarden():
    from facewarden_client.errors import error_of

    for told in (None, [], {"detail": "Not Found"}):
        assert error_of(told, 404).code == "not_facewarden"
