"""The real `facewarden serve`, in a process of its own, on an agency with generated people in its gallery."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass

import httpx
import pytest

START_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Served:
    """A running server: where it is, and the shell of its installation."""

    address: str
    shell: object

    def program(self, name: str, password: str) -> httpx.Client:
        """A client with a bearer token."""
        client = httpx.Client(base_url=f"{self.address}/api/v1/", timeout=60, trust_env=False)
        token = client.post("sign-in", json={"name": name, "password": password}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        return client


@pytest.fixture(scope="module")
def served(gallery_template, tmp_path_factory):
    """One for each file of tests, which open cases of their own."""
    agency = gallery_template.copied(tmp_path_factory.mktemp("served") / "agency")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(agency.command("serve", "--port", port), env=agency.environment)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _answers(address):
            assert server.poll() is None, "the server ended at once"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        yield Served(address, agency)
    finally:
        server.terminate()
        server.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/sign-in", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
