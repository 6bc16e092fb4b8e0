"""An end to a connection whose other side drips: a limit on each wait alone would never end it.

Never closes a socket: it shuts it down, and whoever reads or writes there gets an error.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Deadline:
    """Ends the connection that is watched when its time is over; `over` says whether it is."""

    def __init__(self, whole_s: float) -> None:
        self.over = False
        self._sock: socket.socket | None = None
        self._timer = threading.Timer(whole_s, self._end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, sock: socket.socket) -> None:
        """Watches that connection from now on."""
        self._sock = sock
        if self.over:
            self._end()

    def stop(self) -> None:
        """Watches no more."""
        self._timer.cancel()

    def _end(self) -> None:
        self.over = True
        if self._sock is not None:
            with suppress(OSError):  # it is closed already
                # The plain socket's own: that of TLS would pull its state from under whoever reads.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
