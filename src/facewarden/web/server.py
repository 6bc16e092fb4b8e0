"""The HTTP server around the app, in one process or in several of which the first deals out the connections.

Never leaves it to the system who gets a connection: of eight that come together, one process may get all.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from facewarden.web.connections import PatientProtocol

LOGGER = logging.getLogger("facewarden.server")

FULL_PAUSE_S = 1.0  # where no file more may be open, connections wait with the system until one was closed
HANDED = b"c"  # goes with a connection from process to process: something must
ALIVE = b"a"  # goes the other way
ALIVE_EVERY_S = 5.0

Hand = Callable[[socket.socket], bool]
"""Hands a connection to a further process; False where that one takes none now."""


class Server(uvicorn.Server):
    """Serves the connections that it is given, until it is told to leave."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(app, http=PatientProtocol, log_level="warning", server_header=False, access_log=False)
        super().__init__(config)
        self._beginning: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Overrides uvicorn's, which would take connections from a socket by itself."""
        await super().startup(sockets=[])

    def begin(self, connection: socket.socket) -> None:
        """The connection is served from now on."""
        connection.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._begin(connection))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _begin(self, connection: socket.socket) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> PatientProtocol:
        return PatientProtocol(self.config, self.server_state, self.lifespan.state)


class FirstServer(Server):
    """Takes connections from the system and deals them out: one for each further process, one for itself."""

    def __init__(
        self,
        app: ASGIApp,
        heard: socket.socket,
        hands: Sequence[Hand] = (),
        on_leaving: Callable[[], None] = lambda: None,
    ) -> None:
        """`heard` listens already; `on_leaving` is called before the last answers are waited for."""
        super().__init__(app)
        self._heard = heard
        self._hands = hands
        self._on_leaving = on_leaving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to take connections."""
        await super().startup(sockets)
        self._heard.setblocking(False)
        self._taking = asyncio.create_task(self._take())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes none any more."""
        self._taking.cancel()
        await asyncio.wait([self._taking])
        self._heard.close()
        self._on_leaving()
        await super().shutdown(sockets)

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        for hand in itertools.cycle([*self._hands, None]):
            connection = None
            while connection is None:
                try:
                    connection, _ = await loop.sock_accept(self._heard)
                except ConnectionAbortedError:  # it was gone before it was taken
                    continue
                except OSError as problem:
                    LOGGER.error("no connection can be taken: %s", problem.strerror)
                    await asyncio.sleep(FULL_PAUSE_S)
            if hand is not None and hand(connection):
                connection.close()  # ours; the other process has its own by now
            else:
                self.begin(connection)


class FurtherServer(Server):
    """Serves what the first process hands on, and leaves with it."""

    def __init__(self, app: ASGIApp, line: socket.socket) -> None:
        """`line` is one end of a pair of Unix sockets; the first process has the other."""
        super().__init__(app)
        self._line = line
        self._line.setblocking(False)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells the first process that connections are taken here, now and again as long as they are."""
        await super().startup(sockets)
        asyncio.get_running_loop().add_reader(self._line, self._handed)
        self._tell()

    def _tell(self) -> None:
        with suppress(OSError):  # who is gone by now is missed by the reader
            self._line.send(ALIVE)
        asyncio.get_running_loop().call_later(ALIVE_EVERY_S, self._tell)

    def _handed(self) -> None:
        try:
            said, descriptors, _, _ = socket.recv_fds(self._line, len(HANDED), 1)
        except BlockingIOError:
            return
        except OSError:  # the first process was killed
            said, descriptors = b"", []
        if not said:
            asyncio.get_running_loop().remove_reader(self._line)
            self.should_exit = True
        for descriptor in descriptors:
            self.begin(socket.socket(fileno=descriptor))
