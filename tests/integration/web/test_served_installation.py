"""The real server over the real installation: records, log, keys, decoder, models and index."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

pytestmark = [pytest.mark.models, pytest.mark.slow]

PASSWORD = "tall-grass-in-wind-4"
PERSON = 3


@pytest.fixture
def ana(served):
    client = served.program("ana", PASSWORD)
    yield client
    client.close()


@pytest.fixture
def case_id(ana):
    return ana.post("cases", json={"number": "W-1", "purpose": "investigate_crime"}).json()["case_id"]


def search(client, case_id, content, **fields):
    return client.post(f"cases/{case_id}/search", files={"photo": ("probe.jpg", content)}, data=fields)


def test_the_whole_way_over_http(served, ana, case_id, population):
    # 1. a third photo of somebody in the gallery finds their others first
    found = search(ana, case_id, population.photo(PERSON, 2).content, limit="5")
    assert found.status_code == 200, found.text
    answer = found.json()
    assert answer["gallery_size"] >= 40
    assert answer["decision"]["decision"] == "allow"
    assert answer["candidates"], "the person's other photos are in the gallery"
    assert answer["candidates"][0]["source"] == "drawn"
    # 2. a group needs a number, and says where each face is
    group = population.group_photo([PERSON, 5]).content
    refused = search(ana, case_id, group)
    assert (refused.status_code, refused.json()["code"]) == (400, "several_faces")
    # 3. eight at a time, no errors
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: search(ana, case_id, group, face="1").status_code, range(16)))
    assert set(codes) == {200}
    # 4. what was searched is in the log, which an outsider's checkpoint holds
    head = httpx.get(f"{served.address}/api/v1/log/checkpoint", trust_env=False).json()
    assert head["size"] > answer["audit_index"]
    verified = served.shell.json("audit", "verify")
    assert verified["ok"]
    assert verified["size"] >= head["size"]


def test_pages_show_a_search_and_keep_only_the_picked_face(served, population):
    with httpx.Client(base_url=served.address, timeout=60, follow_redirects=True, trust_env=False) as browser:
        page = browser.get("/sign-in")
        page = post(browser, page, "/sign-in", {"name": "ana", "password": PASSWORD, "next": "/cases/new"})
        stated = {"sought_for": "conduct", "basis": "statute", "basis_reference": "PC 487"}
        page = post(browser, page, "/cases", {"number": "W-2", "purpose": "find_missing_person", **stated})
        files = {"photo": ("group.jpg", population.group_photo([PERSON, 5]).content)}
        page = post(browser, page, f"{page.url.path}/probes", {"kind": "photo"}, files=files)
        assert page.text.count("data-face=") == 2
        probe = page.url.path
        page = post(browser, page, f"{probe}/search", {"face": "2", "limit": "5"})
        assert page.status_code == 200, page.text
        assert browser.get(probe).status_code == 410
        face = browser.get(f"{page.url.path}/probe.jpg")
        assert face.headers["content-type"] == "image/jpeg"
        if "Candidate 1" in page.text:
            assert browser.get(f"{page.url.path}/candidates/1/face.jpg").status_code == 200
            assert browser.get(f"{page.url.path}/candidates/1/photo.jpg").status_code == 200


def post(browser, page, path, data, **options):
    key = re.findall(r'name="form_key" value="([0-9a-f]*)"', page.text)[-1]
    return browser.post(path, data={"form_key": key, **data}, **options)
