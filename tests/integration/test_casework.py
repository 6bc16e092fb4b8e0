"""A lead with the real models, records, keys and log: examined by two, released, checked offline, called back."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image, ImageOps

from facewarden.domain.cases import Purpose
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.examinations import Comparison, Conclusion, LeadState
from facewarden.domain.searches import Edit, EditKind, ProbeKind, ProbeOrigin
from facewarden.errors import BadUseError

pytestmark = [pytest.mark.models, pytest.mark.slow]

PASSWORDS = {"ana": "tall-grass-in-wind-4", "eva": "low-tide-at-dawn-7", "pia": "grey-geese-going-2"}
SAME, OTHER = Comparison({}, "", Conclusion.SUPPORTS_SAME), Comparison({}, "", Conclusion.SUPPORTS_DIFFERENT)


@pytest.fixture
def house(agency, drawn_folder, open_agency, tmp_path):
    for name, role in (("eva", "examiner"), ("pia", "privacy_officer")):
        person = ("--org", "Rivermouth Police", "--training-until", "2099-12-31", "--password-stdin")
        agency.json("user", "add", name, "--role", role, *person, stdin=PASSWORDS[name] + "\n")
    few = tmp_path / "few"
    few.mkdir()
    for person in range(9):
        for photo in sorted(drawn_folder.glob(f"{person:03}-*.jpg")):
            (few / photo.name).write_bytes(photo.read_bytes())
    agency.json("ingest", few, "--source", "drawn")
    return open_agency()


def actor(house, name):
    return house.sign_in.actor_of(house.sign_in.sign_in(name, PASSWORDS[name]))


def upside_down(content):
    turned = io.BytesIO()
    ImageOps.exif_transpose(Image.open(io.BytesIO(content))).rotate(180).save(turned, "JPEG", quality=95)
    return turned.getvalue()


def test_a_lead_from_the_search_to_the_report_and_back(house, agency, population, tmp_path):
    ana, eva = actor(house, "ana"), actor(house, "eva")
    case = house.cases.open(ana, "R-1", Purpose.INVESTIGATE_CRIME, "120")
    case = house.cases.add_member(ana, case, "eva")
    origin = ProbeOrigin(ProbeKind.PHOTO, "attested by whoever sent it")
    probe = house.search.upload(ana, case, upside_down(population.photo(3, 2).content), origin)
    assert probe.origin.edits == (Edit(EditKind.ROTATE, (180.0,)),), "the detector sees it either way; it is turned"
    record = house.search.run_uploaded(ana, case, probe.probe_id, 1, 10).record
    assert record.candidates
    examining, reporting = house.casework.examining, house.casework.reporting
    lead = examining.first(ana, record.search_id, 1, SAME)
    begun = examining.begin_second(eva, lead.lead_id)
    assert examining.face(eva, lead.lead_id, begun.lineup[0].place, 200)[:2] == b"\xff\xd8"
    agreed = examining.conclude_second(
        eva, lead.lead_id, {place.place: SAME if place.real else OTHER for place in begun.lineup}
    )
    assert agreed.state is LeadState.AGREED
    key = str(house.log.verifier_key)

    file, _ = reporting.lead_report(ana, lead.lead_id, "Prosecutor", "leads@example.org")
    report = tmp_path / "lead.pdf"
    report.write_bytes(file)
    assert agency.json("report", "verify", report, "--key", key)["ok"]
    report.write_bytes(file.replace(b"/Title", b"/Titel", 1))
    assert agency.run("report", "verify", report, "--key", key).returncode == 1

    bundle, _ = reporting.discovery(ana, case, "Public defender", "office@example.org")
    packed = tmp_path / "discovery.zip"
    packed.write_bytes(bundle)
    told = agency.json("report", "verify", packed, "--key", key)
    assert (told["searches"], told["examinations"]) == (1, 1)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert set(archive.namelist()) == {"discovery.json", "discovery.pdf", "READ-ME.txt", "check.py"}

    assert reporting.refute(ana, lead.lead_id, "Somebody else was there.")[1] == 2
    letters = b"".join(letter.read_bytes() for letter in (house.data_dir / "outbox").glob("recall-*.eml"))
    assert all(letters.count(b"To: " + address) == 1 for address in (b"leads@example.org", b"office@example.org"))
    assert reporting.recall() == {"recalled": 0}


def test_an_erased_candidate_leaves_the_set_the_report_and_the_lead(house, population):
    ana, eva, pia = actor(house, "ana"), actor(house, "eva"), actor(house, "pia")
    case = house.cases.add_member(ana, house.cases.open(ana, "R-2", Purpose.INVESTIGATE_CRIME, "120"), "eva")
    probe = house.search.upload(ana, case, population.photo(5, 2).content, ProbeOrigin(ProbeKind.PHOTO, "attested"))
    record = house.search.run_uploaded(ana, case, probe.probe_id, 1, 10).record
    examining = house.casework.examining
    lead = examining.first(ana, record.search_id, 1, SAME)
    begun = examining.begin_second(eva, lead.lead_id)
    house.taking_out.erasing.erase(pia, [begun.real_place.photo_id], ErasureReason.OPT_OUT)
    left = {place.place: OTHER for place in begun.lineup if not place.real}
    with pytest.raises(BadUseError) as caught:
        examining.face(eva, lead.lead_id, begun.real_place.place, 200)
    assert caught.value.code == "not_a_candidate"
    done = examining.conclude_second(eva, lead.lead_id, left)
    assert (done.state, done.outcome, done.real_place) == (LeadState.STOPPED, "erased", None)
