"""Applications: what a body says of itself is checked, hidden, and turns into an account by a person alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from facewarden.domain.accounts import AccountBasis, AccountState
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import ApplicationForm
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.services.refusal import RefusedError
from tests.integration.accounts.people import House

FORM = ApplicationForm(
    "Harbour Police Department",
    "government",
    "local",
    "law_enforcement",
    "US-OR",
    contact_name="Quillon Ravensworth",
    contact_email="quillon@harbour-or.gov",
    administrator_name="Ada Example",
    overseer_name="Bo Example",
    purpose="To identify victims of trafficking.",
)


def test_an_application_makes_no_account_and_lies_hidden(house: House) -> None:
    application_id = house.of.people.applying.apply(FORM, "198.51.100.7")
    assert [body.name for body in house.of.records.accounts.organisations()] == ["Operations"]
    for hidden in (b"Ravensworth", b"Harbour Police", b"trafficking", b"198.51.100.7"):
        assert hidden not in house.stored()
    last = house.entries()[-1]
    assert (last.event, last.subject, last.actor) == (AuditEvent.APPLICATION_RECEIVED, application_id, None)


def test_an_accepted_application_is_applied_and_its_reading_is_on_record(house: House) -> None:
    applying = house.of.people.applying
    application_id = applying.apply(FORM)
    assert [a.form.contact_name for a in applying.waiting(house.operator)] == ["Quillon Ravensworth"]
    assert house.entries()[-1].event is AuditEvent.CONTACT_READ
    made = applying.accept(house.operator, application_id)
    assert (made.state, made.basis, made.email_domains) == (
        AccountState.APPLIED,
        AccountBasis.AGREEMENT,
        ("harbour-or.gov",),
    )
    contact = house.of.people.directory.contact(house.operator, made)
    assert contact is not None
    assert contact.email == "quillon@harbour-or.gov"
    assert applying.waiting(house.operator) == []
    with pytest.raises(BadUseError) as caught:
        applying.accept(house.operator, application_id)
    assert caught.value.code == "unknown_application"


def test_a_private_body_may_apply_and_is_refused_by_law_with_the_reason(house: House) -> None:
    applying = house.of.people.applying
    application_id = applying.apply(replace(FORM, name="A Bank", sector="private", level="", kind="company"))
    with pytest.raises(RefusedError) as refused:
        applying.accept(house.operator, application_id)
    assert "consent.private_account" in refused.value.decision.rules
    applying.decline(house.operator, application_id, "Private bodies get no account.")
    letter = next((house.of.settings.data_dir / "outbox").glob("*declined*")).read_text()
    assert "Private bodies get no account." in letter


def test_only_the_operator_reads_and_decides(staffed: House) -> None:
    applying = staffed.of.people.applying
    application_id = applying.apply(FORM)
    for act in (
        lambda actor: applying.waiting(actor),
        lambda actor: applying.find(actor, application_id),
        lambda actor: applying.accept(actor, application_id),
        lambda actor: applying.decline(actor, application_id, "no"),
    ):
        for name in ("adm", "ova", "ana"):
            with pytest.raises(RefusedError):
                act(staffed.actor(name))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "bad_name"),
        ({"name": "=HYPERLINK(1)"}, "bad_name"),
        ({"name": "Harbour \u202ecilop"}, "bad_name"),
        ({"name": "x" * 10_000}, "bad_name"),
        ({"sector": "agency"}, "bad_sector"),
        ({"level": ""}, "bad_level"),
        ({"kind": "church"}, "bad_kind"),
        ({"place": ""}, "bad_place"),
        ({"place": "Oregon"}, "bad_place"),
        ({"contact_email": "quillon"}, "bad_contact_email"),
        ({"contact_email": "quillon@harbour.gov.co"}, "bad_email_domain"),
        ({"contact_email": "q@police-gov.us"}, "bad_contact_email"),
        ({"contact_email": "q@h\u0430rbour.gov"}, "bad_contact_email"),
        ({"email_domain": "oregon.gov"}, "bad_contact_email"),
        ({"overseer_name": "ada example"}, "bad_overseer_name"),
        ({"purpose": ""}, "bad_purpose"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_field(house: House, changes: dict[str, str], code: str) -> None:
    with pytest.raises(BadUseError) as caught:
        house.of.people.applying.apply(replace(FORM, **changes))
    assert caught.value.code == code
    assert house.of.people.applying._records.waiting() == []


def test_one_address_applies_five_times_a_day(house: House) -> None:
    applying = house.of.people.applying
    for number in range(5):
        applying.apply(replace(FORM, name=f"Police of Town {number}"), "198.51.100.7")
    with pytest.raises(NotPermittedError) as caught:
        applying.apply(FORM, "198.51.100.7")
    assert caught.value.code == "too_many_requests"
    assert applying.apply(FORM, "203.0.113.9")
    house.time.ahead = timedelta(days=1)
    assert applying.apply(FORM, "198.51.100.7")
