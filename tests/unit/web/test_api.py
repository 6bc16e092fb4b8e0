"""The HTTP API speaks DESIGN.md's JSON."""

import pytest

from . import fakes
from .builders import PASSWORD, Browser


class Program:
    """A client with a bearer token."""

    def __init__(self, installation, name="investigator"):
        self.browser = Browser(installation)
        answer = self.call("POST", "sign-in", json={"name": name, "password": PASSWORD})
        self.token = answer.json()["token"]

    token = None

    def call(self, method, path, **options):
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return self.browser.request(method, f"/api/v1/{path}", headers=headers, **options)

    def open_case(self):
        body = {"number": "A-1", "purpose": "investigate_crime", "offence": "Theft"}
        return self.call("POST", "cases", json=body).json()["case_id"]

    def search(self, case_id, *people, **fields):
        return self.call(
            "POST", f"cases/{case_id}/search", files={"photo": ("p.jpg", fakes.drawn(*people))}, data=fields
        )


@pytest.fixture
def program(installation):
    return Program(installation)


def test_signing_in_with_a_wrong_password_is_an_error_in_json(browser):
    answer = browser.request("POST", "/api/v1/sign-in", json={"name": "investigator", "password": "x"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_failed"


def test_a_case_is_opened_and_listed(program):
    case_id = program.open_case()
    cases = program.call("GET", "cases").json()["cases"]
    assert [(case["case_id"], case["purpose"], case["state"]) for case in cases] == [
        (case_id, "investigate_crime", "open")
    ]


def test_the_law_is_asked_before_a_photo_is_sent(installation, program):
    before = installation.log.size()
    answer = program.call("GET", f"cases/{program.open_case()}/law").json()
    assert answer["decision"] == "allow"
    assert set(answer) >= {"grounds", "facts", "undetermined", "as_of", "packs"}
    assert installation.log.size() == before + 2  # opening the case alone


def test_a_search_gives_the_documented_object(program):
    answer = program.search(program.open_case(), 3, limit="5")
    assert answer.status_code == 200
    found = answer.json()
    assert set(found) >= {"probe", "gallery_size", "candidates", "decision", "audit_index"}
    assert set(found["probe"]) == {"faces", "quality"}
    assert set(found["candidates"][0]) == {
        "rank",
        "similarity",
        "fmr",
        "expected_lookalikes",
        "photo_id",
        "source",
        "url",
        "captured_at",
    }
    assert found["candidates"][0]["rank"] == 1


def test_a_search_of_the_api_keeps_nothing_of_the_photo(installation, program):
    program.search(program.open_case(), 3)
    assert installation.probes.kept == {}


def test_several_faces_without_a_number_are_bad_use_with_their_boxes(program):
    case_id = program.open_case()
    answer = program.search(case_id, 2, 4)
    assert answer.status_code == 400
    assert answer.json()["code"] == "several_faces"
    assert " px at (" in answer.json()["what"]
    assert program.search(case_id, 2, 4, face="2").status_code == 200


def test_a_refusal_holds_every_ground_and_the_logs_entry(installation):
    program = Program(installation, "org-administrator")
    answer = program.search(program.open_case(), 3)
    assert answer.status_code == 403
    refused = answer.json()
    assert refused["ok"] is False
    assert refused["code"] == "refused_by_law"
    assert [ground["rule"] for ground in refused["grounds"]] == ["base.search_role"]
    assert set(refused["grounds"][0]) >= {"citation", "text", "effective", "expires", "remedy", "verified"}
    assert refused["audit_index"] == installation.log.size() - 1


def test_sources_and_checkpoint_are_given(program):
    source = program.call("GET", "sources").json()["sources"][0]
    assert (source["name"], source["photos"], source["permission_sha256"]) == (
        "Harbour Police booking photos",
        6,
        "ab" * 32,
    )
    assert program.call("GET", "log/checkpoint").json()["verifier_key"].startswith("test.example+")


def test_signing_out_ends_the_token(program):
    program.call("POST", "sign-out")
    assert program.call("GET", "cases").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"json": {"number": "1", "purpose": "curiosity"}},
        {"json": {"purpose": "investigate_crime"}},
        {"json": [1]},
        {"content": b"{", "headers": {}},
    ],
)
def test_a_request_that_is_not_understood_is_told_in_the_one_shape(program, body):
    headers = {"authorization": f"Bearer {program.token}", "content-type": "application/json"}
    answer = program.browser.request("POST", "/api/v1/cases", **{**body, "headers": headers})
    assert answer.status_code == 400
    assert set(answer.json()) == {"ok", "code", "what", "why", "next_step", "grounds", "audit_index"}


def test_long_json_is_not_read(browser):
    answer = browser.request("POST", "/api/v1/sign-in", json={"name": "x" * 70_000, "password": "x"})
    assert answer.status_code == 413


def test_a_photo_above_the_limit_is_refused(program):
    case_id = program.open_case()
    answer = program.call("POST", f"cases/{case_id}/search", files={"photo": ("p.jpg", bytes(41 * 1024 * 1024))})
    assert answer.status_code == 413


def test_an_address_without_anything_is_an_error_in_json(program):
    assert program.call("GET", "nothing").json()["code"] == "not_found"


def test_the_schema_lists_the_api_alone_and_its_page_shows_all_of_it(browser):
    paths = browser.get("/openapi.json").json()["paths"]
    assert all(path.startswith("/api/v1/") for path in paths)
    text = browser.get("/api").text
    for path in paths:
        assert path in text


def test_a_limit_of_none_at_all_is_bad_use_and_no_default(program):
    answer = program.search(program.open_case(), 3, limit="0")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_limit")
