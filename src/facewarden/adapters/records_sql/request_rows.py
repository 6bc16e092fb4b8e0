"""A person's request as a row, and back. Never reads or writes what is sealed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql.faces_json import face_of, face_text
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us, to_us_or_none
from facewarden.domain.requests import (
    Behalf,
    Channel,
    ExtensionReason,
    IdentityCheck,
    Outcome,
    PersonRequest,
    RequestKind,
    RequestState,
)


def open_row(request: PersonRequest) -> dict[str, Any]:
    """Every column but the id, the marks and what is sealed."""
    return {
        "kind": request.kind.value,
        "state": request.state.value,
        "face": "" if request.face is None else face_text(request.face),
        "place": request.place,
        "behalf": request.behalf.value,
        "language": request.language,
        "channel": request.channel.value,
        "notice_version": request.notice_version,
        "received_at_us": to_us(request.received_at),
        "due_at_us": to_us(request.due_at),
        "clock_id": request.clock_id,
        "acknowledge_due_at_us": to_us_or_none(request.acknowledge_due_at),
        "keep_photo": int(request.keep_photo),
        "confirmed_at_us": to_us_or_none(request.confirmed_at),
        "acknowledged_at_us": to_us_or_none(request.acknowledged_at),
        "extended_at_us": to_us_or_none(request.extended_at),
        "extension_reason": request.extension_reason.value if request.extension_reason else None,
        "identity": request.identity.value if request.identity else None,
        "identity_by": request.identity_by,
        "identity_at_us": to_us_or_none(request.identity_at),
        "looked_by": request.looked_by,
        "looked_at_us": to_us_or_none(request.looked_at),
        "bulk_asked_at_us": to_us_or_none(request.bulk_asked_at),
        "bulk_faces": request.bulk_faces,
        "cleared_by": request.cleared_by,
        "cases_asked_at_us": to_us_or_none(request.cases_asked_at),
        "repeats": request.repeats,
        "grouped_under": request.grouped_under,
        "told": int(request.told),
        "outcome": request.outcome.value if request.outcome else None,
        "closed_at_us": to_us_or_none(request.closed_at),
        "erasure_id": request.erasure_id,
    }


def request_of(row: sa.RowMapping) -> PersonRequest:
    """The request in that row."""
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    if outcome is None and row["erasure_id"]:
        outcome = Outcome.HANDLED  # the erasure closed it, in the transaction that hid the person
    return PersonRequest(
        request_id=row["request_id"],
        kind=RequestKind(row["kind"]),
        state=RequestState(row["state"]),
        face=face_of(row["face"]) if row["face"] else None,
        place=row["place"],
        behalf=Behalf(row["behalf"]),
        language=row["language"],
        channel=Channel(row["channel"]),
        notice_version=row["notice_version"],
        received_at=from_us(row["received_at_us"]),
        due_at=from_us(row["due_at_us"]),
        clock_id=row["clock_id"],
        acknowledge_due_at=from_us_or_none(row["acknowledge_due_at_us"]),
        keep_photo=bool(row["keep_photo"]),
        confirmed_at=from_us_or_none(row["confirmed_at_us"]),
        acknowledged_at=from_us_or_none(row["acknowledged_at_us"]),
        extended_at=from_us_or_none(row["extended_at_us"]),
        extension_reason=ExtensionReason(row["extension_reason"]) if row["extension_reason"] else None,
        identity=IdentityCheck(row["identity"]) if row["identity"] else None,
        identity_by=row["identity_by"],
        identity_at=from_us_or_none(row["identity_at_us"]),
        looked_by=row["looked_by"],
        looked_at=from_us_or_none(row["looked_at_us"]),
        bulk_asked_at=from_us_or_none(row["bulk_asked_at_us"]),
        bulk_faces=row["bulk_faces"],
        cleared_by=row["cleared_by"],
        cases_asked_at=from_us_or_none(row["cases_asked_at_us"]),
        repeats=row["repeats"],
        grouped_under=row["grouped_under"],
        told=bool(row["told"]),
        outcome=outcome,
        closed_at=from_us_or_none(row["closed_at_us"]),
        erasure_id=row["erasure_id"],
    )
