"""Facts from outside: typed by a person or read back from a stored decision.

It never accepts a name or a value that the vocabulary does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facewarden.errors import BadUseError
from facewarden.law.facts import Fact, Value
from facewarden.law.schema import FACT_BY_NAME, FactKind, FactSpec

UNKNOWN_WORD = "undetermined"
"""What a person types for a fact that was looked for and not found."""
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}


def given_fact(text: str, origin: str = "given on the command line") -> tuple[str, Fact]:
    """The name and fact of "NAME=VALUE": yes or no, a whole number, words with commas between for a set, or text.

    Raises BadUseError where there is no such fact, or not of that value.
    """
    name, sign, value = text.partition("=")
    spec = FACT_BY_NAME.get(name.strip())
    if not sign or spec is None:
        raise BadUseError(
            "fact_unknown",
            f"There is no fact {name.strip()!r}.",
            "A fact is given as NAME=VALUE.",
            "See the table of facts in docs/design/law.md.",
        )
    parsed = _parse(spec, value.strip())
    if not spec.accepts(parsed):
        raise _bad_value(spec)
    return spec.name, Fact(parsed, origin)


def facts_from_json(document: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts of a decision's JSON ({name: {"value", "origin"}}), for replaying it.

    Raises BadUseError where one does not fit today's vocabulary.
    """
    facts = {}
    for name, entry in document.items():
        spec = FACT_BY_NAME.get(name)
        value = entry["value"]
        given: Value = frozenset(value) if isinstance(value, list) else value
        if spec is None or not spec.accepts(given):
            raise BadUseError(
                "fact_outdated",
                f"The stored fact {name!r} does not fit today's vocabulary.",
                "It was recorded by another version.",
                "Replay the decision with the version that made it.",
            )
        facts[name] = Fact(given, str(entry["origin"]))
    return facts


def _parse(spec: FactSpec, text: str) -> Value:
    if text == UNKNOWN_WORD:
        return None
    if spec.kind is FactKind.TEXT:
        return text
    if spec.kind is FactKind.SET:
        return frozenset(word.strip() for word in text.split(",") if word.strip())
    if spec.kind is FactKind.YES_NO:
        if text.lower() not in _YES_NO:
            raise _bad_value(spec)
        return _YES_NO[text.lower()]
    try:
        return int(text)
    except ValueError as error:
        raise _bad_value(spec) from error


def _bad_value(spec: FactSpec) -> BadUseError:
    wanted = {
        FactKind.YES_NO: "yes or no",
        FactKind.NUMBER: "a whole number",
        FactKind.SET: "words with commas between",
        FactKind.TEXT: "text",
    }[spec.kind]
    choice = f", out of {', '.join(spec.values)}" if spec.values else ""
    if spec.names_place:
        choice = " in ISO 3166's codes, for example US-IL or FR"
    return BadUseError(
        "fact_value",
        f"The fact {spec.name} is {wanted}{choice}.",
        "Another value was given.",
        f"Give {spec.name}=VALUE accordingly, or {spec.name}={UNKNOWN_WORD}.",
    )
