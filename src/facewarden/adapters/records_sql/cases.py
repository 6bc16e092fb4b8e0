"""Cases and who may work on them. Never decides whether somebody may."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.case_json import details_of, details_text
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.cases import Case, CaseState, Purpose
from facewarden.domain.ids import CaseId, OrganisationId, UserId


class SqlCaseRecords:
    """Cases in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, case: Case) -> None:
        """Stores it with its members; BadUseError `records_conflict` if a member or the organisation is unknown."""
        row = {
            "case_id": case.case_id,
            "organisation_id": case.organisation_id,
            "number": case.number,
            "purpose": case.purpose.value,
            "offence": case.offence,
            "state": case.state.value,
            "opened_by": case.opened_by,
            "opened_at_us": to_us(case.opened_at),
            "details": details_text(case.details),
        }
        members = _member_rows(case)
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.cases), row)
            if members:
                connection.execute(sa.insert(tables.case_members), members)

    def change(self, before: Case, after: Case) -> bool:
        """True if state, members and details were as `before` and now are as `after`; what it was opened for stays."""
        cases, case_members = tables.cases, tables.case_members
        here = cases.c.case_id == before.case_id
        members = case_members.c.case_id == before.case_id
        with self._database.writing() as connection:
            known = connection.execute(sa.select(cases.c.state, cases.c.details).where(here)).one_or_none()
            users = connection.execute(sa.select(case_members.c.user_id).where(members)).scalars()
            same = known is not None and known.state == before.state and details_of(known.details) == before.details
            if not same or before.members != set(users):
                return False
            changed = {"state": after.state.value, "details": details_text(after.details)}
            connection.execute(sa.update(cases).where(here), changed)
            connection.execute(sa.delete(case_members).where(members))
            if after.members:
                connection.execute(sa.insert(case_members), _member_rows(after))
        return True

    def find(self, case_id: CaseId) -> Case | None:
        """The case, or None."""
        found = self._where(tables.cases.c.case_id == case_id)
        return found[0] if found else None

    def of_organisation(self, organisation_id: OrganisationId) -> Sequence[Case]:
        """Its cases, newest first."""
        return self._where(tables.cases.c.organisation_id == organisation_id)

    def _where(self, condition: sa.ColumnElement[bool]) -> list[Case]:
        cases, members = tables.cases, tables.case_members
        query = sa.select(cases).where(condition).order_by(cases.c.opened_at_us.desc(), cases.c.case_id)
        of_cases = sa.select(members).join(cases, cases.c.case_id == members.c.case_id).where(condition)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
            users: dict[str, set[UserId]] = {}
            for member in connection.execute(of_cases).mappings():
                users.setdefault(member["case_id"], set()).add(UserId(member["user_id"]))
        return [_case_of(row, frozenset(users.get(row["case_id"], ()))) for row in rows]


def _case_of(row: sa.RowMapping, members: frozenset[UserId]) -> Case:
    return Case(
        CaseId(row["case_id"]),
        OrganisationId(row["organisation_id"]),
        row["number"],
        Purpose(row["purpose"]),
        row["offence"],
        CaseState(row["state"]),
        members,
        UserId(row["opened_by"]),
        from_us(row["opened_at_us"]),
        details_of(row["details"]),
    )


def _member_rows(case: Case) -> list[dict[str, str]]:
    return [{"case_id": case.case_id, "user_id": user_id} for user_id in sorted(case.members)]
