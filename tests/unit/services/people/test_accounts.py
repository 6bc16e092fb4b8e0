"""Who may know of whom, and that nothing is added before it is decided and on record."""

import pytest

from facewarden.domain.accounts import GovernmentLevel, Role, Sector
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError, UnavailableError
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import PASSWORD, populated

SEE_ALL = {Role.OPERATOR, Role.OVERSEER, Role.AUDITOR}


@pytest.fixture
def installation():
    return populated()


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_oversee_all_see_the_users_of_other_bodies(installation, role):
    other = installation.add_organisation("River Police")
    installation.add_user("stranger", Role.INVESTIGATOR, organisation=other)
    actor = actor_of(installation, role.value.replace("_", "-"))
    seen = {user.sign_in_name for user in installation.accounts.users(actor)}
    assert ("stranger" in seen) == (role in SEE_ALL)
    assert actor.user.sign_in_name in seen


@pytest.mark.parametrize("role", list(Role))
def test_names_of_other_bodies_are_read_on_record_by_those_who_oversee_all_and_by_nobody_else(installation, role):
    other = installation.add_organisation("River Police")
    actor, before = actor_of(installation, role.value.replace("_", "-")), installation.log.size()
    names = installation.people.directory.names(actor)
    assert names[actor.organisation.organisation_id] == actor.organisation.name
    assert (other.organisation_id in names) == (role in SEE_ALL)
    told = [entry.event for entry in list(installation.log.entries())[before:]]
    assert told == ([AuditEvent.ORGANISATION_DECIDED, AuditEvent.CUSTOMERS_LISTED] if role in SEE_ALL else [])


def test_an_added_user_is_decided_before_and_recorded_after(installation):
    actor = actor_of(installation, "org-administrator")
    before = installation.log.size()
    installation.accounts.add_user(actor, actor.organisation, "New", "", [Role.EXAMINER], PASSWORD, None)
    events = [(entry.event, entry.verdict) for entry in list(installation.log.entries())[before:]]
    assert events == [(AuditEvent.USER_DECIDED, "allow"), (AuditEvent.USER_ADDED, None)]


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OPERATOR, Role.ORG_ADMINISTRATOR}])
def test_whoever_may_not_add_users_adds_none_and_the_refusal_is_on_record(installation, role):
    actor = actor_of(installation, role.value.replace("_", "-"))
    with pytest.raises(RefusedError):
        installation.accounts.add_user(actor, actor.organisation, "new", "", [Role.EXAMINER], PASSWORD, None)
    assert installation.account_records.sign_in_record("new") is None
    assert list(installation.log.entries())[-1].verdict == "refuse"


def test_nobody_is_added_while_the_log_cannot_be_written(installation):
    actor = actor_of(installation, "operator")

    def broken(entries):
        raise UnavailableError("log_unavailable", "The log cannot be written.")

    installation.log.append = broken
    with pytest.raises(UnavailableError):
        installation.accounts.add_user(actor, actor.organisation, "new", "", [Role.EXAMINER], PASSWORD, None)
    with pytest.raises(UnavailableError):
        installation.accounts.add_organisation(actor, "River", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-CA")
    assert installation.account_records.sign_in_record("new") is None
    assert len(installation.account_records.known) == 1


@pytest.mark.parametrize("name", ["", "\x1b[2J", "A\u202eB", "x" * 201])
def test_an_organisation_of_an_unprintable_name_is_bad_use(installation, name):
    with pytest.raises(BadUseError):
        installation.accounts.add_organisation(
            actor_of(installation, "operator"), name, Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-CA"
        )
