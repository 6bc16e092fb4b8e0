"""Letters to people who asked, written from the catalogues in their language and sent through the mail port.

Never says in a letter whether anything was found, and never sends one of them twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from facewarden.domain.audit import AuditEvent
from facewarden.domain.requests import PersonRequest
from facewarden.ports import MailBox
from facewarden.services.gate import Gate
from facewarden.services.taking_out.catalogues import DEFAULT_LANGUAGE, Catalogue, catalogue

CONFIRM_PATH = "/opt-out/confirm"
TRACK_PATH = "/opt-out/track"


@dataclass(frozen=True, slots=True)
class Desk:
    """What a letter says of the office: `address` is where its pages are on the web, `contact` whom to ask.

    Either may be empty: then the letter names the page alone, and the office itself.
    """

    installation: str
    address: str = ""
    contact: str = ""


class RequestLetters:
    """Writes and sends the letters of requests; a letter's id is made of the request's, so each goes out once."""

    def __init__(self, mail: MailBox, desk: Desk, gate: Gate) -> None:
        self._mail = mail
        self._desk = desk
        self._gate = gate

    def confirm(self, request: PersonRequest, email: str, token: str, expires: datetime, attempt: int) -> None:
        """Asks for the confirmation of the address."""
        text = catalogue(request.language, "letters")
        link = self._link(f"{CONFIRM_PATH}?number={request.request_id}&token={token}&lang={text.language}")
        values = {"token": token, "link": link, "expires": text.day(expires)}
        self._send(f"confirm.{attempt}", request, email, "confirm", values)

    def received(self, request: PersonRequest, email: str, code: str) -> None:
        """Confirms the receipt, with the date of the answer and the code to follow the request with."""
        text = catalogue(request.language, "letters")
        values = {
            "code": code,
            "due": text.day(request.due_at),
            "law": text(f"clock.{request.clock_id}"),
            "link": self._track(request, text),
            "contact": self._contact(text),
        }
        self._send("received", request, email, "received", values)

    def limit_reached(self, email: str, language: str, limit: int, letter_id: str) -> None:
        """Tells the owner of the address that a further request was not taken."""
        text = catalogue(language, "letters")
        self._mail.send(letter_id, email, text("limit.subject"), self._whole(text, "limit", {"limit": limit}))

    def extended(self, request: PersonRequest, email: str) -> None:
        """Tells that the answer takes longer, and why."""
        text = catalogue(request.language, "letters")
        reason = request.extension_reason.value if request.extension_reason else "complex"
        values = {
            "reason": text(f"extension.{reason}"),
            "due": text.day(request.due_at),
            "law": text(f"clock.{request.clock_id}"),
        }
        self._send("extended", request, email, "extended", values)

    def closed(self, request: PersonRequest, email: str) -> None:
        """Tells that the request is closed; by its outcome alone, which says nothing of what was found."""
        text = catalogue(request.language, "letters")
        outcome = request.outcome.value if request.outcome else "handled"
        self._send("closed", request, email, outcome, {"link": self._track(request, text)})

    def officer(self, to: str, overdue: int, soon: int, days: int, letter_id: str) -> bool:
        """True if the office was just now told how many requests are overdue or due soon."""
        text = catalogue(DEFAULT_LANGUAGE, "letters")
        values = {"overdue": overdue, "soon": soon, "days": days}
        return self._mail.send(letter_id, to, text("officer.subject", **values), text("officer.body", **values) + "\n")

    def _send(self, step: str, request: PersonRequest, email: str, key: str, values: Mapping[str, object]) -> None:
        text = catalogue(request.language, "letters")
        subject = text(f"{key}.subject", number=request.request_id)
        body = self._whole(text, key, {"number": request.request_id, **values})
        if self._mail.send(f"{request.request_id}.{step}", email, subject, body):
            self._gate.note(
                AuditEvent.LETTER_SENT, actor=None, subject=request.request_id, details={"kind": step.partition(".")[0]}
            )

    def _whole(self, text: Catalogue, key: str, values: Mapping[str, object]) -> str:
        sign_off = text("sign_off", installation=self._desk.installation, contact=self._contact(text))
        return f"{text('greeting')}\n\n{text(f'{key}.body', **values)}\n\n{sign_off}\n"

    def _contact(self, text: Catalogue) -> str:
        return self._desk.contact or text("no_contact")

    def _track(self, request: PersonRequest, text: Catalogue) -> str:
        return self._link(f"{TRACK_PATH}?number={request.request_id}&lang={text.language}")

    def _link(self, path: str) -> str:
        # Without an address of its own the installation is named; a link is never made of what a request claims.
        return f"{self._desk.address.rstrip('/')}{path}" if self._desk.address else f"{self._desk.installation}{path}"
