"""The outside of the services, in memory: what every port does, and nothing more."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError

from facewarden.audit.checkpoint import Checkpoint
from facewarden.audit.entry import encode_entry
from facewarden.audit.merkle import complete_root, inclusion_proof, leaf_hash, root_hash
from facewarden.audit.note import NoteSigner
from facewarden.audit.proof import proof_bundle
from facewarden.domain.examinations import Recall
from facewarden.domain.faces import Box, DetectedFace, FaceQuality, PackCard
from facewarden.domain.gallery import GallerySummary
from facewarden.domain.photos import DecodedPhoto, PhotoFormat, PhotoMetadata
from facewarden.errors import BadPhotoError, BadUseError

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
BACKGROUND = (70, 110, 160)
SKINS = [(230, 190, 160), (200, 150, 110), (160, 110, 80), (120, 80, 60), (240, 200, 190), (180, 140, 60)]
CARD = PackCard(
    "test-pack",
    "1",
    64,
    150,
    "RGB",
    "five points",
    ("left", "right"),
    "CC0",
    "drawn ellipses",
    10_000,
    True,
    1,
    3,
)


class TestClock:
    __test__ = False

    def __init__(self):
        self.time = START

    def now(self):
        return self.time

    def pass_time(self, **how_long):
        self.time += timedelta(**how_long)


@cache
def drawn(*people, size=(900, 600), radius=110):
    """A JPEG with one drawn face for each number of a person."""
    image = Image.new("RGB", size, BACKGROUND)
    pen = ImageDraw.Draw(image)
    step = size[0] // (len(people) + 1)
    for place, person in enumerate(people, start=1):
        x, y, r = step * place, size[1] // 2, radius - 8 * place
        pen.ellipse((x - r, y - r * 1.2, x + r, y + r * 1.2), fill=SKINS[person % len(SKINS)])
        for eye in (-1, 1):
            pen.ellipse(
                (x + eye * r * 0.4 - 9, y - r * 0.3 - 7, x + eye * r * 0.4 + 9, y - r * 0.3 + 7), fill=(40, 30, 30)
            )
        pen.line((x - r * 0.35, y + r * 0.55, x + r * 0.35, y + r * 0.55), fill=(130, 50, 50), width=7)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


class Decoder:
    def decode(self, files):
        return [self._one(content) for content in files]

    def _one(self, content):
        try:
            image = Image.open(io.BytesIO(content)).convert("RGB")
        except (UnidentifiedImageError, OSError):
            return BadPhotoError("not_an_image", "This file is no photo.", "", "Choose a JPEG, PNG or WebP file.")
        return DecodedPhoto(np.asarray(image), PhotoFormat.JPEG, PhotoMetadata())

    def glance(self, content, *, max_side_px):
        photo = self._one(content)
        if isinstance(photo, BadPhotoError):
            raise photo
        image = Image.fromarray(photo.pixels)
        image.thumbnail((max_side_px, max_side_px))
        return replace(photo, pixels=np.asarray(image), scale=image.width / photo.width_px)

    def cut_out(self, content, boxes, *, max_side_px):
        parts = [Image.open(io.BytesIO(content)).convert("RGB").crop(box) for box in boxes]
        for part in parts:
            part.thumbnail((max_side_px, max_side_px))
        return [np.asarray(part) for part in parts]

    def render(self, content, *, max_side_px, crop):
        image = Image.open(io.BytesIO(content)).convert("RGB")
        image = image.crop(crop) if crop else image
        image.thumbnail((max_side_px, max_side_px))
        out = io.BytesIO()
        image.save(out, "JPEG")
        return out.getvalue()


TURNS = 2


class Engine:
    """Sees a face in every patch that is redder than it is blue; knows people by the patch's colour."""

    card = CARD

    def detect(self, images):
        return [tuple(sorted(self._faces(image), key=lambda face: -face.box.area_px)) for image in images]

    def _faces(self, image):
        from scipy import ndimage

        patches, count = ndimage.label(image[:, :, 0].astype(int) > image[:, :, 2].astype(int) + 25)
        for rows, columns in ndimage.find_objects(patches)[:count]:
            box = Box(columns.start, rows.start, columns.stop, rows.stop)
            if box.width_px >= 20:
                quality = FaceQuality(box.width_px, 0.5, 2.0, 1.0, 0.9)
                yield DetectedFace(box, 0.99, ((0.0, 0.0), (0.0, 0.0)), quality)

    def templates(self, images, faces, views):
        return np.stack([self._template(image, face) for image, face in zip(images, faces, strict=True)])

    def _template(self, image, face):
        x, y = int(face.box.left + face.box.width_px / 2), int(face.box.top + face.box.height_px / 2)
        colour = image[y - 4 : y + 4, x - 4 : x + 4].reshape(-1, 3).mean(0)
        person = int(np.argmin([np.abs(colour - skin).sum() for skin in np.array(SKINS)]))
        noise = np.random.default_rng(int(face.box.width_px)).normal(size=64) * 0.4
        vector = np.random.default_rng(person).normal(size=64) + noise
        return (vector / np.linalg.norm(vector)).astype(np.float32)


