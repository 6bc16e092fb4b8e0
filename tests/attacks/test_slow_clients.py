"""Clients that bring a byte now and then, or nothing: they are cut off, told why, and keep nobody else out.

Positive control: the protocol that ours is made of lets a ninth connection in beside eight.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from facewarden.adapters.listening import listening
from facewarden.web.connections import PatientProtocol
from tests.processes import wait_until

PATIENCE_S = 60.0
PAGE = b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n"
ANSWER_BYTES = 16 * 1024 * 1024
MOST = 8


class Hasty(PatientProtocol):
    look_every_s = 0.02
    head_s = body_s = stuck_s = 0.2


class Crowded(PatientProtocol):
    most = MOST


async def _app(scope, receive, send) -> None:
    """Reads the body, then answers: much at /much, else a word."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message["more_body"]:
            break
    body = bytes(ANSWER_BYTES) if scope["path"] == "/much" else b"here"
    length = str(len(body)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def _serving(protocol: type[H11Protocol]) -> Iterator[Callable[[], socket.socket]]:
    with _server(protocol) as (connected, _):
        yield connected


@contextmanager
def _server(protocol: type[H11Protocol]) -> Iterator[tuple[Callable[[], socket.socket], uvicorn.Server]]:
    heard = listening("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(_app, http=protocol, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run, args=([heard],))
    thread.start()
    try:
        with ExitStack() as opened:
            yield lambda: opened.enter_context(socket.create_connection(heard.getsockname(), PATIENCE_S)), server
    finally:
        server.should_exit = True
        thread.join()
        heard.close()


def _all(client: socket.socket) -> bytes:
    came = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65_536):
            came += piece
    return came


def _is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


def _drip(client: socket.socket) -> None:
    while True:
        client.sendall(b"a")
        threading.Event().wait(0.01)


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\nX: ", POST + b"a"])
def test_a_request_that_does_not_end_is_told_that_it_came_too_slowly(begun):
    with _serving(Hasty) as connected:
        client = connected()
        client.sendall(begun)
        assert b" 408 " in _all(client).split(b"\r\n", 1)[0]


def test_a_connection_that_brings_nothing_is_closed_without_a_word():
    with _serving(Hasty) as connected:
        assert _all(connected()) == b""


def test_a_body_of_a_byte_now_and_then_has_no_longer_than_one_of_none():
    with _serving(Hasty) as connected:
        client = connected()
        client.sendall(POST)
        with pytest.raises(OSError, match=r"reset|[Pp]ipe"):
            _drip(client)


def test_an_answer_that_nobody_takes_is_taken_back():
    with _server(Hasty) as (connected, server):
        client = connected()
        client.sendall(PAGE.replace(b"/", b"/much", 1))
        wait_until(lambda: server.server_state.total_requests == 1 and not server.server_state.connections)
        assert len(_all(client)) < ANSWER_BYTES


def test_who_brings_nothing_gives_way_to_who_asks():
    with _serving(Crowded) as connected:
        idle = [connected() for _ in range(MOST)]
        asking = connected()
        asking.sendall(PAGE)
        assert _all(asking).endswith(b"here")
        assert _all(idle[0]) == b""  # the one that was there longest


def test_the_slowest_body_gives_way_where_every_connection_brings_one():
    with _server(Crowded) as (connected, server):
        for _ in range(MOST):
            connected().sendall(POST + b"a")
        # Until each is read: one that is not yet is idle, and gives way for that.
        wait_until(lambda: sum(each.cycle is not None for each in list(server.server_state.connections)) == MOST)
        asking = connected()
        asking.sendall(PAGE)
        assert _all(asking).endswith(b"here")


def test_the_control_without_it_nobody_gives_way():
    with _serving(H11Protocol) as connected:
        idle = [connected() for _ in range(MOST)]
        asking = connected()
        asking.sendall(PAGE)
        assert _all(asking).endswith(b"here")
        assert all(_is_open(client) for client in idle)
