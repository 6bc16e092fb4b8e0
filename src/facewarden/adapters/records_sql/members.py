"""Users as they change, their sessions, and accounts held. Never suspends anybody without cutting what they have open.

Everything that lets a user act goes in the transaction that suspends them: sessions, API keys, running work.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql.accounts import member, session_of
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.sealed_text import SealedText
from facewarden.adapters.records_sql.tables_people import api_keys, suspensions, training_certificates
from facewarden.adapters.records_sql.times import from_us, to_us, to_us_or_none
from facewarden.domain.accounts import AccountState, Organisation, Session, Suspension, SuspensionCause, User
from facewarden.domain.customers import Cut
from facewarden.domain.ids import OrganisationId, SessionId, UserId, random_id
from facewarden.domain.jobs import JobState
from facewarden.ports import DataKeys

_PURPOSE = "suspension-reasons"
STOPPED_WORK = "account_ended"
"""The code that work is stopped with when the account that it runs for is held or ended."""


class SqlMembers:
    """Users and what they have open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def user(self, user_id: UserId) -> tuple[User, Organisation] | None:
        """The user with their organisation, or None."""
        with self._database.reading() as connection:
            return member(connection, tables.users.c.user_id == user_id)

    def change_user(self, user: User) -> None:
        """Stores roles, display name and training as the value has them; the state stays, for others change it."""
        values = {
            "display_name": user.display_name,
            "roles": json.dumps(sorted(user.roles)),
            "training_expires_at_us": to_us_or_none(user.training_expires_at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.update(tables.users).where(tables.users.c.user_id == user.user_id).values(values))

    def set_password(self, user_id: UserId, password_hash: str) -> None:
        """The new hash, and no session that the old password opened."""
        with self._database.writing() as connection:
            change = sa.update(tables.users).where(tables.users.c.user_id == user_id)
            connection.execute(change.values(password_hash=password_hash))
            connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.user_id == user_id))

    def add_certificate(
        self, user: User, title: str, document_hash: str | None, expires_at: datetime, by: UserId, at: datetime
    ) -> None:
        """Stores the certificate, and its expiry as the user's, in one transaction."""
        row = {
            "certificate_id": random_id("crt"),
            "user_id": user.user_id,
            "title": title,
            "document_hash": document_hash,
            "expires_at_us": to_us(expires_at),
            "recorded_by": by,
            "recorded_at_us": to_us(at),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(training_certificates), row)
            change = sa.update(tables.users).where(tables.users.c.user_id == user.user_id)
            connection.execute(change.values(training_expires_at_us=to_us(expires_at)))

    def cut(self, user_id: UserId, at: datetime) -> Cut:
        """Ends the user's sessions, revokes their keys, stops their running work, in one transaction."""
        with self._database.writing() as connection:
            return cut_users(connection, sa.select(sa.literal(user_id)), at)