class Index:
    def __init__(self):
        self.sequence, self.fingerprint, self._templates = 0, bytes(32), {}

    def apply(self, changes):
        for change in changes:
            self.sequence = change.sequence
            self._templates[change.face_number] = change.template

    def search(self, probes, count):
        numbers = np.array(list(self._templates), dtype=np.int64)
        if not len(numbers):
            return [(numbers, np.empty(0, np.float32)) for _ in probes]
        scores = np.stack(list(self._templates.values())) @ probes[0]
        order = np.argsort(-scores)[:count]
        return [(numbers[order], scores[order])]

    def save(self):
        pass


class Accounts:
    def __init__(self):
        self.known, self.people = [], {}

    def add_organisation(self, organisation):
        self.known.append(organisation)

    def add_user(self, user, password_hash):
        self.people[user.sign_in_name] = (user, password_hash)

    def organisations(self):
        return self.known

    def users(self):
        return [user for user, _ in self.people.values()]

    def sign_in_record(self, sign_in_name):
        user, password_hash = self.people.get(sign_in_name.lower(), (None, None))
        if user is None:
            return None
        return user, next(o for o in self.known if o.organisation_id == user.organisation_id), password_hash


class Sessions:
    def __init__(self, accounts):
        self._accounts, self.open = accounts, {}

    def start(self, session, token_hash):
        self.open[token_hash] = session

    def find(self, token_hash):
        session = self.open.get(token_hash)
        if session is None:
            return None
        user = next(user for user in self._accounts.users() if user.user_id == session.user_id)
        organisation = next(o for o in self._accounts.known if o.organisation_id == user.organisation_id)
        return session, user, organisation

    def touch(self, session, seen_at):
        key = next(key for key, known in self.open.items() if known.session_id == session.session_id)
        self.open[key] = replace(self.open[key], last_seen_at=seen_at)

    def end(self, session):
        self.open = {key: known for key, known in self.open.items() if known.session_id != session.session_id}

    def of_user(self, user_id):
        return [session for session in reversed(self.open.values()) if session.user_id == user_id]

    def end_one(self, user_id, session_id):
        before = len(self.open)
        self.open = {k: s for k, s in self.open.items() if (s.user_id, s.session_id) != (user_id, session_id)}
        return len(self.open) < before

    def end_all(self, user_id, but=None):
        before = len(self.open)
        self.open = {k: s for k, s in self.open.items() if s.user_id != user_id or s.session_id == but}
        return before - len(self.open)


class Failures:
    def __init__(self):
        self._noted = []

    def note_failure(self, sign_in_name, at):
        self._noted.append((sign_in_name, at))

    def failures(self, sign_in_name, since):
        return sum(name == sign_in_name and at >= since for name, at in self._noted)

    def forget(self, sign_in_name):
        self._noted = [noted for noted in self._noted if noted[0] != sign_in_name]


class Passwords:
    def hash(self, password):
        return hashlib.sha256(password.encode()).hexdigest()

    def verify(self, password_hash, password):
        return password_hash == self.hash(password)


class Cases:
    def __init__(self):
        self._cases = {}

    def add(self, case):
        self._cases[case.case_id] = case

    def change(self, before, after):
        if self._cases[before.case_id] != before:
            return False
        self._cases[after.case_id] = after
        return True

    def find(self, case_id):
        return self._cases.get(case_id)

    def of_organisation(self, organisation_id):
        return [c for c in reversed(self._cases.values()) if c.organisation_id == organisation_id]


class Closings:
    def __init__(self):
        self.known = []

    def write(self, closing):
        self.known.append(closing)

    def all(self):
        return self.known


class Sources:
    def __init__(self, gallery):
        self._sources, self._gallery = {}, gallery

    def add(self, source, permission):
        self._sources[source.name] = source

    def change(self, before, after, permission=None):
        assert self._sources[before.name] == before
        self._sources[after.name] = after

    def find(self, name):
        return self._sources.get(name)

    def all(self):
        return list(self._sources.values())

    def counts(self):
        ids = [photo.source_id for photo in self._gallery.photos.values()]
        return {source.source_id: (ids.count(source.source_id), 0) for source in self.all()}


class Origins:
    """No photo's origins are known."""

    def origins(self, photo_id):
        return None


class NoBars:
    """No host asked to be left alone."""

    def bar_of(self, host):
        return None


class Gallery:
    def __init__(self):
        self.faces, self.photos, self.content, self.changes_made, self.hidden = {}, {}, {}, [], set()

    def showable(self, face_numbers):
        return {n: self.faces[n][0] for n in face_numbers if n in self.faces and n not in self.hidden}

    def templates(self, face_numbers):
        known = [n for n in face_numbers if n in self.faces and n not in self.hidden]
        empty = np.empty((0, 64), np.float32)
        return np.array(known, np.int64), np.stack([self.faces[n][1] for n in known]) if known else empty

    def photo_content(self, photo_id):
        if photo_id not in self.content:
            raise BadUseError("unknown_photo", "There is no such photo.")
        return self.content[photo_id]

    def summary(self):
        return GallerySummary(len(self.photos), len(self.faces), len(self.changes_made), bytes(32))

    def changes(self, after_sequence, limit):
        return self.changes_made[after_sequence : after_sequence + limit]


