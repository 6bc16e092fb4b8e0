"""Several web sites on one loopback port, for tests and benchmarks of the crawl: each host with its pages and habits.

Never serves anything that was not given to it, and never listens on anything but loopback.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from facewarden.adapters.crawl.endpoints import Endpoint

PUBLIC_ADDRESS = "93.184.216.34"
"""What the names resolve to unless a test says otherwise: a public address that nobody dials here."""


@dataclass(frozen=True, slots=True)
class Served:
    """One answer. `drip_s` is waited between its bytes, `wait_s` before it."""

    body: bytes = b""
    kind: str = "text/html"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait_s: float = 0.0
    drip_s: float = 0.0


Route = Served | Callable[[str], Served]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the server saw it."""

    host: str
    path: str
    at_s: float
    user_agent: str


class Websites:
    """Hosts to paths to answers; a path "*" answers what no other does. It is a resolver of its own names."""

    def __init__(self, hosts: Mapping[str, Mapping[str, Route]]) -> None:
        self.hosts = {host: dict(routes) for host, routes in hosts.items()}
        self.addresses: dict[str, list[str]] = {}
        self.seen: list[Seen] = []
        self.resolved: list[str] = []
        self.port = 0

    def resolve(self, host: str) -> Sequence[Endpoint]:
        """Public-looking addresses behind which the loopback server stands; a test may give others."""
        self.resolved.append(host)
        return [Endpoint(address, ("127.0.0.1", self.port)) for address in self.addresses.get(host, [PUBLIC_ADDRESS])]

    def answer(self, host: str, path: str) -> Served:
        """What that host says to that path; 404 where it has nothing."""
        routes = self.hosts.get(host, {})
        route = routes.get(path, routes.get("*", Served(status=404)))
        return route if isinstance(route, Served) else route(path)

    def paths(self, host: str) -> list[str]:
        """The paths that were asked for there, in order."""
        return [seen.path for seen in self.seen if seen.host == host]

    @contextmanager
    def serving(
        self, certificates: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
    ) -> Iterator[Websites]:
        """Serves until it is left, with `certificates` over TLS. `address` is one of loopback's, `port` 0 any."""
        server = _Server((address, port), _handler(self))
        server.daemon_threads = True
        if certificates is not None:
            server.socket = certificates.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    """Says nothing of connections that end in a handshake: a crawler that refuses a certificate leaves at once."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: what was asked for is in `seen`."""


def _handler(sites: Websites) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0]
            sites.seen.append(Seen(host, self.path, time.monotonic(), self.headers.get("User-Agent") or ""))
            served = sites.answer(host, self.path)
            time.sleep(served.wait_s)
            self.send_response(served.status)
            self.send_header("Content-Type", served.kind)
            self.send_header("Content-Length", str(len(served.body)))
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self._send(served)
            except OSError:  # the crawler had enough
                self.close_connection = True

        def _send(self, served: Served) -> None:
            if not served.drip_s:
                self.wfile.write(served.body)
                return
            for at in range(len(served.body)):
                self.wfile.write(served.body[at : at + 1])
                time.sleep(served.drip_s)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: what was asked for is in `seen`."""

    return Handler
