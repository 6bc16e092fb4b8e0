"""Examinations and reports of the installation in memory: the real services, the real press, letters in a dict."""

from __future__ import annotations

from facewarden.adapters.pdf.press import PdfPress
from facewarden.services.casework.examining import Examining
from facewarden.services.casework.lineup import Lineups
from facewarden.services.casework.reporting import Reporting

from . import fakes


class Casework:
    def __init__(self, made, keeper, decoder):
        self.leads, self.looks, self.mail = fakes.Leads(), fakes.Looks(), fakes.MailBox()
        self.release_records = fakes.Releases(self.leads)
        self.examining = Examining(
            made.case_records,
            made.searches,
            self.leads,
            self.looks,
            made.gallery,
            Lineups(made.gallery, keeper, made.calibration),
            decoder,
            made.probes,
            made.gate,
            made.clock,
        )
        self.reporting = Reporting(
            self.examining,
            made.searches,
            self.leads,
            self.looks,
            self.release_records,
            made.account_records,
            made.gallery,
            decoder,
            PdfPress(),
            made.log,
            made.log.signer,
            self.mail,
            made.calibration,
            made.card,
            made.gate,
            made.clock,
        )
