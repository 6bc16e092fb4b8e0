"""A whole installation in memory: every service real, everything outside them a fake."""

from __future__ import annotations

import asyncio
import hmac
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import httpx
import numpy as np

from facewarden.adapters.webauthn import WebAuthnQuestions
from facewarden.domain.accounts import AccountState, GovernmentLevel, Organisation, Role, Sector
from facewarden.domain.gallery import GalleryFace, IndexChange
from facewarden.domain.ids import FaceNumber, PhotoId, random_id
from facewarden.domain.photos import Photo, PhotoFormat, PhotoState
from facewarden.domain.sources import LegalBasis, Source, SourceState
from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.matching.calibration import CohortScores, calibrate
from facewarden.services.casework.cases import Cases
from facewarden.services.casework.search import Search
from facewarden.services.casework.viewing import Viewing
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.collecting.provenance import Provenance
from facewarden.services.collecting.sources import Sources
from facewarden.services.gate import Gate
from facewarden.services.logbook import LogBook
from facewarden.services.people.accounts import Accounts, new_user
from facewarden.services.people.api_keys import ApiKeys
from facewarden.services.people.customers.directory import Directory
from facewarden.services.people.members import Members
from facewarden.services.people.oversight import Oversight
from facewarden.services.people.own_factors import OwnFactors
from facewarden.services.people.passkeys import Passkeys
from facewarden.services.people.second_step import SecondStep
from facewarden.services.people.signin import SignIn, SignInParts
from facewarden.services.witnessing import Witnessing
from facewarden.web.app import create_app

from . import fakes, people_fakes
from .casework import Casework
from .collection_fakes import idle_ways_in
from .optout.idle import idle_desk, idle_quarantine, idle_taking_out

PASSWORD = "correct horse battery"
STATED = {
    "purpose": "investigate_crime",
    "sought_for": "conduct",
    "basis": "statute",
    "basis_reference": "PC 487",
    "offence_code": "23",
}
"""What the form of a case asks for beside its number."""
LAW = LawEngine(load_packs([builtin_folder() / "facewarden-base"]))
RUNNER = ThreadPoolExecutor(1)
FORM_KEY = re.compile(r'name="form_key" value="([0-9a-f]*)"')


def test_calibration():
    scores = np.random.default_rng(7).normal(0.1, 0.18, 60_000).clip(-1, 1)
    cohorts = {
        "young": CohortScores("drawn, young", 200, scores[:30_000]),
        "old": CohortScores("drawn, old", 200, scores[30_000:] - 0.08),
    }
    mated = np.random.default_rng(8).normal(0.85, 0.06, 500).clip(-1, 1)
    return calibrate(mated, cohorts, attempted=500, pack="test-pack", set_name="ellipses", limits=("Drawn.",))


test_calibration.__test__ = False
CALIBRATION = test_calibration()


class Credentials:
    """Passkeys in memory, checked by the real adapter; signing in follows what the installation has just then."""

    def __init__(self, made):
        self._made = made
        self.records = people_fakes.Passkeys()
        self.passkeys = Passkeys(self.records, people_fakes.Ceremonies(), WebAuthnQuestions, made.gate, made.clock)

    @property
    def own_factors(self):
        return OwnFactors(self._made.sign_in, self.passkeys)

    @property
    def second_step(self):
        return SecondStep(
            self._made.sign_in, self.passkeys, people_fakes.Members(self._made.account_records, self._made.sessions)
        )


class People:
    """Users' services over what is in memory."""

    def __init__(self, made):
        records = people_fakes.Members(made.account_records, made.sessions)
        self.key_records = people_fakes.ApiKeys(records)
        self.suspensions = people_fakes.Suspensions(records)
        self.api_keys = ApiKeys(self.key_records, records, made.gate, made.clock)
        organisations = people_fakes.Organisations(made.account_records)
        customers, disclosures = people_fakes.Customers(), people_fakes.Disclosures()
        self.directory = Directory(made.account_records, customers, disclosures, made.gate, made.clock)
        self.oversight = Oversight(people_fakes.Use(), made.account_records, made.gate, made.clock)
        self.members = Members(records, made.account_records, organisations, self.suspensions, made.gate, made.clock)


