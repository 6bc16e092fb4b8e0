"""Further processes of one server: each is handed connections by the first, and ends with it.

Never serves without the first process, not even when that is killed; and never does what is done once: the daily rounds
and the other work beside answering are the first one's.
"""

from __future__ import annotations

import logging
import select
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from facewarden.web.server import HANDED, Hand

LOGGER = logging.getLogger("facewarden.server")

PAUSE_S = 1.0  # before another takes the place of one that ended; twice as long each time
PAUSE_MOST_S = 60.0
LASTED_S = 60.0  # one that lived so long did not end of its start: the next pause is the first again
STOP_S = 30.0  # what it answers at the end may take so long
SILENT_S = 60.0  # one that takes connections says so every ALIVE_EVERY_S: not for so long, and it hangs


class Workers:
    """So many processes beside this one, each started anew when it ends by itself, from entering to `stop`."""

    def __init__(self, count: int, command: Sequence[str]) -> None:
        """`command` makes a process that serves what comes over its standard input."""
        self._workers = [Worker(command) for _ in range(count)]

    @property
    def hands(self) -> Sequence[Hand]:
        """For each process, what hands it a connection."""
        return [worker.hand for worker in self._workers]

    def __enter__(self) -> Workers:
        for worker in self._workers:
            worker.start()
        return self

    def stop(self) -> None:
        """Tells them to end, at once; they answer what they were asked before."""
        for worker in self._workers:
            worker.stop()

    def __exit__(self, *_: object) -> None:
        """They have ended."""
        self.stop()
        deadline_s = time.monotonic() + STOP_S
        for worker in self._workers:
            worker.end(deadline_s)


class Worker:
    """One further process at a time, and the thread that waits for it to end."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._leaving = threading.Event()
        self._changing = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._takes = False
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """The process is there soon, and again whenever it ended."""
        self._keeper.start()

    def hand(self, connection: socket.socket) -> bool:
        """Whether the process has the connection now; it has not while it gets ready, or when too many wait for it."""
        line = self._line
        if not self._takes or line is None:
            return False
        try:
            socket.send_fds(line, [HANDED], [connection.fileno()])
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """The process is told to end; there is no other after it."""
        with self._changing:
            self._leaving.set()
            self._takes = False
            if self._line is not None:
                self._line.shutdown(socket.SHUT_RDWR)

    def end(self, deadline_s: float) -> None:
        """Waits until then for the process to end, and ends it."""
        self._keeper.join(max(0.0, deadline_s - time.monotonic()))
        if self._keeper.is_alive() and self._process is not None:
            self._process.kill()
            self._keeper.join()

    def _keep(self) -> None:
        pause_s = PAUSE_S
        while True:
            began_s = time.monotonic()
            try:
                how = f"ended by itself ({self._run()})"
            except OSError as problem:
                how = f"could not be started ({problem.strerror})"
            if self._leaving.is_set():
                return
            pause_s = PAUSE_S if time.monotonic() - began_s > LASTED_S else pause_s
            LOGGER.error("a process of the server %s; another follows in %d s", how, pause_s)
            self._leaving.wait(pause_s)
            pause_s = min(2 * pause_s, PAUSE_MOST_S)

    def _run(self) -> int:
        """The exit status of a process, once it has ended; 0 at once where all are leaving."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)  # who hands a connection on waits for nobody
            with self._changing:
                if self._leaving.is_set():
                    return 0
                self._process = subprocess.Popen(
                    self._command,
                    stdin=theirs.fileno(),
                    start_new_session=True,  # an interrupt at the terminal is the first one's to handle
                )
                self._line = ours  # the process follows it, and ends when it is gone
            theirs.close()
            self._follow(ours, self._process)
            status = self._process.wait()
            with self._changing:
                self._takes, self._line = False, None
            return status

    def _follow(self, line: socket.socket, process: subprocess.Popen[bytes]) -> None:
        """Returns when the process leaves; one that hangs, once it has begun to take connections, is killed."""
        heard = select.poll()
        heard.register(line, select.POLLIN)
        patience_ms = None  # it may take long to get ready
        with suppress(ConnectionResetError):  # it was killed before it had read all
            while heard.poll(patience_ms):
                if not line.recv(1024):
                    return
                self._takes, patience_ms = True, SILENT_S * 1e3
            LOGGER.error("a process of the server did nothing for %d s", SILENT_S)
            process.kill()
