"""Requests and receipts from the command line: no stalker's door, no weapon, nothing believed that is not proved."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from facewarden.domain.audit import AuditEvent
from facewarden.testing.population.people import Population
from tests.conftest import INVESTIGATOR_PASSWORD
from tests.integration.erasing.conftest import OFFICER_PASSWORD, PERSON, Office, altered, shape_of

pytestmark = pytest.mark.slow


def _error(office: Office, *arguments: str | Path) -> tuple[int, str]:
    done = office.shell.run(*arguments, "--json")
    return done.returncode, json.loads(done.stdout)["code"]


def test_a_receipt_reads_the_same_whether_or_not_anything_was_found(
    office: Office, population: Population, tmp_path: Path
) -> None:
    office.ingest()
    stranger = tmp_path / "stranger.jpg"
    stranger.write_bytes(altered(population.photo(20, 0).content, "as it is"))
    receipts = []
    for photo in (office.drawn / f"{PERSON:03}-0.jpg", stranger):
        request = office.shell.json("optout", "submit", photo, "--release-on-file")["request_id"]
        file = tmp_path / f"{request}.json"
        done = office.shell.json("optout", "approve", request, "--all-above", "0.99", "--receipt", file)
        receipts.append((done["photos"], json.loads(file.read_text())))
    assert [photos for photos, _ in receipts] == [1, 0], "the control: one was found, the other not"
    assert shape_of(receipts[0][1]) == shape_of(receipts[1][1])
    assert "photos" not in json.dumps(receipts[0][1])


def test_a_receipt_is_checked_offline_and_a_forged_one_does_not_hold(office: Office, tmp_path: Path) -> None:
    office.ingest()
    key = office.shell.json("audit", "checkpoint")["verifier_key"]
    request = office.shell.json("optout", "submit", office.drawn / f"{PERSON:03}-0.jpg", "--release-on-file")
    face = office.shell.json("optout", "list", request["request_id"])["candidates"][0]["face_number"]
    file = tmp_path / "receipt.json"
    arguments = ("--face", str(face), "--identity-checked", "in_person", "--receipt", file)
    office.shell.json("optout", "approve", request["request_id"], *arguments)
    elsewhere = type(office.shell)(tmp_path / "nothing", tmp_path, office.shell.models)
    told = elsewhere.json("receipt", "verify", file, "--key", key)
    assert told["erased"]["photos"] == 1
    receipt = json.loads(file.read_text())
    receipt["erased"]["photos"] = 2
    file.write_text(json.dumps(receipt))
    done = elsewhere.run("receipt", "verify", file, "--key", key, "--json")
    assert (done.returncode, json.loads(done.stdout)["code"]) == (1, "receipt_invalid")


def test_only_a_privacy_officer_sees_and_confirms_requests(office: Office) -> None:
    office.ingest()
    photo = office.drawn / f"{PERSON:03}-0.jpg"
    request = office.shell.json("optout", "submit", photo, "--release-on-file")["request_id"]
    office.shell.login("ana", INVESTIGATOR_PASSWORD)
    for act in (("list",), ("list", request), ("approve", request, "--all-above", "0.9")):
        assert _error(office, "optout", *act) == (3, "refused_by_law")
    installation = office.open()
    photo_id = next(iter(installation.records.gallery.showable([1]).values())).photo.photo_id
    assert _error(office, "erase", photo_id, "--reason", "officer") == (3, "refused_by_law")
    office.shell.login("olga", OFFICER_PASSWORD)
    assert [known["request_id"] for known in office.shell.json("optout", "list")["requests"]] == [request]


def test_whoever_is_signed_in_at_the_counter_is_on_record_and_nobody_need_be(office: Office) -> None:
    words = ("optout", "submit", office.drawn / f"{PERSON:03}-0.jpg", "--release-on-file")
    first = office.shell.json(*words)["request_id"]
    office.shell.run("logout")
    assert "nobody is signed in" in office.shell.run(*words).stdout
    installation = office.open()
    received = [entry for entry in installation.log.entries() if entry.event is AuditEvent.OPT_OUT_RECEIVED]
    (olga,) = [user.user_id for user in installation.records.accounts.users() if user.sign_in_name == "olga"]
    assert [entry.actor for entry in received] == [olga, None]
    assert received[0].subject == first


def test_bad_requests_are_refused_plainly(office: Office, tmp_path: Path) -> None:
    office.ingest()
    photo = office.drawn / f"{PERSON:03}-0.jpg"
    assert _error(office, "optout", "submit", photo) == (2, "release_missing")
    blank = tmp_path / "blank.jpg"
    out = io.BytesIO()
    Image.new("RGB", (400, 400), "grey").save(out, "JPEG")
    blank.write_bytes(out.getvalue())
    assert _error(office, "optout", "submit", blank, "--release-on-file")[1] == "no_face"
    large = tmp_path / "large.jpg"
    large.write_bytes(photo.read_bytes() + bytes(40_000_000))
    assert _error(office, "optout", "submit", large, "--release-on-file") == (2, "photo_too_large")
    request = office.shell.json("optout", "submit", photo, "--release-on-file")["request_id"]
    assert _error(office, "optout", "approve", request, "--face", "999") == (2, "no_candidate")
    office.shell.json("optout", "approve", request, "--all-above", "0.99")
    assert _error(office, "optout", "approve", request) == (2, "request_unknown")
