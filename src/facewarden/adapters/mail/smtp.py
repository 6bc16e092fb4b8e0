"""Letters carried from the outbox to a mail server. Never loses one that the server did not take, nor keeps one it did.

A letter is durable in the outbox first. What the server took leaves an empty mark there, so that it never goes twice;
what it did not take waits for the next round. Without TLS nothing is said to a server on another machine.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.domain.letters import WaitingLetter
from facewarden.errors import BadUseError, UnavailableError

TIMEOUT_S = 20.0
_PORTS = {"smtp": 587, "smtps": 465}
SENT_SUFFIX = ".sent"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters go: `tls_at_once` for smtps, else STARTTLS, which only a server on this machine may lack."""

    host: str
    port: int
    tls_at_once: bool
    user: str | None
    password: str | None

    @property
    def local(self) -> bool:
        """True for a server on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def mail_server(address: str, password_file: Path | None) -> MailServer:
    """The server of an address such as smtp://user@mail.example.org:587; raises BadUseError, UnavailableError."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as problem:
        raise _bad_address() from problem
    if parts.scheme not in _PORTS or not host or parts.password is not None:
        raise _bad_address()
    password = None
    if password_file is not None:
        try:
            password = password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise UnavailableError(
                "smtp_password_unreadable",
                "The file with the mail server's password cannot be read.",
                next_step="See that this account may read it, and that it holds one line of text.",
            ) from problem
    user = unquote(parts.username) if parts.username else None
    return MailServer(host, port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)


class SmtpMailBox:
    """A mail server behind an outbox of files."""

    def __init__(
        self, outbox: FileOutbox, folder: Path, server: MailServer, context: ssl.SSLContext | None = None
    ) -> None:
        """`folder` is the outbox's; `context` checks the server's certificate, the system's authorities by default."""
        self._outbox = outbox
        self._folder = folder
        self._server = server
        self._context = context

    def send(self, letter_id: str, to: str, subject: str, text: str) -> bool:
        """True once the letter is durable in the outbox, and carried if the server is there; False if it was before."""
        if (self._folder / f"{letter_id}{SENT_SUFFIX}").exists():
            return False
        if not self._outbox.send(letter_id, to, subject, text):
            return False
        with suppress(UnavailableError):  # it waits in the outbox: `carry` is called every day
            self.carry()
        return True

    def carry(self) -> int:
        """How many letters the server took now; raises UnavailableError `mail_unreachable`."""
        waiting = sorted(self._folder.glob("*.eml")) if self._folder.is_dir() else []
        if not waiting:
            return 0
        try:
            with self._connected() as server:
                for path in waiting:
                    server.send_message(self._message(path))
                    path.with_suffix(SENT_SUFFIX).touch(mode=0o600)  # before the letter goes: never twice
                    path.unlink()
        except (OSError, smtplib.SMTPException) as problem:
            raise UnavailableError(
                "mail_unreachable",
                "The mail server did not take the letters.",
                f"It answered: {type(problem).__name__}.",
                "See FACEWARDEN_SMTP. The letters wait in the outbox and are tried again every day.",
            ) from problem
        return len(waiting)

    def waiting(self) -> list[WaitingLetter]:
        """What the server did not take yet, the oldest first."""
        return self._outbox.waiting()

    def end(self, letters: Sequence[WaitingLetter]) -> None:
        """These are gone unsent; UnavailableError `outbox_unwritable`."""
        self._outbox.end(letters)

    def _connected(self) -> smtplib.SMTP:
        server, context = self._server, self._context or ssl.create_default_context()
        if server.tls_at_once:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        try:
            if not server.tls_at_once:
                connection.ehlo_or_helo_if_needed()
                if connection.has_extn("starttls") or not server.local:
                    connection.starttls(context=context)
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _message(path: Path) -> EmailMessage:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        if not isinstance(message, EmailMessage):  # what the policy makes it
            raise smtplib.SMTPException("not a letter")
        return message


def _bad_address() -> BadUseError:
    return BadUseError(
        "bad_smtp",
        "FACEWARDEN_SMTP names no mail server.",
        "A password never stands in it: it has a file of its own.",
        "Write it like smtp://user@mail.example.org:587 or smtps://user@mail.example.org.",
    )
