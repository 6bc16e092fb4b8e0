"""One server in several processes: real ones, with an app that tells which of them answers.

Positive controls: each way to end is shown beside one that must not; the full table of files is really full.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from facewarden.web import workers
from facewarden.web.server import FirstServer
from facewarden.web.workers import Workers
from tests.processes import has_ended, wait_until
from tests.unit.web.server_processes import app, command

PATIENCE_S = 60.0
PAGE = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
SLOW = b"POST /slow HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\n"


def _workers(count: int, function: str = "further") -> Workers:
    return Workers(count, command(function))


class Site:
    """A server that runs, and clients of it."""

    def __init__(self, port: int, opened: ExitStack) -> None:
        self._port = port
        self._opened = opened

    def connected(self) -> socket.socket:
        """One connection more."""
        return self._opened.enter_context(socket.create_connection(("127.0.0.1", self._port), PATIENCE_S))

    def who(self) -> int:
        """The process that answers a new connection."""
        return asked(self.connected())

    def wait_for(self, processes: int) -> set[int]:
        """The processes that answer, once there are so many."""
        seen: set[int] = set()

        def all_answer() -> bool:
            seen.clear()
            with suppress(ConnectionError):  # what was handed to a process in the moment of its death dies with it
                seen.update(self.who() for _ in range(2 * processes))
            return len(seen) == processes

        wait_until(all_answer)
        return seen


def asked(client: socket.socket, request: bytes = PAGE) -> int:
    """The process that answers this request."""
    client.sendall(request)
    return told(client)


def told(client: socket.socket) -> int:
    """The process whose answer comes; ConnectionError where none does."""
    came = b""
    while not came.partition(b"\r\n\r\n")[2]:
        piece = client.recv(4096)
        if not piece:
            raise ConnectionError
        came += piece
    assert b" 200 " in came.split(b"\r\n")[0]
    return int(came.rsplit(b"\r\n", 1)[1])


@contextmanager
def _served(others: Workers) -> Iterator[Site]:
    heard = socket.create_server(("127.0.0.1", 0))
    port = heard.getsockname()[1]
    with others:
        running = FirstServer(app, heard, others.hands, others.stop)
        thread = threading.Thread(target=running.run)
        thread.start()
        try:
            with ExitStack() as opened:
                yield Site(port, opened)
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAUSE_S", 0.05)


def test_connections_are_dealt_out_in_turn():
    with _served(_workers(2)) as site:
        processes = site.wait_for(3)
        assert os.getpid() in processes
        together = [site.connected() for _ in range(12)]
        assert Counter(asked(client) for client in together) == dict.fromkeys(processes, 4)


def test_a_server_of_one_process_takes_all():
    with _served(_workers(0)) as site:
        assert {site.who() for _ in range(3)} == {os.getpid()}


def test_a_process_that_is_not_ready_gets_none():
    """Positive control: `further`, which gets ready, gets some in the test above."""
    with _served(_workers(1, "input")) as site:
        assert {site.who() for _ in range(6)} == {os.getpid()}


def test_another_process_takes_the_place_of_one_that_was_killed(caplog):
    with _served(_workers(1)) as site:
        (killed,) = site.wait_for(2) - {os.getpid()}
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: has_ended(killed))
        (another,) = site.wait_for(2) - {os.getpid()}
        assert another != killed
    assert "ended by itself (-9)" in caplog.text


def test_one_that_hangs_is_ended_and_replaced_and_one_that_does_not_is_let_be(caplog, monkeypatch):
    monkeypatch.setattr(workers, "SILENT_S", 3.0)
    with _served(_workers(2, "lively")) as site:
        hanging, other = site.wait_for(3) - {os.getpid()}
        os.kill(hanging, signal.SIGSTOP)
        wait_until(lambda: has_ended(hanging))
        assert other in site.wait_for(3)
    assert caplog.text.count("did nothing for 3 s") == 1


def test_one_that_reads_nothing_is_handed_no_more_than_its_line_holds_and_nobody_waits_for_it():
    deaf = "import os, time; os.write(0, b'a'); time.sleep(600)"
    worker = workers.Worker([sys.executable, "-c", deaf])
    one, _other = socket.socketpair()
    with one, _other:
        worker.start()
        try:
            wait_until(lambda: worker.hand(one))
            assert not all(worker.hand(one) for _ in range(10_000))
        finally:
            worker.stop()
            worker.end(0.0)


def test_one_that_cannot_start_is_tried_again_ever_more_seldom_and_said_so(caplog):
    with _served(_workers(1, "nothing_of_that_name")) as site:
        wait_until(lambda: caplog.text.count("ended by itself (1)") > 1)
        assert site.who() == os.getpid()


def test_one_that_the_system_does_not_start_is_tried_again_too(caplog):
    with _served(Workers(1, ["/nowhere/at/all"])) as site:
        wait_until(lambda: caplog.text.count("could not be started (No such file or directory)") > 1)
        assert site.who() == os.getpid()


def test_who_was_asked_before_the_end_answers_all_the_same():
    others = _workers(1)
    with _served(others) as site:
        (other,) = site.wait_for(2) - {os.getpid()}
        clients = [site.connected() for _ in range(2)]
        for client in clients:
            client.sendall(SLOW)
            client.recv(1, socket.MSG_PEEK)  # it is being answered
        others.stop()
        for client in clients:
            client.sendall(b"a")
        assert {told(client) for client in clients} == {os.getpid(), other}
        wait_until(lambda: has_ended(other))
        assert site.who() == os.getpid()


def test_a_further_process_ends_with_the_first_however_that_ends():
    for how in (signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen(command("first"), stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process, ExitStack() as opened:
            site = Site(int(process.stdout.readline()), opened)
            (other,) = site.wait_for(2) - {process.pid}
            process.send_signal(how)
            wait_until(lambda: has_ended(other))  # noqa: B023
            process.wait(PATIENCE_S)
            with pytest.raises(ConnectionRefusedError):
                site.connected()


def test_a_server_that_may_open_no_file_more_takes_connections_once_it_may():
    process = subprocess.Popen(command("full"), stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process, ExitStack() as opened:
        site = Site(int(process.stdout.readline()), opened)
        client = site.connected()  # the system takes it, the server cannot
        client.sendall(PAGE)
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(PATIENCE_S)
        process.send_signal(signal.SIGUSR1)
        assert told(client) == process.pid
        process.terminate()
