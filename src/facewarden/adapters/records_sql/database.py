"""One database of records: its engine, its transactions, its schema.

Never knows what a table is for, and never starts on a schema that it does not know.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect
from facewarden.adapters.sqlite_faults import busy
from facewarden.errors import BadUseError, UnavailableError
from facewarden.ports import Clock

HEAD = "0012"
"""The newest migration; a test holds it to `migrations/versions`."""
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The records' database in one file. Safe for threads; several processes may open one file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.clock = clock
        self._engine = dialect.engine_for(path)
        self._writer = dialect.writing(self._engine)
        self._turn = threading.Lock()

    def close(self) -> None:
        """Closes every idle connection; the file can be moved afterwards."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view."""
        with self._transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it is durable at the end, or nothing happened.

        BadUseError `records_conflict` if a row exists already or refers to none.
        """
        # Threads queue here: left to SQLite, each would look again after a pause that grows to a tenth of a second.
        if not self._turn.acquire(timeout=dialect.BUSY_TIMEOUT_MS / 1e3):
            raise busy("records")
        try:
            with self._transaction(self._writer) as connection:
                yield connection
        finally:
            self._turn.release()

    def migrate(self, revision: str = "head") -> None:
        """Brings the schema to that revision, up or down; the newest unless said otherwise, "base" is no table."""
        from alembic import command  # here, because start-up has no need of Alembic
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        current = self._revision()
        with self.writing() as connection:
            config.attributes["connection"] = connection
            if revision != "head" and (revision == "base" or (current or "") > revision):
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)

    def upgrade(self) -> str:
        """Brings an older schema up to the newest and says which that is; UnavailableError for a newer one or none."""
        found = self._revision()
        if found is None or found > HEAD:
            self.check_schema()
        self.migrate()
        return HEAD

    def check_schema(self) -> None:
        """Returns if the schema is the one this program knows.

        Else UnavailableError: `records_not_migrated` for an older one, `records_newer` for a newer one or for a file
        that is not of this program.
        """
        found = self._revision()
        if found is None or found > HEAD:
            raise UnavailableError(
                "records_newer",
                "The records were made by another version of facewarden.",
                f"They are at {found or 'none'}, this version knows {HEAD} and older.",
                "Use that version, or restore the backup made before it.",
            )
        if found != HEAD:
            raise UnavailableError(
                "records_not_migrated",
                "The records have another schema than this program.",
                f"They are at {found}, this program needs {HEAD}.",
                "Stop facewarden, back up the data folder, then run: facewarden doctor --migrate",
            )

    def forget(self, *, rebuild: bool = False) -> None:
        """Empties the write-ahead log, so that no old page stays; `rebuild` first writes the whole file anew."""
        try:
            dialect.forget(self._engine, rebuild=rebuild)
        except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
            raise dialect.ours(error) from error

    def _revision(self) -> str | None:
        with self.reading() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found

    @contextmanager
    def _transaction(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
            raise dialect.ours(error) from error
        except UnicodeEncodeError as error:
            raise BadUseError(
                "not_text",
                "Some of what was given is no text.",
                "It holds bytes that are no UTF-8, or half a character.",
                "Give it again as plain text.",
            ) from error
