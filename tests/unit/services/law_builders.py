"""An ingest in memory: the law, its gate and the log are real; files, faces and records are made up."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

import numpy as np

from facewarden.domain.accounts import AccountState, Actor, GovernmentLevel, Organisation, Role, Sector, User
from facewarden.domain.faces import Box, DetectedFace, FaceQuality, PackCard
from facewarden.domain.gallery import JobLease, Stored
from facewarden.domain.photos import DecodedPhoto, OfferedFile, PhotoFormat, PhotoMetadata
from facewarden.domain.provenance import Standing
from facewarden.domain.sources import LegalBasis, Source, SourceState
from facewarden.law.engine import LawEngine
from facewarden.law.photo import PhotoReader
from facewarden.matching.suppression import Zone
from facewarden.services.collecting.addressgate import AddressGate
from facewarden.services.collecting.hostbars import Bars
from facewarden.services.collecting.ingest import Ingest, SourceGate
from facewarden.services.collecting.intake import Intake
from facewarden.services.collecting.photolaw import PhotoLaw
from facewarden.services.gate import Gate
from facewarden.services.law.lawshelf import LawShelf

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHELF = LawShelf()
DEFAULT = LawEngine(SHELF.choose(()))
READER = PhotoReader.load()
CARD = PackCard("test", "1", 8, 150, "RGB", "none", ("left",), "CC0", "nothing", 10_000, True, 1, 1)
NAVY_PIER = {
    "exif:GPSLatitude": "41/1 53/1 30/1",
    "exif:GPSLatitudeRef": "N",
    "exif:GPSLongitude": "87/1 36/1 15/1",
    "exif:GPSLongitudeRef": "W",
}
ST_LOUIS = NAVY_PIER | {"exif:GPSLatitude": "38/1 37/1 37/1", "exif:GPSLongitude": "90/1 11/1 57/1"}


class Clock:
    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Log:
    def __init__(self) -> None:
        self.written = []

    def append(self, entries):
        first = len(self.written)
        self.written += entries
        return range(first, len(self.written))

    def size(self):
        return len(self.written)

    def entry(self, index):
        return self.written[index]


class Memory:
    def __init__(self) -> None:
        self.kept = {}

    def keep(self, decisions):
        self.kept |= {item.audit_index: item for item in decisions}

    def find(self, audit_index):
        return self.kept.get(audit_index)

    def about(self, subject):
        return [item for item in self.kept.values() if item.subject == subject]

    def of_action(self, action):
        return iter([item for item in self.kept.values() if item.action == action])

    def forget(self, *subjects):
        return 0


class Decoder:
    """Every file is its tags, written by `photo_file`."""

    def decode(self, files: Sequence[bytes]):
        return [
            DecodedPhoto(np.zeros((90, 90, 3), np.uint8), PhotoFormat.JPEG, PhotoMetadata(tags=dict(_tags(content))))
            for content in files
        ]


def photo_file(name: str, tags: dict[str, str] | None = None, url: str | None = None) -> OfferedFile:
    content = "\n".join([name, *(f"{tag}={text}" for tag, text in (tags or {}).items())]).encode()
    return OfferedFile(name, content, url)


def _tags(content: bytes):
    return [line.split("=", 1) for line in content.decode().splitlines()[1:]]


class Engine:
    card = CARD

    def __init__(self) -> None:
        self.looked_at = 0
        self.templates_made = 0

    def detect(self, images):
        self.looked_at += len(images)
        quality = FaceQuality(80.0, 0.5, 0.0, 0.0, 0.5)
        return [(DetectedFace(Box(0, 0, 80, 80), 0.9, ((10.0, 10.0),) * 5, quality),) for _ in images]

    def templates(self, images, faces, views):
        self.templates_made += len(images)
        return np.ones((len(images), CARD.dimension), np.float32)


class Gallery:
    def __init__(self) -> None:
        self.photos, self.refusals = [], []
        self.standing = Standing.NEW

    def known(self, source_id, offered):
        return [self.standing for _ in offered]

    def add(self, photos, refusals, job):
        self.photos += photos
        self.refusals += refusals
        return Stored(tuple(new.photo.photo_id for new in photos if not new.place_only))


class Jobs:
    def start(self, kind, payload, owner):
        return JobLease("job_1", kind, 1, NOON)

    def renew(self, lease, progress):
        return lease

    def finish(self, lease, progress): ...


class NobodyKeptOut:
    def check_ready(self):
        return 0, ()

    def steady(self):
        return nullcontext()

    def needed(self):
        return False

    def zones(self, templates):
        return [Zone.ADMITTED] * len(templates)

    def barred(self, content_hashes):
        return set()

    def set_aside(self, source_id, content_hashes):
        return set()

    def near_copies(self, images):
        return [False] * len(images)


class NobodySetAside:
    def put(self, photos):
        assert not photos


class Index:
    def catch_up(self): ...

    def save(self): ...


class Files:
    def __init__(self, *files: OfferedFile) -> None:
        self.files = files

    def count(self):
        return len(self.files)

    def read(self):
        return self.files


class House:
    """One ingest with everything behind it."""

    def __init__(self, law: LawEngine = DEFAULT, moment: datetime = NOON, bars: Bars | None = None) -> None:
        self.law, self.clock, self.log, self.memory = law, Clock(moment), Log(), Memory()
        self.gate = Gate(law, self.log, self.clock, self.memory)
        self.photolaw = PhotoLaw(self.gate, READER, self.clock, bars)
        self.gallery, self.engine = Gallery(), Engine()
        self.decoder = Decoder()
        self.addresses = AddressGate(self.photolaw, self.clock, lambda: law.packs)
        intake = Intake(
            self.gallery,
            self.decoder,
            self.engine,
            Index(),
            self.gate,
            self.photolaw,
            self.addresses,
            self.log,
            self.clock,
            lambda content: (content * 32)[:32],
            NobodyKeptOut(),
            NobodySetAside(),
            None,  # and nobody is burnt out
        )
        sources = SourceGate(self.gate, self.photolaw, self.log, self.clock)
        self.ingest = Ingest(intake, sources, Jobs(), Index(), self.gate)

    def run(self, *files: OfferedFile, source: Source | None = None):
        return self.ingest.run(actor(), source or a_source(), Files(*files))


def a_source(**fields) -> Source:
    given = {
        "source_id": "src_0123456789abcdef01234567",
        "name": "mine",
        "basis": LegalBasis.LICENCE,
        "permission_hash": "ab" * 32,
        "contact": "",
        "country": "US",
        "hosts": (),
        "state": SourceState.ACTIVE,
        "added_at": NOON,
    }
    return Source(**given | fields)


def organisation(place: str | None = "US-WA", sector: Sector = Sector.GOVERNMENT, **fields) -> Organisation:
    given = ("org_0123456789abcdef01234567", "River PD", sector, GovernmentLevel.LOCAL, place, AccountState.ACTIVE)
    return Organisation(*given, NOON)


def actor(*roles: Role, body: Organisation | None = None) -> Actor:
    body = body or organisation()
    user = User(
        "usr_0123456789abcdef01234567",
        body.organisation_id,
        "op",
        "Op",
        frozenset(roles or {Role.OPERATOR}),
        AccountState.ACTIVE,
        None,
        NOON,
    )
    return Actor(user, body, "ses_0123456789abcdef01234567")
