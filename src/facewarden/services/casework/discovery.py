"""What a discovery bundle says of a case: every search, every examination, with what they rested on.

Never leaves out a search because it found nobody or the wrong person, and never holds a picture or a template.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.cases import Case
from facewarden.domain.examinations import Comparison, Lead
from facewarden.domain.faces import PackCard
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.matching.calibration import Calibration
from facewarden.services.casework.named import Named

ASKED = frozenset({AuditEvent.SEARCH_DECIDED, AuditEvent.PROBE_RECEIVED})


def discovery_json(
    case: Case,
    searches: Sequence[SearchRecord],
    leads: Sequence[Lead],
    entries: Sequence[tuple[int, AuditEntry]],
    calibration: Calibration,
    card: PackCard,
) -> dict[str, Any]:
    """The bundle's own words, in the order in which things happened; users stand here by their ids, as in the log."""
    return {
        "case": _case(case),
        "searches": [_search(record) for record in searches],
        "refused": [_refused(index, entry) for index, entry in entries if entry.verdict == "refuse"],
        "came_to_nothing": [
            {"log_entry": index, "at": entry.at.isoformat(), "code": entry.details.get("code")}
            for index, entry in entries
            if entry.event is AuditEvent.SEARCH_FAILED
        ],
        "examinations": [_lead(lead) for lead in leads],
        "models": {
            "pack_id": card.pack_id,
            "version": card.version,
            "licence": card.licence,
            "training_data": card.training_data,
            "measured_gallery": card.measured_gallery,
            "evaluation_only": card.evaluation_only,
        },
        "calibration": {
            "set": calibration.set_name,
            "made_with": calibration.pack,
            "limits": list(calibration.limits),
            "cohorts": [
                {"name": c.name, "people": c.people, "pairs": c.scores.pairs, "finest_fmr": c.finest_fmr}
                for c in calibration.cohorts
            ],
        },
    }


def _case(case: Case) -> dict[str, Any]:
    details = case.details
    return {
        "case_id": case.case_id,
        "number": case.number,
        "purpose": case.purpose.value,
        "offence": case.offence,
        "offence_list": details.offence_list,
        "offence_code": details.offence_code,
        "legal_basis": details.basis.value if details.basis else None,
        "legal_basis_reference": details.basis_reference,
        "legal_basis_ends_on": details.basis_ends_on.isoformat() if details.basis_ends_on else None,
        "searched_for_because_of": details.sought_for.value if details.sought_for else None,
        "reasonable_suspicion_on_file": details.reasonable_suspicion,
        "happened_on": details.happened_on.isoformat() if details.happened_on else None,
        "opened_at": case.opened_at.isoformat(),
        "state": case.state.value,
    }


def people_in(
    searches: Sequence[SearchRecord], leads: Sequence[Lead], entries: Sequence[tuple[int, AuditEntry]]
) -> set[str]:
    """The ids of everybody who searched, examined or acted on the case."""
    searched = {record.user_id for record in searches} | {entry.actor for _, entry in entries if entry.actor}
    return {str(user_id) for user_id in searched.union(*(lead.examiners for lead in leads))}


def people_json(people: Mapping[str, Named]) -> list[dict[str, Any]]:
    """Whose the ids are, as their organisations recorded it on the day of the bundle."""
    return [
        {
            "user_id": person.user_id,
            "name": person.name,
            "roles": list(person.roles),
            "organisation": person.organisation,
            "trained_until": person.trained_until.isoformat() if person.trained_until else None,
        }
        for person in people.values()
    ]