@dataclass
class FakeInstallation:
    """What `facewarden.bootstrap.Installation` offers the web, and the fakes behind it."""

    name: str = "test.example"
    clock: fakes.TestClock = field(default_factory=fakes.TestClock)
    engine: fakes.Engine = field(default_factory=fakes.Engine)
    threshold: float = 0.5

    def forget_what_is_gone(self):
        """Nothing: its stores are one process's."""

    def __post_init__(self):
        self.law, self.log, self.card, self.calibration = LAW, fakes.Log(), self.engine.card, CALIBRATION
        self.gate = Gate(self.law, self.log, self.clock)
        self.witnessing = Witnessing(None, self.log, None, None, self.gate, self.clock)
        self.account_records, self.gallery, self.probes = fakes.Accounts(), fakes.Gallery(), fakes.Probes()
        self.sessions, self.case_records, self.searches = (
            fakes.Sessions(self.account_records),
            fakes.Cases(),
            fakes.Searches(),
        )
        self.source_records = fakes.Sources(self.gallery)
        decoder, gate, clock, gallery = fakes.Decoder(), self.gate, self.clock, self.gallery
        keeper = IndexKeeper(fakes.Index(), gallery, gallery, 100)
        passwords = fakes.Passwords()
        self.credentials, self.people = Credentials(self), People(self)
        outside = (self.account_records, self.sessions, fakes.Failures(), passwords, gate, clock)
        parts = SignInParts(
            other_factors=self.credentials.passkeys, keys=self.people.key_records, user_sessions=self.sessions
        )
        self.sign_in = SignIn(*outside, parts=parts)
        self.accounts = Accounts(self.account_records, passwords, gate, clock)
        self.cases = Cases(self.case_records, gate, clock, self.account_records)
        self.casework = Casework(self, keeper, decoder)
        self.sources = Sources(self.source_records, fakes.Closings(), fakes.NoBars(), gate, clock)
        self.viewing = Viewing(
            self.case_records,
            gallery,
            self.searches,
            decoder,
            gate,
            clock,
            self.casework.leads,
            self.casework.looks,
        )
        origins = Provenance(fakes.Origins(), self.source_records, None, self.viewing, gate, clock)
        self.source_desk = SimpleNamespace(provenance=origins)
        self.settings = SimpleNamespace(office=SimpleNamespace(address="", contact="privacy@test.example", smtp=None))
        self.letters = SimpleNamespace(waiting=list)
        self.logbook = LogBook(self.log, gate, clock)
        self.ways_in = idle_ways_in(idle_quarantine(gate, clock))
        self.request_desk, self.taking_out = idle_desk(gate, clock), idle_taking_out(gate, clock)
        self.search = Search(
            gallery,
            gallery,
            keeper,
            decoder,
            self.engine,
            self.calibration,
            self.threshold,
            self.probes,
            self.searches,
            fakes.Acceptances(),
            gate,
            clock,
            lambda content: hmac.digest(b"a key of tests", content, "sha256"),
            at_once=fakes.TURNS,
        )

    def add_organisation(self, name="Harbour Police", sector=Sector.GOVERNMENT):
        organisation = Organisation(
            random_id("org"), name, sector, GovernmentLevel.LOCAL, "US-CA", AccountState.ACTIVE, self.clock.now()
        )
        self.account_records.add_organisation(organisation)
        return organisation

    def add_user(self, name, *roles, organisation, trained=True):
        until = self.clock.now() + timedelta(days=90 if trained else -1)
        user = new_user(organisation, name, name.capitalize(), roles, until, self.clock.now())
        self.account_records.add_user(user, fakes.Passwords().hash(PASSWORD))
        return user

    def add_source(self, name="Harbour Police booking photos"):
        source = Source(
            random_id("src"),
            name,
            LegalBasis.OWN_RECORDS,
            "ab" * 32,
            "records@example.org",
            "US",
            (),
            SourceState.ACTIVE,
            self.clock.now(),
        )
        self.source_records.add(source, b"signed")
        return source

    def enrol(self, source, *people):
        content = fakes.drawn(*people)
        image = fakes.Decoder().decode([content])[0]
        number = len(self.gallery.faces)
        photo = Photo(
            PhotoId(random_id("ph")),
            source.source_id,
            bytes(32),
            "photo.jpg",
            "https://records.example.org/p/1",
            PhotoFormat.JPEG,
            image.width_px,
            image.height_px,
            len(content),
            self.clock.now() - timedelta(days=700),
            self.clock.now(),
            PhotoState.ACTIVE,
            0,
        )
        self.gallery.photos[photo.photo_id], self.gallery.content[photo.photo_id] = photo, content
        for face in self.engine.detect([image.pixels])[0]:
            number += 1
            template = self.engine.templates([image.pixels], [face], 1)[0]
            self.gallery.faces[FaceNumber(number)] = (
                GalleryFace(FaceNumber(number), face, photo, source.name),
                template,
            )
            self.gallery.changes_made.append(IndexChange(number, FaceNumber(number), template))


def populated():
    """An installation with an agency, one user of each role, a source and six drawn people."""
    made = FakeInstallation()
    agency = made.add_organisation()
    for role in Role:
        made.add_user(role.value.replace("_", "-"), role, organisation=agency)
    source = made.add_source()
    for person in range(len(fakes.SKINS)):
        made.enrol(source, person)
    return made


class Browser:
    """A client that follows redirects, keeps cookies and sends back the key of the last form it saw."""

    def __init__(self, installation, base_url="http://test.example"):
        self.app = create_app(installation)
        self.base_url = base_url
        self.cookies = httpx.Cookies()
        self.last = None

    def request(self, method, path, *, follow_redirects=True, **options):
        # In a thread of its own: a loop may be running in this one, Playwright's for example.
        return RUNNER.submit(asyncio.run, self._request(method, path, follow_redirects, options)).result()

    async def _request(self, method, path, follow_redirects, options):
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport,
            base_url=self.base_url,
            cookies=self.cookies,
            follow_redirects=follow_redirects,
            trust_env=False,
        ) as client:
            answer = await client.request(method, path, **options)
            self.cookies = client.cookies
            return answer

    def get(self, path, **options):
        self.last = self.request("GET", path, **options)
        return self.last

    def form_key(self):
        return FORM_KEY.findall(self.last.text)[-1]

    def post(self, path, data=None, *, key=None, **options):
        data = {"form_key": self.form_key() if key is None else key} | (data or {})
        self.last = self.request("POST", path, data=data, **options)
        return self.last

    def sign_in(self, name):
        self.get("/sign-in")
        return self.post("/sign-in", {"name": name, "password": PASSWORD, "next": "/"})

    def open_case(self, number="HP-2026-0117"):
        self.get("/cases/new")
        answer = self.post("/cases", {**STATED, "number": number, "offence": "Theft"})
        return answer.url.path.rsplit("/", 1)[-1]

    def upload(self, case_id, photo, name="photo.jpg"):
        self.get(f"/cases/{case_id}")
        files = {"photo": (name, photo, "image/jpeg")}
        return self.post(f"/cases/{case_id}/probes", {"kind": "photo"}, files=files)

    def search(self, case_id, photo, face=1):
        page = self.upload(case_id, photo)
        return self.post(f"{page.url.path}/search", {"face": str(face), "limit": "10"})
