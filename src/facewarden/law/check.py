"""What the law would say: one question about a photo, a search or an account, asked without an installation.

It never takes a legal fact for granted: only the installation's own bookkeeping may be assumed, and each assumption is
named as one in the facts of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact, Value
from facewarden.law.photo import PhotoEvidence, PhotoReader, eu_facing

ASSUMED_ORIGIN = "assumed: the installation's own bookkeeping is taken as in order"

_PERSON: dict[str, Value] = {
    "user_state": "active",
    "key_scopes": frozenset({"all"}),
    "org_state": "active",
    "org_agreement": "in_force",
    "acts_for_employer": True,
}
_CASE: dict[str, Value] = {
    "actor_roles": frozenset({"investigator"}),
    "case_state": "open",
    "case_org_same": True,
    "case_member": True,
}
_UNSAID: dict[str, Value] = dict.fromkeys(
    (
        "case_basis",
        "case_basis_state",
        "sought_for",
        "probe_kind",
        "probe_protected_activity",
        "reasonable_suspicion",
    )
)
"""What only a case and a probe can tell: undetermined, which the rules about them say the consequence of."""
_SOURCE: dict[str, Value] = {"source_state": "active", "source_permission": True, "host_barred": False}
ASSUMED: Mapping[Action, Mapping[str, Value]] = {
    Action.COLLECT: _SOURCE,
    Action.ENROL: {**_SOURCE, "face_quality": "passed", "face_suppressed": False},
    Action.SEARCH: {
        **_PERSON,
        **_CASE,
        **_UNSAID,
        "gallery_size_class": "within",
        "size_acceptance": "none",
        "search_manner": "single",
    },
    Action.REVIEW: {**_PERSON, **_CASE, "photo_was_candidate": True, "examination_stage": "first"},
    Action.RELEASE: {**_PERSON, **_CASE, "photo_was_candidate": True, "examination_state": "agreed"},
    Action.ACCOUNT: {
        **_PERSON,
        "actor_roles": frozenset({"operator"}),
        "account_change": "activate_organisation",
        "target_org_same": False,
        "org_officers": "named",
        "org_attestation": "none",
        "org_country_permitted": False,
        "duty": "none",
    },
}
"""What is assumed for each act unless given: states, roles, memberships (so the person acts for the agency whose case
it is). Never a sector, a place, a purpose or a training."""


def check(
    engine: LawEngine,
    reader: PhotoReader,
    action: Action,
    evidence: PhotoEvidence | None,
    given: Mapping[str, Fact],
    as_of: date | datetime,
) -> Decision:
    """The decision on the facts given, the photo's own, and the assumptions above, in this order of weight.

    `evidence` None leaves out the facts about a photo; collecting and enrolling then ask about an empty one.
    """
    facts = {name: Fact(value, ASSUMED_ORIGIN) for name, value in ASSUMED.get(action, {}).items()}
    if evidence is not None or action in (Action.COLLECT, Action.ENROL):
        facts |= reader.read(evidence or PhotoEvidence())
        facts.setdefault("source_place", Fact(None, "no source was named"))
        facts["eu_facing"] = eu_facing({**facts, **given})
    return engine.decide(action, {**facts, **given}, as_of)
