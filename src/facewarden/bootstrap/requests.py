"""What bootstrap builds for people's requests: their coming in, the officer's desk, the daily round.

Never opens keys or records of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.adapters.mail.smtp import SmtpMailBox
from facewarden.bootstrap.mail import mail_box
from facewarden.matching.suppression import suppression_thresholds
from facewarden.services.casework.search import candidate_threshold
from facewarden.services.taking_out.optout import OptOut
from facewarden.services.taking_out.request_letters import Desk, RequestLetters
from facewarden.services.taking_out.request_limits import Marker, RequestLimits
from facewarden.services.taking_out.request_looking import Looking
from facewarden.services.taking_out.request_review import Levels, Reviewing
from facewarden.services.taking_out.request_rounds import RequestRounds, Settling
from facewarden.services.taking_out.request_telling import Telling
from facewarden.services.taking_out.requests import Requests

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation

MARKER_PURPOSE = "request-marks"


class RequestDesk:
    """The services of people's requests, built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._house = installation

    @cached_property
    def levels(self) -> Levels:
        """From which similarity an officer sees a face, and from which two faces count as one person's."""
        calibration = self._house.calibration
        return Levels(candidate_threshold(calibration), suppression_thresholds(calibration, 1).barred)

    @cached_property
    def letters(self) -> RequestLetters:
        """Letters to people who asked."""
        house, office = self._house, self._house.settings.office
        return RequestLetters(self._mail, Desk(house.name, office.address, office.contact), house.gate)

    @cached_property
    def intake(self) -> Requests:
        """Requests as they come in."""
        house, records = self._house, self._house.records
        return Requests(
            records.person_requests,
            records.person_requests,
            records.person_requests,
            house.decoder,
            house.engine,
            self.levels.shown,
            self.letters,
            self._limits,
            self._marker,
            self.settling,
            house.gate,
            house.clock,
        )

    @cached_property
    def settling(self) -> Settling:
        """How requests end."""
        requests = self._house.records.person_requests
        ledger, rotate = self._house.taking_out.ledger, self._house.vault.rotate
        return Settling(requests, requests, self.letters, ledger, rotate)

    @cached_property
    def looking(self) -> Looking:
        """The officer's view of requests."""
        house, records = self._house, self._house.records
        reviewing = Reviewing(
            records.gallery, house.index_keeper, records.request_matters, house.calibration, self.levels
        )
        requests = records.person_requests
        return Looking(
            requests, requests, reviewing, records.gallery, house.decoder, house.engine, house.gate, house.clock
        )

    @cached_property
    def opt_out(self) -> OptOut:
        """The officer's answers."""
        house, requests = self._house, self._house.records.person_requests
        return OptOut(
            requests,
            requests,
            self.looking,
            self.settling,
            house.decoder,
            house.engine.card.pack_id,
            house.taking_out.erasing,
            self.letters,
            house.gate,
            house.clock,
        )

    @cached_property
    def telling(self) -> Telling:
        """What whoever follows a request is told."""
        house = self._house
        return Telling(self.intake, house.records.erasures, house.taking_out.receipts)

    def round(self, moment: datetime) -> Mapping[str, int]:
        """The daily round: see RequestRounds; letters that the mail server did not take are tried again first."""
        carried = self._mail.carry() if isinstance(self._mail, SmtpMailBox) else 0
        house, records = self._house, self._house.records
        rounds = RequestRounds(
            records.person_requests,
            records.person_requests,
            self.settling,
            self.letters,
            self._limits,
            house.settings.office.contact,
            house.gate,
        )
        return {"letters_carried": carried, **rounds.run(moment)}

    @cached_property
    def _mail(self) -> FileOutbox | SmtpMailBox:
        return mail_box(self._house.settings, self._house.clock)

    @cached_property
    def _marker(self) -> Marker:
        return Marker(self._house.vault.derive(MARKER_PURPOSE))

    @cached_property
    def _limits(self) -> RequestLimits:
        return RequestLimits(self._house.records.request_traffic, self._marker)
