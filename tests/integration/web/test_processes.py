"""One real server in two processes over one real installation: no answer depends on which of them gives it.

Positive controls: both processes are asked by name; what one shows, it shows before it is erased.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.domain.audit import AuditEvent
from tests.integration.web.serving import serving
from tests.processes import has_ended, wait_until

pytestmark = [pytest.mark.models, pytest.mark.slow]

PASSWORD = "tall-grass-in-wind-4"
OFFICER_PASSWORD = "quiet-harbour-lamp-8"
OFFICER = ("--role", "privacy_officer", "--org", "Rivermouth Police", "--password-stdin")
PERSON = 3


@pytest.fixture
def agency(gallery_template, tmp_path):
    return gallery_template.copied(tmp_path / "agency")


def who_answers(client, address) -> int:
    """The process that holds the client's connection."""
    answer = client.get("cases")
    assert answer.status_code == 200, answer.text
    port = int(address.rsplit(":", 1)[1])
    theirs = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(f":{port:04X}") and words[2].endswith(f":{theirs:04X}"):
            link = f"socket:[{words[9]}]"
            return next(process for process in _processes() if link in _open_in(process))
    raise AssertionError("nobody holds it")


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _open_in(process_id: int) -> set[str]:
    opened = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{process_id}/fd").iterdir():
            with contextlib.suppress(OSError):
                opened.add(str(entry.readlink()))
    return opened


def both(served, opened: ExitStack):
    """The same person's client of each process, the first one's first."""
    clients = {}

    def found() -> bool:
        client = served.program("ana", PASSWORD)
        opened.callback(client.close)
        clients.setdefault(who_answers(client, served.address), client)
        return len(clients) == 2

    wait_until(found)
    first = clients.pop(served.process_id)
    ((other_id, other),) = clients.items()
    return first, other, other_id


def search(client, case_id, content):
    answer = client.post(f"cases/{case_id}/search", files={"photo": ("probe.jpg", content)}, data={"face": "1"})
    assert answer.status_code == 200, answer.text
    return [candidate["photo_id"] for candidate in answer.json()["candidates"]]


def test_both_processes_know_and_show_the_same(agency, population):
    photo = population.photo(PERSON, 2).content
    with serving(agency, "--workers", "2") as served, ExitStack() as opened:
        first, other, _ = both(served, opened)
        case_id = first.post("cases", json={"number": "W-1", "purpose": "investigate_crime"}).json()["case_id"]
        shown = search(first, case_id, photo)
        assert shown
        assert search(other, case_id, photo) == shown
        _erase(agency, shown[0])
        left = search(other, case_id, photo)
        assert shown[0] not in left
        assert search(first, case_id, photo) == left
        other.post("sign-out")
        first.headers["authorization"] = other.headers["authorization"]
        assert first.get("cases").status_code == 401
        assert agency.json("audit", "verify")["ok"]


def test_what_another_process_erased_is_forgotten_without_a_search(agency):
    with closing(opening.open_installation(agency.settings)) as idle:
        idle.self_check()
        held = idle.index_keeper._index.count
        with closing(sqlite3.connect(agency.data / "records.db")) as records:
            (photo_id,) = records.execute("SELECT photo_id FROM photos LIMIT 1").fetchone()
        _erase(agency, photo_id)
        assert idle.index_keeper._index.count == held
        idle.forget_what_is_gone()
        assert idle.index_keeper._index.count < held


def test_many_search_in_both_and_every_search_is_on_record(agency, population):
    photo = population.photo(PERSON, 2).content
    with serving(agency, "--workers", "2") as served, ExitStack() as opened:
        first, other, _ = both(served, opened)
        case_id = first.post("cases", json={"number": "W-1", "purpose": "investigate_crime"}).json()["case_id"]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda at: search((first, other)[at % 2], case_id, photo), range(24)))
        assert all(candidates == found[0] for candidates in found)
    events = _events(agency)
    assert events.count(AuditEvent.SEARCH_DECIDED) == 24
    assert (events.count(AuditEvent.SERVER_STARTED), events.count(AuditEvent.SERVER_STOPPED)) == (1, 1)
    assert agency.json("audit", "verify")["ok"]


def test_the_further_process_is_replaced_when_killed_and_gone_with_the_first(agency):
    with serving(agency, "--workers", "2") as served:
        with ExitStack() as opened:
            _, _, killed = both(served, opened)
            os.kill(killed, signal.SIGKILL)
            wait_until(lambda: has_ended(killed))
        with ExitStack() as opened:
            _, _, another = both(served, opened)
            os.kill(served.process_id, signal.SIGKILL)
            wait_until(lambda: has_ended(another))
        with pytest.raises(ConnectionRefusedError), socket.create_connection(served.place):
            pass


def _erase(agency, photo_id):
    agency.json("user", "add", "olga", *OFFICER, stdin=OFFICER_PASSWORD + "\n")
    agency.login("olga", OFFICER_PASSWORD)
    agency.json("erase", photo_id, "--reason", "officer")


def _events(agency):
    with closing(opening.open_installation(agency.settings)) as installation:
        return [entry.event for entry in installation.log.entries()]
