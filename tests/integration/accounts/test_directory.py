"""The customer list is itself sensitive: each reading is on record, contacts are hidden, an export has a reason."""

from __future__ import annotations

import csv
import io
import logging

import pytest

from facewarden.domain.accounts import Role
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError, Error
from facewarden.services.refusal import RefusedError
from tests.integration.accounts.people import House

LIST = b"name,state,email,contact\nHarbour PD,OR,quillon@harbour-or.gov,Quillon Ravensworth\nMill PD,OH,,\n"


@pytest.fixture
def listed(staffed: House) -> House:
    staffed.of.people.customer_import.take_in(staffed.operator, LIST)
    return staffed


def test_reading_the_list_is_on_record_and_shows_no_contact(listed: House) -> None:
    known = listed.of.people.directory.list(listed.operator)
    assert "Harbour PD" in [body.name for body in known]
    assert "Ravensworth" not in repr(known)
    last = listed.entries()[-1]
    assert (last.event, last.details["organisations"]) == (AuditEvent.CUSTOMERS_LISTED, len(known))


def test_whoever_oversees_nobody_else_sees_their_own_body_alone(listed: House) -> None:
    for name in ("adm", "ova", "ana"):
        actor = listed.actor(name)
        assert [body.name for body in listed.of.people.directory.list(actor)] == [actor.organisation.name]
        with pytest.raises(BadUseError) as caught:
            listed.of.accounts.organisation_for(actor, "Harbour PD")
        assert caught.value.code == "unknown_organisation"


def test_one_contact_is_read_on_record_by_the_operator_alone(listed: House) -> None:
    body = listed.organisation("Harbour PD")
    contact = listed.of.people.directory.contact(listed.operator, body)
    assert contact is not None
    assert contact.name == "Quillon Ravensworth"
    assert (listed.entries()[-1].event, listed.entries()[-1].subject) == (
        AuditEvent.CONTACT_READ,
        body.organisation_id,
    )
    listed.add_user("aud", Role.AUDITOR, "Operations")
    for name in ("adm", "ova", "aud"):
        with pytest.raises(RefusedError):
            listed.of.people.directory.contact(listed.actor(name), body)


def test_the_list_goes_out_to_the_operator_for_a_reason_that_is_kept_hidden(listed: House) -> None:
    directory = listed.of.people.directory
    for reason in ("", "test", "a\nb\x07c reason long enough"):
        with pytest.raises(BadUseError) as caught:
            directory.export(listed.operator, reason)
        assert caught.value.code == "no_reason"
    with pytest.raises(RefusedError):
        directory.export(listed.actor("ova"), "Asked for by the county board.")
    rows = list(
        csv.DictReader(io.StringIO(directory.export(listed.operator, "Asked for by Ravensworth's board.").decode()))
    )
    assert {row["email"] for row in rows if row["name"] == "Harbour PD"} == {"quillon@harbour-or.gov"}
    assert listed.entries()[-1].event is AuditEvent.CUSTOMERS_EXPORTED
    assert b"Ravensworth" not in listed.stored()


def test_no_cell_of_the_export_is_a_formula(listed: House) -> None:
    body = listed.organisation("Mill PD").organisation_id
    listed.change("organisations", {"organisation_id": body}, name="=cmd|' /C calc'!A0")
    exported = listed.of.people.directory.export(listed.operator, "Asked for by the county board.").decode()
    cells = [cell for row in csv.reader(io.StringIO(exported)) for cell in row]
    assert "'=cmd|' /C calc'!A0" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def test_no_contact_is_in_the_log_or_in_an_error(listed: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Error) as caught:
        listed.of.people.customer_import.take_in(listed.operator, LIST)
    assert "avensworth" not in f"{caught.value} {caught.value.why} {caught.value.next_step}" + caplog.text
    log = b"".join(path.read_bytes() for path in (listed.of.settings.data_dir / "log").rglob("*") if path.is_file())
    assert b"Ravensworth" not in log
    assert b"Harbour" not in log
    assert b"harbour-or.gov" not in log
