"""What the log and the records prove on the command line, to strangers and to the operator."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

pytestmark = pytest.mark.models


def test_a_stranger_sees_that_the_log_only_grew_and_that_another_log_did_not(agency, tmp_path) -> None:
    old, key = tmp_path / "old.txt", agency.json("audit", "checkpoint")["verifier_key"]
    begun = agency.json("audit", "checkpoint")
    old.write_text(begun["checkpoint"])
    agency.json("user", "list")  # reading organisations' names is on record
    proof = tmp_path / "proof.json"
    proof.write_text(agency.run("audit", "prove", "--since", old).stdout)
    told = agency.json("verify", proof, "--key", key)
    assert begun["size"] == told["old"] < told["new"]

    forged = json.loads(proof.read_text())
    forged["consistency_proof"] = forged["consistency_proof"][::-1][1:]
    proof.write_text(json.dumps(forged))
    assert agency.run("verify", proof, "--key", key).returncode == 1
    old.write_text(begun["checkpoint"].replace(f"\n{begun['size']}\n", f"\n{begun['size'] - 1}\n"))
    assert agency.run("audit", "prove", "--since", old).returncode == 1


@pytest.mark.parametrize("asked", [(), ("3", "--since", "/dev/null")])
def test_one_thing_is_proved_at_a_time(agency, asked) -> None:
    done = agency.run("audit", "prove", *asked)
    assert (done.returncode, "One thing is proved at a time." in done.stderr) == (2, True)


def test_doctor_sees_records_that_do_not_agree_with_themselves(agency) -> None:
    with closing(sqlite3.connect(agency.data / "records.db")) as records, records:
        records.execute("UPDATE gallery_state SET photos = 7")
    done = agency.run("doctor")
    assert done.returncode == 1
    assert "The running account's photos differs from what is there." in done.stdout


def test_the_exported_log_is_checked_by_a_stranger_with_its_key_alone(agency, tmp_path) -> None:
    key, copy = agency.json("audit", "checkpoint")["verifier_key"], tmp_path / "copy"
    assert agency.json("audit", "export", copy)["ok"]
    stranger = replace(agency, data=tmp_path / "nothing", home=tmp_path / "elsewhere")
    assert stranger.json("audit", "verify", "--log", copy, "--key", key)["ok"]
    assert agency.run("audit", "export", copy).returncode == 2  # nothing is written over
