"""Probes on their way, and what was searched and shown. Never keeps a probe's pixels outside the encrypted files, nor
any probe's template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.case_json import basis_of, basis_text, origin_of, origin_text
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.faces_json import faces_of, faces_text
from facewarden.adapters.records_sql.times import DAY_US, from_text_or_none, from_us, to_text_or_none, to_us
from facewarden.domain.gallery import StoredProbe
from facewarden.domain.ids import CaseId, FaceNumber, PhotoId, SearchId, UserId
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import Error
from facewarden.ports import Blobs


class SqlProbes:
    """Probes in SQL, their files among the encrypted ones."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def add(self, probe: StoredProbe, content: bytes) -> None:
        """Stores both: the file first, so that no record ever lacks it."""
        self._blobs.put_many({probe.probe_id: content})
        row = {
            "probe_id": probe.probe_id,
            "case_id": probe.case_id,
            "user_id": probe.user_id,
            "faces": faces_text(probe.faces),
            "uploaded_at_us": to_us(probe.uploaded_at),
            "expires_at_us": to_us(probe.expires_at),
            "details": origin_text(probe.origin),
        }
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(tables.probes), row)
        except Error:
            self._blobs.delete([probe.probe_id])
            raise

    def change(self, probe: StoredProbe) -> None:
        """Stores its faces and what was done to it in place of the old ones."""
        changed = {"faces": faces_text(probe.faces), "details": origin_text(probe.origin)}
        with self._database.writing() as connection:
            statement = sa.update(tables.probes).where(tables.probes.c.probe_id == probe.probe_id)
            connection.execute(statement, changed)

    def find(self, probe_id: str) -> tuple[StoredProbe, bytes] | None:
        """The probe and its file; None if there is none, or its time to live is over."""
        now_us = to_us(self._database.clock.now())
        query = sa.select(tables.probes).where(
            tables.probes.c.probe_id == probe_id, tables.probes.c.expires_at_us > now_us
        )
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else (_probe_of(row), self._blobs.get(probe_id))

    def destroy(self, probe_ids: Iterable[str]) -> None:
        """Removes records and files, and the key of each; unknown ids are no error."""
        wanted = list(probe_ids)
        if not wanted:
            return
        with self._database.writing() as connection:
            connection.execute(sa.delete(tables.probes).where(tables.probes.c.probe_id.in_(wanted)))
        self._blobs.delete(wanted)

    def expired(self, now: datetime) -> Sequence[str]:
        """The ids of probes whose time to live is over, the most overdue first."""
        query = (
            sa.select(tables.probes.c.probe_id)
            .where(tables.probes.c.expires_at_us <= to_us(now))
            .order_by(tables.probes.c.expires_at_us)
        )
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())


_DAYS = "SELECT DISTINCT searched_at_us / ? FROM searches WHERE case_id = ? AND original_sha256 = ?"


