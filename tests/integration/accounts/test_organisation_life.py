"""From application to suspension: each step decided, each missing one named, and the day when something ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from facewarden.adapters.identity_file import read_identity, write_identity
from facewarden.bootstrap.law import IDENTITY_FILE
from facewarden.domain.accounts import (
    AccountState,
    GovernmentLevel,
    OfficeSetting,
    Role,
    Scope,
    Sector,
    SuspensionCause,
)
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Contact
from facewarden.domain.ids import random_id
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.services.law.facts import actor_facts
from facewarden.services.refusal import RefusedError
from facewarden.settings import Settings
from tests.integration.accounts.people import AGENCY, House, opened

YEAR = timedelta(days=365)
FILING = "clearview-filing-2020"
PERMITTING = """id = "ally"
version = "1"
title = "An agreement with one country"
authority = "us"
addressee = "us"
citation = "none"
link = "https://example.org"
effective = 2026-01-01
expires = 2027-01-31
timezone = "UTC"
applies_to = "bodies of one country"
binds = "adopted as house rule"
status = "house rule"
verified = true
permits_foreign = ["UA"]
"""


def refused(act, *arguments, **named) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as caught:
        act(*arguments, **named)
    return caught.value.decision.rules


def test_each_step_to_an_account_is_asked_for_and_the_last_makes_it_active(house: House) -> None:
    body, organisations = house.other_body(), house.of.people.organisations
    orders, subject = house.of.people.account_orders, body.organisation_id
    assert refused(orders.activate, house.operator, house.organisation()) == (
        "base.account_verified",
        "base.account_agreement",
        "base.account_officers",
    )
    organisations.verify(house.operator, subject)
    house.sign_agreement(body)
    assert refused(orders.activate, house.operator, house.organisation()) == ("base.account_officers",)
    named = [house.add_user("adm", Role.ORG_ADMINISTRATOR), house.add_user("ova", Role.OVERSEER)]
    organisations.name_officers(house.operator, subject, *named)
    orders.activate(house.operator, house.organisation())
    active = house.organisation()
    assert active.state is AccountState.ACTIVE
    assert active.attestation_due_at is not None
    states = [e.details["state"] for e in house.entries() if e.event is AuditEvent.ORGANISATION_CHANGED]
    assert states == ["verified", "verified", "active"]


def test_an_organisation_of_which_sector_or_place_is_not_known_is_not_verified(house: House) -> None:
    body = house.other_body()
    house.change("organisations", {"organisation_id": body.organisation_id}, place=None)
    with pytest.raises(BadUseError, match="must be known"):
        house.of.people.organisations.verify(house.operator, body.organisation_id)


def test_a_private_body_gets_no_account_whatever_it_signs(house: House) -> None:
    accounts = house.of.accounts
    assert "base.account_government" in refused(
        accounts.add_organisation, house.operator, "A Shop", Sector.PRIVATE, None, "US-OH"
    )


def test_an_agreement_keeps_its_hash_and_hides_who_signed(house: House) -> None:
    body = house.other_body()
    house.sign_agreement(body)
    kept = house.of.people.organisations.agreements(house.operator, body.organisation_id)
    assert [(a.signed_by, len(a.document_hash)) for a in kept] == [("Chief Ravensworth", 64)]
    assert b"Ravensworth" not in house.stored()
    assert house.entries()[-1].event is AuditEvent.CONTACT_READ


@pytest.mark.parametrize(("signed", "begins", "ends"), [(1, 1, 30), (0, 5, 4), (-20, -20, -1), (0, 0, 4_000)])
def test_an_agreement_whose_days_cannot_be_is_refused(house: House, signed: int, begins: int, ends: int) -> None:
    body, today = house.other_body(), house.of.clock.now().date()
    days = [today + timedelta(days=offset) for offset in (signed, begins, ends)]
    with pytest.raises(BadUseError) as caught:
        house.of.people.organisations.record_agreement(house.operator, body.organisation_id, b"x", "Chief", *days)
    assert caught.value.code == "bad_agreement_days"


def test_a_search_is_refused_from_the_day_after_the_agreement_ended(staffed: House) -> None:
    house = staffed
    last = house.of.clock.now().date() + timedelta(days=10)
    house.sign_agreement(house.organisation(), last)

    def grounds() -> tuple[str, ...]:
        actor = house.actor("ana")
        return house.of.gate.decide(Action.SEARCH, actor_facts(actor, house.of.clock.now())).rules

    house.time.ahead = timedelta(days=10)
    assert "base.search_agreement" not in grounds()
    house.time.ahead = timedelta(days=11)
    assert "base.search_agreement" in grounds()


def test_administrator_and_overseer_are_two_of_its_own_people(house: House) -> None:
    body, organisations = house.other_body(), house.of.people.organisations
    adm = house.add_user("adm", Role.ORG_ADMINISTRATOR)
    for first, second in ((adm, adm), (adm, house.operator.user)):
        with pytest.raises(BadUseError) as caught:
            organisations.name_officers(house.operator, body.organisation_id, first, second)
        assert caught.value.code == "bad_officer"


def test_a_missing_yearly_statement_suspends_after_a_warning_until_it_is_given(
    staffed: House,
) -> None:
    house, body, organisations = staffed, staffed.organisation(), staffed.of.people.organisations
    organisations.set_contact(house.operator, body.organisation_id, Contact("Ada", "ada@alderford-oh.gov"))
    token = house.of.sign_in.open_session(house.user("ana"), "password")
    now = house.of.clock.now()
    assert organisations.suspend_unattested(now + YEAR - timedelta(days=31))["letters"] == 0
    assert organisations.suspend_unattested(now + YEAR - timedelta(days=20))["letters"] == 1
    assert organisations.suspend_unattested(now + YEAR - timedelta(days=19))["letters"] == 0
    house.time.ahead = YEAR + timedelta(days=1)
    later = house.of.clock.now()
    assert organisations.suspend_unattested(later) == {"organisations": 1, "letters": 0, "sessions": 1}
    assert organisations.suspend_unattested(later)["organisations"] == 0
    with pytest.raises(NotPermittedError):
        house.of.sign_in.actor_of(token)
    held = house.of.people.members._suspensions.of(body.organisation_id)
    assert held is not None
    assert held.cause is SuspensionCause.ATTESTATION
    orders = house.of.people.account_orders
    assert refused(orders.activate, house.operator, house.organisation()) == ("base.account_attested",)
    organisations.attest_for(house.operator, body.organisation_id, house.user("adm"))
    orders.activate(house.operator, house.organisation())
    assert house.organisation().state is AccountState.ACTIVE


def test_only_its_own_administrator_or_overseer_states_it(staffed: House) -> None:
    house = staffed
    organisations = house.of.people.organisations
    assert refused(organisations.attest, house.actor("ana")) == ("base.account_attest",)
    house.time.ahead = timedelta(days=200)
    due = organisations.attest(house.actor("ova")).attestation_due_at
    assert due is not None
    assert due > house.of.clock.now() + timedelta(days=364)


def add_foreign(house: House, name: str, place: str):
    return house.of.accounts.add_organisation(house.operator, name, Sector.GOVERNMENT, GovernmentLevel.FOREIGN, place)


def test_a_foreign_body_is_refused(house: House) -> None:
    assert refused(add_foreign, house, "National Police of Ukraine", "UA") == ("base.foreign_body",)


def test_a_foreign_body_is_taken_where_a_pack_permits_its_country_by_name_and_only_as_long(settings: Settings) -> None:
    folder, identity_file = settings.data_dir / "law" / "ally", settings.data_dir / IDENTITY_FILE
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text(PERMITTING)
    identity = read_identity(identity_file)
    write_identity(identity_file, {**identity, "packs": {**identity["packs"], "ally": "adopted as house rule"}})
    with opened(settings) as house:
        assert add_foreign(house, "National Police of Ukraine", "UA").state is AccountState.ACTIVE
        assert refused(add_foreign, house, "Police of France", "FR") == ("base.foreign_body",)
        organisations = house.of.people.organisations
        assert organisations.suspend_unpermitted(house.of.clock.now())["organisations"] == 0
        house.time.ahead = timedelta(days=200)
        assert organisations.suspend_unpermitted(house.of.clock.now())["organisations"] == 1


def test_a_federal_office_is_settled_by_two_people_and_the_reason_is_hidden(house: House) -> None:
    office = house.other_body("FBI Chicago Field Office", GovernmentLevel.FEDERAL)
    house.change("organisations", {"organisation_id": office.organisation_id}, office_place="US-IL")
    house.of.accounts.add_user(
        house.operator, house.organisation("Operations"), "pia", "", [Role.PRIVACY_OFFICER], None, None
    )
    organisations, subject = house.of.people.organisations, office.organisation_id
    organisations.propose_setting(house.operator, subject, OfficeSetting.ALLOW, "Counsel Ravensworth advised so.")
    assert refused(organisations.confirm_setting, house.operator, subject) == ("base.account_office",)
    orders = house.of.people.account_orders
    reach = {o.organisation.organisation_id: o.rules for o in orders.would_end(house.operator, FILING, _today(house))}
    assert reach[subject] == ("filing.federal_account",)
    assert organisations.confirm_setting(house.actor("pia"), subject).office_setting is OfficeSetting.ALLOW
    reach = {o.organisation.organisation_id: o.rules for o in orders.would_end(house.operator, FILING, _today(house))}
    assert reach[subject] == ()
    assert b"Ravensworth" not in house.stored()


def _today(house: House):
    return house.of.clock.now().date()


def test_a_body_that_wants_no_account_any_more_is_ended_and_its_keys_with_it(staffed: House) -> None:
    house, body, organisations = staffed, staffed.organisation(), staffed.of.people.organisations
    token = house.of.people.api_keys.make(house.actor("ana"), "nightly", "opens cases", [Scope.CASES])[1]
    assert organisations.end(house.operator, body.organisation_id, "The county left.").keys == 1
    assert house.organisation().state is AccountState.ENDED
    with pytest.raises(NotPermittedError):
        house.of.sign_in.actor_of(token, keys_too=True)
    with pytest.raises(BadUseError) as caught:
        organisations.end(house.operator, body.organisation_id, "Once more.")
    assert caught.value.code == "wrong_state"


@pytest.mark.parametrize("domain", ["alderford.gov.co", "police-gov.us", "xn--plice-0qa.gov", "gov-alderford.com"])
def test_a_domain_that_looks_like_a_governments_or_is_anothers_is_refused(house: House, domain: str) -> None:
    body = house.other_body()
    with pytest.raises(BadUseError) as caught:
        house.of.people.organisations.correct(house.operator, body.organisation_id, email_domains=[domain])
    assert caught.value.code == "bad_domain"


def test_a_user_whose_address_is_of_another_domain_is_refused(staffed: House) -> None:
    house, body = staffed, staffed.organisation()
    house.of.people.organisations.correct(
        house.operator, body.organisation_id, email_domains=["alderford-oh.gov", "police.example.org"]
    )
    with pytest.raises(BadUseError) as caught:
        house.add_user("bo@alderford-oh.gov.co", Role.EXAMINER, by="adm")
    assert caught.value.code == "foreign_domain"
    assert house.add_user("bo@mail.alderford-oh.gov", Role.EXAMINER, by="adm")


def test_an_office_is_not_its_own_parent(house: House) -> None:
    body, organisations = house.other_body(), house.of.people.organisations
    office = house.other_body("Alderford PD, Harbour Office")
    organisations.correct(house.operator, office.organisation_id, parent=body.organisation_id)
    for parent in (office.organisation_id, random_id("org")):
        with pytest.raises(BadUseError) as caught:
            organisations.correct(house.operator, body.organisation_id, parent=parent)
        assert caught.value.code == "bad_parent"


def test_a_body_in_another_country_is_not_added_as_a_local_one(house: House) -> None:
    with pytest.raises(BadUseError) as caught:
        house.of.accounts.add_organisation(
            house.operator, "Police of Toronto", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "CA-ON"
        )
    assert caught.value.code == "level_contradicts_place"


def test_suspending_cuts_everything_and_nobody_suspends_their_own_body(staffed: House) -> None:
    house, body, organisations = staffed, staffed.organisation(), staffed.of.people.organisations
    token = house.of.sign_in.open_session(house.user("ana"), "password")
    with pytest.raises(BadUseError, match="act for"):
        organisations.suspend(house.operator, house.operator.organisation.organisation_id, "a reason")
    assert organisations.suspend(house.operator, body.organisation_id, "Under investigation.").sessions == 1
    with pytest.raises(NotPermittedError):
        house.of.sign_in.actor_of(token)
    assert house.organisation(AGENCY).state is AccountState.SUSPENDED
    assert b"Under investigation" not in house.stored()
