"""Least rights: what each role may change of accounts, in a body with an agreement and in the body that runs it all."""

from __future__ import annotations

from datetime import date

import pytest

from facewarden.domain.accounts import Role
from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.schema import ACCOUNT_CHANGES

LAW = LawEngine(load_packs([builtin_folder() / "facewarden-base"]))
SETTLED = {
    "key_scopes": frozenset({"all"}),
    "user_state": "active",
    "org_sector": "government",
    "org_level": "local",
    "org_place": "US-OR",
    "org_agreement": "in_force",
    "org_officers": "named",
    "org_attestation": "none",
    "org_country_permitted": False,
    "target_is_actor": False,
    "target_roles": frozenset({"examiner"}),
    "target_held": False,
    "duty": "none",
}
OF_ACCOUNTS = set(ACCOUNT_CHANGES) - {
    # those of other pages: cases, collecting, the gallery, what one signs in with
    *("open_case", "close_case", "change_case", "start_ingest", "accept_gallery", "set_policy", "change_credentials"),
    *("add_source", "suspend_source"),
}
IN_ITS_BODY = {
    Role.INVESTIGATOR: set(),
    Role.EXAMINER: set(),
    Role.ORG_ADMINISTRATOR: {
        *(
            "attest_organisation",
            "add_user",
            "invite_user",
            "change_user",
            "suspend_user",
            "reinstate_user",
            "end_user",
        ),
        "revoke_key",
    },
    Role.PRIVACY_OFFICER: set(),
    Role.OVERSEER: {"attest_organisation", "hold_user", "review_use", "revoke_key"},
    Role.AUDITOR: {"review_use"},
}
OF_THE_RUNNING_BODY_OVER_ANOTHER = {
    Role.INVESTIGATOR: set(),
    Role.EXAMINER: set(),
    Role.ORG_ADMINISTRATOR: set(),
    Role.PRIVACY_OFFICER: {"list_organisation", "set_office"},
    Role.OVERSEER: {"list_organisation", "hold_user", "review_use"},
    Role.AUDITOR: {"list_organisation", "review_use"},
    Role.OPERATOR: {
        *("list_organisation", "add_organisation", "verify_organisation", "activate_organisation"),
        *("suspend_organisation", "end_organisation", "change_organisation", "decide_application", "read_contact"),
        *("export_customers", "set_office", "suspend_user", "reinstate_user", "end_user", "revoke_key"),
    },
}


def allowed(role: Role, *, runs: bool, key: str = "all") -> set[str]:
    found = set()
    for change in OF_ACCOUNTS:
        state = "verified" if change == "activate_organisation" else "active"
        values = SETTLED | {
            "actor_roles": frozenset({role.value}),
            "key_scopes": frozenset({key}),
            "org_state": state,
            "actor_runs_installation": runs,
            "target_org_same": not runs,
            "account_change": change,
        }
        facts = {name: Fact(value, "test") for name, value in values.items()}
        if LAW.decide(Action.ACCOUNT, facts, date(2026, 11, 22)).allowed:
            found.add(change)
    return found


@pytest.mark.parametrize("role", IN_ITS_BODY)
def test_what_a_role_may_change_in_its_own_body(role: Role) -> None:
    assert allowed(role, runs=False) == IN_ITS_BODY[role]


@pytest.mark.parametrize("role", OF_THE_RUNNING_BODY_OVER_ANOTHER)
def test_what_a_role_of_the_running_body_may_change_of_another(role: Role) -> None:
    assert allowed(role, runs=True) == OF_THE_RUNNING_BODY_OVER_ANOTHER[role]


@pytest.mark.parametrize("key", ["search", "cases", "collect", "log"])
def test_no_key_changes_an_account_whoever_made_it(key: str) -> None:
    assert not any(allowed(role, runs=runs, key=key) for role in Role for runs in (False, True))
