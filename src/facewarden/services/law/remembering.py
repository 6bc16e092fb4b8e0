"""Decisions written for keeping and read back: what was decided, when, by which packs, on which facts.

Never keeps a rule's text, which belongs to its pack, and never invents one for a rule that is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from facewarden.domain.decisions import KeptDecision
from facewarden.law.actions import Action
from facewarden.law.decision import Decision, Ground, Verdict
from facewarden.law.engine import LawEngine
from facewarden.law.given import facts_from_json


def kept_decision(decision: Decision, audit_index: int, subject: str, *, of_photo: bool) -> KeptDecision:
    """The decision as it is kept: verdict, rules, packs, day, facts with their origins; no texts of rules."""
    told = decision.to_json()
    document = {
        "verdict": told["verdict"],
        "rules": list(decision.rules),
        "undetermined": told["undetermined"],
        "as_of": told["as_of"],
        "packs": told["packs"],
        "facts": {name: [fact["value"], fact["origin"]] for name, fact in told["facts"].items()},
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return KeptDecision(audit_index, decision.action.value, subject, of_photo, text.encode())


def decision_of(kept: KeptDecision, law: LawEngine) -> Decision:
    """The decision that was kept. Rules that today's packs still have come with their texts, others by name alone.

    Raises BadUseError `fact_outdated` where a fact does not fit today's vocabulary.
    """
    document: Mapping[str, Any] = json.loads(kept.document)
    facts = {name: {"value": value, "origin": origin} for name, (value, origin) in document["facts"].items()}
    return Decision(
        verdict=Verdict(document["verdict"]),
        action=Action(kept.action),
        grounds=tuple(_ground(rule, law) for rule in document["rules"]),
        facts=facts_from_json(facts),
        undetermined=tuple(document["undetermined"]),
        as_of=document["as_of"],
        packs=document["packs"],
    )


def _ground(rule_id: str, law: LawEngine) -> Ground:
    for dated in law.rules:
        if dated.rule.rule_id == rule_id:
            rule, pack_id = dated.rule, dated.pack.pack_id
            return Ground(
                rule_id, rule.citation, rule.text, dated.effective, dated.expires, pack_id, dated.verified, rule.remedy
            )
    return Ground(rule_id, "", "This rule is in none of today's packs.", None, None, "", True)
