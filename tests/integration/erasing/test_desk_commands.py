"""The officer's desk on the command line: dates, answers and ends, with the law's word in between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.erasing.conftest import PERSON, Office

pytestmark = pytest.mark.slow


def test_requests_are_put_off_answered_after_a_check_and_closed(office: Office) -> None:
    shell, photo = office.shell, office.drawn / f"{PERSON:03}-0.jpg"
    asked = shell.json("optout", "submit", photo, "--access", "--place", "US-CA", "--release-on-file")
    assert (asked["kind"], asked["clock"], len(asked["code"])) == ("access", "california", 19)
    later = shell.json("optout", "extend", asked["request_id"], "complex")
    assert later["due_at"] > asked["due_at"]
    refused = shell.run("optout", "answer", asked["request_id"], "--json")
    assert (refused.returncode, json.loads(refused.stdout)["grounds"][0]["rule"]) == (3, "base.tell_identity")
    checked = ("--identity-checked", "in_person")
    assert shell.json("optout", "answer", asked["request_id"], *checked)["outcome"] == "told"
    other = shell.json("optout", "submit", photo, "--release-on-file")["request_id"]
    assert shell.json("optout", "close", other, "unusable")["outcome"] == "unusable"
    assert shell.json("optout", "list")["requests"] == []


def test_a_bundle_takes_the_place_of_no_other_and_is_not_told_twice(office: Office, tmp_path: Path) -> None:
    words = ("access", "bundle", tmp_path / "held.zip", "--identity-checked", "in_person")
    assert office.shell.json(*words)["faces"] == 0
    before = (tmp_path / "held.zip").read_bytes(), office.open().log.size()
    again = office.shell.run(*words, "--json")
    assert (again.returncode, json.loads(again.stdout)["code"]) == (2, "unwritable")
    assert ((tmp_path / "held.zip").read_bytes(), office.open().log.size()) == before
