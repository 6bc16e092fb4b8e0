"""What the law needs to know about a change of an account: who changes it, whose it is, and what it becomes.

Never fills a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from facewarden.domain.accounts import AccountBasis, Actor, Organisation, Role, User
from facewarden.law.facts import Fact
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, actor_facts, organisation_facts


def change_facts(
    gate: Gate,
    actor: Actor,
    organisation: Organisation,
    change: str,
    now: datetime,
    *,
    user: User | None = None,
    roles: Iterable[Role] = (),
    held: bool = False,
    is_actor: bool | None = None,
) -> FactDict:
    """The facts of that change of an account of `organisation`.

    `user` is whose account it is, None where it is the organisation's own; `roles` what they get beside those that they
    have; `held` whether an overseer holds it; `is_actor` overrides whether it is the actor's own.
    """
    own = user is not None and user.user_id == actor.user.user_id
    return {
        **actor_facts(actor, now),
        **target_facts(gate, actor, organisation, now),
        "account_change": Fact(change, "given"),
        "target_is_actor": Fact(own if is_actor is None else is_actor, "records: users"),
        "target_roles": Fact(
            frozenset(role.value for role in {*roles, *(user.roles if user else ())}), "records: users, and as given"
        ),
        "target_held": Fact(held, "records: suspensions"),
    }


def target_facts(gate: Gate, actor: Actor, organisation: Organisation, now: datetime) -> FactDict:
    """The organisation whose account is changed."""
    same = organisation.organisation_id == actor.organisation.organisation_id
    approves = actor.has(Role.ORG_ADMINISTRATOR) and same
    own = organisation.basis is AccountBasis.OWN and actor.has(Role.OPERATOR)
    return {
        **organisation_facts(organisation, now),
        **country_fact(gate, organisation),
        "target_org_same": Fact(same, "records: users"),
        "employer_approved": Fact(approves or own, "records: the roles of whoever acts"),
    }


def country_fact(gate: Gate, organisation: Organisation) -> FactDict:
    """Whether a pack permits bodies of its country."""
    pack_id = gate.permits_country(organisation.place)
    return {"org_country_permitted": Fact(pack_id is not None, f"pack {pack_id}" if pack_id else "no adopted pack")}


def upkeep_facts(gate: Gate, organisation: Organisation, change: str, now: datetime) -> FactDict:
    """What the program itself changes, because a day came: nobody acts."""
    nobody = "nobody acts: the program keeps the accounts"
    return {
        **organisation_facts(organisation, now),
        **country_fact(gate, organisation),
        "actor_roles": Fact(frozenset(), nobody),
        "key_scopes": Fact(frozenset(), nobody),
        "user_state": Fact(None, nobody),
        "actor_runs_installation": Fact(False, nobody),
        "target_org_same": Fact(False, nobody),
        "case_member": Fact(False, nobody),
        "target_is_actor": Fact(False, nobody),
        "target_roles": Fact(frozenset(), "not asked for"),
        "target_held": Fact(False, "not asked for"),
        "account_change": Fact(change, "given"),
        "duty": Fact("upkeep", "a daily round"),
    }
