"""An installation, and a real witness in a process of its own, as operators, auditors and witnesses type it."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from facewarden.bootstrap import opening
from facewarden.cli.main import run
from facewarden.settings import read_settings
from facewarden.web import chores
from tests import processes
from tests.serving import tend

pytestmark = pytest.mark.models


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(folder, port):
    process = processes.begin(os.environ, run, ["witness", "serve", str(folder), "--port", str(port)])
    try:
        processes.wait_until(lambda: answers(port))
        yield process
    finally:
        processes.kill(process)
        process.close()


@pytest.fixture
def watched(agency, tmp_path):
    """The agency with one witness named, the witness's folder, its key, and its port."""
    folder, port = tmp_path / "witness", free_port()
    key = agency.json("witness", "new", folder, "--name", "witness.example/w1")["verifier_key"]
    agency.json("witness", "watch", folder, agency.json("audit", "checkpoint")["verifier_key"])
    policy = tmp_path / "policy.txt"
    policy.write_text(f"witness w1 {key} http://127.0.0.1:{port}\nquorum w1\n")
    return replace(agency, extra={"FACEWARDEN_WITNESSES": str(policy)}), folder, key, port


def test_a_log_is_cosigned_and_checked_by_strangers_and_a_killed_witness_is_named(watched, tmp_path) -> None:
    agency, folder, key, port = watched
    with serving(folder, port) as process:
        told = agency.json("audit", "witnesses", "--ask")
        assert told["problem"] is None
        processes.kill(process)  # kill -9
        done = agency.run("audit", "witnesses", "--ask")
        assert "w1: It does not answer. It is asked again by itself." in done.stdout
        assert done.returncode == 0  # a quorum cosigned within the day
    with serving(folder, port):
        seen = agency.json("audit", "witnesses", "--ask")["quorum_size"]
    (log,) = agency.json("witness", "show", folder)["logs"]
    assert told["quorum_size"] < seen == log["size"]

    log_key, copy = agency.json("audit", "checkpoint")["verifier_key"], tmp_path / "copy"
    agency.json("audit", "export", copy)
    stranger = replace(agency, data=tmp_path / "nothing", home=tmp_path / "elsewhere", extra={})
    verify = ("audit", "verify", "--log", copy, "--key", log_key)
    told = stranger.json(*verify, "--witness", key)
    assert (told["ok"], told["witnessed_size"]) == (True, seen)
    assert agency.json("audit", "verify")["witnessed_size"] == seen  # by the policy of the house
    other = stranger.json("witness", "new", tmp_path / "other", "--name", "witness.example/w2")["verifier_key"]
    done = stranger.run(*verify, "--witness", key, "--witness", other)
    assert (done.returncode, "NOT witnessed" in done.stdout) == (1, True)
    assert "w2: no cosignature of it verifies" in done.stdout
    assert stranger.json(*verify, "--witness", key, "--witness", other, "--quorum", "1")["ok"]
    for bad in (("--quorum", "1"), ("--witness", log_key), ("--witness", key, "--quorum", "2")):
        assert stranger.run(*verify, *bad).returncode == 2


def test_a_running_server_has_the_log_cosigned_by_itself(watched, monkeypatch) -> None:
    agency, folder, _, port = watched
    settings = read_settings(None, agency.environment)
    with serving(folder, port), closing(opening.open_installation(settings)) as installation:
        assert installation.witnessing.view().size is None
        tend(installation, chores._ask_witnesses, lambda: installation.witnessing.view().size, monkeypatch)


def test_a_machine_put_back_to_an_earlier_image_opens_and_its_witness_says_so(watched, tmp_path) -> None:
    agency, folder, _, port = watched
    with serving(folder, port):
        agency.json("audit", "witnesses", "--ask")
        shutil.copytree(agency.data.parent, tmp_path / "image", symlinks=True)
        agency.json("user", "list")  # reading organisations' names is on record
        agency.json("audit", "witnesses", "--ask")
        earlier = replace(agency, data=tmp_path / "image" / "data", home=tmp_path / "image" / "home")
        assert earlier.json("audit", "verify")["ok"]  # whole in itself, with all that this machine remembered
        done = earlier.run("audit", "witnesses", "--ask")
        assert (done.returncode, "It has cosigned more entries than this log has" in done.stdout) == (1, True)
        done = earlier.run("doctor")
        assert "PROBLEM witnesses: A witness saw another log than this one." in done.stdout


def test_acts_wait_for_the_witness_where_the_operator_says_so(watched) -> None:
    agency, folder, _, port = watched
    waits = replace(agency, extra=agency.extra | {"FACEWARDEN_WITNESSES_TERM_H": "1"})
    (agency.data.parent / "empty").mkdir()
    ingest = ("ingest", agency.data.parent / "empty", "--source", "drawn")
    done = waits.run("report", "refute", "lead_x", "--because", "x")
    assert done.returncode == 2  # what is no collecting, searching or releasing does not wait
    done = waits.run(*ingest)
    assert (done.returncode, "(witnesses_overdue)" in done.stderr) == (1, True), done.stderr
    with serving(folder, port):
        waits.json("audit", "witnesses", "--ask")
    assert "witnesses_overdue" not in waits.run(*ingest).stderr
    nobody = replace(agency, extra={"FACEWARDEN_WITNESSES_TERM_H": "1"})
    assert "(bad_witness_policy)" in nobody.run("doctor").stderr


@pytest.mark.parametrize(
    "text", ["nonsense", "quorum none\nquorum none", "witness w1 KEY http://far.example\nquorum w1"]
)
def test_a_policy_that_cannot_be_used_opens_nothing(watched, tmp_path, text) -> None:
    agency, _, key, _ = watched
    policy = tmp_path / "bad.txt"
    policy.write_text(text.replace("KEY", key))
    done = replace(agency, extra={"FACEWARDEN_WITNESSES": str(policy)}).run("audit", "witnesses")
    assert (done.returncode, "(bad_witness_policy)" in done.stderr) == (2, True)


def test_the_checker_is_handed_out_with_its_digest(agency, tmp_path) -> None:
    told = agency.json("audit", "checker", tmp_path / "check.py")
    content = (tmp_path / "check.py").read_bytes()
    assert content.startswith(b'"""Checks what a face search')
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
