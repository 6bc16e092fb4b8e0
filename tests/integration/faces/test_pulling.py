"""`facewarden models pull`: nothing unless accepted, nothing half-done, nothing but the pinned weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from facewarden.adapters.durable import DRAFT
from facewarden.adapters.faces_onnx.recipes import RECIPES, YUNET_SFACE
from facewarden.adapters.faces_onnx.weights import SFACE, SOURCES_FOLDER, YUNET
from tests.conftest import Shell
from tests.integration.faces.weights_server import Publisher, dripping, led_to, publishing, whole

NAME = YUNET_SFACE.card.pack_id


@pytest.fixture
def publisher(tmp_path) -> Iterator[Publisher]:
    with publishing(tmp_path) as publisher:
        yield publisher


@pytest.fixture
def shell(tmp_path, publisher) -> Shell:
    """No network but the publisher, and no package index."""
    return Shell(tmp_path / "data", tmp_path / "home", tmp_path / "models", publisher.environment)


def _files(models: Path) -> list[str]:
    """What lies among the models, but for the lock and empty folders."""
    return sorted(
        str(path.relative_to(models)) for path in models.rglob("*") if path.is_file() and path.name != ".lock"
    )


def _refused(shell: Shell, *arguments: str | Path) -> dict[str, object]:
    done = shell.run("models", "pull", *arguments, "--json")
    assert done.returncode in (1, 2)
    error: dict[str, object] = json.loads(done.stdout)
    assert error["ok"] is False
    return error


def test_what_can_be_pulled_is_told_with_licence_training_data_size_and_limits(shell):
    (offer,) = shell.json("models", "pull")["offered"]
    assert offer["pack_id"] == NAME
    assert "MIT" in offer["licence"]
    assert "Apache-2.0" in offer["licence"]
    assert "not stated" in offer["training_data"]
    assert offer["size_bytes"] == 10_900_441
    assert offer["limits"]
    assert all(url.startswith("https://") for source in offer["sources"] for url in source["urls"])
    told = shell.run("models", "pull").stdout
    assert "10.9 MB" in told
    assert "limit: " in told


def test_nothing_is_fetched_before_the_licence_is_accepted(shell, publisher):
    assert _refused(shell, NAME)["code"] == "pack_licence_not_accepted"
    done = shell.run("models", "pull", NAME, stdin="y\n")  # a pipe is nobody who could accept
    assert done.returncode == 2
    assert publisher.seen == []
    assert not shell.models.exists()


def test_a_pack_that_is_not_offered_is_bad_use(shell):
    error = _refused(shell, "stronger-still", "--accept")
    assert error["code"] == "pack_not_offered"
    assert NAME in str(error["why"])


def test_a_use_that_is_none_is_bad_use(shell):
    shell.extra["FACEWARDEN_USE"] = "anything"
    assert _refused(shell, NAME, "--accept")["code"] == "bad_declared_use"


def test_without_a_network_it_says_so_and_nothing_is_left(shell):
    shell.extra["HTTPS_PROXY"] = shell.extra["https_proxy"] = "http://127.0.0.1:1"
    error = _refused(shell, NAME, "--accept")
    assert error["code"] == "model_pull_failed"
    assert "huggingface.co: no answer" in str(error["why"])
    assert "github.com: no answer" in str(error["why"])
    assert YUNET.urls[0] in str(error["next_step"])
    assert "--from FOLDER" in str(error["next_step"])
    assert _files(shell.models) == []
    assert shell.json("models", "list")["packs"] == []


def test_other_weights_than_the_pinned_are_refused_from_every_place(shell, publisher):
    publisher.answers[YUNET.file_name] = whole(b"x" * YUNET.size_bytes)
    error = _refused(shell, NAME, "--accept")
    assert str(error["why"]).count("SHA-256 differs") == 2
    assert [host for host, _ in publisher.seen] == ["huggingface.co", "github.com"]
    assert _files(shell.models) == []


def test_a_folder_that_is_not_there_is_bad_use(shell, tmp_path):
    assert _refused(shell, NAME, "--accept", "--from", tmp_path / "none")["code"] == "bad_use"


def test_a_folder_without_the_weights_names_the_first_that_is_missing(shell, publisher, tmp_path):
    (tmp_path / "brought").mkdir()
    error = _refused(shell, NAME, "--accept", "--from", tmp_path / "brought")
    assert error["code"] == "model_source_missing"
    assert YUNET.file_name in str(error["what"])
    assert publisher.seen == []
    assert _files(shell.models) == []


def test_a_folder_with_other_weights_is_refused(shell, tmp_path):
    (tmp_path / "brought").mkdir()
    (tmp_path / "brought" / YUNET.file_name).write_bytes(b"x" * YUNET.size_bytes)
    assert _refused(shell, NAME, "--accept", "--from", tmp_path / "brought")["code"] == "model_source_changed"
    assert _files(shell.models) == []


def test_a_models_folder_that_cannot_be_written_is_said_so(shell):
    shell.models.write_text("a file")
    assert _refused(shell, NAME, "--accept")["code"] == "models_not_written"


def test_killed_while_a_file_drips_in_it_leaves_nothing(shell, publisher):
    started, over = threading.Event(), threading.Event()
    publisher.answers[YUNET.file_name] = dripping(b"HTTP/1.1 200 OK\r\n\r\nhalf a file", started, over)
    command = [sys.executable, "-m", "facewarden", "models", "pull", NAME, "--accept"]
    environment = {**os.environ, **shell.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert started.wait(60)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    finally:
        over.set()
    assert _files(shell.models) == []


@pytest.mark.models
def test_killed_while_building_it_leaves_no_pack_and_the_next_pull_takes_the_rest_away(shell, stronger_models):
    script = f"""