def _search(record: SearchRecord) -> dict[str, Any]:
    basis = record.basis
    told: dict[str, Any] = {
        "search_id": record.search_id,
        "searched_at": record.searched_at.isoformat(),
        "searched_by": record.user_id,
        "audit_index": record.audit_index,
        "gallery_size": record.gallery_size,
        "threshold": record.threshold,
        "pack_id": record.pack_id,
        "candidates": [_candidate(candidate) for candidate in record.candidates],
        "erased_since": record.redacted,
        "found_nobody": not record.candidates and not record.redacted,
    }
    if basis is None:
        return told
    origin = basis.origin
    return told | {
        "pack_version": basis.pack_version,
        "calibration": basis.calibration,
        "limit": basis.limit,
        "law_packs": dict(basis.packs),
        "probe": {
            "kind": origin.kind.value if origin.kind else None,
            "attested": origin.attested,
            "sha256": origin.original_sha256,
            "taken_on": origin.taken_on.isoformat() if origin.taken_on else None,
            "shows_protected_activity": origin.protected_activity,
            "sensitive": origin.sensitive,
            "edits": [{"kind": edit.kind.value, "values": list(edit.values)} for edit in origin.edits],
        },
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "rank": candidate.rank,
        "photo_id": candidate.photo_id,
        "similarity": candidate.similarity,
        "fmr": list(candidate.fmr) if candidate.fmr else None,
        "expected_lookalikes": list(candidate.expected_lookalikes) if candidate.expected_lookalikes else None,
        "source": candidate.source,
        "captured_at": candidate.captured_at.isoformat() if candidate.captured_at else None,
        "seems_same_as_rank": candidate.group,
    }


def _refused(index: int, entry: AuditEntry) -> dict[str, Any]:
    return {
        "log_entry": index,
        "event": entry.event.value,
        "at": entry.at.isoformat(),
        "by": entry.actor,
        "rules": list(entry.grounds),
        "search": entry.event in ASKED,
    }


def _lead(lead: Lead) -> dict[str, Any]:
    second, real = lead.second, lead.real_place
    made = second.comparisons if second else None
    return {
        "lead_id": lead.lead_id,
        "search_id": lead.search_id,
        "rank": lead.rank,
        "state": lead.state.value,
        "first": {"by": lead.first_by, "at": lead.first_at.isoformat(), **_comparison(lead.first)},
        "second": None
        if second is None or second.at is None or made is None
        else {
            "by": second.by,
            "at": second.at.isoformat(),
            "faces_compared": len(made),
            "of_the_candidate": _comparison(made[real.place]) if real and real.place in made else None,
            "of_the_look_alikes": [
                comparison.conclusion.value
                for place, comparison in sorted(made.items())
                if real is None or place != real.place
            ],
        },
        "outcome": lead.outcome,
        "outcome_at": lead.outcome_at.isoformat() if lead.outcome_at else None,
    }


def _comparison(made: Comparison) -> dict[str, Any]:
    return {
        "conclusion": made.conclusion.value,
        "findings": {name: finding.value for name, finding in made.findings.items()},
        "notes": made.notes,
    }


def zipped(bundle: Mapping[str, Any], printed: bytes) -> bytes:
    """The bundle as what the defence gets: a ZIP of the signed JSON, the same printed, and how to check both."""
    out = io.BytesIO()
    members = {
        "discovery.json": json.dumps(bundle, ensure_ascii=False, indent=1).encode(),
        "discovery.pdf": printed,
        "READ-ME.txt": READ_ME.encode(),
        "check.py": (files("facewarden.audit") / "check.py").read_bytes(),
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


READ_ME = """Discovery bundle of a face search case

discovery.json  every search of the case, those that found nobody and those that were refused too, every examination,
                the models, thresholds and packs of law in use, and the proof of each log entry about them
discovery.pdf   the same for reading

check.py        checks all of it on any computer with Python and its package cryptography, without a network and
                without this installation's program; short enough to be read first

Check it with keys that you have from somewhere else than this bundle, and check.py itself too: take it from the
published source, or compare its SHA-256 with the one printed there (docs/design/checker.md). BUNDLE is the ZIP:

    python3 check.py BUNDLE --key KEY
    python3 check.py BUNDLE --key KEY --log FOLDER --witness WITNESS-KEY

With the program itself: facewarden report verify BUNDLE --key KEY

What a check shows: that nothing was changed since it was signed, that every log entry quoted is in the log whose
head was signed, and that each search listed has its decision and its outcome there. With --log, an export of the log
(facewarden audit export, which you may ask for: it holds no personal data), that no entry about the case is left out.
With --witness, that somebody outside saw the same log. Without these two, either is the signer's word.
"""
