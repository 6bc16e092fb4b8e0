"""A publisher of weights for tests: an HTTPS server with its own authority, behind a proxy that leads all to it."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLISHERS = ("huggingface.co", "github.com", "elsewhere.example")
Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Publisher:
    """Answers by path ending; `seen` are host and path of each request, in order."""

    authority: Path
    proxy: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a command needs to reach it, and no package index beside."""
        return {
            "HTTPS_PROXY": self.proxy,
            "https_proxy": self.proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "SSL_CERT_FILE": str(self.authority),
            "PIP_NO_INDEX": "1",
        }


def whole(content: bytes) -> Answer:
    """The file, with its length."""
    return partly(content, len(content))


def partly(content: bytes, told_bytes: int) -> Answer:
    """The bytes, with another length told than they have; what is told is never awaited."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(told_bytes))
        request.end_headers()
        with suppress(OSError):
            request.wfile.write(content)
        request.close_connection = True

    return answer


def endless(request: BaseHTTPRequestHandler) -> None:
    """Bytes without a length and without an end."""
    request.send_response(200)
    request.end_headers()
    request.close_connection = True
    with suppress(OSError):
        while True:
            request.wfile.write(b"x" * 65_536)


def dripping(start: bytes, started: threading.Event, ended: threading.Event) -> Answer:
    """That start, then a byte now and then, until the caller is gone or the test is over."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        started.set()
        request.close_connection = True
        with suppress(OSError):
            request.wfile.write(start)
            while not ended.is_set():
                request.wfile.write(b"x")
                time.sleep(0.05)

    return answer


def led_to(address: str) -> Answer:
    """Another address."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", address)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextmanager
def publishing(folder: Path) -> Iterator[Publisher]:
    """The publisher, serving on loopback while it lasts."""
    authority, served = folder / "authority.pem", folder / "served.pem"
    _write_certificates(authority, served)
    publisher = Publisher(authority)
    server = _Quiet(("127.0.0.1", 0), _handler(publisher))
    server.daemon_threads = True
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(served)
    server.socket = trust.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    proxy = socket.create_server(("127.0.0.1", 0))
    publisher.proxy = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    threading.Thread(target=_lead, args=(proxy, server.server_address[1]), daemon=True).start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        proxy.close()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that does not trust it hangs up, as it should."""


def _handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.seen.append((self.headers["Host"], self.path))
            for ending, answer in publisher.answers.items():
                if self.path.endswith(ending):
                    answer(self)
                    return
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _lead(proxy: socket.socket, port: int) -> None:
    """Takes CONNECT to anywhere for a connection to the server."""
    with suppress(OSError):
        while True:
            client, _ = proxy.accept()
            threading.Thread(target=_pass_on, args=(client, port), daemon=True).start()


def _pass_on(client: socket.socket, port: int) -> None:
    with suppress(OSError), client:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += client.recv(4096)
        with socket.create_connection(("127.0.0.1", port)) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pour, args=(server, client), daemon=True)
            back.start()
            _pour(client, server)
            back.join()


def _pour(source: socket.socket, into: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(65_536):
            into.sendall(block)
    for end in (source, into):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _write_certificates(authority: Path, served: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def signed(subject: str, public: ec.EllipticCurvePublicKey, extension: x509.ExtensionType) -> bytes:
        made = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("Test authority"))
        made = made.public_key(public).serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        identifier = x509.SubjectKeyIdentifier.from_public_key(public)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        made = made.add_extension(identifier, critical=False).add_extension(issuer, critical=False)
        return made.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    names = x509.SubjectAlternativeName(
        [*map(x509.DNSName, PUBLISHERS), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    authority.write_bytes(signed("Test authority", root_key.public_key(), x509.BasicConstraints(True, None)))
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    served.write_bytes(private + signed("weights", key.public_key(), names))
