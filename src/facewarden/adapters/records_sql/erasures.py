"""Erasures from the transaction that hides to the last byte, and the barred list that they leave.

Never loses one on its way: what is hidden and not yet destroyed is found again at the next start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.holds import not_preserved
from facewarden.adapters.records_sql.suppressions import COPIES_PURPOSE, add_suppression, bar_copies
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.erasing import (
    BurntPhoto,
    Erasure,
    ErasureOrder,
    ErasureReason,
    ErasureState,
    LedgerLine,
    OwedErasure,
)
from facewarden.domain.ids import FaceNumber, PhotoId
from facewarden.domain.photos import PhotoState
from facewarden.domain.requests import RequestState
from facewarden.errors import BadUseError
from facewarden.ports import DataKeys

ANEW_AFTER = timedelta(days=2)  # a round that failed one night has done it the next
REBUILT_AT_ONCE_BYTES = 64 * 1024 * 1024
"""A file up to this size is written anew at each erasure, which takes half a second; a larger one by the nightly round.
What a page split may have left in it is sealed under keys that are destroyed."""


class SqlErasures:
    """Erasures in SQL."""

    def __init__(self, database: Database, keys: DataKeys, withdrawals: SqlWithdrawals) -> None:
        self._database = database
        self._keys = keys
        self._withdrawals = withdrawals

    def begin(self, order: ErasureOrder) -> Erasure:
        """The erasure, everything about it hidden and its destruction noted, all in one transaction.

        1. Held photos are set aside, owed; 2. the hashes of all go to the barred list; 3. records forget photos and
        burnt faces, candidates are redacted, keys and files are doomed; 4. the face is kept out and the request closed,
        if there is one; 5. the erasure itself is noted. BadUseError `photo_unknown` if a photo is none of the records'.
        """
        suppression = order.suppression
        sealed = None if suppression is None else add_suppression(self._keys, suppression)
        if suppression is not None and suppression.photo is not None:
            self._withdrawals.keep_file(suppression.suppression_id, suppression.photo)
        self._keys.derive(COPIES_PURPOSE)  # made before the transaction, which must not wait for another file
        now_us = to_us(self._database.clock.now())
        with self._database.writing() as connection:
            photos = self._photos(connection, order.photo_ids)
            burnt = self._photos(connection, [burn.photo_id for burn in order.burns])
            held = [] if order.despite_holds else _preserved(connection, photos)
            self._owe(connection, order, [row.photo_id for row in held])  # 1
            doomed = [row for row in photos if row not in held]
            self._bar(connection, [*photos, *burnt], order.reason, now_us)  # 2
            bar_copies(connection, self._keys, [row.photo_id for row in [*photos, *burnt]], now_us)
            ids = [PhotoId(row.photo_id) for row in doomed]
            free = self._released(connection, order.burns)
            dialect.delete_in(connection, tables.owed_erasures.c.photo_id, [*ids, *(row.photo_id for row in burnt)])
            numbers, redacted = self._withdrawals.doom(connection, ids)  # 3
            burnt_numbers, more = self._withdrawals.burn(connection, order.burns)
            self._withdrawals.turn(connection, free, PhotoState.HELD, PhotoState.ACTIVE)
            numbers, redacted = [*numbers, *burnt_numbers], redacted + more
            if sealed is not None:  # 4
                connection.execute(sa.insert(tables.suppressions), {**sealed, "added_at_us": now_us})
            if order.request_id is not None:
                self._close_request(connection, order.request_id, order.erasure_id, now_us)
            counts = {"faces": len(numbers), "candidates": redacted, "held": len(held) + len(order.owed_faces)}
            plan = _plan(order, ids, numbers, [*photos, *burnt])
            row = _row(order, ids, [row.content_hash for row in [*doomed, *burnt]], now_us)
            connection.execute(sa.insert(tables.erasures), row | counts | {"plan": json.dumps(plan)})  # 5
        return self.find(order.erasure_id)

    def find(self, erasure_id: str) -> Erasure:
        """The erasure of that id; BadUseError `erasure_unknown`."""
        found = self._where(tables.erasures.c.erasure_id == erasure_id)
        if not found:
            raise BadUseError("erasure_unknown", "There is no such erasure.")
        return found[0]

    def unfinished(self) -> Sequence[Erasure]:
        """Those whose bytes may still be there, the oldest first."""
        return self._where(tables.erasures.c.state != ErasureState.DONE.value)

    def destroy(self) -> None:
        """Keys destroyed, files unlinked, the write-ahead log emptied, for all that was hidden; safe again."""
        self._withdrawals.finish()

    def close(self, erasure_id: str, outcome_index: int) -> Erasure:
        """The erasure, done; its photo ids are forgotten, and the file is written anew without what pages kept."""
        done = {
            "state": ErasureState.DONE.value,
            "outcome_index": outcome_index,
            "done_at_us": to_us(self._database.clock.now()),
            "photo_ids": "[]",
            "burns": "{}",
            "plan": None,
        }
        with self._database.writing() as connection:
            connection.execute(
                sa.update(tables.erasures).where(tables.erasures.c.erasure_id == erasure_id).values(**done)
            )
        with self._database.reading() as connection:
            small = dialect.size_bytes(connection) <= REBUILT_AT_ONCE_BYTES
        self._database.forget(rebuild=small)
        return self.find(erasure_id)

    @staticmethod
    def _photos(connection: sa.Connection, photo_ids: Sequence[PhotoId]) -> list[Any]:
        photos = tables.photos
        query = sa.select(photos.c.photo_id, photos.c.state, photos.c.content_hash)
        rows = dialect.select_in(connection, query, photos.c.photo_id, list(dict.fromkeys(photo_ids)))
        if len(rows) < len(set(photo_ids)):
            raise BadUseError(
                "photo_unknown",
                f"{len(set(photo_ids)) - len(rows)} of these photos are not in the records.",
                "They never were, or are erased already.",
                "Leave them out; nothing was changed.",
            )
        return rows

    @staticmethod
    def _owe(connection: sa.Connection, order: ErasureOrder, held: Sequence[str]) -> None:
        """Held photos, whole, and faces of held photos, which join those that are owed of the photo already."""
        owed, reason = tables.owed_erasures, order.reason.value
        query = sa.select(owed.c.photo_id, owed.c.faces)
        known = dict(row._tuple() for row in dialect.select_in(connection, query, owed.c.photo_id, [*order.owed_faces]))
        rows = [{"photo_id": photo_id, "reason": reason, "faces": None} for photo_id in held]
        for photo_id, numbers in order.owed_faces.items():
            if photo_id in known and known[photo_id] is None:
                continue  # the whole photo is owed
            faces = sorted({*numbers, *json.loads(known.get(photo_id) or "[]")})
            rows.append({"photo_id": photo_id, "reason": reason, "faces": json.dumps(faces)})
        dialect.upsert(connection, owed, ["photo_id"], rows)

    @staticmethod
    def _released(connection: sa.Connection, burns: Sequence[BurntPhoto]) -> list[PhotoId]:
        """The new ids of burnt photos whose hold has ended: who stays in them is shown again."""
        owed, old_ids = tables.owed_erasures, [burnt.photo_id for burnt in burns]
        query = sa.select(owed.c.photo_id).where(owed.c.released_at_us.is_not(None))
        ended = {row[0] for row in dialect.select_in(connection, query, owed.c.photo_id, old_ids)}
        return [burnt.burnt_id for burnt in burns if burnt.photo_id in ended]

    @staticmethod
    def _bar(connection: sa.Connection, photos: Sequence[Any], reason: ErasureReason, now_us: int) -> None:
        rows = [{"content_hash": row.content_hash, "reason": reason.value, "barred_at_us": now_us} for row in photos]
        dialect.upsert(connection, tables.barred_photos, ["content_hash"], rows)

    @staticmethod
    def _close_request(connection: sa.Connection, request_id: str, erasure_id: str, now_us: int) -> None:
        """The request closed, its face forgotten and its photo doomed with the rest."""
        requests = tables.optout_requests
        closed = connection.execute(
            sa.update(requests)
            .where(requests.c.request_id == request_id, requests.c.state == RequestState.WAITING.value)
            .values(state=RequestState.CLOSED.value, face="", closed_at_us=now_us, erasure_id=erasure_id)
        )
        if closed.rowcount != 1:
            raise BadUseError("request_closed", "This request is closed already.", next_step="List: optout list")
        connection.execute(sa.insert(tables.doomed), {"face_number": None, "blob_id": request_id})

    def _where(self, condition: sa.ColumnElement[bool]) -> list[Erasure]:
        query = sa.select(tables.erasures).where(condition).order_by(tables.erasures.c.begun_at_us)
        with self._database.reading() as connection:
            return [_erasure_of(row) for row in connection.execute(query).mappings()]


def _preserved(connection: sa.Connection, photos: Sequence[Any]) -> list[Any]:
    """Those that are held, but for those that are kept out of searches alone: erasing these need not wait."""
    held = [row for row in photos if row.state == PhotoState.HELD.value]
    free = not_preserved(connection, [row.photo_id for row in held])
    return [row for row in held if row.photo_id not in free]


class RecordsAnew:
    """The nightly round that writes a large file of records anew, so that no freed page keeps what was erased."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def run(self, moment: datetime) -> Mapping[str, int]:
        """Whether the file was written anew: so if anything was erased since the day before yesterday."""
        since_us = to_us(moment - ANEW_AFTER)
        recent = sa.select(sa.func.count()).where(tables.erasures.c.done_at_us >= since_us)
        with self._database.reading() as connection:
            erased = int(connection.execute(recent).scalar_one())
        if erased:
            self._database.forget(rebuild=True)
        return {"erasures": erased, "rebuilt": int(erased > 0)}


