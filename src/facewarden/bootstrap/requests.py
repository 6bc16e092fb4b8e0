"""What bootstrap builds for people's requests: their coming in, the officer's desk, the daily round.

Never opens keys or records of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from facewarden.bootstrap.erasing import TakingOut
from facewarden.bootstrap.ground import Ground
from facewarden.matching.suppression import suppression_thresholds
from facewarden.services.casework.policy import candidate_threshold
from facewarden.services.taking_out.optout import OptOut
from facewarden.services.taking_out.request_letters import Desk, RequestLetters
from facewarden.services.taking_out.request_limits import Marker, RequestLimits
from facewarden.services.taking_out.request_looking import Looking
from facewarden.services.taking_out.request_review import Levels, Reviewing
from facewarden.services.taking_out.request_rounds import RequestRounds, Settling
from facewarden.services.taking_out.request_telling import Telling
from facewarden.services.taking_out.requests import Requests

MARKER_PURPOSE = "request-marks"


class RequestDesk:
    """The services of people's requests, built when first used."""

    def __init__(self, ground: Ground, taking_out: TakingOut) -> None:
        self._ground = ground
        self._taking_out = taking_out

    @cached_property
    def levels(self) -> Levels:
        """From which similarity an officer sees a face, and from which two faces count as one person's."""
        calibration = self._ground.calibration
        return Levels(candidate_threshold(calibration), suppression_thresholds(calibration, 1).barred)

    @cached_property
    def letters(self) -> RequestLetters:
        """Letters to people who asked."""
        ground, office = self._ground, self._ground.settings.office
        return RequestLetters(self._ground.mail, Desk(ground.name, office.address, office.contact), ground.gate)

    @cached_property
    def intake(self) -> Requests:
        """Requests as they come in."""
        ground, records = self._ground, self._ground.records
        return Requests(
            records.person_requests,
            records.person_requests,
            records.person_requests,
            ground.decoder,
            ground.engine,
            self.levels.shown,
            self.letters,
            self._limits,
            self._marker,
            self.settling,
            ground.gate,
            ground.clock,
        )

    @cached_property
    def settling(self) -> Settling:
        """How requests end."""
        requests = self._ground.records.person_requests
        ledger, rotate = self._taking_out.ledger, self._ground.vault.rotate
        return Settling(requests, requests, self.letters, ledger, rotate)

    @cached_property
    def looking(self) -> Looking:
        """The officer's view of requests."""
        ground, records = self._ground, self._ground.records
        reviewing = Reviewing(
            records.gallery, ground.index_keeper, records.request_matters, ground.calibration, self.levels
        )
        requests = records.person_requests
        return Looking(
            requests, requests, reviewing, records.gallery, ground.decoder, ground.engine, ground.gate, ground.clock
        )

    @cached_property
    def opt_out(self) -> OptOut:
        """The officer's answers."""
        ground, requests = self._ground, self._ground.records.person_requests
        return OptOut(
            requests,
            requests,
            self.looking,
            self.settling,
            ground.decoder,
            ground.engine.card.pack_id,
            self._taking_out.erasing,
            self.letters,
            ground.gate,
            ground.clock,
        )

    @cached_property
    def telling(self) -> Telling:
        """What whoever follows a request is told."""
        ground = self._ground
        return Telling(self.intake, ground.records.erasures, self._taking_out.receipts)

    def round(self, moment: datetime) -> Mapping[str, int]:
        """The daily round: see RequestRounds."""
        ground, records = self._ground, self._ground.records
        rounds = RequestRounds(
            records.person_requests,
            records.person_requests,
            self.settling,
            self.letters,
            self._limits,
            ground.settings.office.contact,
            ground.gate,
        )
        return rounds.run(moment)

    @cached_property
    def _marker(self) -> Marker:
        return Marker(self._ground.vault.derive(MARKER_PURPOSE))

    @cached_property
    def _limits(self) -> RequestLimits:
        return RequestLimits(self._ground.records.request_traffic, self._marker)
