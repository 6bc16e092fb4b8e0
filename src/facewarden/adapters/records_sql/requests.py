"""People's requests in SQL, their photos among the encrypted files. Never keeps a photo once its request is closed."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.request_rows import open_row, request_of
from facewarden.adapters.records_sql.tables_taking_out import request_traffic
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.requests import PersonRequest, RequestMarks, RequestSecrets, RequestState
from facewarden.errors import DamagedError, Error
from facewarden.ports import Blobs, DataKeys

_PURPOSE = "request/"
_STORED_PURPOSE = "purpose/" + _PURPOSE
"""How the vault names a key made by `derive`: asked for by name, a destroyed one stays gone."""
_NONCE_BYTES = 12
_OPEN = (RequestState.UNCONFIRMED.value, RequestState.WAITING.value)
_MARKS = ("email_mark", "photo_mark")


class SqlPersonRequests:
    """Requests of people to be taken out, or to be told."""

    def __init__(self, database: Database, keys: DataKeys, blobs: Blobs) -> None:
        self._database = database
        self._keys = keys
        self._blobs = blobs

    # -- coming in -------------------------------------------------------------------------------------------

    def add(self, request: PersonRequest, content: bytes, secrets: RequestSecrets, marks: RequestMarks) -> None:
        """Stores all of it: the file first, so that no record ever lacks it."""
        sealed = self._seal(request.request_id, secrets)
        self._blobs.put_many({request.request_id: content})
        row = {
            **open_row(request),
            "request_id": request.request_id,
            "sealed": sealed,
            "email_mark": marks.email,
            "photo_mark": marks.photo,
        }
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(tables.optout_requests), row)
        except Error:
            self._blobs.delete([request.request_id])
            self._keys.destroy([_STORED_PURPOSE + request.request_id])
            raise

    def same(self, email: bytes, photo: bytes) -> PersonRequest | None:
        """An open request of that address for that very file, or None."""
        columns = tables.optout_requests.c
        found = self._where(columns.state.in_(_OPEN), columns.email_mark == email, columns.photo_mark == photo)
        return found[0] if found else None

    def open_of(self, email: bytes) -> int:
        """How many open requests that address has."""
        columns = tables.optout_requests.c
        return len(self._where(columns.state.in_(_OPEN), columns.email_mark == email))

    def templates(self, pack_id: str) -> tuple[Sequence[str], NDArray[np.float32]]:
        """Open requests, the oldest first, with the template of each (N, dimension); those of another pack left out."""
        requests = tables.optout_requests
        query = sa.select(requests.c.request_id, requests.c.sealed).where(
            requests.c.state.in_(_OPEN), requests.c.sealed.is_not(None)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(requests.c.received_at_us, requests.c.request_id)).all()
        keys = self._keys.get_many([_STORED_PURPOSE + row.request_id for row in rows])
        opened = [(row.request_id, _opened(row.request_id, row.sealed, keys)) for row in rows]
        known = [(one, secrets.template) for one, secrets in opened if secrets and secrets.pack_id == pack_id]
        if not known:
            return [], np.empty((0, 0), np.float32)
        return [request_id for request_id, _ in known], np.stack([template for _, template in known])

    def confirm(self, request: PersonRequest) -> bool:
        """True if it was unconfirmed and waits from now on, as given; False at every other time."""
        columns = tables.optout_requests.c
        values = {**open_row(request), "state": RequestState.WAITING.value}
        with self._database.writing() as connection:
            changed = connection.execute(
                sa.update(tables.optout_requests)
                .where(columns.request_id == request.request_id, columns.state == RequestState.UNCONFIRMED.value)
                .values(**values)
            )
        return changed.rowcount == 1

    # -- on its way ------------------------------------------------------------------------------------------

    def find(self, request_id: str) -> PersonRequest | None:
        """The request of that id, or None."""
        found = self._where(tables.optout_requests.c.request_id == request_id)
        return found[0] if found else None

    def in_state(self, state: RequestState) -> Sequence[PersonRequest]:
        """Those in that state, the one due first at the head."""
        return self._where(tables.optout_requests.c.state == state.value)

    def replace(self, request: PersonRequest) -> bool:
        """True if the request was in the given one's state, and is now as given."""
        columns = tables.optout_requests.c
        values = {name: value for name, value in open_row(request).items() if name not in ("state", "face")}
        if request.state is RequestState.CLOSED:
            values = {"told": values["told"], "outcome": values["outcome"]}
        with self._database.writing() as connection:
            changed = connection.execute(
                sa.update(tables.optout_requests)
                .where(columns.request_id == request.request_id, columns.state == request.state.value)
                .values(**values)
            )
        return changed.rowcount == 1

    def close(self, request: PersonRequest) -> bool:
        """True if it was open and is closed now: the face forgotten and, once that is durable, the photo destroyed."""
        columns = tables.optout_requests.c
        values = {**open_row(replace(request, face=None)), "state": RequestState.CLOSED.value}
        with self._database.writing() as connection:
            changed = connection.execute(
                sa.update(tables.optout_requests)
                .where(columns.request_id == request.request_id, columns.state.in_(_OPEN))
                .values(**values)
            )
            if changed.rowcount != 1:
                return False
            # Found again by the next erasure, should a crash come before the photo is destroyed.
            connection.execute(sa.insert(tables.doomed), {"face_number": None, "blob_id": request.request_id})
        self._blobs.delete([request.request_id])
        with self._database.writing() as connection:
            connection.execute(sa.delete(tables.doomed).where(tables.doomed.c.blob_id == request.request_id))
        self._database.forget()
        return True

    # -- what is sealed --------------------------------------------------------------------------------------

    def content(self, request_id: str) -> bytes:
        """The photo of an open request; DamagedError `blob_missing` for any other."""
        return self._blobs.get(request_id)

    def secrets(self, request_id: str) -> RequestSecrets | None:
        """Address and template, None once they are destroyed; DamagedError where they do not open."""
        sealed = tables.optout_requests.c.sealed
        with self._database.reading() as connection:
            found = connection.execute(
                sa.select(sealed).where(tables.optout_requests.c.request_id == request_id)
            ).scalar()
        if found is None:
            return None
        return _opened(request_id, found, self._keys.get_many([_STORED_PURPOSE + request_id]))

    def forget(self, request_id: str) -> None:
        """Address, template and marks destroyed, with the key; may be repeated."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(tables.optout_requests)
                .where(tables.optout_requests.c.request_id == request_id)
                .values(sealed=None, **dict.fromkeys(_MARKS))
            )
        self._keys.destroy([_STORED_PURPOSE + request_id])
        self._database.forget()

    def discard(self, request_id: str) -> None:
        """Everything of an unconfirmed request destroyed, as if it had never come."""
        columns = tables.optout_requests.c
        with self._database.writing() as connection:
            gone = connection.execute(
                sa.delete(tables.optout_requests).where(
                    columns.request_id == request_id, columns.state == RequestState.UNCONFIRMED.value
                )
            )
            if gone.rowcount != 1:
                return
            connection.execute(sa.insert(tables.doomed), {"face_number": None, "blob_id": request_id})
        self._keys.destroy([_STORED_PURPOSE + request_id])
        self._blobs.delete([request_id])
        with self._database.writing() as connection:
            connection.execute(sa.delete(tables.doomed).where(tables.doomed.c.blob_id == request_id))
        self._database.forget()

    def unsettled(self) -> Sequence[str]:
        """Closed requests whose secrets are still there: their last letter may not be sent."""
        columns = tables.optout_requests.c
        query = sa.select(columns.request_id).where(
            columns.state == RequestState.CLOSED.value, columns.sealed.is_not(None)
        )
        with self._database.reading() as connection:
            return list(connection.execute(query.order_by(columns.request_id)).scalars())

    def _where(self, *conditions: sa.ColumnElement[bool]) -> list[PersonRequest]:
        requests = tables.optout_requests
        query = sa.select(requests).where(*conditions).order_by(requests.c.due_at_us, requests.c.request_id)
        with self._database.reading() as connection:
            return [request_of(row) for row in connection.execute(query).mappings()]

    def _seal(self, request_id: str, secrets: RequestSecrets) -> bytes:
        key = self._keys.derive(_PURPOSE + request_id)
        template = np.ascontiguousarray(secrets.template, dtype="<f4").tobytes()
        body: dict[str, Any] = {
            "email": secrets.email,
            "pack_id": secrets.pack_id,
            "template": base64.b64encode(template).decode(),
        }
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, json.dumps(body).encode(), _place(request_id))


class SqlRequestTraffic:
    """Who came how often, as keyed hashes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, kind: str, who: bytes, at: datetime) -> None:
        """Counts one."""
        with self._database.writing() as connection:
            connection.execute(sa.insert(request_traffic), {"kind": kind, "who_mark": who, "at_us": to_us(at)})

    def count(self, kind: str, who: bytes, since: datetime) -> int:
        """How many were noted from then on."""
        columns = request_traffic.c
        query = sa.select(sa.func.count()).where(
            columns.kind == kind, columns.who_mark == who, columns.at_us >= to_us(since)
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def sweep(self, before: datetime) -> int:
        """How many notes from before then were forgotten."""
        with self._database.writing() as connection:
            return connection.execute(
                sa.delete(request_traffic).where(request_traffic.c.at_us < to_us(before))
            ).rowcount


def _opened(request_id: str, sealed: bytes, keys: dict[str, bytes]) -> RequestSecrets | None:
    """None where the key is destroyed: the request had ended, and a restored backup brought its row back."""
    key = keys.get(_STORED_PURPOSE + request_id)
    if key is None:
        return None
    try:
        body = json.loads(AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _place(request_id)))
    except (InvalidTag, ValueError) as error:
        raise DamagedError(
            "request_damaged",
            "What is sealed of a person's request does not open.",
            "The records or keys.db were changed outside facewarden, or are of two different days.",
            "Restore both from the newest backups.",
        ) from error
    template: NDArray[np.float32] = np.frombuffer(base64.b64decode(body["template"]), dtype="<f4")
    return RequestSecrets(body["email"], template, body["pack_id"])


def _place(request_id: str) -> bytes:
    return b"request\0" + request_id.encode()