class SqlOwedErasures:
    """The OwedErasures port in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> Sequence[OwedErasure]:
        """What is owed of photos whose hold has ended, the oldest first."""
        owed = tables.owed_erasures
        query = sa.select(owed).where(owed.c.released_at_us.is_not(None)).order_by(owed.c.released_at_us)
        with self._database.reading() as connection:
            return [
                OwedErasure(
                    PhotoId(row.photo_id),
                    ErasureReason(row.reason),
                    None if row.faces is None else tuple(map(FaceNumber, json.loads(row.faces))),
                )
                for row in connection.execute(query)
            ]


def _row(order: ErasureOrder, doomed: Sequence[PhotoId], hashes: Sequence[bytes], now_us: int) -> dict[str, Any]:
    """What the erasure's record says of its order, and of the photos that go, whole or in part."""
    return {
        "erasure_id": order.erasure_id,
        "reason": order.reason.value,
        "state": ErasureState.HIDDEN.value,
        "actor": order.actor,
        "decision_index": order.decision_index,
        "log_size": order.log_size,
        "request_id": order.request_id,
        "suppression_id": None if order.suppression is None else order.suppression.suppression_id,
        "photos": len(doomed),
        "photo_hashes": json.dumps(sorted(content_hash.hex() for content_hash in hashes)),
        "photo_ids": json.dumps(doomed),
        "begun_at_us": now_us,
        "burnt": len({burn.photo_id for burn in order.burns}),
        "burns": json.dumps({burn.photo_id: burn.burnt_id for burn in order.burns}),
    }


