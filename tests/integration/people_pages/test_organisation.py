"""One organisation's way to an account on the operator's pages: verified, signed, named, active, ended by order."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from facewarden.domain.accounts import AccountBasis, AccountState, GovernmentLevel, Role, Sector
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Contact
from tests.unit.web.builders import Browser

from .conftest import OTHER_PASSWORD

FILING = "clearview-filing-2020"


@pytest.fixture(scope="module")
def desk(signed_in):
    return signed_in("operator")


def add(installation, operator, name):
    basis = AccountBasis.AGREEMENT
    level = GovernmentLevel.LOCAL
    return installation.accounts.add_organisation(operator, name, Sector.GOVERNMENT, level, "US-IN", basis)


def act(desk, body, what, data=None, **options):
    desk.get("/settings")
    return desk.post(f"/operator/organisations/{body.organisation_id}/{what}", data, **options)


def agree(installation, desk, body, **changes):
    today = installation.clock.now().date()
    form = {
        "signed_by": "Chief R. Vale",
        "signed_on": today.isoformat(),
        "begins_on": today.isoformat(),
        "ends_on": (today + timedelta(days=365)).isoformat(),
    }
    files = {"document": ("agreement.pdf", b"%PDF the agreement", "application/pdf")}
    return act(desk, body, "agreements", form | changes, files=files)


def officers(add_person, desk, body):
    names = {}
    for number, (field, role) in enumerate((("administrator", Role.ORG_ADMINISTRATOR), ("overseer", Role.OVERSEER))):
        names[field] = f"{field}{body.organisation_id[-6:]}{number}"
        add_person(names[field], role, organisation=body)
    return act(desk, body, "officers", names), names


def state(installation, body):
    return installation.people.organisations.find(body.organisation_id).state


@pytest.fixture(scope="module")
def active(installation, operator, desk, add_person):
    """Another body that went the whole way to an account, and its administrator's name."""
    body = add(installation, operator, "Alderford Police")
    assert act(desk, body, "activate").status_code == 403, "not verified"
    assert "is verified" in act(desk, body, "verify").text
    refused = act(desk, body, "activate")
    assert refused.status_code == 403
    assert "signed agreement" in refused.text
    assert "on record" in agree(installation, desk, body).text
    refused = act(desk, body, "activate")
    assert refused.status_code == 403
    assert "named administrator" in refused.text
    page, names = officers(add_person, desk, body)
    assert "are named" in page.text
    assert "The account is active." in act(desk, body, "activate").text
    return body, names["administrator"]


def test_each_step_is_asked_for_by_law_and_the_account_becomes_active(installation, active):
    assert state(installation, active[0]) is AccountState.ACTIVE


def test_the_document_is_not_kept_and_its_signer_lies_encrypted(installation, active):
    for path in installation.data_dir.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"%PDF the agreement" not in content
        assert b"R. Vale" not in content


def test_reading_contact_and_signers_is_on_record(installation, operator, desk, active):
    installation.people.organisations.set_contact(
        operator, active[0].organisation_id, Contact("Robin", "robin@alderford.example.org")
    )
    assert "robin@" not in desk.get(f"/operator/organisations/{active[0].organisation_id}").text
    size = installation.log.size()
    page = desk.get(f"/operator/organisations/{active[0].organisation_id}/contact")
    assert "robin@alderford.example.org" in page.text
    assert "Chief R. Vale" in page.text
    assert AuditEvent.CONTACT_READ in [entry.event for entry in installation.log.entries(size)]


def test_the_yearly_statement_is_given_by_its_own_administrator_alone(installation, desk, active, browser_of):
    body, name = active
    administrator = browser_of(name)
    page = administrator.get("/people")
    assert "The yearly statement is due by" in page.text
    before = installation.people.organisations.find(body.organisation_id).attestation_due_at
    assert "is on record" in administrator.post("/people/attest").text
    assert installation.people.organisations.find(body.organisation_id).attestation_due_at > before
    assert "yearly statement is due" not in desk.get("/people").text
    desk.get("/settings")
    assert desk.post("/people/attest").status_code == 403


