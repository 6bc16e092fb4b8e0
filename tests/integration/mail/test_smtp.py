"""Letters reach a real mail server on this machine, once, under TLS where it is asked; what it does not take waits."""

from __future__ import annotations

import datetime
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.adapters.mail.smtp import MailServer, SmtpMailBox, mail_server
from facewarden.errors import BadUseError, UnavailableError
from facewarden.testing.gallery import SettableClock


class _Talk(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one letter needs, with STARTTLS if the server has a certificate."""

    def handle(self) -> None:
        site = self.server
        self._say("220 test")
        while line := self.rfile.readline():
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                self._say("250-test\r\n250 STARTTLS" if site.context and not site.secured else "250 test")
            elif word == b"STARTTLS":
                self._say("220 go on")
                self.connection = site.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
                site.secured = True
            elif word == b"DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part)
                site.letters.append((site.secured, b"".join(lines).decode()))
                self._say("250 taken")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 well")

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()


class _Site(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.context, self.secured = context, False
        self.letters: list[tuple[bool, str]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that nobody but the test trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def _served(context: ssl.SSLContext | None) -> Iterator[_Site]:
    with _Site(context) as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield site
        site.shutdown()
        thread.join()


@pytest.fixture
def plain() -> Iterator[_Site]:
    yield from _served(None)


@pytest.fixture
def secure(certificate: Path) -> Iterator[_Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from _served(context)


def _box(folder: Path, server: MailServer, certificate: Path | None = None) -> SmtpMailBox:
    trusted = None if certificate is None else ssl.create_default_context(cafile=str(certificate))
    outbox = FileOutbox(folder, "office <office@test.example>", SettableClock())
    return SmtpMailBox(outbox, folder, server, trusted)


def test_a_letter_goes_once_and_leaves_only_a_mark(plain: _Site, tmp_path: Path) -> None:
    box = _box(tmp_path, mail_server(f"smtp://localhost:{plain.port}", None))
    assert box.send("req_1.closed", "person@example.org", "Your request", "It is done.")
    assert not box.send("req_1.closed", "person@example.org", "Your request", "It is done.")
    (letter,) = plain.letters
    assert "It is done." in letter[1]
    assert [path.name for path in tmp_path.iterdir()] == ["req_1.closed.sent"]
    assert (tmp_path / "req_1.closed.sent").read_bytes() == b""


def test_a_server_that_offers_tls_gets_letters_under_it_alone(secure: _Site, certificate: Path, tmp_path: Path) -> None:
    server = mail_server(f"smtp://localhost:{secure.port}", None)
    assert _box(tmp_path, server, certificate).send("one", "person@example.org", "s", "t")
    assert [under_tls for under_tls, _ in secure.letters] == [True]


def test_a_certificate_that_nobody_vouches_for_gets_no_letter(secure: _Site, tmp_path: Path) -> None:
    box = _box(tmp_path, mail_server(f"smtp://localhost:{secure.port}", None))
    assert box.send("one", "person@example.org", "s", "t")
    assert secure.letters == []
    assert (tmp_path / "one.eml").exists()


class _Elsewhere(MailServer):
    """A server as if it were on another machine."""

    @property
    def local(self) -> bool:
        return False


def test_a_server_elsewhere_without_tls_gets_no_letter(plain: _Site, tmp_path: Path) -> None:
    box = _box(tmp_path, _Elsewhere("localhost", plain.port, False, None, None))
    assert box.send("one", "person@example.org", "s", "t")
    with pytest.raises(UnavailableError) as refused:
        box.carry()
    assert refused.value.code == "mail_unreachable"
    assert plain.letters == []


def test_what_the_server_did_not_take_waits_and_goes_later(tmp_path: Path) -> None:
    server = mail_server("smtp://localhost:9", None)  # nobody listens there
    assert _box(tmp_path, server).send("one", "person@example.org", "s", "t")
    assert (tmp_path / "one.eml").exists()
    for site in _served(None):
        assert _box(tmp_path, mail_server(f"smtp://localhost:{site.port}", None)).carry() == 1
        assert len(site.letters) == 1
        assert _box(tmp_path, mail_server(f"smtp://localhost:{site.port}", None)).carry() == 0


@pytest.mark.parametrize(
    "address",
    ["", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://u:secret@m.example.org", "smtp://m:x"],
)
def test_an_address_that_names_no_server_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(BadUseError) as refused:
        mail_server(address, None)
    assert refused.value.code == "bad_smtp"
    assert "secret" not in str(refused.value)


def test_the_password_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("quiet\n")
    server = mail_server("smtps://office%40example.org@mail.example.org", file)
    assert (server.user, server.password, server.port, server.tls_at_once) == ("office@example.org", "quiet", 465, True)
    with pytest.raises(UnavailableError):
        mail_server("smtp://mail.example.org", tmp_path / "nothing")
