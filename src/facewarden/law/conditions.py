"""Three-valued conditions: what a rule says when some of its facts are undetermined.

Cedar knows true, false and error, and skips a policy that errors, a forbid too. So each condition is
compiled into two that never touch an undetermined fact: "certainly true" and "certainly false". It never
weakens a condition: what is certain here holds for every value that an undetermined fact might have.

Expressions are Cedar's JSON policy format (one-key dicts).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from facewarden.law.schema import UNDETERMINED

Expression = dict[str, Any]

TRUE: Expression = {"Value": True}
FALSE: Expression = {"Value": False}

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "contains", "containsAll", "containsAny"})
_CONTEXT: Expression = {"Var": "context"}


class ConditionError(ValueError):
    """A condition uses something that rules may not use; the message says what."""


@dataclass(frozen=True, slots=True)
class Certainty:
    """An expression's two compiled halves; both false means: undetermined."""

    surely: Expression
    surely_not: Expression

    @property
    def open(self) -> Expression:
        """True if neither half is."""
        return both(negate(self.surely), negate(self.surely_not))


def both(left: Expression, right: Expression) -> Expression:
    """left && right, folded where one side is a constant."""
    if FALSE in (left, right):
        return FALSE
    if left == TRUE:
        return right
    return left if right == TRUE else {"&&": {"left": left, "right": right}}


def either(left: Expression, right: Expression) -> Expression:
    """left || right, folded where one side is a constant."""
    if TRUE in (left, right):
        return TRUE
    if left == FALSE:
        return right
    return left if right == FALSE else {"||": {"left": left, "right": right}}


def negate(inner: Expression) -> Expression:
    """!inner, folded where it is a constant or a negation."""
    if inner in (TRUE, FALSE):
        return FALSE if inner == TRUE else TRUE
    return inner["!"]["arg"] if "!" in inner else {"!": {"arg": inner}}


def attribute(name: str) -> Expression:
    """context.name."""
    return {".": {"left": _CONTEXT, "attr": name}}


def is_named(names: tuple[str, ...], listing: str) -> Expression:
    """True if any of the facts is in the context's set `listing` (undetermined or absent)."""
    return {
        "containsAny": {
            "left": attribute(listing),
            "right": {"Set": [{"Value": name} for name in names]},
        }
    }


def compile_condition(expression: Expression) -> Certainty:
    """The certain halves of a source condition.

    Raises ConditionError for anything but facts, literals, comparisons, set tests, `like`, &&, ||, ! and if.
    """
    ((operator, body),) = expression.items()
    match operator:
        case "&&":
            left, right = compile_condition(body["left"]), compile_condition(body["right"])
            return Certainty(both(left.surely, right.surely), either(left.surely_not, right.surely_not))
        case "||":
            left, right = compile_condition(body["left"]), compile_condition(body["right"])
            return Certainty(either(left.surely, right.surely), both(left.surely_not, right.surely_not))
        case "!":
            inner = compile_condition(body["arg"])
            return Certainty(inner.surely_not, inner.surely)
        case "if-then-else":
            return _compile_choice(body)
        case "Value" if isinstance(body, bool):
            return Certainty(TRUE, FALSE) if body else Certainty(FALSE, TRUE)
    return _compile_atom(expression)


def _compile_choice(body: dict[str, Expression]) -> Certainty:
    asked, then, other = (compile_condition(body[part]) for part in ("if", "then", "else"))
    return Certainty(
        either(both(asked.surely, then.surely), both(asked.surely_not, other.surely)),
        either(both(asked.surely, then.surely_not), both(asked.surely_not, other.surely_not)),
    )


def _compile_atom(expression: Expression) -> Certainty:
    names = tuple(sorted(facts_read(expression)))
    if not names:
        raise ConditionError("a test reads no fact")
    known = negate(is_named(names, UNDETERMINED))
    return Certainty(both(known, expression), both(known, negate(expression)))


def facts_read(expression: Expression) -> frozenset[str]:
    """The names of the facts that an expression reads.

    Raises ConditionError where it reads anything else than facts and literals.
    """
    ((operator, body),) = expression.items()
    match operator:
        case "Value":
            if isinstance(body, dict):
                raise ConditionError("a rule names an entity; rules read facts alone")
            return frozenset()
        case ".":
            if body["left"] != _CONTEXT:
                raise ConditionError("a rule reads inside a fact or an entity; rules read context facts alone")
            return frozenset({str(body["attr"])})
        case "Set":
            return frozenset[str]().union(*(facts_read(item) for item in body))
        case "!":
            return facts_read(body["arg"])
        case "like" | "isEmpty":
            return facts_read(body.get("left") or body["arg"])
        case "if-then-else":
            return frozenset[str]().union(*(facts_read(body[part]) for part in ("if", "then", "else")))
        case "&&" | "||":
            return facts_read(body["left"]) | facts_read(body["right"])
    if operator in _COMPARISONS:
        return facts_read(body["left"]) | facts_read(body["right"])
    raise ConditionError(f"a rule uses {operator!r}, which rules may not use")


def literals_compared(expression: Expression) -> Iterator[tuple[str, str]]:
    """Each (fact, text literal) that a comparison or set test puts side by side, to check spelling."""
    ((operator, body),) = expression.items()
    if operator in _COMPARISONS:
        sides = (body["left"], body["right"])
        for fact, other in (sides, sides[::-1]):
            if "." in fact:
                yield from ((str(fact["."]["attr"]), text) for text in _texts(other))
    for inner in _inner_expressions(operator, body):
        yield from literals_compared(inner)


def _texts(expression: Expression) -> Iterator[str]:
    if isinstance(expression.get("Value"), str):
        yield expression["Value"]
    for item in expression.get("Set", ()):
        yield from _texts(item)


def _inner_expressions(operator: str, body: Any) -> list[Expression]:
    if operator in ("&&", "||"):
        return [body["left"], body["right"]]
    if operator == "!":
        return [body["arg"]]
    return [body[part] for part in ("if", "then", "else")] if operator == "if-then-else" else []
