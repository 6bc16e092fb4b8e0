"""Connections that bring nothing: how long a client may take, and how many there may be at a time.

Never cuts one off whose answer is still being made here, and never lets the idle keep out who has something to ask.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOK_EVERY_S = 5.0
HEAD_S = 20.0  # from the connection, or the answer before, to the end of a request's head: browsers take milliseconds
BODY_S = 30.0  # a body has this long, and a second more for every
BODY_BYTES_A_S = 16 * 1024  # that came: a 25 MB photo over a telephone line of the nineties has half an hour
STUCK_S = 60.0  # an answer of which a client takes nothing for so long is taken back
CONNECTIONS_MAX = 1_000  # an office has some hundred browsers with six connections at most, of which a proxy keeps few
TOO_SLOW = b"The request came too slowly. Send it again over a better line.\n"


def open_files() -> int:
    """How many files this process may have open; connections get half of them, files and databases the rest."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


class PatientProtocol(H11Protocol):
    """One connection. At most `most` are open: another takes the place of who brings least."""

    look_every_s: ClassVar[float] = LOOK_EVERY_S
    head_s: ClassVar[float] = HEAD_S
    body_s: ClassVar[float] = BODY_S
    stuck_s: ClassVar[float] = STUCK_S
    most: ClassVar[int] = CONNECTIONS_MAX

    _since_s: float  # when it began to wait for a request
    _body_since_s: float
    _came_bytes: int
    _stuck_bytes: int
    _stuck_since_s: float

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Counts it in, or closes one."""
        super().connection_made(transport)
        now_s = self.loop.time()
        self._since_s = self._body_since_s = self._stuck_since_s = now_s
        self._came_bytes = self._stuck_bytes = 0
        if len(self.connections) > min(self.most, open_files() // 2):
            self._make_room()
        self.loop.call_later(self.look_every_s, self._look)

    def data_received(self, data: bytes) -> None:
        """Counts what came."""
        if self._waits_for_request():
            self._body_since_s, self._came_bytes = self.loop.time(), 0
        self._came_bytes += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Begins to wait for the next request."""
        self._since_s = self.loop.time()
        super().on_response_complete()

    def _waits_for_request(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        others = (each for each in self.connections if isinstance(each, PatientProtocol) and each is not self)
        waited_for = [each for each in others if not each._is_answered() and not each.transport.is_closing()]
        min(waited_for, key=PatientProtocol._pace, default=self).transport.abort()

    def _is_answered(self) -> bool:
        if self.transport.get_write_buffer_size():
            return True
        return not self._waits_for_request() and self.conn.their_state is not h11.SEND_BODY

    def _pace(self) -> tuple[float, float]:
        """Less for whoever should give way sooner: who asks for nothing, longest first; then whose body is slowest."""
        if self._waits_for_request():
            return 0.0, self._since_s
        return 1.0, self._came_bytes / (self.loop.time() - self._body_since_s + 1.0)

    def _look(self) -> None:
        now_s = self.loop.time()
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            return
        if self._is_late(now_s):
            self._end()
        else:
            self.loop.call_later(self.look_every_s, self._look)

    def _is_late(self, now_s: float) -> bool:
        if self._is_answered():
            self._since_s = now_s
            return self._is_stuck(now_s)
        if self._waits_for_request():
            return now_s - self._since_s > self.head_s
        if self.flow.read_paused:  # it is we who are slow
            self._body_since_s += self.look_every_s
        return now_s - self._body_since_s > self.body_s + self._came_bytes / BODY_BYTES_A_S

    def _is_stuck(self, now_s: float) -> bool:
        unsent_bytes = self.transport.get_write_buffer_size()
        if unsent_bytes == 0 or unsent_bytes != self._stuck_bytes:
            self._stuck_bytes, self._stuck_since_s = unsent_bytes, now_s
        return now_s - self._stuck_since_s > self.stuck_s

    def _end(self) -> None:
        """Says why where nothing was said yet, and closes."""
        begun = self._came_bytes > 0 and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE)
        if begun and not self.transport.get_write_buffer_size():
            headers: list[Any] = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
            answer = h11.Response(status_code=408, headers=headers, reason=b"Request Timeout")
            for event in (answer, h11.Data(data=TOO_SLOW), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()
        else:
            self.transport.abort()
