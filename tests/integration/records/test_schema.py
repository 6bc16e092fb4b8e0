"""The schema: made by migrations alone, up and down, and checked at every start."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from facewarden.adapters.records_sql.accounts import SqlAccountRecords
from facewarden.adapters.records_sql.cases import SqlCaseRecords
from facewarden.adapters.records_sql.database import HEAD, MIGRATIONS, Database
from facewarden.adapters.records_sql.schema import metadata
from facewarden.adapters.records_sql.searches import SqlSearchRecords
from facewarden.domain.ids import SearchId, random_id
from facewarden.domain.searches import ProbeOrigin, SearchBasis, SearchRecord
from facewarden.errors import DamagedError, UnavailableError
from facewarden.testing.gallery import NOON, Builder, SettableClock


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "records.db", SettableClock())
    yield database
    database.close()


def _tables(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def test_an_empty_database_is_refused_until_it_is_migrated(database) -> None:
    with pytest.raises(UnavailableError) as refused:
        database.check_schema()
    assert refused.value.code == "records_newer"
    with pytest.raises(UnavailableError):
        database.upgrade()
    database.migrate()
    database.check_schema()


def test_an_older_schema_is_refused_with_what_to_run_and_comes_up_to_this_one(database) -> None:
    database.migrate("0001")
    with pytest.raises(UnavailableError, match=HEAD) as refused:
        database.check_schema()
    assert refused.value.code == "records_not_migrated"
    assert "doctor --migrate" in refused.value.next_step
    assert database.upgrade() == HEAD
    database.check_schema()
    assert database.upgrade() == HEAD


def test_a_database_of_another_schema_is_refused(database) -> None:
    database.migrate()
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnavailableError) as refused:
        database.check_schema()
    assert "9999" in refused.value.why


def test_migrating_twice_changes_nothing(database) -> None:
    database.migrate()
    database.migrate()
    database.check_schema()


def test_the_migrations_make_exactly_the_tables_that_the_code_reads(database) -> None:
    database.migrate()
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_asks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_every_migration_goes_down_and_up_again(database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    after: dict[str, set[str]] = {}
    for revision in reversed(revisions):
        database.migrate(revision)
        after[revision] = _tables(database)
    for revision in [*revisions[1:], "base"]:
        database.migrate(revision)
        assert _tables(database) == after.get(revision, set())
    database.migrate()
    database.check_schema()
    assert _tables(database) == set(metadata.tables)


def test_searches_of_an_older_schema_keep_the_picture_that_they_were_made_with(database) -> None:
    database.migrate()
    make = Builder()
    organisation = make.organisation()
    user = make.user(organisation, "ada")
    case = make.case(user)
    SqlAccountRecords(database).add_organisation(organisation)
    SqlAccountRecords(database).add_user(user, "hash of a password")
    SqlCaseRecords(database).add(case)
    searches = SqlSearchRecords(database)
    for basis in (SearchBasis("1", "portraits", 10, ProbeOrigin(original_sha256="ab" * 32), {}), None):
        search_id = SearchId(random_id("sea"))
        searches.add(SearchRecord(search_id, case.case_id, user.user_id, NOON, 1, 0.9, "p", 1, (), basis=basis))
    database.migrate("0010")  # which keeps it in what a search rests on, and nowhere else
    database.migrate()
    assert searches.days_of(case.case_id, "ab" * 32) == {NOON.date()}


def test_a_failed_migration_leaves_the_schema_as_it_was(database) -> None:
    with database.writing() as connection:
        connection.execute(sa.text("CREATE TABLE jobs (other INTEGER)"))
    with pytest.raises(UnavailableError):
        database.migrate()
    assert _tables(database) == {"jobs"}


def test_a_file_that_is_no_database_is_damage(tmp_path) -> None:
    (tmp_path / "records.db").write_bytes(b"not a database, and long enough for a header" * 100)
    database = Database(tmp_path / "records.db", SettableClock())
    with pytest.raises(DamagedError) as damaged:
        database.check_schema()
    assert damaged.value.code == "records_damaged"
    database.close()


def test_a_database_in_no_folder_is_unavailable(tmp_path) -> None:
    with pytest.raises(UnavailableError) as refused:
        Database(tmp_path / "absent" / "records.db", SettableClock())
    assert refused.value.code == "records_not_accessible"


def test_the_file_is_private_and_its_settings_are_those_of_the_design(tmp_path, database) -> None:
    database.migrate()
    with database.reading() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "secure_delete", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert pragma == {
        "journal_mode": "wal",
        "secure_delete": 1,
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 10_000,
    }
    files = list(Path(tmp_path).iterdir())
    assert len(files) >= 2
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_fault_of_sqlite_becomes_an_error_of_ours(database) -> None:
    database.migrate()
    with pytest.raises(UnavailableError) as refused, database.reading() as connection:
        connection.execute(sa.text("SELECT * FROM absent"))
    assert refused.value.code == "records_failed"
    assert isinstance(refused.value.__cause__, sa.exc.DBAPIError)
    assert isinstance(refused.value.__cause__.orig, sqlite3.Error)
