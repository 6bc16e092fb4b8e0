"""A discovery bundle as a person reads it: each search with its whole list, each examination with its notes.

Never says less than the bundle's own words, and never more of a candidate than that it is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facewarden.domain.examinations import Conclusion
from facewarden.domain.papers import Facts, Grid, Heading, Paper, Part, Words
from facewarden.matching import figures
from facewarden.services.casework.leadpaper import CONCLUSIONS, NOT_AN_IDENTIFICATION

Told = Mapping[str, Any]
NOT_STATED = "not stated"


def discovery_paper(bundle: Told, agency: str, verifier_key: str) -> Paper:
    """The bundle for reading."""
    case = bundle["case"]
    names = {person["user_id"]: person["name"] for person in bundle["people"]}
    parts: list[Part] = [
        Words(NOT_AN_IDENTIFICATION, warning=True),
        Heading("The case"),
        _facts(case),
        Heading("Who worked on it, as recorded by their organisations"),
        _people(bundle["people"]),
        Heading(f"Searches: {len(bundle['searches'])}"),
        *(part for number, told in enumerate(bundle["searches"], start=1) for part in _search(number, told, names)),
        Heading(f"Refused by law: {len(bundle['refused'])}"),
        _refused(bundle["refused"], names),
        Words(f"Allowed, and came to nothing (no face, not a photo): {len(bundle['came_to_nothing'])}."),
        Heading(f"Candidates examined: {len(bundle['examinations'])}"),
        *(part for told in bundle["examinations"] for part in _examination(told, bundle["searches"], names)),
        Heading("Models and calibration"),
        _facts(bundle["models"]),
        Words(f"Calibrated on: {bundle['calibration']['set']}."),
        *(Words(limit) for limit in bundle["calibration"]["limits"]),
        Heading("How to check it"),
        Words(
            f"The bundle quotes {len(bundle['log'])} entries of the log {bundle['installation']} with"
            " their proofs. READ-ME.txt in the bundle says how to check all of it without this program and without a"
            f" network. The key, which you should have from somewhere else too: {verifier_key}"
        ),
    ]
    footer = f"{bundle['release_id']}   every search of the case, whatever it found"
    return Paper(
        "Discovery: face searches", f"{agency}, case {case['number']}", tuple(parts), footer, bundle["made_at"][:10]
    )


def _facts(told: Told) -> Facts:
    return Facts(tuple((name.replace("_", " ").capitalize(), _said(name, value)) for name, value in told.items()))


def _said(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value == "":
        return NOT_STATED
    if isinstance(value, int):
        return f"{value:,}"
    if name in ("purpose", "searched_for_because_of"):
        return str(value).replace("_", " ")
    return _moment(str(value)) if name.endswith("_at") else str(value)


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC"


def _people(people: Sequence[Told]) -> Grid:
    rows = tuple(
        (
            person["name"],
            ", ".join(person["roles"]),
            person["organisation"],
            person["trained_until"] or "none recorded",
            person["user_id"],
        )
        for person in people
    )
    return Grid(("Name", "Roles", "Organisation", "Trained until", "In the log"), rows or (("nobody", "", "", "", ""),))


def _search(number: int, told: Told, names: Mapping[str, str]) -> list[Part]:
    """One search: what was sent, what it was held against, and everybody who came back."""
    probe = told.get("probe") or {}
    found = f"{len(told['candidates'])} candidates, {told['erased_since']} erased since"
    packs = ", ".join(f"{name} {version}" for name, version in told.get("law_packs", {}).items())
    rows = (
        ("By", f"{names.get(told['searched_by'], told['searched_by'])}, {_moment(told['searched_at'])}"),
        ("Answer", "nobody: no reliable lead" if told["found_nobody"] else found),
        ("Gallery", f"{told['gallery_size']:,} faces; threshold {told['threshold']:.4f}, at most {told.get('limit')}"),
        ("Models", f"{told['pack_id']} {told.get('pack_version', '')}; calibration: {told.get('calibration')}"),
        ("Probe", f"{probe.get('kind') or 'not attested'}; {probe.get('attested') or NOT_STATED}"),
        ("Probe's file", f"SHA-256 {probe.get('sha256') or 'not recorded'}"),
        (
            "Edits of the probe",
            "; ".join(f"{edit['kind']} {edit['values']}" for edit in probe.get("edits", ())) or "none",
        ),
        ("Rules", packs or "not recorded"),
        ("On record", f"{told['search_id']}, log entry {told['audit_index']}"),
    )
    return [Words(f"Search {number}"), Facts(rows), *([_candidates(told["candidates"])] if told["candidates"] else [])]


def _candidates(candidates: Sequence[Told]) -> Grid:
    rows = tuple(
        (
            str(told["rank"]),
            f"{told['similarity']:.4f}",
            figures.false_match_rate(_range(told["fmr"])),
            figures.lookalikes(_range(told["expected_lookalikes"])),
            (told["captured_at"] or "not known")[:10],
            told["source"],
            told["photo_id"],
        )
        for told in candidates
    )
    return Grid(("Rank", "Similarity", "False match rate", "Look-alikes", "Taken", "Source", "Photo"), rows)


def _range(told: Sequence[float] | None) -> figures.Range | None:
    return None if told is None else (told[0], told[1])


def _refused(refused: Sequence[Told], names: Mapping[str, str]) -> Grid:
    rows = tuple(
        (
            str(told["log_entry"]),
            _moment(told["at"]),
            names.get(told["by"], told["by"] or "the program"),
            told["event"],
            ", ".join(told["rules"]),
        )
        for told in refused
    )
    return Grid(("Log entry", "When", "By", "What", "Rules"), rows or (("none", "", "", "", ""),))


def _examination(told: Told, searches: Sequence[Told], names: Mapping[str, str]) -> list[Part]:
    """One candidate's: who concluded what, on which features, with which notes."""
    number = next((at for at, search in enumerate(searches, start=1) if search["search_id"] == told["search_id"]), "?")
    second = told["second"]
    rows = [
        ("First", _concluded(told["first"], told["first"], names)),
        ("Its notes", told["first"]["notes"] or "none"),
        ("Second", _second(second, names)),
        ("Its notes", ((second or {}).get("of_the_candidate") or {}).get("notes") or "none"),
        ("State", told["state"].replace("_", " ")),
        ("Outcome", told["outcome"] or "none recorded"),
        ("On record", told["lead_id"]),
    ]
    return [Words(f"Candidate {told['rank']} of search {number}"), Facts(tuple(rows))]


def _concluded(who: Told, made: Told, names: Mapping[str, str]) -> str:
    compared = ", ".join(
        f"{name.replace('_', ' ')} {found.replace('_', ' ')}" for name, found in made["findings"].items()
    )
    conclusion = CONCLUSIONS[Conclusion(made["conclusion"])]
    return (
        f"{names.get(who['by'], who['by'])}, {_moment(who['at'])}: {conclusion}. Compared: {compared or 'not noted'}."
    )


def _second(told: Told | None, names: Mapping[str, str]) -> str:
    if told is None:
        return "none"
    if told["of_the_candidate"] is None:
        return f"{names.get(told['by'], told['by'])}: the candidate was erased"
    others = ", ".join(CONCLUSIONS[Conclusion(said)] for said in told["of_the_look_alikes"])
    return (
        f"{_concluded(told, told['of_the_candidate'], names)} Among {told['faces_compared']} faces; of the others:"
        f" {others or 'none'}."
    )
