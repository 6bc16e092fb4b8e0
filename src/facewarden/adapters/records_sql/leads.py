"""Leads, what was released, and who looked at a search. Never keeps a picture, nor which face a lead was once erased.

Two people who conclude at once: the first one's conclusion stands, the other's is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect
from facewarden.adapters.records_sql.case_json import comparison_of, comparison_text, comparisons_of, comparisons_text
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_casework import lead_faces, leads, looks, releases
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.examinations import (
    Lead,
    LeadId,
    LeadState,
    LineupPlace,
    Recall,
    Release,
    ReleaseId,
    ReleaseKind,
    SecondExamination,
)
from facewarden.domain.ids import CaseId, FaceNumber, PhotoId, SearchId, UserId


class SqlLeads:
    """Leads in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, lead: Lead) -> bool:
        """True if stored; False if somebody examined that candidate before."""
        known = sa.select(leads.c.lead_id).where(leads.c.search_id == lead.search_id, leads.c.rank == lead.rank)
        faces = [
            {
                "lead_id": lead.lead_id,
                "place": place.place,
                "face_number": place.face_number,
                "photo_id": place.photo_id,
                "real": int(place.real),
            }
            for place in lead.lineup
        ]
        with self._database.writing() as connection:
            if connection.execute(known).first() is not None:
                return False
            connection.execute(sa.insert(leads), _row_of(lead))
            if faces:
                connection.execute(sa.insert(lead_faces), faces)
        return True

    def change(self, before: Lead, after: Lead) -> bool:
        """True if state and second examiner were as `before` and it is now as `after`; False if somebody was faster."""
        changed = {name: value for name, value in _row_of(after).items() if name != "lead_id"}
        here = (leads.c.lead_id == before.lead_id) & (leads.c.state == before.state.value)
        here &= leads.c.second_by.is_not_distinct_from(before.second.by if before.second else None)
        here &= leads.c.second_began_at_us.is_not_distinct_from(_us(before.second.began_at) if before.second else None)
        with self._database.writing() as connection:
            return connection.execute(sa.update(leads).where(here), changed).rowcount == 1

    def find(self, lead_id: LeadId) -> Lead | None:
        """The lead, or None."""
        found = self._where(leads.c.lead_id == lead_id)
        return found[0] if found else None

    def of_case(self, case_id: CaseId) -> Sequence[Lead]:
        """The leads of that case, newest first."""
        return self._where(leads.c.case_id == case_id)

    def unfinished(self) -> Sequence[Lead]:
        """Those that wait for a second examiner, or have one at work, newest first."""
        return self._where(leads.c.state.in_([LeadState.AWAITING_SECOND.value, LeadState.SECOND_AT_WORK.value]))

    def _where(self, condition: sa.ColumnElement[bool]) -> list[Lead]:
        query = sa.select(leads).where(condition).order_by(leads.c.first_at_us.desc(), leads.c.lead_id)
        of_faces = (
            sa.select(lead_faces)
            .join(leads, leads.c.lead_id == lead_faces.c.lead_id)
            .where(condition)
            .order_by(lead_faces.c.lead_id, lead_faces.c.place)
        )
        places: dict[str, list[LineupPlace]] = {}
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
            for row in connection.execute(of_faces).mappings():
                place = LineupPlace(
                    row["place"], FaceNumber(row["face_number"]), PhotoId(row["photo_id"]), bool(row["real"])
                )
                places.setdefault(row["lead_id"], []).append(place)
        return [_lead_of(row, tuple(places.get(row["lead_id"], ()))) for row in rows]


