"""One search over HTTP in a large gallery: generated templates beside the demo's drawn faces, a server of its own.

Never a claim of accuracy: the templates are made up. Everything else is the product: sign-in, law, log, keys, records.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from facewarden.adapters.records_sql.bulk import insert_synthetic
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor
from facewarden.errors import UnavailableError
from facewarden.matching.population import assumed_population

BATCH_FACES = 20_000
PROBE_PX = 1_000  # on each side: one megapixel
START_TIMEOUT_S = 300.0
BOUNDARY = "facewarden-bench"
SEED = 7


@dataclass(frozen=True, slots=True)
class SearchTimes:
    """How long searches took, each from the first byte sent to the last byte read, in milliseconds."""

    at_once: int
    searches: int
    errors: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    searches_per_s: float


def fill(installation: Installation, officer: Actor, faces: int, progress: Callable[[int], None]) -> int:
    """How many faces the gallery holds, once that many made-up ones are in it and an officer accepted its size."""
    population = assumed_population(installation.card.dimension)

    def batches() -> Iterator[NDArray[np.float32]]:
        for start in range(0, faces, BATCH_FACES):
            people = population.people(min(BATCH_FACES, faces - start), seed=SEED * 1_000_003 + start)
            yield population.pictures(people, seed=start)

    source = installation.sources.all()[0]
    insert_synthetic(
        installation.database, installation.vault, source.source_id, batches(), installation.card.pack_id, progress
    )
    installation.index_keeper.catch_up()
    installation.index_keeper.save()
    size = installation.index_keeper.size()
    if not installation.search.policies.accepts(size):
        installation.search.policies.accept(officer, size)
    return size


def megapixel(photo: bytes) -> bytes:
    """The photo enlarged to one megapixel, upright, JPEG."""
    with Image.open(io.BytesIO(photo)) as small:
        large = ImageOps.exif_transpose(small).convert("RGB").resize((PROBE_PX, PROBE_PX), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    large.save(written, "JPEG", quality=92)
    return written.getvalue()


@contextmanager
def served(settings_environment: dict[str, str], data: Path) -> Iterator[tuple[int, float]]:
    """The port of a server over that installation, and the seconds it took to answer; stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "facewarden", "--data", str(data), "serve", "--port", str(port)]
    began = time.perf_counter()
    server = subprocess.Popen(command, env=settings_environment, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if server.poll() is not None or time.perf_counter() - began > START_TIMEOUT_S:
                raise UnavailableError(
                    "server_not_started", "The server did not start.", next_step="See what it printed above."
                )
            time.sleep(0.02)
        yield port, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(timeout=60)


class Client:
    """One program that searches: a connection kept open, a bearer token, a case."""

    def __init__(self, port: int, token: str, case_id: str, photo: bytes) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._path = f"/api/v1/cases/{case_id}/search"
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        }
        self._body = _form(photo)

    def search(self) -> tuple[float, int]:
        """Milliseconds and status of one search."""
        began = time.perf_counter()
        self._connection.request("POST", self._path, self._body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return (time.perf_counter() - began) * 1e3, answer.status

    def close(self) -> None:
        self._connection.close()


def signed_in(port: int, name: str, password: str) -> tuple[str, str]:
    """A token, and the id of the newest case that may be searched under; raises UnavailableError."""
    token = _call(port, "POST", "/api/v1/sign-in", {"name": name, "password": password}, None)["token"]
    for case in _call(port, "GET", "/api/v1/cases", None, token)["cases"]:
        if _call(port, "GET", f"/api/v1/cases/{case['case_id']}/law", None, token)["decision"] == "allow":
            return token, case["case_id"]
    raise UnavailableError("no_case", "The law allows a search under none of the demo's cases.")


def measure(clients: Sequence[Client], searches: int) -> SearchTimes:
    """Times of that many searches, made by all clients side by side."""
    times: list[float] = []
    statuses: list[int] = []
    lock, left = threading.Lock(), iter(range(searches))

    def work(client: Client) -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
            took_ms, status = client.search()
            with lock:
                times.append(took_ms)
                statuses.append(status)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began
    p50, p99 = np.percentile(times, [50, 99]) if times else (0.0, 0.0)
    errors = searches - sum(1 for status in statuses if status == http.client.OK)
    return SearchTimes(
        len(clients), searches, errors, float(p50), float(p99), max(times, default=0.0), searches / took_s
    )


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/sign-in")
        answered = connection.getresponse().status == http.client.OK
        connection.close()
    except OSError:
        return False
    return answered


def _call(port: int, method: str, path: str, body: dict[str, str] | None, token: str | None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    connection.close()
    if answer.status != http.client.OK:
        raise UnavailableError("call_failed", f"{method} {path} was answered with {answer.status}.", str(content))
    return content


def _form(photo: bytes) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="probe.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode(),
        photo,
        f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="face"\r\n\r\n1\r\n--{BOUNDARY}--\r\n'.encode(),
    ]
    return b"".join(parts)
