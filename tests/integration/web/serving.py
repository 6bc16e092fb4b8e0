"""The real `facewarden serve`, in a process of its own."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.processes import wait_until


@dataclass(frozen=True)
class Served:
    """A running server: where it is, which process is its first, and the shell of its installation."""

    place: tuple[str, int]
    process_id: int
    shell: Any

    @property
    def address(self) -> str:
        """As a browser takes it."""
        return "http://{}:{}".format(*self.place)

    def program(self, name: str, password: str) -> httpx.Client:
        """A client with a bearer token."""
        client = httpx.Client(base_url=f"{self.address}/api/v1/", timeout=60, trust_env=False)
        token = client.post("sign-in", json={"name": name, "password": password}).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        return client


@contextmanager
def serving(shell: Any, *words: str) -> Iterator[Served]:
    """A server over the shell's installation, stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = ("127.0.0.1", free.getsockname()[1])
    with subprocess.Popen(shell.command("serve", "--port", place[1], *words), env=shell.environment) as server:
        served = Served(place, server.pid, shell)

        def answers() -> bool:
            assert server.poll() is None, "the server ended at once"
            try:
                return httpx.get(f"{served.address}/sign-in", trust_env=False).status_code == 200
            except httpx.TransportError:
                return False

        try:
            wait_until(answers)
            yield served
        finally:
            server.terminate()
