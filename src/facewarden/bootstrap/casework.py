"""The part of bootstrap for examinations, reports and their recall. Never begins one by itself."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.pdf.press import PdfPress
from facewarden.audit.note import NoteSigner
from facewarden.bootstrap.mail import mail_box
from facewarden.bootstrap.stores import LOG_PURPOSE
from facewarden.services.casework.examining import Examining
from facewarden.services.casework.reporting import Reporting

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


class Casework:
    """The services of examiners, built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._of = installation

    @cached_property
    def examining(self) -> Examining:
        """Examinations by two people."""
        of, records = self._of, self._of.records
        return Examining(
            records.cases,
            records.searches,
            records.leads,
            records.looks,
            of.lawful_gallery,
            of.index_keeper,
            of.calibration,
            of.decoder,
            records.probes,
            of.gate,
            of.clock,
        )

    @cached_property
    def reporting(self) -> Reporting:
        """Reports, bundles, and calling them back."""
        of, records = self._of, self._of.records
        return Reporting(
            self.examining,
            records.searches,
            records.leads,
            records.releases,
            of.lawful_gallery,
            of.decoder,
            PdfPress(),
            of.log,
            NoteSigner(of.name, of.vault.derive(LOG_PURPOSE)),
            mail_box(of.settings, of.clock),
            of.calibration,
            of.card,
            of.gate,
            of.clock,
        )