def _erasure_of(row: sa.RowMapping) -> Erasure:
    return Erasure(
        row["erasure_id"],
        ErasureReason(row["reason"]),
        ErasureState(row["state"]),
        row["actor"],
        row["decision_index"],
        row["log_size"],
        row["request_id"],
        row["suppression_id"],
        row["photos"],
        row["faces"],
        row["candidates"],
        row["held"],
        tuple(json.loads(row["photo_hashes"])),
        tuple(PhotoId(photo_id) for photo_id in json.loads(row["photo_ids"])),
        from_us(row["begun_at_us"]),
        None if row["done_at_us"] is None else from_us(row["done_at_us"]),
        row["outcome_index"],
        row["burnt"] or 0,
        {PhotoId(old): PhotoId(new) for old, new in json.loads(row["burns"] or "{}").items()},
        None if row["plan"] is None else _plan_of(row),
    )


def _plan(
    order: ErasureOrder, doomed: Sequence[PhotoId], face_numbers: Sequence[int], barred: Sequence[Any]
) -> dict[str, Sequence[object]]:
    """What is to be destroyed, and whose return is barred: what the ledger is told."""
    return {
        "photos": doomed,
        "burnt": [burn.photo_id for burn in order.burns],
        "faces": face_numbers,
        "files": [] if order.request_id is None else [order.request_id],
        "hashes": sorted({row.content_hash.hex() for row in barred}),
    }


def _plan_of(row: sa.RowMapping) -> LedgerLine:
    plan = {name: tuple(values) for name, values in json.loads(row["plan"]).items()}
    return LedgerLine(row["erasure_id"], row["reason"], **plan, suppression_id=row["suppression_id"])
