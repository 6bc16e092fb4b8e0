"""Organisations, users, their sessions, and failed sign-ins. Never sees a password or a session's token."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, from_us_or_none, to_us, to_us_or_none
from facewarden.domain.accounts import (
    AccountBasis,
    AccountState,
    Exemption,
    GovernmentLevel,
    OfficeSetting,
    Organisation,
    OrganisationKind,
    Role,
    Sector,
    Session,
    User,
)
from facewarden.domain.ids import OrganisationId, SessionId, UserId
from facewarden.errors import BadUseError
from facewarden.ports import DataKeys

TOUCH_GRAIN = timedelta(seconds=15)
"""A session's last use is written when it moved by more than this: a page of twenty requests is one write."""
FAILURES_KEPT = timedelta(days=1)
"""Older failed sign-ins of a name are deleted when it fails again; the lock looks back over minutes."""
UNDETERMINED = "undetermined"
"""What the column of the sector holds where nobody could tell it."""
_PURPOSE = "sign-in-names"


class SqlAccountRecords:
    """Organisations and users in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_organisation(self, organisation: Organisation) -> None:
        """Stores it; BadUseError `records_conflict` if its id exists."""
        with self._database.writing() as connection:
            connection.execute(sa.insert(tables.organisations), organisation_row(organisation))

    def add_user(self, user: User, password_hash: str) -> None:
        """Stores the user; BadUseError `sign_in_name_taken`, or `organisation_unknown`."""
        row = {
            "user_id": user.user_id,
            "organisation_id": user.organisation_id,
            "sign_in_name": user.sign_in_name,
            "sign_in_key": _key(user.sign_in_name),
            "display_name": user.display_name,
            "roles": json.dumps(sorted(user.roles)),
            "state": user.state.value,
            "training_expires_at_us": to_us_or_none(user.training_expires_at),
            "password_hash": password_hash,
            "added_at_us": to_us(user.added_at),
            "last_seen_at_us": to_us_or_none(user.last_seen_at),
        }
        organisation = tables.organisations.c.organisation_id == user.organisation_id
        with self._database.writing() as connection:
            if connection.execute(sa.select(tables.organisations.c.state).where(organisation)).first() is None:
                raise BadUseError(
                    "organisation_unknown", "There is no such organisation.", "", "Add it first: facewarden org add."
                )
            taken = tables.users.c.sign_in_key == row["sign_in_key"]
            if connection.execute(sa.select(tables.users.c.user_id).where(taken)).first() is not None:
                raise BadUseError(
                    "sign_in_name_taken", "This sign-in name is in use.", "Case does not count.", "Choose another."
                )
            connection.execute(sa.insert(tables.users), row)

    def organisations(self) -> Sequence[Organisation]:
        """All, oldest first."""
        query = sa.select(tables.organisations).order_by("added_at_us", "organisation_id")
        with self._database.reading() as connection:
            return [organisation_of(row) for row in connection.execute(query).mappings()]

    def users(self) -> Sequence[User]:
        """All, oldest first."""
        query = sa.select(tables.users).order_by("added_at_us", "user_id")
        with self._database.reading() as connection:
            return [user_of(row) for row in connection.execute(query).mappings()]

    def sign_in_record(self, sign_in_name: str) -> tuple[User, Organisation, str] | None:
        """The user of that name (case does not count), their organisation and their password's hash, or None."""
        known = tables.users.c.sign_in_key == _key(sign_in_name)
        with self._database.reading() as connection:
            found = member(connection, known)
            if found is None:
                return None
            password_hash = connection.execute(sa.select(tables.users.c.password_hash).where(known)).scalar_one()
        return *found, password_hash


class SqlSessionRecords:
    """Who is signed in, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, session: Session, token_hash: bytes) -> None:
        """Stores the session, found again by the SHA-256 of its token; drops sessions that have expired."""
        row = {
            "session_id": session.session_id,
            "token_hash": token_hash,
            "user_id": session.user_id,
            "started_at_us": to_us(session.started_at),
            "last_seen_at_us": to_us(session.last_seen_at),
            "expires_at_us": to_us(session.expires_at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.expires_at_us < row["started_at_us"]))
            connection.execute(sa.insert(tables.sessions), row)
            _note_visit(connection, session.user_id, session.started_at)

    def find(self, token_hash: bytes) -> tuple[Session, User, Organisation] | None:
        """The session of that token with its user and organisation, expired or not, or None."""
        session = tables.sessions
        with self._database.reading() as connection:
            found = connection.execute(sa.select(session).where(session.c.token_hash == token_hash)).mappings().first()
            if found is None:
                return None
            known = member(connection, tables.users.c.user_id == found["user_id"])
        return None if known is None else (session_of(found), *known)

    def touch(self, session: Session, seen_at: datetime) -> None:
        """Notes that it, and its user, were here at `seen_at`; smaller steps than `TOUCH_GRAIN` are not written."""
        if seen_at - session.last_seen_at < TOUCH_GRAIN:
            return
        with self._database.writing() as connection:
            _note_visit(connection, session.user_id, seen_at)
            connection.execute(
                sa.update(tables.sessions)
                .where(tables.sessions.c.session_id == session.session_id)
                .values(last_seen_at_us=to_us(seen_at))
            )

    def end(self, session: Session) -> None:
        """Deletes it; no error if it is gone already."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.session_id == session.session_id))