class Probes:
    def __init__(self):
        self.kept = {}

    def add(self, probe, content):
        self.kept[probe.probe_id] = (probe, content)

    def change(self, probe):
        self.kept[probe.probe_id] = (probe, self.kept[probe.probe_id][1])

    def find(self, probe_id):
        return self.kept.get(probe_id)

    def destroy(self, probe_ids):
        for probe_id in probe_ids:
            self.kept.pop(probe_id, None)

    def expired(self, now):
        return [probe_id for probe_id, (probe, _) in self.kept.items() if probe.expires_at <= now]


class Searches:
    def __init__(self):
        self._records = {}

    def add(self, record):
        kept = tuple(replace(candidate, url=None) for candidate in record.candidates)  # as the real ones keep it
        self._records[record.search_id] = replace(record, candidates=kept)

    def find(self, search_id):
        return self._records.get(search_id)

    def of_case(self, case_id):
        return [record for record in self._records.values() if record.case_id == case_id]

    def days_of(self, case_id, original_sha256):
        of_picture = [r for r in self.of_case(case_id) if r.basis.origin.original_sha256 == original_sha256]
        return frozenset(record.searched_at.date() for record in of_picture)

    def listing(self, faces, case_id, since):
        return {
            record.search_id: record.user_id
            for record in self._records.values()
            if (record.case_id == case_id or record.searched_at >= since)
            and {candidate.face_number for candidate in record.candidates} & set(faces)
        }


class Acceptances:
    def __init__(self):
        self._values = {}

    def record(self, values, by, at, audit_index):
        self._values |= values

    def find(self, *subjects):
        return {subject: self._values[subject] for subject in subjects if subject in self._values}


class Leads:
    def __init__(self):
        self.known = {}

    def add(self, lead):
        if any((known.search_id, known.rank) == (lead.search_id, lead.rank) for known in self.known.values()):
            return False
        self.known[lead.lead_id] = lead
        return True

    def change(self, before, after):
        if self.known[before.lead_id] != before:
            return False
        self.known[after.lead_id] = after
        return True

    def find(self, lead_id):
        return self.known.get(lead_id)

    def unfinished(self):
        return [lead for lead in self.known.values() if lead.state in ("awaiting_second", "second_at_work")]

    def of_case(self, case_id):
        return [lead for lead in reversed(self.known.values()) if lead.case_id == case_id]


class Releases:
    def __init__(self, leads):
        self.known, self._leads = {}, leads

    def add(self, release):
        self.known[release.release_id] = release

    def of_case(self, case_id):
        return [release for release in reversed(self.known.values()) if release.case_id == case_id]

    def to_recall(self):
        refuted = [lead for lead in self._leads.known.values() if lead.state == "refuted"]
        pairs = [(known, lead) for lead in refuted for known in self.known.values() if self._tells(known, lead)]
        return [Recall(known, lead.lead_id, lead.outcome_at) for known, lead in pairs]

    def _tells(self, known, lead):
        since, in_time = known.recalled_at or known.released_at, lead.first_at <= known.released_at
        listed = known.lead_id is None and known.case_id == lead.case_id and in_time and since < lead.outcome_at
        return listed or (known.lead_id == lead.lead_id and known.recalled_at is None)

    def recalled(self, release_id, at):
        self.known[release_id] = replace(self.known[release_id], recalled_at=at)


class Looks:
    def __init__(self):
        self._seen = {}

    def note(self, search_id, user_id, at):
        self._seen.setdefault(search_id, set()).add(user_id)

    def by(self, search_id):
        return frozenset(self._seen.get(search_id, ()))


class MailBox:
    def __init__(self):
        self.letters = {}

    def send(self, letter_id, to, subject, text):
        if letter_id in self.letters:
            return False
        self.letters[letter_id] = (to, subject, text)
        return True


class Log:
    signer = NoteSigner("test.example", bytes(range(32)))
    verifier_key = signer.verifier_key

    def __init__(self):
        self._entries = []

    def prove(self, index):
        leaves = [encode_entry(entry) for entry in self._entries]
        hashes = [leaf_hash(leaf) for leaf in leaves]

        def read(level, at):
            return complete_root(hashes[at << level : (at + 1) << level])

        head = Checkpoint("test.example", len(leaves), root_hash(len(leaves), read)).sign(self.signer)
        return proof_bundle(index, leaves[index], inclusion_proof(index, len(leaves), read), head, self.verifier_key)

    def prove_all(self, indexes):
        return [self.prove(index) for index in indexes], None

    def append(self, entries):
        first = len(self._entries)
        self._entries += entries
        return list(range(first, len(self._entries)))

    def size(self):
        return len(self._entries)

    def entries(self, start=0, stop=None):
        return iter(self._entries[start:stop])

    def checkpoint(self):
        return f"test.example\n{self.size()}\nAAAA\n\n— test.example AAAA\n".encode()
