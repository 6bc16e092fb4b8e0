"""Three-valued conditions agree with two-valued ones whatever the undetermined facts turn out to be."""

from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path

import cedarpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facewarden.law.actions import Action
from facewarden.law.conditions import FALSE, TRUE, ConditionError, both, compile_condition, either, facts_read, negate
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.loading import load_packs

from .builders import PERMIT, rule, write_pack

VALUES = {"case_member": (True, False), "face_suppressed": (True, False), "case_state": ("open", "closed")}


def atoms():
    plain = st.sampled_from([("is", "case_member", True), ("is", "face_suppressed", True)])
    texts = st.sampled_from([("is", "case_state", "open"), ("is", "case_state", "closed")])
    return plain | texts | st.sampled_from([("const", True), ("const", False)])


CONDITIONS = st.recursive(
    atoms(),
    lambda inner: (
        st.tuples(st.just("and"), inner, inner)
        | st.tuples(st.just("or"), inner, inner)
        | st.tuples(st.just("not"), inner)
        | st.tuples(st.just("if"), inner, inner, inner)
    ),
    max_leaves=6,
)


def to_cedar(node) -> str:
    match node:
        case ("const", value):
            return str(value).lower()
        case ("is", name, True):
            return f"context.{name}"
        case ("is", name, value):
            return f'context.{name} == "{value}"'
        case ("and", left, right):
            return f"({to_cedar(left)} && {to_cedar(right)})"
        case ("or", left, right):
            return f"({to_cedar(left)} || {to_cedar(right)})"
        case ("not", inner):
            return f"!({to_cedar(inner)})"
        case ("if", asked, then, other):
            return f"(if {to_cedar(asked)} then {to_cedar(then)} else {to_cedar(other)})"
    raise ValueError(node)


def holds(node, facts) -> bool:
    match node:
        case ("const", value):
            return value
        case ("is", name, value):
            return facts[name] == value
        case ("and", left, right):
            return holds(left, facts) and holds(right, facts)
        case ("or", left, right):
            return holds(left, facts) or holds(right, facts)
        case ("not", inner):
            return not holds(inner, facts)
        case ("if", asked, then, other):
            return holds(then if holds(asked, facts) else other, facts)
    raise ValueError(node)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=CONDITIONS, known=st.fixed_dictionaries({n: st.sampled_from([*v, None]) for n, v in VALUES.items()}))
@pytest.mark.parametrize("form", ["when", "unless"])
def test_what_is_decided_with_unknown_facts_holds_for_every_value_they_might_have(tmp_path, form, node, known):
    folder = Path(tmp_path) / str(len(list(Path(tmp_path).iterdir())))
    law = LawEngine(load_packs([write_pack(folder, PERMIT, rule("t.c", f"{form} {{ {to_cedar(node)} }}"))]))
    decision = law.decide(Action.SEARCH, {n: Fact(v, "t") for n, v in known.items()}, date(2026, 1, 1))
    choices = [VALUES[name] if value is None else (value,) for name, value in known.items()]
    outcomes = {
        holds(node, dict(zip(known, values, strict=True))) is (form == "when") for values in itertools.product(*choices)
    }
    if decision.allowed:
        assert outcomes == {False}, "an allow must hold whatever the unknown facts are"
    elif not decision.grounds[0].undetermined:
        assert outcomes == {True}, "a certain refusal must hold whatever the unknown facts are"


def expression(text: str):
    document = json.loads(cedarpy.policies_to_json_str(f"permit (principal, action, resource) when {{ {text} }};"))
    return document["staticPolicies"]["policy0"]["conditions"][0]["body"]


def test_constants_fold_away():
    some = {"Var": "x"}
    assert both(TRUE, some) is some
    assert both(some, TRUE) is some
    assert both(some, FALSE) == FALSE
    assert either(FALSE, some) is some
    assert either(some, FALSE) is some
    assert either(some, TRUE) == TRUE
    assert negate(negate(some)) is some
    assert negate(TRUE) == FALSE


@pytest.mark.parametrize(
    "text",
    [
        "principal == resource",
        'principal == Actor::"x"',
        "context has case_state",
        "context.case_state.part == 1",
        'context.case_state == ip("1.2.3.4")',
        "1 == 1",
        'context.case_state == Actor::"x"',
        'context["case_state"] in [Actor::"x"]',
    ],
)
def test_a_condition_that_reads_anything_but_facts_is_refused(text):
    with pytest.raises(ConditionError):
        compile_condition(expression(text))


def test_every_fact_that_a_condition_reads_is_found():
    text = (
        'if context.a then (context.b || !context.c) else (context.d == "x" && context.e like "*y*"'
        ' && [context.f, "z"].contains(context.g) && context.h.isEmpty() && (if context.i then context.j else false))'
    )
    assert facts_read(expression(text)) == set("abcdefghij")
    assert facts_read(expression("(context.a && !context.b) == true")) == {"a", "b"}
    assert facts_read(expression("(if context.a then context.b else context.c) == context.d")) == set("abcd")
