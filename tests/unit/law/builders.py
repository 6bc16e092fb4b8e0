"""Facts for tests: a lawful act of each kind, to be spoiled one fact at a time."""

from __future__ import annotations

from pathlib import Path

from facewarden.law.actions import Action
from facewarden.law.facts import Fact, Facts, Value

LAWFUL: dict[Action, dict[str, Value]] = {
    Action.COLLECT: {"source_state": "active", "source_permission": True, "host_barred": False},
    Action.ENROL: {"source_state": "active", "face_quality": "passed", "face_suppressed": False},
    Action.SEARCH: {
        "actor_roles": frozenset({"investigator"}),
        "key_scopes": frozenset({"all"}),
        "user_state": "active",
        "user_training": "valid",
        "org_sector": "government",
        "org_state": "active",
        "case_state": "open",
        "case_org_same": True,
        "case_member": True,
        "case_purpose": "investigate_crime",
        "org_agreement": "own",
        "gallery_size_class": "within",
        "size_acceptance": "none",
        "case_basis": "statute",
        "case_basis_state": "no_end",
        "sought_for": "conduct",
        "search_manner": "single",
        "probe_kind": "photo",
        "probe_protected_activity": False,
        "reasonable_suspicion": False,
    },
    Action.VIEW: {
        "actor_roles": frozenset({"investigator"}),
        "key_scopes": frozenset({"all"}),
        "user_state": "active",
        "org_agreement": "own",
        "case_org_same": True,
        "photo_was_candidate": True,
        "photo_state": "active",
        "examination_stage": "none",
        "blind_duty": False,
    },
    Action.REVIEW: {
        "actor_roles": frozenset({"examiner"}),
        "key_scopes": frozenset({"all"}),
        "user_state": "active",
        "org_sector": "government",
        "org_state": "active",
        "case_state": "open",
        "case_org_same": True,
        "case_member": True,
        "photo_was_candidate": True,
        "examination_stage": "first",
        "examiner_independent": False,
        "release_purpose": "lead",
    },
    Action.ERASE: {
        "actor_roles": frozenset({"privacy_officer"}),
        "key_scopes": frozenset({"all"}),
        "org_agreement": "own",
        "duty": "none",
    },
    Action.SUPPRESS: {
        "actor_roles": frozenset({"privacy_officer"}),
        "key_scopes": frozenset({"all"}),
        "org_agreement": "own",
        "duty": "none",
    },
    Action.ACCOUNT: {
        "actor_roles": frozenset({"operator"}),
        "key_scopes": frozenset({"all"}),
        "user_state": "active",
        "account_change": "activate_organisation",
        "org_agreement": "in_force",
        "org_officers": "named",
        "org_attestation": "none",
        "org_level": "local",
        "case_member": False,
        "target_is_actor": False,
        "target_held": False,
        "target_roles": frozenset({"investigator"}),
        "actor_runs_installation": True,
        "org_country_permitted": False,
        "org_sector": "government",
        "org_state": "suspended",
        "target_org_same": False,
        "duty": "none",
    },
    Action.READ_LOG: {"actor_roles": frozenset({"auditor"}), "key_scopes": frozenset({"all"}), "user_state": "active"},
    Action.HOLD: {
        "actor_roles": frozenset({"privacy_officer"}),
        "key_scopes": frozenset({"all"}),
        "org_agreement": "own",
        "user_state": "active",
        "duty": "none",
        "hold_change": "lift",
        "hold_ordered": False,
    },
    Action.ORDER: {
        "actor_roles": frozenset({"privacy_officer"}),
        "key_scopes": frozenset({"all"}),
        "org_agreement": "own",
        "user_state": "active",
        "duty": "none",
        "order_change": "apply",
    },
}
_OFFICER: dict[str, Value] = {
    "actor_roles": frozenset({"privacy_officer"}),
    "key_scopes": frozenset({"all"}),
    "org_agreement": "own",
    "user_state": "active",
}
LAWFUL[Action.REQUEST] = {"notice_given": True, "release_on_file": True}
LAWFUL[Action.ANSWER] = {**_OFFICER, "duty": "none"}
LAWFUL[Action.TELL] = {**_OFFICER, "identity_checked": True, "duty": "none"}
LAWFUL[Action.BACK_UP] = {
    **_OFFICER,
    "actor_roles": frozenset({"operator"}),
    "actor_runs_installation": True,
    "backup_change": "make",
    "keys_apart": True,
    "newest_ledger": "not_needed",
}
LAWFUL[Action.SOURCE] = {
    **_OFFICER,
    "duty": "none",
    "source_change": "approve",
    "source_permission": True,
    "second_person": True,
    "host_barred": False,
}
LAWFUL[Action.RELEASE] = {**LAWFUL[Action.REVIEW], "examination_state": "agreed"}


def facts(values: dict[str, Value], **changes: Value) -> dict[str, Fact]:
    return {name: Fact(value, "test") for name, value in (values | changes).items()}


def lawful(action: Action, **changes: Value) -> Facts:
    return facts(LAWFUL[action], **changes)


MANIFEST = {
    "id": '"test"',
    "version": '"1"',
    "title": '"A test"',
    "authority": '"nobody"',
    "addressee": '"nobody"',
    "citation": '"none"',
    "link": '"https://example.org"',
    "effective": "2022-05-11",
    "timezone": '"America/Chicago"',
    "applies_to": '"tests"',
    "binds": '"adopted as house rule"',
    "status": '"house rule"',
    "verified": "true",
}

PERMIT = '@id("t.permit") @text("Permitted.") permit (principal, action, resource);'


def rule(rule_id: str, condition: str, action: str = "search", **notes: str) -> str:
    """A forbid of one rule; `condition` is its when or unless part."""
    notes = {"citation": "c", "text": "t", "remedy": "r"} | notes
    written = "\n".join(f'@{name}("{value}")' for name, value in notes.items())
    return f'@id("{rule_id}")\n{written}\nforbid (principal, action == Action::"{action}", resource)\n{condition};'


def write_pack(folder: Path, *policies: str, **fields: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    manifest = MANIFEST | fields
    text = "\n".join(f"{name} = {value}" for name, value in manifest.items() if value)
    (folder / "pack.toml").write_text(text)
    (folder / "rules.cedar").write_text("\n".join(policies))
    return folder
