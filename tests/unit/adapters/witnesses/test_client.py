"""Asking over real TLS: only who is who they say is heard, and only once."""

import datetime as days
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from facewarden.adapters.witnesses.client import HttpWitnesses
from facewarden.errors import UnavailableError


def certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "witness")])
    now = days.datetime.now(days.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - days.timedelta(days=1))
        .not_valid_after(now + days.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "witness.pem"
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(307 if self.path.startswith("/moved") else 200)
        self.send_header("Location", "/elsewhere/add-checkpoint")
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"x" * 500_000)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def witness(tmp_path, monkeypatch):
    file = certificate(tmp_path)
    server = HTTPServer(("127.0.0.1", 0), Answering)
    server.heard = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # who does not trust the certificate hangs up
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_trusted_witness_is_heard_no_further_than_an_answer_goes(witness):
    url = f"https://127.0.0.1:{witness.server_address[1]}/prefix/"
    answer = HttpWitnesses().add_checkpoint(url, b"old 0\n")
    assert (answer.status, len(answer.body)) == (200, 100_000)
    assert witness.heard == [("/prefix/add-checkpoint", b"old 0\n")]


def test_no_redirect_is_followed(witness):
    answer = HttpWitnesses().add_checkpoint(f"https://127.0.0.1:{witness.server_address[1]}/moved", b"")
    assert (answer.status, len(witness.heard)) == (307, 1)


def test_a_certificate_that_nobody_vouches_for_is_silence(witness, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(UnavailableError) as caught:
        HttpWitnesses().add_checkpoint(f"https://127.0.0.1:{witness.server_address[1]}", b"")
    assert caught.value.code == "witness_silent"
    assert witness.heard == []
