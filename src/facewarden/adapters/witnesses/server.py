"""A witness over HTTP (C2SP tlog-witness): `POST /add-checkpoint`, and `GET /HASH/checkpoint` for whoever watches.

Never answers with anything but what the book decides, and never lets a slow caller keep others out.
"""

from __future__ import annotations

import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from facewarden.adapters.deadlines import Deadline
from facewarden.adapters.listening import listening
from facewarden.adapters.witnesses.book import WitnessBook
from facewarden.audit.cosigning import MAX_REQUEST_BYTES, NOTE_TYPE, Answer
from facewarden.errors import Error

SOCKET_TIMEOUT_S = 10.0
CALL_S = 60.0
"""Who has not said what they came for by then, or keeps the line without a word, is hung up on."""
CALLERS_MAX = 32
"""So many at once; who comes beyond that is hung up on, and asks again."""


class WitnessServer(ThreadingHTTPServer):
    """Listens once it is made; `serve_forever` answers. Raises UnavailableError `address_not_free`."""

    daemon_threads = True

    def __init__(self, book: WitnessBook, host: str, port: int) -> None:
        self.book = book
        self._room = threading.BoundedSemaphore(CALLERS_MAX)
        heard = listening(host, port)
        super().__init__(heard.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = heard

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        deadline = Deadline(CALL_S)
        deadline.watch(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            deadline.stop()
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who hung up is no event; anything else is told on the terminal, as ever."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    server_version = "facewarden-witness"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = SOCKET_TIMEOUT_S

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._answer(Answer(HTTPStatus.NOT_FOUND, b"ask /add-checkpoint\n"), hang_up=True)
        elif not length.isdecimal() or len(length) > 9 or int(length) > MAX_REQUEST_BYTES:
            self._answer(Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"too long, or of no said length\n"), hang_up=True)
        else:
            body = self.rfile.read(int(length))
            try:
                self._answer(self.server.book.add_checkpoint(body))
            except Error as error:
                self._answer(Answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"{error.code}\n".encode()))

    def do_GET(self) -> None:
        origin_hash = self.path.removeprefix("/").removesuffix("/checkpoint")
        try:
            note = self.server.book.newest(origin_hash) if self.path == f"/{origin_hash}/checkpoint" else None
        except Error as error:
            self._answer(Answer(HTTPStatus.INTERNAL_SERVER_ERROR, f"{error.code}\n".encode()))
            return
        self._answer(Answer(HTTPStatus.NOT_FOUND, b"nothing is here\n") if note is None else Answer(200, note))

    def _answer(self, answer: Answer, *, hang_up: bool = False) -> None:
        self.close_connection = self.close_connection or hang_up
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type or NOTE_TYPE)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: who asked, and when, is nobody's business."""
