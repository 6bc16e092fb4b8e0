"""What cases, probes and searches hold beside their columns, and what examiners wrote, as JSON text. Never a pixel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from facewarden.domain.cases import NOTHING_MORE, CaseBasis, CaseDetails, SoughtFor
from facewarden.domain.examinations import Comparison, Conclusion, Finding
from facewarden.domain.searches import UNATTESTED, Edit, EditKind, ProbeKind, ProbeOrigin, SearchBasis


def details_text(details: CaseDetails) -> str:
    """The details of a case."""
    return _text(
        {
            "offence_list": details.offence_list,
            "offence_code": details.offence_code,
            "offence_class": details.offence_class,
            "sought_for": details.sought_for,
            "basis": details.basis,
            "basis_reference": details.basis_reference,
            "basis_ends_on": _day_text(details.basis_ends_on),
            "happened_on": _day_text(details.happened_on),
            "reasonable_suspicion": details.reasonable_suspicion,
            "closed_at": details.closed_at.isoformat() if details.closed_at else None,
        }
    )


def details_of(text: str | None) -> CaseDetails:
    """What `details_text` wrote; nothing more was stated where there is none."""
    if text is None:
        return NOTHING_MORE
    told: dict[str, Any] = json.loads(text)
    return CaseDetails(
        told["offence_list"],
        told["offence_code"],
        told["offence_class"],
        SoughtFor(told["sought_for"]) if told["sought_for"] else None,
        CaseBasis(told["basis"]) if told["basis"] else None,
        told["basis_reference"],
        _day_of(told["basis_ends_on"]),
        _day_of(told["happened_on"]),
        told["reasonable_suspicion"],
        datetime.fromisoformat(told["closed_at"]) if told["closed_at"] else None,
    )


def origin_text(origin: ProbeOrigin) -> str:
    """Where a probe comes from."""
    return _text(_origin_out(origin))


def origin_of(text: str | None) -> ProbeOrigin:
    """What `origin_text` wrote; nothing attested where there is none."""
    return UNATTESTED if text is None else _origin_in(json.loads(text))


def basis_text(basis: SearchBasis | None) -> str | None:
    """What a search rested on."""
    if basis is None:
        return None
    return _text(
        {
            "pack_version": basis.pack_version,
            "calibration": basis.calibration,
            "limit": basis.limit,
            "origin": _origin_out(basis.origin),
            "packs": dict(basis.packs),
        }
    )


def basis_of(text: str | None) -> SearchBasis | None:
    """What `basis_text` wrote."""
    if text is None:
        return None
    told: dict[str, Any] = json.loads(text)
    return SearchBasis(
        told["pack_version"], told["calibration"], told["limit"], _origin_in(told["origin"]), dict(told["packs"])
    )


def comparison_text(comparison: Comparison) -> str:
    """One examiner's work on one pair of pictures."""
    return _text(_comparison_out(comparison))


def comparison_of(text: str) -> Comparison:
    """What `comparison_text` wrote."""
    return _comparison_in(json.loads(text))


def comparisons_text(comparisons: Mapping[int, Comparison]) -> str:
    """One examiner's work on each place of a set."""
    return _text({str(place): _comparison_out(made) for place, made in comparisons.items()})


def comparisons_of(text: str) -> dict[int, Comparison]:
    """What `comparisons_text` wrote."""
    return {int(place): _comparison_in(made) for place, made in json.loads(text).items()}


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _origin_out(origin: ProbeOrigin) -> dict[str, Any]:
    return {
        "kind": origin.kind,
        "attested": origin.attested,
        "original_sha256": origin.original_sha256,
        "taken_on": _day_text(origin.taken_on),
        "protected_activity": origin.protected_activity,
        "sensitive": origin.sensitive,
        "edits": [[edit.kind, *edit.values] for edit in origin.edits],
    }


def _origin_in(told: Mapping[str, Any]) -> ProbeOrigin:
    return ProbeOrigin(
        ProbeKind(told["kind"]) if told["kind"] else None,
        told["attested"],
        told["original_sha256"],
        _day_of(told["taken_on"]),
        told["protected_activity"],
        told["sensitive"],
        tuple(Edit(EditKind(kind), tuple(values)) for kind, *values in told["edits"]),
    )


def _comparison_out(made: Comparison) -> dict[str, Any]:
    return {"findings": dict(made.findings), "notes": made.notes, "conclusion": made.conclusion}


def _comparison_in(told: Mapping[str, Any]) -> Comparison:
    findings = {feature: Finding(found) for feature, found in told["findings"].items()}
    return Comparison(findings, told["notes"], Conclusion(told["conclusion"]))


def _day_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