class SqlSearchRecords:
    """Searches and their candidates in SQL. A candidate whose face is erased is gone from here too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: SearchRecord) -> None:
        """Stores the search with its candidates."""
        row = {
            "search_id": record.search_id,
            "case_id": record.case_id,
            "user_id": record.user_id,
            "searched_at_us": to_us(record.searched_at),
            "gallery_size": record.gallery_size,
            "threshold": record.threshold,
            "pack_id": record.pack_id,
            "audit_index": record.audit_index,
            "details": basis_text(record.basis),
            "original_sha256": (record.basis.origin.original_sha256 or None) if record.basis else None,
        }
        rows = [_candidate_row(record.search_id, candidate) for candidate in record.candidates]
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.searches), row)
            if rows:
                connection.execute(sa.insert(tables.candidates), rows)

    def find(self, search_id: SearchId) -> SearchRecord | None:
        """The search with the candidates that still exist, best first, or None."""
        found = self._where(tables.searches.c.search_id == search_id)
        return found[0] if found else None

    def of_case(self, case_id: CaseId) -> Sequence[SearchRecord]:
        """The searches of that case, newest first."""
        return self._where(tables.searches.c.case_id == case_id)

    def days_of(self, case_id: CaseId, original_sha256: str) -> frozenset[date]:
        """The days (UTC) on which the picture of that hash was searched under that case."""
        with self._database.reading() as connection:
            days = dialect.fetch(connection, _DAYS, (DAY_US, case_id, original_sha256))
        return frozenset(from_us(day * DAY_US).date() for (day,) in days)

    def listing(self, faces: Sequence[FaceNumber], case_id: CaseId, since: datetime) -> Mapping[SearchId, UserId]:
        """The searches that list one of those faces, with who made each: all of that case, others from `since` on."""
        searches, candidates = tables.searches, tables.candidates
        query = (
            sa.select(searches.c.search_id, searches.c.user_id)
            .join(candidates, candidates.c.search_id == searches.c.search_id)
            .where(candidates.c.face_number.in_(faces))
            .where((searches.c.case_id == case_id) | (searches.c.searched_at_us >= to_us(since)))
        )
        with self._database.reading() as connection:
            return {SearchId(row[0]): UserId(row[1]) for row in connection.execute(query)}

    def _where(self, condition: sa.ColumnElement[bool]) -> list[SearchRecord]:
        searches, candidates = tables.searches, tables.candidates
        query = sa.select(searches).where(condition).order_by(searches.c.searched_at_us.desc(), searches.c.search_id)
        of_searches = (
            sa.select(candidates)
            .join(searches, searches.c.search_id == candidates.c.search_id)
            .where(condition)
            .order_by(candidates.c.search_id, candidates.c.rank)
        )
        redacted = (
            sa.select(tables.redactions.c.search_id, sa.func.count())
            .join(searches, searches.c.search_id == tables.redactions.c.search_id)
            .where(condition)
            .group_by(tables.redactions.c.search_id)
        )
        found: dict[str, list[Candidate]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
            for row in connection.execute(of_searches).mappings():
                found.setdefault(row["search_id"], []).append(_candidate_of(row))
            gone = {row[0]: row[1] for row in connection.execute(redacted)}
        return [_search_of(row, tuple(found.get(row["search_id"], ())), gone.get(row["search_id"], 0)) for row in rows]


def _probe_of(row: sa.RowMapping) -> StoredProbe:
    return StoredProbe(
        row["probe_id"],
        row["case_id"],
        row["user_id"],
        faces_of(row["faces"]),
        from_us(row["uploaded_at_us"]),
        from_us(row["expires_at_us"]),
        origin_of(row["details"]),
    )


def _candidate_row(search_id: SearchId, candidate: Candidate) -> dict[str, Any]:
    fmr = candidate.fmr or (None, None)
    lookalikes = candidate.expected_lookalikes or (None, None)
    return {
        "search_id": search_id,
        "rank": candidate.rank,
        "face_number": candidate.face_number,
        "photo_id": candidate.photo_id,
        "similarity": candidate.similarity,
        "fmr_low": fmr[0],
        "fmr_high": fmr[1],
        "lookalikes_low": lookalikes[0],
        "lookalikes_high": lookalikes[1],
        "source": candidate.source,
        "captured_at": to_text_or_none(candidate.captured_at),
        "same_as": candidate.group,
    }


def _candidate_of(row: sa.RowMapping) -> Candidate:
    return Candidate(
        row["rank"],
        FaceNumber(row["face_number"]),
        PhotoId(row["photo_id"]),
        row["similarity"],
        _range(row["fmr_low"], row["fmr_high"]),
        _range(row["lookalikes_low"], row["lookalikes_high"]),
        row["source"],
        None,  # the address is sealed under the photo's key; whoever shows the candidate joins it
        from_text_or_none(row["captured_at"]),
        row["same_as"],
    )


def _range(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _search_of(row: sa.RowMapping, candidates: tuple[Candidate, ...], redacted: int) -> SearchRecord:
    return SearchRecord(
        SearchId(row["search_id"]),
        CaseId(row["case_id"]),
        UserId(row["user_id"]),
        from_us(row["searched_at_us"]),
        row["gallery_size"],
        row["threshold"],
        row["pack_id"],
        row["audit_index"],
        candidates,
        redacted,
        basis_of(row["details"]),
    )
