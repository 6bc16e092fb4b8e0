"""Applying for an account: a public form that anybody may send, kept encrypted, decided by the operator and the law."""

from __future__ import annotations

import re

import pytest

from facewarden.domain.accounts import AccountState, Role
from facewarden.domain.audit import AuditEvent
from tests.unit.web.builders import Browser

FORM = {
    "name": "Alderford Police Department",
    "sector": "government",
    "level": "local",
    "kind": "law_enforcement",
    "place": "US-IN",
    "office_place": "",
    "email_domain": "",
    "contact_name": "Robin Vale",
    "contact_email": "robin.vale@alderford.example.org",
    "administrator_name": "Kim Weir",
    "overseer_name": "Lee Marsh",
    "purpose": "Felonies in the town, under Indiana Code 35-42.",
}


@pytest.fixture(scope="module")
def operator_browser(signed_in):
    return signed_in("operator")


def apply(installation, **changes):
    stranger = Browser(installation)
    stranger.get("/apply")
    return stranger.post("/apply", FORM | changes)


def number(page):
    return re.search(r"apl_[0-9a-f]{24}", page.text)[0]


@pytest.fixture
def waits(installation, operator):
    """Applies under a name of its own, and gives its number."""

    def waiting(name, **changes):
        installation.people.applying._rates = AnyRate()  # the limits have a test of their own
        return number(apply(installation, name=name, **changes))

    return waiting


class AnyRate:
    def take(self, limits, now, window):
        return True


def test_anybody_applies_without_an_account_or_scripts_and_it_is_on_record(installation):
    size = installation.log.size()
    page = apply(installation)
    assert page.status_code == 200
    assert number(page)
    noted = list(installation.log.entries(size))
    assert [entry.event for entry in noted] == [AuditEvent.APPLICATION_RECEIVED]
    assert "Robin" not in str(noted)


def test_what_is_sent_lies_nowhere_in_the_clear(installation, waits):
    waits("Saltmarsh Police", contact_name="Quentin Q. Unlikely", contact_email="quentin@saltmarsh.example.org")
    for path in installation.data_dir.rglob("*"):
        if path.is_file():
            assert b"Unlikely" not in path.read_bytes(), path.name


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("contact_email", "robin@police-gov.us", "government"),
        ("contact_email", "robin@alderford.gov.co", "elsewhere"),
        ("contact_email", "no address", "cannot be taken"),
        ("name", "a\u202egnp.exe", "cannot be taken"),
        ("name", "=HYPERLINK(1)", "cannot be taken"),
        ("overseer_name", "Kim Weir", "two people"),
        ("place", "Indiana", "place code"),
        ("place", "", "place"),
        ("sector", "other", "cannot be taken"),
        ("purpose", "x" * 1001, "too long"),
        ("level", "", "level"),
    ],
)
def test_what_cannot_be_taken_is_told_and_what_was_typed_stays(installation, field, value, said):
    page = apply(installation, **{field: value})
    assert page.status_code == 400
    assert said in page.text
    assert "Lee Marsh" in page.text or field == "overseer_name"


def test_five_applications_a_day_come_from_one_address(installation):
    installation.people.__dict__.pop("applying", None)
    statuses = [apply(installation, name=f"Body {count}").status_code for count in range(7)]
    assert statuses[-1] == 429
    assert 429 not in statuses[:3]


def test_the_operator_reads_and_accepts_and_the_reading_is_on_record(installation, waits, operator_browser):
    found = waits("Brookfield Police")
    size = installation.log.size()
    assert "Brookfield Police" in operator_browser.get("/operator/applications").text
    page = operator_browser.get(f"/operator/applications/{found}")
    assert "robin.vale@alderford.example.org" in page.text
    read = [entry.event for entry in installation.log.entries(size)]
    assert read.count(AuditEvent.CONTACT_READ) == 2
    operator_browser.post(f"/operator/applications/{found}/accept")
    assert installation.accounts.organisation_named("Brookfield Police").state is AccountState.APPLIED
    assert "Brookfield Police" not in operator_browser.get("/operator/applications").text
    operator_browser.get("/settings")
    assert operator_browser.post(f"/operator/applications/{found}/accept").status_code == 404


def test_a_private_body_is_refused_with_the_ground(installation, waits, operator_browser):
    found = waits("Shady Lending", sector="private", level="", kind="")
    operator_browser.get(f"/operator/applications/{found}")
    page = operator_browser.post(f"/operator/applications/{found}/accept")
    assert page.status_code == 403
    assert "Only a government organisation is added" in page.text


def test_a_foreign_body_is_refused_unless_a_pack_permits_its_country(installation, waits, operator_browser):
    found = waits("Polizei Musterstadt", place="DE", level="foreign", contact_email="amt@musterstadt.example.org")
    operator_browser.get(f"/operator/applications/{found}")
    page = operator_browser.post(f"/operator/applications/{found}/accept")
    assert page.status_code == 403
    assert "country" in page.text


def test_a_decline_needs_a_reason_and_writes_it_to_who_applied(installation, waits, operator_browser):
    found = waits("Willow Police", contact_email="chief@willow.example.org")
    operator_browser.get(f"/operator/applications/{found}")
    assert operator_browser.post(f"/operator/applications/{found}/decline", {"reason": " "}).status_code == 400
    operator_browser.post(f"/operator/applications/{found}/decline", {"reason": "No statute permits it."})
    letters = [path.read_text(errors="replace") for path in installation.data_dir.rglob("*.eml")]
    assert any("chief@willow.example.org" in letter and "No statute permits it." in letter for letter in letters)


@pytest.mark.parametrize("role", [Role.ORG_ADMINISTRATOR, Role.AUDITOR])
def test_nobody_else_reads_applications(signed_in, waits, role):
    found = waits(f"Body for {role.value}")
    browser = signed_in(f"reader-{role.value.replace('_', '-')}", role)
    for path in ("/operator/applications", f"/operator/applications/{found}"):
        assert browser.get(path).status_code == 403
    for act in ("accept", "decline"):
        browser.get("/settings")
        assert browser.post(f"/operator/applications/{found}/{act}", {"reason": "x"}).status_code == 403