class SqlUserSessions:
    """The sessions of one user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_user(self, user_id: UserId) -> Sequence[Session]:
        """Newest first; some may have run out."""
        sessions = tables.sessions
        query = sa.select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.started_at_us.desc())
        with self._database.reading() as connection:
            return [session_of(row) for row in connection.execute(query).mappings()]

    def end_one(self, user_id: UserId, session_id: SessionId) -> bool:
        """True if that user had such a session."""
        sessions = tables.sessions
        own = (sessions.c.user_id == user_id) & (sessions.c.session_id == session_id)
        with self._database.writing() as connection:
            return connection.execute(sa.delete(sessions).where(own)).rowcount == 1

    def end_all(self, user_id: UserId, but: SessionId | None = None) -> int:
        """How many ended; `but` stays."""
        sessions = tables.sessions
        own = sessions.c.user_id == user_id
        if but is not None:
            own &= sessions.c.session_id != but
        with self._database.writing() as connection:
            return connection.execute(sa.delete(sessions).where(own)).rowcount


class SqlSuspensions:
    """Accounts held, and who may lift what."""

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._sealed = SealedText(keys, _PURPOSE, "reason")

    def hold_user(self, user_id: UserId, suspension: Suspension, state: AccountState = AccountState.SUSPENDED) -> Cut:
        """Suspends or ends the user, and cuts what they have open, in one transaction."""
        users = tables.users
        with self._database.writing() as connection:
            change = sa.update(users).where(users.c.user_id == user_id, users.c.state != AccountState.ENDED.value)
            connection.execute(change.values(state=state.value))
            self._note(connection, suspension)
            return cut_users(connection, sa.select(sa.literal(user_id)), suspension.since)

    def hold_organisation(
        self, organisation_id: OrganisationId, suspension: Suspension, state: AccountState = AccountState.SUSPENDED
    ) -> Cut:
        """Suspends or ends the organisation, and cuts what its users have open, in one transaction."""
        organisations = tables.organisations
        with self._database.writing() as connection:
            here = (organisations.c.organisation_id == organisation_id) & (
                organisations.c.state != AccountState.ENDED.value
            )
            connection.execute(sa.update(organisations).where(here).values(state=state.value))
            self._note(connection, suspension)
            members = sa.select(tables.users.c.user_id).where(tables.users.c.organisation_id == organisation_id)
            return cut_users(connection, members, suspension.since)

    def of(self, subject: str) -> Suspension | None:
        """What holds that account, None if nothing does."""
        with self._database.reading() as connection:
            row = connection.execute(sa.select(suspensions).where(suspensions.c.subject == subject)).mappings().first()
        return None if row is None else self._suspension_of(row)

    def all(self) -> Sequence[Suspension]:
        """Oldest first."""
        query = sa.select(suspensions).order_by(suspensions.c.since_us, suspensions.c.subject)
        with self._database.reading() as connection:
            return [self._suspension_of(row) for row in connection.execute(query).mappings()]

    def lift(self, subject: str) -> bool:
        """The user or organisation is active again; True if it was held. An ended one stays ended."""
        held = AccountState.SUSPENDED.value
        with self._database.writing() as connection:
            gone = connection.execute(sa.delete(suspensions).where(suspensions.c.subject == subject)).rowcount
            for table, column in (
                (tables.users, tables.users.c.user_id),
                (tables.organisations, tables.organisations.c.organisation_id),
            ):
                change = sa.update(table).where(column == subject, table.c.state == held)
                connection.execute(change.values(state=AccountState.ACTIVE.value))
        return gone == 1

    def _note(self, connection: sa.Connection, suspension: Suspension) -> None:
        connection.execute(sa.delete(suspensions).where(suspensions.c.subject == suspension.subject))
        row = {
            "subject": suspension.subject,
            "cause": suspension.cause.value,
            "held_by": suspension.by,
            "reason_sealed": self._sealed.seal(suspension.subject, suspension.reason.encode()),
            "since_us": to_us(suspension.since),
            "audit_index": suspension.audit_index,
        }
        connection.execute(sa.insert(suspensions), row)

    def _suspension_of(self, row: sa.RowMapping) -> Suspension:
        return Suspension(
            row["subject"],
            SuspensionCause(row["cause"]),
            row["held_by"],
            self._sealed.open(row["subject"], row["reason_sealed"]).decode(),
            from_us(row["since_us"]),
            row["audit_index"],
        )


def cut_users(connection: sa.Connection, users: sa.Select[tuple[str]], at: datetime) -> Cut:
    """Ends the sessions, revokes the keys and stops the running work of these users, in the caller's transaction."""
    jobs, moment = tables.jobs, to_us(at)
    running = (jobs.c.state == JobState.RUNNING.value) & jobs.c.owner.in_(users)
    stopped = {"state": JobState.FAILED.value, "failure": STOPPED_WORK, "ended_at_us": moment}
    work = connection.execute(sa.update(jobs).where(running).values(stopped)).rowcount
    live = api_keys.c.user_id.in_(users) & api_keys.c.revoked_at_us.is_(None)
    keys = connection.execute(sa.update(api_keys).where(live).values(revoked_at_us=moment)).rowcount
    ended = connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.user_id.in_(users))).rowcount
    return Cut(ended, keys, work)
