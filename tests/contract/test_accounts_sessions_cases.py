"""What accounts, sessions, failed sign-ins, cases and acceptances keep, whatever keeps them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facewarden.domain.ids import CaseId, OrganisationId, UserId
from facewarden.errors import BadUseError, Error
from facewarden.testing.gallery import NOON


def test_what_was_stored_of_accounts_comes_back_equal(house) -> None:
    organisation, user = house.user("Ada")
    assert list(house.accounts.organisations()) == [organisation]
    assert list(house.accounts.users()) == [user]
    assert house.accounts.sign_in_record("Ada") == (user, organisation, "hash of a password")


def test_an_account_without_level_place_or_training_comes_back_equal(house) -> None:
    organisation = replace(house.make.organisation(), level=None, place=None)
    user = replace(house.make.user(organisation), training_expires_at=None, roles=frozenset())
    house.accounts.add_organisation(organisation)
    house.accounts.add_user(user, "h")
    assert list(house.accounts.organisations()) == [organisation]
    assert list(house.accounts.users()) == [user]


@pytest.mark.parametrize("spelling", ["ÅDA@x.example", "åda@X.example", "A\u030ada@x.example"])
def test_case_and_accents_do_not_count_in_a_sign_in_name(house, spelling) -> None:
    organisation, user = house.user("åda@x.example")
    assert house.accounts.sign_in_record(spelling) == (user, organisation, "hash of a password")
    with pytest.raises(BadUseError) as refused:
        house.accounts.add_user(house.make.user(house.accounts.organisations()[0], spelling), "h")
    assert refused.value.code == "sign_in_name_taken"
    assert house.accounts.sign_in_record("ada@x.example") is None


def test_a_user_of_an_unknown_organisation_is_refused(house) -> None:
    stranger = house.make.organisation()
    with pytest.raises(BadUseError) as refused:
        house.accounts.add_user(house.make.user(stranger), "h")
    assert refused.value.code == "organisation_unknown"


def test_an_organisation_is_added_once(house) -> None:
    organisation, _ = house.user()
    with pytest.raises(BadUseError) as refused:
        house.accounts.add_organisation(organisation)
    assert refused.value.code == "records_conflict"


def test_a_session_is_found_by_its_token_alone(house) -> None:
    organisation, user = house.user()
    session = house.make.session(user)
    house.sessions.start(session, b"t" * 32)
    here = replace(user, last_seen_at=session.started_at)
    assert house.sessions.find(b"t" * 32) == (session, here, organisation)
    assert house.sessions.find(b"u" * 32) is None


def test_an_ended_session_is_gone_and_may_end_twice(house) -> None:
    _, user = house.user()
    session = house.make.session(user)
    house.sessions.start(session, b"t" * 32)
    house.sessions.end(session)
    house.sessions.end(session)
    assert house.sessions.find(b"t" * 32) is None


def test_a_session_remembers_when_it_was_last_used(house) -> None:
    _, user = house.user()
    session = house.make.session(user)
    house.sessions.start(session, b"t" * 32)
    house.sessions.touch(session, NOON + timedelta(minutes=1))
    found = house.sessions.find(b"t" * 32)
    assert found is not None
    assert found[0].last_seen_at == NOON + timedelta(minutes=1)


def test_starting_a_session_forgets_expired_ones_alone(house) -> None:
    _, user = house.user()
    old, running = house.make.session(user, NOON - timedelta(days=2)), house.make.session(user, NOON)
    house.sessions.start(old, b"o" * 32)
    house.sessions.start(running, b"r" * 32)
    house.sessions.start(house.make.session(user, NOON + timedelta(hours=1)), b"n" * 32)
    assert house.sessions.find(b"o" * 32) is None
    assert house.sessions.find(b"r" * 32) is not None


def test_failures_are_counted_by_name_from_a_moment_on(house) -> None:
    for minute in (0, 1, 2):
        house.sign_in_failures.note_failure("Ada", NOON + timedelta(minutes=minute))
    house.sign_in_failures.note_failure("bob", NOON)
    assert house.sign_in_failures.failures("ada", NOON) == 3
    assert house.sign_in_failures.failures("ADA", NOON + timedelta(minutes=1)) == 2
    assert house.sign_in_failures.failures("ADA", NOON + timedelta(minutes=3)) == 0
    assert house.sign_in_failures.failures("carol", NOON) == 0


def test_failures_of_one_name_are_forgotten_when_signing_in_went_well(house) -> None:
    for name in ("ada", "bob"):
        house.sign_in_failures.note_failure(name, NOON)
    house.sign_in_failures.forget("ADA")
    assert house.sign_in_failures.failures("ada", NOON) == 0
    assert house.sign_in_failures.failures("bob", NOON) == 1


def test_a_name_or_an_id_of_undecodable_bytes_is_bad_use(house) -> None:
    for ask in (house.cases.find, house.accounts.sign_in_record, house.sources.find):
        with pytest.raises(BadUseError) as caught:
            ask("\udcff")
        assert caught.value.code == "not_text"


def test_old_failures_are_forgotten(house) -> None:
    house.sign_in_failures.note_failure("ada", NOON)
    house.sign_in_failures.note_failure("ada", NOON + timedelta(days=2))
    assert house.sign_in_failures.failures("ada", NOON) == 1


def test_a_case_comes_back_with_its_members(house) -> None:
    user, case = house.case()
    colleague = house.make.user(house.accounts.organisations()[0], "bob")
    house.accounts.add_user(colleague, "h")
    shared = replace(house.make.case(user), members=frozenset({user.user_id, colleague.user_id}))
    alone = replace(house.make.case(user), members=frozenset(), opened_at=NOON + timedelta(days=1))
    house.cases.add(shared)
    house.cases.add(alone)
    assert house.cases.find(case.case_id) == case
    assert house.cases.find(shared.case_id) == shared
    assert house.cases.find(CaseId("ca_none")) is None
    found = house.cases.of_organisation(user.organisation_id)
    assert found[0] == alone
    assert {each.case_id for each in found} == {case.case_id, shared.case_id, alone.case_id}
    assert house.cases.of_organisation(OrganisationId("or_none")) == []


def test_a_case_with_an_unknown_member_leaves_nothing(house) -> None:
    _, user = house.user()
    case = replace(house.make.case(user), members=frozenset({UserId("us_none")}))
    with pytest.raises(BadUseError):
        house.cases.add(case)
    assert house.cases.find(case.case_id) is None


def test_the_newest_acceptance_of_a_subject_counts(house) -> None:
    _, user = house.user()
    assert house.acceptances.find("gallery_size") == {}
    house.acceptances.record({"gallery_size": "20000"}, user.user_id, NOON, 3)
    house.acceptances.record({"gallery_size": "40000"}, user.user_id, NOON, 4)
    assert house.acceptances.find("gallery_size", "another") == {"gallery_size": "40000"}


def test_of_values_recorded_together_none_stays_where_one_cannot(house) -> None:
    _, user = house.user()
    house.acceptances.record({"length": "20", "rate": "0.001"}, user.user_id, NOON, 3)
    with pytest.raises(Error):
        house.acceptances.record({"length": "9", "rate": None}, user.user_id, NOON, 4)
    assert house.acceptances.find("length", "rate") == {"length": "20", "rate": "0.001"}


def test_a_time_without_an_offset_is_refused(house) -> None:
    organisation = replace(house.make.organisation(), added_at=NOON.replace(tzinfo=None))
    with pytest.raises(BadUseError) as refused:
        house.accounts.add_organisation(organisation)
    assert refused.value.code == "time_without_offset"
