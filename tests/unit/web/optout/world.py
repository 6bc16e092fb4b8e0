"""People's requests in real records on a disk, around the installation in memory: the faces alone are drawn."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.erasure_ledger.file import FileLedger
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.requests import SqlPersonRequests, SqlRequestTraffic
from facewarden.domain.erasing import Erasure, ErasureReason, ErasureState
from facewarden.domain.ids import random_id
from facewarden.domain.requests import RequestState
from facewarden.errors import BadUseError
from facewarden.services.collecting.index import IndexKeeper
from facewarden.services.taking_out.optout import OptOut
from facewarden.services.taking_out.request_letters import Desk, RequestLetters
from facewarden.services.taking_out.request_limits import Marker, RequestLimits
from facewarden.services.taking_out.request_looking import Looking
from facewarden.services.taking_out.request_review import Levels, Reviewing
from facewarden.services.taking_out.request_rounds import RequestRounds, Settling
from facewarden.services.taking_out.request_telling import Telling
from facewarden.services.taking_out.requests import Requests
from facewarden.settings import Office

from .. import fakes
from ..builders import CALIBRATION, Browser

LEVELS = Levels(shown=0.6, same=0.7)
EMAIL = "person@example.org"
OFFICE = Office(contact="privacy@test.example")


class FakeErasing:
    """Hides faces and closes the request, as the real one does in one transaction; destroys nothing."""

    def __init__(self, world):
        self._world = world
        self.done = {}

    def erase(self, actor, photo_ids, reason, *, face_numbers=(), request_id=None, suppression=None):
        world, now = self._world, self._world.clock.now()
        world.gallery.hidden |= set(face_numbers)
        world.suppressed.append(suppression)
        held = len([number for number in face_numbers if number in world.matters.held_faces])
        erasure = Erasure(
            random_id("era"), ErasureReason(reason), ErasureState.DONE, actor.user.user_id, 1, 1, request_id,
            suppression.suppression_id, len(face_numbers) - held, len(face_numbers), 0, held, (), (), now, now, 1,
        )  # fmt: skip
        self.done[erasure.erasure_id] = erasure
        request = world.requests.find(request_id)
        world.requests.close(replace(request, erasure_id=erasure.erasure_id, closed_at=now))
        return erasure

    def find(self, erasure_id):
        if erasure_id not in self.done:
            raise BadUseError("erasure_unknown", "There is no such erasure.")
        return self.done[erasure_id]


class FakeMatters:
    """Holds and open cases by face number."""

    def __init__(self, gallery):
        self._gallery = gallery
        self.held_faces, self.cases = [], {}

    def held(self):
        templates = [self._gallery.faces[number][1] for number in self.held_faces]
        return np.array(self.held_faces, np.int64), np.stack(templates) if templates else np.empty((0, 0), np.float32)

    def sources_of(self, face_numbers):
        faces = self._gallery.faces
        return {n: (faces[n][0].photo.photo_id, faces[n][0].source_name) for n in face_numbers}

    def open_cases(self, face_numbers):
        return {number: self.cases[number] for number in face_numbers if number in self.cases}


class World:
    """An installation in memory with a desk for people's requests."""

    def __init__(self, installation, folder: Path, migrated: Path, office: Office = OFFICE):
        self.installation, self.clock = installation, installation.clock
        self.gallery, self.log = installation.gallery, installation.log
        shutil.copyfile(migrated, folder / "records.db")
        self.database = Database(folder / "records.db", self.clock)
        self.vault = KeyVault(folder / "keys.db", bytes(range(32)), self.clock)
        self.requests = SqlPersonRequests(self.database, self.vault, EncryptedBlobs(folder / "blobs", self.vault))
        self.outbox = folder / "outbox"
        self.suppressed = []
        self.matters = FakeMatters(self.gallery)
        self.erasing = FakeErasing(self)
        self.folder = folder
        gate, clock = installation.gate, self.clock
        mail = FileOutbox(self.outbox, office.mail_from, clock)
        self.letters = RequestLetters(mail, Desk(installation.name, office.address, office.contact), gate)
        marker = Marker(b"k" * 32)
        self.limits = RequestLimits(SqlRequestTraffic(self.database), marker)
        self.ledger = FileLedger(folder / "ledger", bytes(32))
        self.settling = Settling(self.requests, self.requests, self.letters, self.ledger, self.vault.rotate)
        of_all = (self.requests, self.requests, self.requests)
        self.intake = Requests(
            *of_all, fakes.Decoder(), installation.engine, LEVELS.shown, self.letters, self.limits, marker,
            self.settling, gate, clock,
        )  # fmt: skip
        keeper = IndexKeeper(fakes.Index(), self.gallery, self.gallery, 100)
        reviewing = Reviewing(self.gallery, keeper, self.matters, CALIBRATION, LEVELS)
        self.looking = Looking(
            self.requests, self.requests, reviewing, self.gallery, fakes.Decoder(), installation.engine, gate, clock
        )
        self.opt_out = OptOut(
            self.requests, self.requests, self.looking, self.settling, fakes.Decoder(),
            installation.engine.card.pack_id, self.erasing, self.letters, gate, clock,
        )  # fmt: skip
        self.telling = Telling(self.intake, self.erasing, SimpleNamespace(make=self._receipt))
        self.rounds = RequestRounds(
            self.requests, self.requests, self.settling, self.letters, self.limits, office.contact, gate
        )
        installation.request_desk = self
        installation.settings = SimpleNamespace(office=office)

    def close(self):
        self.database.close()
        self.vault.close()

    def events(self):
        return [entry.event.value for entry in self.log.entries()]

    def letter(self, request_id, step):
        return (self.outbox / f"{request_id}.{step}.eml").read_text()

    def all(self):
        """Every request there is."""
        return [request for state in RequestState for request in self.requests.in_state(state)]

    def only(self):
        """The one request there is."""
        (found,) = self.all()
        return found

    @staticmethod
    def _receipt(erasure, *, tell_what):
        return {"erased": {"photos": erasure.photos} if tell_what else None}


