"""The examples of the Python client do what they say, against a served app; each has at most ten lines of code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from facewarden.client import Client, RefusedByLawError
from facewarden.errors import BadUseError, NotPermittedError, UnavailableError
from tests.unit.web.builders import PASSWORD, populated
from tests.unit.web.fakes import drawn

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
START_TIMEOUT_S = 30.0


@pytest.fixture(scope="module")
def installation():
    return populated()


@pytest.fixture(scope="module")
def address(installation):
    from facewarden.web.app import create_app

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(installation)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        assert time.monotonic() < deadline, "the site did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "probe.jpg"
    path.write_bytes(drawn(2))
    return path


def run(name, *arguments):
    environment = {**os.environ, "FACEWARDEN_PASSWORD": PASSWORD}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_has_at_most_ten_lines_of_code():
    for path in EXAMPLES.glob("*.py"):
        code = path.read_text("utf-8").split('"""')[2].splitlines()
        assert len([line for line in code if line.strip() and "import " not in line]) <= 10, path.name


def test_the_examples_search_ask_and_tell_a_refusal(address, photo):
    assert "'rank': 1" in run("search.py", address, "investigator", photo)
    assert "2026-004711 allow" in run("ask.py", address, "investigator")
    assert "base.probe_genuine" in run("refused.py", address, "investigator", "2026-004711", photo)


def test_the_client_says_what_was_wrong_and_what_to_do(address, photo):
    with pytest.raises(NotPermittedError):
        Client(address, "investigator", "wrong password")
    with Client(address, "investigator", PASSWORD) as client:
        with pytest.raises(BadUseError) as caught:
            client.search("case_0", photo)
        assert caught.value.code == "unknown_case"
        case = client.open_case("9", "find_missing_person", sought_for="religion")
        with pytest.raises(RefusedByLawError) as refused:
            client.search(case["case_id"], photo)
        assert refused.value.grounds[0]["rule"] == "base.protected_ground"
        assert refused.value.audit_index is not None


def test_a_lost_connection_says_that_nothing_is_known_of_what_the_server_did():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UnavailableError) as caught:
            Client(f"http://127.0.0.1:{closed.getsockname()[1]}", "ana", "password")
    assert caught.value.code == "no_connection"
    assert "on record" in caught.value.next_step
