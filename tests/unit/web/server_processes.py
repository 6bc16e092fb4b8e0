"""What the processes of a server run in the tests: light to start, and told apart by their answers."""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress

from facewarden.web import server
from facewarden.web.server import FirstServer, FurtherServer
from facewarden.web.workers import Workers


def command(function: str) -> list[str]:
    """Starts a process that does one of these."""
    return [sys.executable, "-c", f"from tests.unit.web.server_processes import {function}; {function}()"]


async def app(scope, receive, send) -> None:
    """Answers with the process's id; at /slow it begins to answer, and ends once a body has come."""
    body = str(os.getpid()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    if scope["path"] == "/slow":
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await receive()
    await send({"type": "http.response.body", "body": body})


def further() -> None:
    """What a further process runs here."""
    FurtherServer(app, socket.socket(fileno=0)).run()


def lively() -> None:
    """A further process that says more often that it is one."""
    server.ALIVE_EVERY_S = 0.1
    further()


def first() -> None:
    """A first process with a further one, for a test to kill: says where it listens."""
    heard = socket.create_server(("127.0.0.1", 0))
    print(heard.getsockname()[1], flush=True)
    with Workers(1, command("further")) as others:
        FirstServer(app, heard, others.hands, others.stop).run()


def full() -> None:
    """A server in a process that may open no file more, until it is told to close some."""
    heard = socket.create_server(("127.0.0.1", 0))
    opened = []

    def fill() -> None:
        with suppress(OSError):
            while True:
                opened.append(os.open(os.devnull, os.O_RDONLY))

    def empty(*_: object) -> None:
        while opened:
            os.close(opened.pop())

    one = FirstServer(app, heard)
    begin = one.startup

    async def startup(sockets: object = None) -> None:
        await begin()
        fill()
        print(heard.getsockname()[1], flush=True)

    one.startup = startup
    signal.signal(signal.SIGUSR1, empty)
    one.run()
