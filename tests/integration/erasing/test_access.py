"""Access: who asks is told what is held, where from and who saw it, after a check; others stay unseen, seals end."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest

from facewarden.domain.gallery import GalleryFace
from facewarden.domain.ids import FaceNumber
from facewarden.errors import BadUseError
from facewarden.services.refusal import RefusedError
from tests.conftest import INVESTIGATOR_PASSWORD
from tests.integration.erasing.conftest import Office, altered, beside

pytestmark = pytest.mark.slow


def _opened(content: bytes) -> tuple[dict, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files["access.json"]), files


def _shown(installation) -> dict[int, GalleryFace]:
    return dict(installation.records.gallery.showable([FaceNumber(number) for number in range(1, 200)]))


def test_who_asks_is_told_what_is_held_and_who_saw_it_and_nobody_else_is_shown(office: Office, population) -> None:
    installation = office.open()
    known = set(_shown(installation))
    couple = beside(*(altered(population.photo(person, 0).content, "as it is") for person in (1, 9)))
    assert office.bring(installation, {"couple.jpg": couple}).faces == 2
    shown = _shown(installation)
    own = min((shown[number] for number in set(shown) - known), key=lambda face: face.face.box.left)
    actor, access = office.officer(installation), installation.taking_out.access
    with pytest.raises(RefusedError) as refused:
        access.bundle(actor, [own.face_number], None, None)
    assert "base.tell_identity" in [ground.rule for ground in refused.value.decision.grounds]
    made = access.bundle(actor, [own.face_number], "in_person", None)
    told, files = _opened(made.content)
    (held,) = told["held"]
    assert held["source"] == "drawn"
    assert held["came_from"][0]["file_name"] == "couple.jpg"
    assert held["shown"] == []
    assert files["access.pdf"].startswith(b"%PDF")
    pixels = installation.decoder.decode([files["photos/1.jpg"]])[0].pixels
    faces = installation.engine.detect([pixels])[0]
    assert [face.box.overlap(own.face.box) > 0.8 for face in faces] == [True], "the other person is burnt out"
    template = installation.records.gallery.templates([own.face_number])[1][0].tobytes()
    assert template[:16] not in b"".join(files.values())
    entry = installation.log.entry(made.audit_index)
    assert entry.details["basis"] == "in_person"
    nobody, _ = _opened(access.bundle(actor, [], "in_person", None).content)
    assert nobody["held"] == []


def _searched(office: Office) -> tuple[str, FaceNumber]:
    """A search of ana's that showed face 4."""
    photo = office.drawn / "003-0.jpg"
    office.shell.login("ana", INVESTIGATOR_PASSWORD)
    case = office.shell.json("case", "open", "1", "--purpose", "investigate_crime")["case_id"]
    office.shell.json("search", photo, "--case", case)
    office.shell.login("olga", "quiet-harbour-lamp-8")
    return case, FaceNumber(4)


def test_a_seal_leaves_a_case_out_until_it_ends_by_itself(office: Office) -> None:
    case_id, number = _searched(office)
    installation = office.open()
    actor, access = office.officer(installation), installation.taking_out.access
    told, _ = _opened(access.bundle(actor, [number], "in_person", None).content)
    (showing,) = told["held"][0]["shown"]
    assert (showing["to"], showing["purpose"]) == ("Rivermouth Police", "investigate_crime")
    now = installation.clock.now()
    for until, basis in ((now, "order 1"), (now + timedelta(days=366), "order 1"), (now + timedelta(days=9), " ")):
        with pytest.raises(BadUseError) as refused:
            access.seal(actor, case_id, basis, until)
        assert refused.value.code == "bad_seal"
    seal = access.seal(actor, case_id, "order 1 of the county court", now + timedelta(days=9))
    sealed, _ = _opened(access.bundle(actor, [number], "in_person", None).content)
    assert sealed["held"][0]["shown"] == []
    assert sealed["note"] == told["note"], "the note is there with or without a seal"
    assert installation.records.accesses.sealed(seal.until) == [], "it ends by itself"
