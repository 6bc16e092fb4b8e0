"""What both surfaces show as JSON: a case, a search, a candidate, a source. The shapes are a contract.

Never shows a template, a path or a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facewarden.domain.cases import Case
from facewarden.domain.searches import Candidate
from facewarden.domain.sources import Source
from facewarden.services.casework.search import SearchResult
from facewarden.services.collecting.provenance import Told


def case_json(case: Case) -> dict[str, Any]:
    """A case."""
    return {
        "case_id": case.case_id,
        "number": case.number,
        "purpose": case.purpose,
        "offence": case.offence,
        "offence_code": case.details.offence_code or None,
        "basis": case.details.basis,
        "basis_ends_on": case.details.basis_ends_on.isoformat() if case.details.basis_ends_on else None,
        "members": len(case.members),
        "state": case.state,
        "opened_at": case.opened_at.isoformat(),
    }


def search_json(result: SearchResult) -> dict[str, Any]:
    """A search as DESIGN.md writes it; `fmr` and `expected_lookalikes` are [low, high] or null."""
    record, quality = result.record, result.probe_face.quality
    return {
        "search_id": record.search_id,
        "probe": {
            "faces": result.probe_faces,
            "quality": {
                "size_px": round(quality.size_px, 1),
                "sharpness": round(quality.sharpness, 4),
                "yaw_deg": round(quality.yaw_deg, 1),
                "roll_deg": round(quality.roll_deg, 1),
                "light": round(quality.light, 3),
                "below_floor": list(quality.failing()),
            },
        },
        "gallery_size": record.gallery_size,
        "threshold": round(record.threshold, 4),
        "candidates": [candidate_json(candidate) for candidate in record.candidates],
        "groups": _groups(record.candidates),
        "decision": result.decision.to_json(),
        "audit_index": record.audit_index,
    }


def _groups(candidates: Sequence[Candidate]) -> list[list[int]]:
    """The ranks of those who seem to be one person, for each such person."""
    found: dict[int, list[int]] = {}
    for candidate in candidates:
        found.setdefault(candidate.group or candidate.rank, []).append(candidate.rank)
    return list(found.values())


def candidate_json(candidate: Candidate) -> dict[str, Any]:
    """A candidate as DESIGN.md writes it."""
    return {
        "rank": candidate.rank,
        "similarity": candidate.similarity,
        "fmr": list(candidate.fmr) if candidate.fmr else None,
        "expected_lookalikes": list(candidate.expected_lookalikes) if candidate.expected_lookalikes else None,
        "photo_id": candidate.photo_id,
        "source": candidate.source,
        "url": candidate.url,
        "captured_at": candidate.captured_at.isoformat() if candidate.captured_at else None,
    }


def source_json(source: Source, counts: tuple[int, int]) -> dict[str, Any]:
    """A source with how many photos it brought and how many were refused."""
    return {
        "source_id": source.source_id,
        "name": source.name,
        "state": source.state,
        "kind": source.kind,
        "basis": source.basis,
        "country": source.country,
        "hosts": list(source.hosts),
        "starts_on": source.starts_on.isoformat() if source.starts_on else None,
        "ends_on": source.ends_on.isoformat() if source.ends_on else None,
        "permission_sha256": source.permission_hash,
        "photos": counts[0],
        "refused": counts[1],
    }


def origins_json(told: Told) -> dict[str, Any]:
    """Where a photo came from: every source with address, server, time and log entry; and when it goes."""
    return {
        "photo_id": told.origins.photo_id,
        "state": told.origins.state,
        "arrivals": [
            {
                "source": told.sources[arrival.source_id].name,
                "source_state": told.sources[arrival.source_id].state,
                "file_name": arrival.file_name,
                "url": arrival.url,
                "page_url": arrival.page_url,
                "server_ip": arrival.server_ip,
                "arrived_at": arrival.arrived_at.isoformat(),
                "fetched_at": arrival.fetched_at.isoformat() if arrival.fetched_at else None,
                "audit_index": arrival.decision_index,
                "case_id": arrival.case_id,
                "expunge_on": arrival.expunge_on.isoformat() if arrival.expunge_on else None,
            }
            for arrival in told.origins.arrivals
        ],
        "near_copies": [{"photo_id": copy.photo_id, "bits": copy.bits} for copy in told.origins.near_copies],
        "due_on": told.term.due_on.isoformat() if told.term.due_on else None,
        "retention_pack": told.term.clock.pack_id if told.term.clock else None,
    }
