"""The part of bootstrap for cases: searches, their candidates, examinations, reports and their recall.

Never begins one by itself.
"""

from __future__ import annotations

from functools import cached_property

from facewarden.bootstrap.ground import Ground
from facewarden.services.casework.cases import Cases
from facewarden.services.casework.examining import Examining
from facewarden.services.casework.lineup import Lineups
from facewarden.services.casework.policy import candidate_threshold
from facewarden.services.casework.reporting import Reporting
from facewarden.services.casework.search import Search
from facewarden.services.casework.viewing import Viewing
from facewarden.services.law.lawful_gallery import LawfulGallery, StandingLaw


class Casework:
    """The services of investigators and examiners, built when first used."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    @cached_property
    def cases(self) -> Cases:
        """Cases."""
        ground = self._ground
        return Cases(ground.records.cases, ground.gate, ground.clock, ground.records.accounts)

    @cached_property
    def lawful_gallery(self) -> LawfulGallery:
        """The gallery without what the law of the moment bars: for whoever shows photos."""
        ground = self._ground
        return LawfulGallery(ground.records.gallery, StandingLaw(ground.law, ground.memory, ground.clock))

    @cached_property
    def search(self) -> Search:
        """Searching for one face."""
        ground, records = self._ground, self._ground.records
        return Search(
            self.lawful_gallery,
            records.index_feed,
            ground.index_keeper,
            ground.decoder,
            ground.engine,
            ground.calibration,
            candidate_threshold(ground.calibration),
            records.probes,
            records.searches,
            records.acceptances,
            ground.gate,
            ground.clock,
            ground.content_hash,
            at_once=ground.settings.threads + 1,  # one more than can compute: it reads and writes meanwhile
        )

    @cached_property
    def viewing(self) -> Viewing:
        """Past searches and their candidates' photos."""
        ground, records = self._ground, self._ground.records
        return Viewing(
            records.cases,
            self.lawful_gallery,
            records.searches,
            ground.decoder,
            ground.gate,
            ground.clock,
            records.leads,
            records.looks,
        )

    @cached_property
    def examining(self) -> Examining:
        """Examinations by two people."""
        ground, records = self._ground, self._ground.records
        return Examining(
            records.cases,
            records.searches,
            records.leads,
            records.looks,
            self.lawful_gallery,
            Lineups(self.lawful_gallery, ground.index_keeper, ground.calibration),
            ground.decoder,
            records.probes,
            ground.gate,
            ground.clock,
        )

    @cached_property
    def reporting(self) -> Reporting:
        """Reports, bundles, and calling them back."""
        from facewarden.adapters.pdf.press import PdfPress  # 0.1 s to load, and few commands print

        ground, records = self._ground, self._ground.records
        return Reporting(
            self.examining,
            records.searches,
            records.leads,
            records.looks,
            records.releases,
            records.accounts,
            self.lawful_gallery,
            ground.decoder,
            PdfPress(),
            ground.log,
            ground.signer,
            ground.mail,
            ground.calibration,
            ground.card,
            ground.gate,
            ground.clock,
        )