import os, signal, pathlib
from facewarden.adapters.faces_onnx import pack, recipes
def step(what, share):
    if what == "Converting the embedder":
        os.kill(os.getpid(), signal.SIGKILL)
pack.pull_pack(pathlib.Path({str(shell.models)!r}), recipes.YUNET_SFACE, step, pathlib.Path({str(stronger_models)!r}))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    assert shell.json("models", "list")["packs"] == []
    assert list(shell.models.glob(".building-*"))
    for kept in (shell.models / SOURCES_FOLDER).iterdir():
        kept.unlink()
    assert _refused(shell, NAME, "--accept")["code"] == "model_pull_failed"
    assert _files(shell.models) == []
    assert list(shell.models.glob(".building-*")) == []


@pytest.mark.models
def test_pulled_over_https_the_pack_verifies_and_is_not_pulled_again(shell, publisher, published_weights):
    publisher.answers |= {
        f"{YUNET.file_name}?led": whole(published_weights[YUNET]),
        YUNET.file_name: led_to(f"https://elsewhere.example/{YUNET.file_name}?led"),
        SFACE.file_name: whole(published_weights[SFACE]),
    }
    (shell.models / ".building-left-by-a-kill").mkdir(parents=True)
    (shell.models / SOURCES_FOLDER).mkdir()
    (shell.models / SOURCES_FOLDER / f"{SFACE.file_name}{DRAFT}").write_bytes(b"left by a kill")
    assert shell.json("models", "pull", NAME, "--accept")["pack_id"] == NAME
    made = [f"{NAME}/{name}" for name in ("detector.onnx", "embedder.onnx", "manifest.json")]
    assert _files(shell.models) == sorted([*made, *(f"{SOURCES_FOLDER}/{name}" for name in YUNET_SFACE.pinned)])
    assert not (shell.models / ".building-left-by-a-kill").exists()
    asked = len(publisher.seen)
    assert shell.json("models", "pull", NAME, "--accept")["pack_id"] == NAME
    assert len(publisher.seen) == asked
    (listed,) = shell.json("models", "list")["packs"]
    assert listed["evaluation_only"]
    assert listed["measured_gallery"] == RECIPES[NAME].card.measured_gallery


@pytest.mark.models
def test_brought_in_a_folder_the_pack_needs_no_network(shell, publisher, published_weights, tmp_path):
    (tmp_path / "brought" / "deep").mkdir(parents=True)
    for weights, content in published_weights.items():
        (tmp_path / "brought" / "deep" / weights.file_name).write_bytes(content)
    shell.json("models", "pull", NAME, "--accept", "--from", tmp_path / "brought")
    assert publisher.seen == []
    changed = shell.models / NAME / "detector.onnx"
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    done = shell.run("models", "pull", NAME, "--accept", "--json")  # what is damaged is built again from what is here
    assert done.returncode == 0, done.stdout
    assert publisher.seen == []