def test_an_order_ends_the_session_within_one_request_and_the_key_with_it(installation, operator, desk, add_person):
    kept = add(installation, operator, "Lakeside Police")
    act(desk, kept, "verify")
    agree(installation, desk, kept)
    _, names = officers(add_person, desk, kept)
    act(desk, kept, "activate")
    browser = Browser(installation)
    browser.get("/sign-in")
    credentials = {"name": names["administrator"], "password": OTHER_PASSWORD, "next": "/settings"}
    assert browser.post("/sign-in", credentials).url.path == "/settings"
    token = browser.request("POST", "/api/v1/sign-in", json=credentials).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    assert browser.request("GET", "/api/v1/cases", headers=headers).status_code == 200
    # Found out: its base is in Illinois after all.
    act(desk, kept, "correct", {"place": "US-IL"})
    ended = installation.people.account_orders.end(operator, FILING)
    assert kept.organisation_id in {outcome.organisation.organisation_id for outcome in ended.outcomes}
    assert ended.cut.sessions >= 2
    assert browser.get("/settings").url.path == "/sign-in"
    assert browser.request("GET", "/api/v1/cases", headers=headers).status_code == 401
    assert browser.post("/sign-in", credentials).url.path == "/sign-in"
    refused = act(desk, kept, "activate")
    assert refused.status_code == 403, "lifted by mistake: refused while the order stands"
    assert "filing." in refused.text
    assert state(installation, kept) is AccountState.ENDED


def test_suspending_an_organisation_needs_a_reason_and_cuts_its_people(desk, active, browser_of):
    body, name = active
    browser = browser_of(name)
    assert act(desk, body, "suspend", {"reason": ""}).status_code == 400
    assert "is suspended" in act(desk, body, "suspend", {"reason": "Under review."}).text
    assert browser.get("/settings").url.path == "/sign-in"
    assert "is active" in act(desk, body, "activate").text


def test_a_federal_office_is_settled_by_two_people(installation, operator, desk, signed_in):
    content = "name,state\nFBI – Chicago Field Office,IL\n".encode()  # listed: the order bars adding it
    body = installation.people.customer_import.take_in(operator, content).entries[0].organisation
    page = act(desk, body, "setting", {"value": "allow", "reason": "Counsel's letter of 3 May."})
    assert "is proposed" in page.text
    assert act(desk, body, "confirm").status_code == 403, "nobody confirms themselves"
    second = signed_in("second-operator", Role.OPERATOR, organisation=operator_body(installation, operator))
    assert "The setting holds." in act(second, body, "confirm").text


def operator_body(installation, operator):
    """The operators' own body, with a place: without one the order bars adding anybody."""
    own = operator.organisation.organisation_id
    return installation.people.organisations.correct(operator, own, place="US-WA")


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("agreements", {"signed_by": ""}),
        ("agreements", {"ends_on": "2020-01-01"}),
        ("agreements", {"signed_on": "soon"}),
    ],
)
def test_what_cannot_be_recorded_is_told(installation, desk, active, what, form):
    assert agree(installation, desk, active[0], **form).status_code == 400


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("officers", {"administrator": "nobody", "overseer": "nobody"}),
        ("correct", {"place": "Indiana"}),
        ("correct", {"email_domains": "police-gov.us"}),
        ("contact", {"contact_name": "x", "contact_email": "no address"}),
        ("confirm", {}),
        ("setting", {"value": "allow", "reason": "x"}),
    ],
)
def test_what_cannot_be_done_is_told(desk, active, what, form):
    page = act(desk, active[0], what, form)
    assert page.status_code in (400, 404)
    assert what not in ("officers", "correct") or all(f'value="{typed}"' in page.text for typed in form.values())


def test_the_list_is_exported_for_a_reason_and_on_record(installation, desk, active):
    desk.get("/operator/organisations")
    assert desk.post("/operator/organisations/export", {"reason": "test"}).status_code == 400
    size = installation.log.size()
    desk.get("/operator/organisations")
    answer = desk.post("/operator/organisations/export", {"reason": "Subpoena 26-117 of the county court."})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert "Alderford Police" in [row["name"] for row in rows]
    assert "attachment" in answer.headers["content-disposition"]
    assert AuditEvent.CUSTOMERS_EXPORTED in [entry.event for entry in installation.log.entries(size)]


@pytest.mark.parametrize("role", [Role.ORG_ADMINISTRATOR, Role.AUDITOR])
def test_nobody_else_sees_or_changes_an_organisation(signed_in, active, role):
    browser = signed_in(f"reader-{role.value.replace('_', '-')}", role)
    here = f"/operator/organisations/{active[0].organisation_id}"
    for path in ("/operator/organisations", "/operator/organisations/reach", here, f"{here}/contact"):
        assert browser.get(path).status_code == 403
    for what in ("verify", "activate", "suspend", "officers", "correct", "contact", "attest", "setting", "confirm"):
        assert act(browser, active[0], what, {"reason": "x"}).status_code == 403
    browser.get("/settings")
    assert browser.post("/operator/organisations/export", {"reason": "Curious about them."}).status_code == 403


def test_an_organisation_that_does_not_exist_is_not_found(desk):
    assert desk.get("/operator/organisations/org_" + "0" * 24).status_code == 404
