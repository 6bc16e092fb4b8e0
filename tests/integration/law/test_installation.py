"""The law inside a real installation: photos refused at the door, facts that die with erasure, packs chosen in init."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from PIL import Image

from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.audit.order_proof import verify_order_proof
from facewarden.domain.accounts import Actor
from facewarden.domain.erasing import ErasureReason
from facewarden.law.actions import Action
from facewarden.services.law.packchoice import PackChange
from facewarden.services.refusal import RefusedError

from .test_command_line import POINTS_IN_ILLINOIS, POINTS_OUTSIDE, write_photo

pytestmark = pytest.mark.models


@pytest.fixture
def photos(tmp_path, population):
    """A person who does not exist, as drawn: once as from Navy Pier, once as from St. Louis."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (name, point) in enumerate(
        (("pier", POINTS_IN_ILLINOIS["Navy Pier"]), ("arch", POINTS_OUTSIDE["St. Louis"]))
    ):
        with Image.open(write_photo(tmp_path / "exif.jpg", point)) as placed:
            exif = placed.getexif()
        with Image.open(BytesIO(population.photo(number, 0).content)) as drawn:
            drawn.save(folder / f"{name}.jpg", exif=exif, quality=92)
    return folder


def test_an_ingest_refuses_the_photo_from_illinois_and_admits_the_other(agency, photos):
    report = agency.json("ingest", photos, "--source", "drawn")
    assert (report["photos"], report["admitted"]) == (2, 1)
    assert report["refused"] == {"consent.illinois_photo": 1}
    assert report["grounds"] == {"consent.illinois_photo": 1, "filing.taken_in_illinois": 1}
    stored = b"".join(path.read_bytes() for path in agency.data.rglob("*") if path.is_file())
    assert b"pier" not in stored


def test_the_decision_on_an_admitted_photo_is_explained_until_the_photo_is_erased(agency, photos, open_agency):
    agency.json("ingest", photos, "--source", "drawn")
    installation = open_agency()
    kept = list(installation.memory.of_action("collect"))
    assert [item.of_photo for item in kept] == [True]
    told = agency.json("law", "explain", str(kept[0].audit_index))
    assert told["facts_kept"]
    assert told["then"]["facts"]["place_taken"]["value"] == "US-MO"
    records = installation.records
    SqlWithdrawals(installation.database, installation.vault, records.gallery._blobs).erase([kept[0].subject])
    told = agency.json("law", "explain", str(kept[0].audit_index))
    assert not told["facts_kept"]
    assert told["then"] is None


def test_doctor_and_orders_show_which_packs_bind(agency):
    checks = {check["name"]: check["detail"] for check in agency.json("doctor")["checks"]}
    assert "clearview-consent-order-2022 (adopted as house rule)" in checks["law"]
    assert "consent.illinois_entity ends after 2027-05-11" in checks["law"]
    assert checks["server map"].startswith("none")
    orders = agency.json("law", "orders")
    assert {term["pack"] for term in orders["in_force"]} == set(
        json.loads((agency.data / "installation.json").read_text())["packs"]
    )


def test_init_takes_the_packs_that_are_chosen_and_why_they_bind(agency, tmp_path):
    made = type(agency)(tmp_path / "other", tmp_path / "home", agency.models)
    password = "rivers-and-mountains-9\n"
    told = made.json(
        "init",
        "--second-factor",
        "optional",
        "--password-stdin",
        "--pack",
        "facewarden-photos",
        "--bound-by",
        "maryland-cp-2-501",
        stdin=password,
    )
    assert told["packs"]["maryland-cp-2-501"] == "this operator"
    assert set(told["packs"]) == {"facewarden-base", "facewarden-photos", "maryland-cp-2-501"}
    refused = type(agency)(tmp_path / "third", tmp_path / "home", agency.models).run(
        "init", "--password-stdin", "--pack", "no-such-pack", "--json", stdin=password
    )
    assert (refused.returncode, (tmp_path / "third").exists()) == (1, False)


