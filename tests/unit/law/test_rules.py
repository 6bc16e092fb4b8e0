"""A rule without its source, sentence, remedy or sound form never loads."""

from copy import deepcopy

import pytest

from facewarden.law.actions import Action
from facewarden.law.conditions import ConditionError
from facewarden.law.rules import OnUndetermined, RuleError, _check_compiled, parse_rules, split_policies

from .builders import PERMIT, rule

GOOD = rule("t.good", 'when { context.case_state == "closed" }')


def test_a_rule_keeps_its_words_its_source_and_what_it_reads():
    (parsed,) = parse_rules(GOOD)
    assert parsed.rule_id == "t.good"
    assert parsed.forbids
    assert parsed.actions == {Action.SEARCH}
    assert (parsed.citation, parsed.text, parsed.remedy) == ("c", "t", "r")
    assert parsed.on_undetermined is OnUndetermined.REFUSE
    assert parsed.reads == ("case_state",)
    assert parsed.source == GOOD
    assert parsed.effective is parsed.expires is parsed.verified is None


def test_a_rule_for_every_act_names_none():
    (parsed,) = parse_rules(PERMIT)
    assert parsed.actions == frozenset(Action)


def test_an_unconditional_forbid_needs_no_fact():
    (parsed,) = parse_rules(rule("t.never", "when { true }"))
    assert parsed.reads == ()
    assert list(parsed.policies) == ["t.never"]


def test_a_semicolon_in_a_string_or_a_comment_ends_no_policy():
    text = '// one; two\n@text("a;\\"b;")\npermit (principal, action, resource); // three; four\n// the end'
    assert split_policies(text) == ('// one; two\n@text("a;\\"b;")\npermit (principal, action, resource);',)
    assert split_policies("// nothing") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("permit (principal, action, resource)", "has no end"),
        ("forbid (;", "not valid Cedar"),
        (";", "not valid Cedar"),
        (GOOD.replace('@id("t.good")', ""), "no usable @id"),
        (GOOD.replace("t.good", "t.good?"), "no usable @id"),
        (GOOD.replace('@citation("c")', ""), "@citation is missing"),
        (GOOD.replace('@text("t")', '@text("")'), "@text is missing"),
        (GOOD.replace('@remedy("r")', ""), "@remedy is missing"),
        (GOOD.replace("@remedy", "@remedie"), "unknown annotation"),
        (rule("t.x", "when { context.face_suppressed }", undetermined="pass"), "needs @undetermined_reason"),
        (rule("t.x", "when { context.face_suppressed }", undetermined="maybe"), "maybe"),
        (rule("t.x", "when { context.face_suppressed }", verified="perhaps"), "neither yes nor no"),
        (rule("t.x", "when { context.face_suppressed }", effective="2022-13-01"), "month"),
        (rule("t.x", "when { context.no_such_fact }"), "does not fit the schema"),
        (rule("t.x", 'when { context.face_suppressed == "yes" }'), "does not fit the schema"),
        (rule("t.x", 'when { context.case_state == "opne" }'), "never has the value"),
        (rule("t.x", 'when { ["open", "shut"].contains(context.case_state) }'), "never has the value"),
        (rule("t.x", 'when { !(if context.case_member then "opne" == context.case_state else false) }'), "never has"),
        (rule("t.x", "when { context has case_state }"), "'has'"),
        (GOOD.replace("principal,", 'principal == Actor::"a",'), "narrows principal"),
        (GOOD.replace('"search"', '"dance"'), "dance"),
        (GOOD.replace("principal,", "principal == ?principal,"), "without slots"),
    ],
)
def test_an_unsound_rule_is_refused_with_its_reason(text, reason):
    with pytest.raises(RuleError, match=reason.replace("?", ".")):
        parse_rules(text)


def test_a_compiled_form_that_does_not_validate_is_refused():
    (parsed,) = parse_rules(GOOD)
    broken = deepcopy(parse_rules(PERMIT)[0])
    body = {".": {"left": {"Var": "context"}, "attr": "no_such_fact"}}
    broken.policies["t.permit"]["conditions"] = [{"kind": "when", "body": body}]
    _check_compiled(parsed)
    with pytest.raises(ConditionError, match="compiled form"):
        _check_compiled(broken)
