"""An installation with people in it, and a clock that a test can move on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.identity_file import read_identity
from facewarden.adapters.records_sql import tables
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap.installation import Installation
from facewarden.bootstrap.stores import open_vault
from facewarden.domain.accounts import AccountBasis, Actor, GovernmentLevel, Organisation, Role, Sector, User
from facewarden.domain.audit import AuditEntry
from facewarden.domain.ids import SessionId, UserId, random_id
from facewarden.settings import Settings

PASSWORD = "rivers-and-mountains-9"
AGENCY = "Alderford Police Department"


class MovableTime:
    """The machine's time, and as much later as a test wants."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._stopped: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stopped or datetime.now(UTC)) + self.ahead

    def running_s(self) -> float:
        """For how long the machine ran: as long as passed."""
        return self().timestamp()

    def stop(self) -> None:
        """From now on it moves by `ahead` alone: a slow machine does not step over a one-time code's half minute."""
        self._stopped = datetime.now(UTC)


class QuickPasswords:
    """In the place of the slow hash, in which these tests would spend their time: nobody signs in with these."""

    def hash(self, password: str) -> str:
        return "quick"

    def verify(self, password_hash: str, password: str) -> bool:
        return False


@dataclass
class House:
    """An opened installation, and short ways to its people."""

    of: Installation
    time: MovableTime

    def actor(self, name: str) -> Actor:
        """The user of that sign-in name, signed in."""
        record = self.of.records.accounts.sign_in_record(name)
        assert record is not None
        return Actor(*record[:2], SessionId(random_id("ses")))

    @property
    def operator(self) -> Actor:
        return self.actor("operator")

    def user(self, name: str) -> User:
        return self.actor(name).user

    def organisation(self, name: str = AGENCY) -> Organisation:
        return self.of.accounts.organisation_named(name)

    def add_user(
        self, name: str, role: Role, organisation: str = AGENCY, by: str = "operator", trained: bool = True
    ) -> User:
        until = self.of.clock.now() + timedelta(days=400) if trained else None
        body = self.organisation(organisation)
        return self.of.accounts.add_user(self.actor(by), body, name, "", [role], None, until)

    def other_body(self, name: str = AGENCY, level: GovernmentLevel = GovernmentLevel.LOCAL) -> Organisation:
        """Another body, as somebody added it: applied."""
        accounts = self.of.accounts
        return accounts.add_organisation(self.operator, name, Sector.GOVERNMENT, level, "US-OH", AccountBasis.AGREEMENT)

    def sign_agreement(self, organisation: Organisation, until: date | None = None) -> None:
        today = self.of.clock.now().date()
        last = until or today + timedelta(days=700)
        self.of.people.organisations.record_agreement(
            self.operator, organisation.organisation_id, b"signed", "Chief Ravensworth", today, today, last
        )

    def agency(self) -> Organisation:
        """Another body with administrator, overseer and investigator, active."""
        body = self.other_body()
        organisations = self.of.people.organisations
        organisations.verify(self.operator, body.organisation_id)
        self.sign_agreement(body)
        named = [self.add_user("adm", Role.ORG_ADMINISTRATOR), self.add_user("ova", Role.OVERSEER)]
        organisations.name_officers(self.operator, body.organisation_id, *named)
        self.of.people.account_orders.activate(self.operator, self.organisation())
        self.add_user("ana", Role.INVESTIGATOR, by="adm")
        return self.organisation()

    def entries(self) -> list[AuditEntry]:
        return list(self.of.log.entries(0, self.of.log.size()))

    def change(self, table: str, where: dict[str, str], **values: object) -> None:
        """Changes rows past every service: what no service would, a test must."""
        columns = getattr(tables, table)
        condition = sa.and_(*(columns.c[name] == value for name, value in where.items()))
        with self.of.database.writing() as connection:
            connection.execute(sa.update(columns).where(condition).values(**values))

    def stored(self) -> bytes:
        """Every byte of the records' files."""
        return b"".join(path.read_bytes() for path in self.of.settings.data_dir.glob("records.db*"))

    def named(self, user_id: str) -> str:
        found = self.of.people.members._members.user(UserId(user_id))
        assert found is not None
        return found[0].sign_in_name


@contextmanager
def opened(settings: Settings) -> Iterator[House]:
    """The installation there, its clock to be moved."""
    identity, time = read_identity(settings.data_dir / bootstrap_law.IDENTITY_FILE), MovableTime()
    clock = SystemClock(time, time.running_s)
    installation = Installation(settings, identity, open_vault(settings, identity, clock), clock)
    installation.accounts._passwords = QuickPasswords()
    time.stop()
    try:
        yield House(installation, time)
    finally:
        installation.close()