class SqlReleases:
    """What was handed out, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, release: Release) -> None:
        """Stores it."""
        row = {
            "release_id": release.release_id,
            "kind": release.kind.value,
            "case_id": release.case_id,
            "lead_id": release.lead_id,
            "recipient": release.recipient,
            "recipient_mail": release.recipient_mail,
            "file_sha256": release.file_sha256,
            "released_by": release.released_by,
            "released_at_us": to_us(release.released_at),
            "audit_index": release.audit_index,
            "recalled_at_us": to_us(release.recalled_at) if release.recalled_at else None,
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(releases), row)

    def of_case(self, case_id: CaseId) -> Sequence[Release]:
        """What left of that case, newest first."""
        return self._where(releases.c.case_id == case_id)

    def to_recall(self) -> Sequence[Recall]:
        """Reports of leads that were refuted since, and bundles that tell of such, not called back yet; by when."""
        report = (releases.c.lead_id == leads.c.lead_id) & releases.c.recalled_at_us.is_(None)
        bundle = (releases.c.kind == ReleaseKind.DISCOVERY.value) & (releases.c.case_id == leads.c.case_id)
        bundle &= leads.c.first_at_us <= releases.c.released_at_us
        bundle &= leads.c.outcome_at_us > sa.func.coalesce(releases.c.recalled_at_us, releases.c.released_at_us)
        query = (
            sa.select(releases, leads.c.lead_id.label("refuted_id"), leads.c.outcome_at_us)
            .join(leads, report | bundle)
            .where(leads.c.state == LeadState.REFUTED.value)
            .order_by(leads.c.outcome_at_us, releases.c.released_at_us, releases.c.release_id)
        )
        with self._database.reading() as connection:
            return [
                Recall(_release_of(row), LeadId(row["refuted_id"]), from_us(row["outcome_at_us"]))
                for row in connection.execute(query).mappings()
            ]

    def recalled(self, release_id: ReleaseId, at: datetime) -> None:
        """Notes that its recipient was told."""
        statement = sa.update(releases).where(releases.c.release_id == release_id)
        with self._database.writing() as connection:
            connection.execute(statement, {"recalled_at_us": to_us(at)})

    def _where(self, condition: sa.ColumnElement[bool]) -> list[Release]:
        query = sa.select(releases).where(condition).order_by(releases.c.released_at_us.desc(), releases.c.release_id)
        with self._database.reading() as connection:
            return [_release_of(row) for row in connection.execute(query).mappings()]


class SqlLooks:
    """Who looked at which search's candidates, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, search_id: SearchId, user_id: UserId, at: datetime) -> None:
        """That user saw the search's candidates with their scores and ranks; the last time counts."""
        row = {"search_id": search_id, "user_id": user_id, "looked_at_us": to_us(at)}
        with self._database.writing() as connection:
            dialect.upsert(connection, looks, ["search_id", "user_id"], [row])

    def by(self, search_id: SearchId) -> frozenset[UserId]:
        """Everybody who did."""
        query = sa.select(looks.c.user_id).where(looks.c.search_id == search_id)
        with self._database.reading() as connection:
            return frozenset(UserId(user_id) for user_id in connection.execute(query).scalars())


def _row_of(lead: Lead) -> dict[str, Any]:
    second = lead.second
    made = second.comparisons if second else None
    return {
        "lead_id": lead.lead_id,
        "case_id": lead.case_id,
        "search_id": lead.search_id,
        "rank": lead.rank,
        "state": lead.state.value,
        "first_by": lead.first_by,
        "first_at_us": to_us(lead.first_at),
        "first_index": lead.first_index,
        "first": comparison_text(lead.first),
        "probe_until_us": _us(lead.probe_until),
        "second_by": second.by if second else None,
        "second_began_at_us": _us(second.began_at) if second else None,
        "second_at_us": _us(second.at) if second else None,
        "second_index": second.audit_index if second else None,
        "second": comparisons_text(made) if made is not None else None,
        "second_draft": json.dumps(dict(second.draft)) if second and second.draft is not None else None,
        "outcome": lead.outcome,
        "outcome_at_us": _us(lead.outcome_at),
    }


def _lead_of(row: sa.RowMapping, lineup: tuple[LineupPlace, ...]) -> Lead:
    second = None
    if row["second_by"] is not None:
        made = comparisons_of(row["second"]) if row["second"] is not None else None
        second = SecondExamination(
            UserId(row["second_by"]),
            from_us(row["second_began_at_us"]),
            _time(row["second_at_us"]),
            row["second_index"],
            made,
            json.loads(row["second_draft"]) if row["second_draft"] is not None else None,
        )
    return Lead(
        LeadId(row["lead_id"]),
        CaseId(row["case_id"]),
        SearchId(row["search_id"]),
        row["rank"],
        LeadState(row["state"]),
        UserId(row["first_by"]),
        from_us(row["first_at_us"]),
        row["first_index"],
        comparison_of(row["first"]),
        lineup,
        _time(row["probe_until_us"]),
        second,
        row["outcome"],
        _time(row["outcome_at_us"]),
    )


def _release_of(row: sa.RowMapping) -> Release:
    return Release(
        ReleaseId(row["release_id"]),
        ReleaseKind(row["kind"]),
        CaseId(row["case_id"]),
        LeadId(row["lead_id"]) if row["lead_id"] else None,
        row["recipient"],
        row["recipient_mail"],
        row["file_sha256"],
        UserId(row["released_by"]),
        from_us(row["released_at_us"]),
        row["audit_index"],
        _time(row["recalled_at_us"]),
    )


def _us(moment: datetime | None) -> int | None:
    return to_us(moment) if moment else None


def _time(us: int | None) -> datetime | None:
    return from_us(us) if us is not None else None
