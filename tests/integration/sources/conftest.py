"""An agency with sources that two people opened, and photos that nobody took: random bytes with random templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.cli.console import read_token
from facewarden.domain.accounts import Actor
from facewarden.domain.gallery import NewFace, NewPhoto
from facewarden.domain.ids import PhotoId, random_id
from facewarden.domain.photos import BookingRecord, Photo, PhotoFormat, PhotoState
from facewarden.domain.sources import LegalBasis, Source
from facewarden.matching.perceptual import HASH_BYTES
from facewarden.testing.gallery import Builder
from tests.conftest import Shell

OFFICER_PASSWORD = "quiet-harbour-lamp-8"
LETTER = b"Please take everything down that came from us."
DOCUMENT = b"We permit it."


@dataclass
class Desk:
    """The agency opened in this process, its operator and its privacy officer."""

    shell: Shell
    open: Callable[[], Installation]
    installation: Installation
    operator: Actor
    officer: Actor
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))
    _make: Builder = field(default_factory=Builder)

    def source(self, name: str, *hosts: str, ends_on: date | None = None) -> Source:
        """An active source with these hosts."""
        sources = self.installation.sources
        sources.add(self.operator, name, LegalBasis.LICENCE, "", "US", hosts, DOCUMENT, ends_on=ends_on)
        return sources.approve(self.officer, name)

    def photo(
        self,
        source: Source,
        url: str | None = None,
        content_hash: bytes | None = None,
        perceptual: bytes | None = None,
        reference: str | None = None,
        expunge_on: date | None = None,
        case_id: str | None = None,
    ) -> NewPhoto:
        """A photo about to come from that source."""
        content = self._random.bytes(200)
        template = self._random.standard_normal(self.installation.card.dimension).astype(np.float32)
        face = NewFace(self._make.detected(), template / np.linalg.norm(template), self.installation.card.pack_id)
        photo = Photo(
            PhotoId(random_id("ph")),
            source.source_id,
            content_hash or self._random.bytes(32),
            "IMG 0001.jpg",
            url,
            PhotoFormat.JPEG,
            400,
            300,
            len(content),
            None,
            self.installation.clock.now(),
            PhotoState.ACTIVE,
            17,
        )
        record = BookingRecord(reference, None, expunge_on) if reference else None
        print_ = perceptual or self._random.bytes(HASH_BYTES)
        return NewPhoto(photo, content, (face,), None, record, case_id, print_)

    def bring(self, *photos: NewPhoto) -> Sequence[PhotoId]:
        """The ids of those that were stored."""
        return self.installation.records.gallery.add(photos, [], None).stored

    def photos(self) -> int:
        """How many are shown, by the records and by the index."""
        self.installation.index_keeper.catch_up()
        summary = self.installation.records.index_feed.summary()
        assert self.installation.index.count == summary.faces
        return summary.photos

    def take_down(self, subject: str, *mirrors: str):
        """The dry run and what was done after it."""
        takedowns = self.installation.source_desk.takedowns
        dry = takedowns.dry_run(self.officer, subject, LETTER, mirrors)
        return dry, takedowns.carry_out(self.officer, subject, LETTER, mirrors, dry.code)


@pytest.fixture(scope="session")
def _with_officer(_agency_template: Shell, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The agency with a privacy officer, made once and copied for each test; the operator is signed in."""
    shell = _agency_template.copied(tmp_path_factory.mktemp("sources") / "agency")
    person = ("--org", "Rivermouth Police", "--password-stdin")
    shell.json("user", "add", "olga", "--role", "privacy_officer", *person, stdin=OFFICER_PASSWORD + "\n")
    return shell


@pytest.fixture
def desk(_with_officer: Shell, tmp_path: Path) -> Iterator[Desk]:
    shell = _with_officer.copied(tmp_path / "agency")
    opened: list[Installation] = []

    def open_it() -> Installation:
        opened.append(opening.open_installation(shell.settings))
        return opened[-1]

    installation = open_it()
    token = read_token(installation)
    assert token is not None
    operator = installation.sign_in.actor_of(token)
    officer = installation.sign_in.actor_of(installation.sign_in.sign_in("olga", OFFICER_PASSWORD))
    yield Desk(shell, open_it, installation, operator, officer)
    for known in opened:
        known.close()