def test_an_illinois_police_is_given_no_account(agency):
    done = agency.run(
        *(
            "org",
            "add",
            "Cook County Police",
            "--sector",
            "government",
            "--level",
            "local",
            "--place",
            "US-IL",
            "--json",
        )
    )
    assert done.returncode == 3
    rules = {ground["rule"] for ground in json.loads(done.stdout)["grounds"]}
    assert rules == {"consent.illinois_account", "filing.illinois_account"}


def test_a_body_whose_place_nobody_recorded_is_told_what_is_missing(agency):
    done = agency.run("org", "add", "Somewhere Police", "--sector", "government", "--level", "local", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 3
    assert "org_place" in answer["why"]
    assert "org_place" in answer["next_step"]


@pytest.mark.slow
def test_an_order_is_counted_first_then_applied_with_proofs_and_again_without_harm(agency, tmp_path, population):
    shell = type(agency)(tmp_path / "ours", agency.home, agency.models)
    password = "rivers-and-mountains-9\n"
    shell.json("init", "--second-factor", "optional", "--password-stdin", "--pack", "facewarden-photos", stdin=password)
    shell.login("operator", password.strip())
    shell.json("org", "add", "Rivermouth Police", "--sector", "government", "--level", "local", "--place", "US-WA")
    person = ("--org", "Rivermouth Police", "--role", "privacy_officer", "--password-stdin")
    shell.json("user", "add", "pia", *person, stdin=password)
    (tmp_path / "permission.txt").write_text("These pictures are drawn by the program.\n")
    shell.json("source", "add", "drawn", "--basis", "licence", "--permission", tmp_path / "permission.txt")
    shell.login("pia", password.strip())
    shell.json("source", "approve", "drawn")
    shell.login("operator", password.strip())
    folder = tmp_path / "two"
    folder.mkdir()
    for number, point in enumerate(((41.9028, 12.4964), POINTS_OUTSIDE["St. Louis"])):
        with Image.open(write_photo(tmp_path / "exif.jpg", point)) as placed:
            exif = placed.getexif()
        with Image.open(BytesIO(population.photo(number, 0).content)) as drawn:
            drawn.save(folder / f"{number}.jpg", exif=exif, quality=92)
    assert shell.json("ingest", folder, "--source", "drawn")["admitted"] == 2

    shell.login("pia", password.strip())
    impact = shell.json("law", "impact", "italy-garante-2022")
    assert (impact["photos"]["all"], impact["photos"]["touched"], impact["adopted"]) == (2, 1, False)
    assert shell.json("law", "impact", "italy-garante-2022")["photos"] == impact["photos"]

    done = shell.run("law", "apply", "italy-garante-2022", "--bundle", tmp_path / "bundle.json", "--json")
    duties = {item["duty"]: item for item in json.loads(done.stdout)["duties"]}
    assert done.returncode == 3  # a representative cannot be appointed by a program
    assert duties["italy.representative"]["state"] == "refused"
    assert "appoint_representative" in duties["italy.representative"]["why"]
    assert duties["italy.delete"]["why"].startswith("1 photos erased")
    assert shell.json("law", "impact", "italy-garante-2022")["photos"]["touched"] == 0
    again = json.loads(shell.run("law", "apply", "italy-garante-2022", "--json").stdout)
    assert {item["duty"]: item for item in again["duties"]}["italy.delete"]["why"].startswith("0 photos erased")
    assert shell.json("audit", "verify")["ok"]
    key = shell.json("audit", "checkpoint")["verifier_key"]
    told = shell.json("law", "verify", tmp_path / "bundle.json", "--key", key)
    assert (told["pack"]["id"], told["complete"], told["duties"]) == ("italy-garante-2022", False, 4)
    runs = shell.json("law", "runs")["runs"]
    assert len(runs) == 2
    shell.json("law", "proof", runs[1]["run"], tmp_path / "again.json")
    changed = json.loads((tmp_path / "again.json").read_text("utf-8"))
    changed["duties"][1]["counts"]["photos"] = 2
    (tmp_path / "changed.json").write_text(json.dumps(changed))
    assert shell.run("law", "verify", tmp_path / "changed.json", "--key", key).returncode == 1


def officer_of(installation, name: str) -> Actor:
    """That user, as if signed in."""
    records = installation.records.accounts
    user = next(user for user in records.users() if user.sign_in_name == name)
    body = next(body for body in records.organisations() if body.organisation_id == user.organisation_id)
    return Actor(user, body, "ses_0123456789abcdef01234567")


@pytest.mark.slow
def test_a_pack_adopted_by_two_people_hides_what_it_bars_at_once_and_a_hold_hides_until_it_is_lifted(
    agency, photos, open_agency
):
    person = ("--org", "Rivermouth Police", "--role", "privacy_officer", "--password-stdin")
    agency.json("user", "add", "pia", *person, stdin="quiet-harbour-lamp-8\n")
    running = open_agency()
    operator, pia = officer_of(running, "operator"), officer_of(running, "pia")
    choose = running.lawdesk.choice.change
    papers = ("clearview-filing-2020", "clearview-consent-order-2022")
    for paper in papers:
        assert not choose(operator, paper, PackChange.LIFT).done
        assert choose(pia, paper, PackChange.LIFT).done
    assert agency.json("ingest", photos, "--source", "drawn")["admitted"] == 2
    running.law.look_now()
    assert len(running.lawful_gallery.showable([1, 2])) == 2

    assert not choose(operator, papers[0], PackChange.ADOPT).done
    running.law.look_now()
    assert len(running.lawful_gallery.showable([1, 2])) == 2
    assert choose(pia, papers[0], PackChange.ADOPT).done
    running.law.look_now()
    (left,) = running.lawful_gallery.showable([1, 2]).values()
    assert "law:pack:load" in [entry.event.value for entry in running.log.entries()]
    pack, whole = running.lawdesk.with_pack(papers[0])
    assert running.lawdesk.impact.count(operator, pack, whole).photos.touched == 1

    run = running.order_desk.orders.apply(pia, pack, whole)
    answers = {duty.duty_id: (duty.state.value, dict(duty.counts)) for duty in run.duties}
    assert answers["filing.stop_search_illinois"] == ("done", {"photos": 1, "left": 0})
    assert answers["filing.preserve"][1]["photos"] == 1
    assert answers["filing.opt_out"][0] == "done"
    assert verify_order_proof(running.order_desk.proofs.make(run, pack), running.log.verifier_key)
    night = running.order_desk.watch.run(running.clock.now())
    assert (night["resumed"], night["broken"]) == (0, 0)
    for hold in running.order_desk.holds.every(pia):
        with pytest.raises(RefusedError):  # the filing is adopted and demands it
            running.order_desk.holds.lift(pia, hold.hold_id, "by mistake")

    photo_id = left.photo.photo_id
    told = agency.json("law", "hold", "set", "--photo", photo_id, "--authority", "docket 7", "--reason", "asked for")
    assert (told["photos"], told["kind"]) == (1, "preserve")
    assert not running.lawful_gallery.showable([1, 2])
    assert running.taking_out.erasing.erase(pia, [photo_id], ErasureReason.OFFICER).held == 1
    holds = running.order_desk.holds
    assert told["hold"] in {item.hold_id for item in holds.every(pia)}
    with pytest.raises(RefusedError):
        holds.lift(operator, told["hold"], "a privacy officer lifts")
    lifted = holds.lift(pia, told["hold"], "the case ended")
    assert (lifted.shown, lifted.owed) == (0, (photo_id,))
    assert photo_id not in {item.subject for item in running.memory.of_action("collect")}  # it had waited for this

    identity = agency.data / "installation.json"
    identity.write_text(identity.read_text().replace(papers[0], "no-such-pack"))
    running.law.look_now()
    assert running.gate.decide(Action.SEARCH, {}).rules == ("law_error",)
    assert running.law.problem is not None