class SqlSignInFailures:
    """How often signing in failed of late, by the keyed hash of the name that was tried."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._key = keys.derive(_PURPOSE)

    def note_failure(self, sign_in_name: str, at: datetime) -> None:
        """Counts one failed attempt for that name, whether anybody has it or not."""
        failures, name_hash = tables.sign_in_failures, self._hash(sign_in_name)
        old = (failures.c.name_hash == name_hash) & (failures.c.failed_at_us < to_us(at - FAILURES_KEPT))
        with self._database.writing() as connection:
            connection.execute(sa.delete(failures).where(old))
            connection.execute(sa.insert(failures), {"name_hash": name_hash, "failed_at_us": to_us(at)})

    def failures(self, sign_in_name: str, since: datetime) -> int:
        """How many attempts for that name failed at `since` or later."""
        failures = tables.sign_in_failures
        query = sa.select(sa.func.count()).where(
            failures.c.name_hash == self._hash(sign_in_name), failures.c.failed_at_us >= to_us(since)
        )
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def forget(self, sign_in_name: str) -> None:
        """No attempt for that name failed any more."""
        failures = tables.sign_in_failures
        with self._database.writing() as connection:
            connection.execute(sa.delete(failures).where(failures.c.name_hash == self._hash(sign_in_name)))

    def _hash(self, sign_in_name: str) -> bytes:
        return hmac.digest(self._key, _key(sign_in_name).encode(errors="surrogatepass"), hashlib.sha256)


def _key(sign_in_name: str) -> str:
    """What two spellings of one name share."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sign_in_name).casefold())


def _note_visit(connection: sa.Connection, user_id: UserId, at: datetime) -> None:
    """Who was not here for months loses their account: this is what tells."""
    connection.execute(
        sa.update(tables.users).where(tables.users.c.user_id == user_id).values(last_seen_at_us=to_us(at))
    )


def organisation_row(organisation: Organisation) -> dict[str, Any]:
    """The organisation as a row of `organisations`."""
    return {
        "organisation_id": organisation.organisation_id,
        "name": organisation.name,
        "sector": organisation.sector.value if organisation.sector else UNDETERMINED,
        "level": organisation.level.value if organisation.level else None,
        "place": organisation.place,
        "state": organisation.state.value,
        "added_at_us": to_us(organisation.added_at),
        "kind": organisation.kind.value if organisation.kind else None,
        "office_place": organisation.office_place,
        "exemption": organisation.exemption.value if organisation.exemption else None,
        "parent_id": organisation.parent_id,
        "basis": organisation.basis.value,
        "office_setting": organisation.office_setting.value if organisation.office_setting else None,
        "email_domains": json.dumps(organisation.email_domains) if organisation.email_domains else None,
        "agreement_from_us": to_us_or_none(organisation.agreement_from),
        "agreement_until_us": to_us_or_none(organisation.agreement_until),
        "administrator_id": organisation.administrator_id,
        "overseer_id": organisation.overseer_id,
        "attestation_due_at_us": to_us_or_none(organisation.attestation_due_at),
    }


def member(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> tuple[User, Organisation] | None:
    """The one user of whom that holds, with their organisation, or None."""
    row = connection.execute(sa.select(tables.users).where(condition)).mappings().first()
    if row is None:
        return None
    own = tables.organisations.c.organisation_id == row["organisation_id"]
    return user_of(row), organisation_of(
        connection.execute(sa.select(tables.organisations).where(own)).mappings().one()
    )


def organisation_of(row: sa.RowMapping) -> Organisation:
    """The organisation in a row of `organisations`."""
    return Organisation(
        OrganisationId(row["organisation_id"]),
        row["name"],
        None if row["sector"] == UNDETERMINED else Sector(row["sector"]),
        None if row["level"] is None else GovernmentLevel(row["level"]),
        row["place"],
        AccountState(row["state"]),
        from_us(row["added_at_us"]),
        OrganisationKind(row["kind"]) if row["kind"] else None,
        row["office_place"],
        Exemption(row["exemption"]) if row["exemption"] else None,
        row["parent_id"],
        AccountBasis(row["basis"]),
        OfficeSetting(row["office_setting"]) if row["office_setting"] else None,
        tuple(json.loads(row["email_domains"])) if row["email_domains"] else (),
        from_us_or_none(row["agreement_from_us"]),
        from_us_or_none(row["agreement_until_us"]),
        row["administrator_id"],
        row["overseer_id"],
        from_us_or_none(row["attestation_due_at_us"]),
    )


def user_of(row: sa.RowMapping) -> User:
    """The user in a row of `users`."""
    roles: list[Any] = json.loads(row["roles"])
    return User(
        UserId(row["user_id"]),
        OrganisationId(row["organisation_id"]),
        row["sign_in_name"],
        row["display_name"],
        frozenset(Role(role) for role in roles),
        AccountState(row["state"]),
        from_us_or_none(row["training_expires_at_us"]),
        from_us(row["added_at_us"]),
        from_us_or_none(row["last_seen_at_us"]),
    )


def session_of(row: sa.RowMapping) -> Session:
    """The session in a row of `sessions`."""
    return Session(
        SessionId(row["session_id"]),
        UserId(row["user_id"]),
        from_us(row["started_at_us"]),
        from_us(row["last_seen_at_us"]),
        from_us(row["expires_at_us"]),
    )
