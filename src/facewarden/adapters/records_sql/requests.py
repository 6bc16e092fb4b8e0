"""Opt-out requests in SQL, their photos among the encrypted files. Never keeps a photo once its request is closed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import face_of, face_text
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.erasing import OptOutRequest, RequestState
from facewarden.errors import Error
from facewarden.ports import Blobs


class SqlOptOutRequests:
    """Requests of people to be taken out."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def add(self, request: OptOutRequest, content: bytes) -> None:
        """Stores both: the file first, so that no record ever lacks it."""
        self._blobs.put_many({request.request_id: content})
        row = {
            "request_id": request.request_id,
            "state": request.state.value,
            "face": "" if request.face is None else face_text(request.face),
            "place": request.place,
            "behalf": request.behalf,
            "received_at_us": to_us(request.received_at),
            "due_at_us": to_us(request.due_at),
        }
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(tables.optout_requests), row)
        except Error:
            self._blobs.delete([request.request_id])
            raise

    def find(self, request_id: str) -> OptOutRequest | None:
        """The request of that id, or None."""
        found = self._where(tables.optout_requests.c.request_id == request_id)
        return found[0] if found else None

    def waiting(self) -> Sequence[OptOutRequest]:
        """Those that nobody has handled, the one due first at the head."""
        return self._where(tables.optout_requests.c.state == RequestState.WAITING.value)

    def content(self, request_id: str) -> bytes:
        """The photo of a waiting request; DamagedError `blob_missing` for any other."""
        return self._blobs.get(request_id)

    def _where(self, condition: sa.ColumnElement[bool]) -> list[OptOutRequest]:
        requests = tables.optout_requests
        query = sa.select(requests).where(condition).order_by(requests.c.due_at_us, requests.c.request_id)
        with self._database.reading() as connection:
            return [_request_of(row) for row in connection.execute(query).mappings()]


def _request_of(row: sa.RowMapping) -> OptOutRequest:
    return OptOutRequest(
        row["request_id"],
        RequestState(row["state"]),
        face_of(row["face"]) if row["face"] else None,
        row["place"],
        row["behalf"],
        from_us(row["received_at_us"]),
        from_us(row["due_at_us"]),
        None if row["closed_at_us"] is None else from_us(row["closed_at_us"]),
        row["erasure_id"],
    )