class Person(Browser):
    """Somebody without an account who asks something."""

    def __init__(self, world):
        super().__init__(world.installation)
        self.world = world

    def ask(self, *people, page="take-me-out", photos=None, **fields):
        """Fills in the form and sends it; `people` are the drawn faces in the photo."""
        self.get(f"/opt-out/{page}")
        filled = {"notice": "1", "released": "yes", "email": EMAIL, "lang": "en", "behalf": "self", **fields}
        content = photos or [fakes.drawn(*people)]
        names = ("photo", "photo_2", "photo_3")
        files = [(name, ("me.jpg", photo, "image/jpeg")) for name, photo in zip(names, content, strict=False)]
        return self.post(f"/opt-out/{page}", filled, files=files)

    def letter_link(self, request_id, step="confirm.1"):
        found = re.search(r"/opt-out/\S+", self.world.letter(request_id, step).replace("=\n", "").replace("=3D", "="))
        return found.group(0)

    def confirm(self, request_id=None):
        request_id = request_id or self.world.only().request_id
        self.get(self.letter_link(request_id))
        token = self.world.intake.token(request_id)
        return self.post("/opt-out/confirm", {"number": request_id, "token": token, "lang": "en"})

    def follow(self, request_id=None):
        request_id = request_id or self.world.only().request_id
        self.get("/opt-out/track?lang=en")
        code = self.world.intake.code(request_id)
        return self.post("/opt-out/track", {"number": request_id, "code": code, "lang": "en"})

    def waiting(self, *people, **fields):
        """A confirmed request's id."""
        before = {r.request_id for r in self.world.all()}
        answer = self.ask(*people, **fields)
        assert answer.url.path == "/opt-out/sent", answer.text
        (request_id,) = {r.request_id for r in self.world.all()} - before
        assert self.confirm(request_id).status_code == 200
        return request_id
