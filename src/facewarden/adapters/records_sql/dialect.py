"""What is particular to SQLite: its settings, transactions and faults. PostgreSQL will need a module like this one.

Never knows what a table is for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import sqlite

from facewarden.adapters.private_file import make_private
from facewarden.adapters.sqlite_faults import explained
from facewarden.adapters.sqlite_log import empty_log
from facewarden.errors import BadUseError, Error, UnavailableError

BUSY_TIMEOUT_MS = 10_000  # writers queue for this long; the longest write is one batch of an ingest
MMAP_BYTES = 1 << 31  # SQLite's own limit; halves the time of random reads among a million templates
POOL_SIZE = 8
POOL_OVERFLOW = 56  # together the number of threads that a web server's pool runs
QUERY_SIZES = (1, 16, 64, 128, 256, 512)
"""Numbers a query asks for at once, padded to one of these so that SQLite meets the same few statements again."""
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A 63-bit integer; as a primary key the row's own number, which SQLite gives to INTEGER alone."""
_WRITES = "facewarden_writes"


def engine_for(path: Path) -> sa.Engine:
    """An engine over that file, which is made (mode 0600) if absent. Every transaction is explicit."""
    try:
        make_private(path)
    except OSError as error:
        raise UnavailableError(
            "records_not_accessible",
            "The records cannot be opened for writing.",
            "The file or its folder is absent or belongs to somebody else.",
            "Check that the data folder exists and belongs to the account that runs facewarden.",
        ) from error
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)), pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW
    )
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine, whose transactions are the only writer from their first moment."""
    return engine.execution_options(**{_WRITES: True})


def _settle(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 would otherwise begin transactions by its own rules
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
        f"mmap_size = {MMAP_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE: a reader that turns writer would be refused at once instead of waiting for its turn.
    writes = connection.get_execution_options().get(_WRITES, False)
    fetch(connection, "BEGIN IMMEDIATE" if writes else "BEGIN", ())


def forget(engine: sa.Engine, *, rebuild: bool) -> None:
    """Moves the write-ahead log into the file and empties it; `rebuild` writes the whole file anew before.

    Deleted rows are overwritten where they lay; a copy that a split of a page left behind goes with `rebuild`.
    UnavailableError `records_busy` if a reader held the log for ten seconds and more.
    """
    pooled = engine.raw_connection()
    try:
        driver = pooled.driver_connection
        if isinstance(driver, sqlite3.Connection):
            if rebuild:
                driver.execute("VACUUM")
            empty_log(driver, "records")
    finally:
        pooled.close()


def size_bytes(connection: sa.Connection) -> int:
    """How large the database's file is."""
    pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    return pages * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())


def ours(fault: BaseException) -> Error:
    """The error of ours for a fault of SQLAlchemy or SQLite."""
    if isinstance(fault, sa.exc.DBAPIError) and fault.orig is not None:
        fault = fault.orig
    if isinstance(fault, sqlite3.IntegrityError):
        return BadUseError(
            "records_conflict",
            "The records refuse this.",
            "It exists already, or names something that does not exist.",
            "Check the ids, then try again.",
        )
    if isinstance(fault, sqlite3.Error):
        return explained(fault, "records")
    if isinstance(fault, sa.exc.TimeoutError):
        return UnavailableError(
            "records_busy", "Every connection to the records is in use.", "Too many at a time.", "Try again."
        )
    return UnavailableError("records_failed", "The records could not answer.", "", "Run `facewarden doctor`.")


def upsert(connection: sa.Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows; one whose `keys` are there already takes the place of the old one."""
    if not rows:
        return
    statement = sqlite.insert(table)
    rest = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if rest:
        connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=rest), list(rows))
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=list(keys)), list(rows))


def insert_new(
    connection: sa.Connection, table: sa.Table, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Inserts rows; one whose `keys` are there already is left out."""
    if rows:
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(index_elements=list(keys)), list(rows))


def fetch(connection: sa.Connection, query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query with `?` marks, straight from the driver: for the few paths where SQLAlchemy's rows cost
    more than the query."""
    driver = connection.connection.driver_connection
    if driver is None:
        return []
    rows: list[tuple[Any, ...]] = driver.execute(query, parameters).fetchall()
    return rows


def fetch_numbered(connection: sa.Connection, query: str, numbers: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Rows of a query that ends with `IN`, for many numbers, some hundreds at a time; in no certain order."""
    for start in range(0, len(numbers), QUERY_SIZES[-1]):
        part = list(numbers[start : start + QUERY_SIZES[-1]])
        size = next(size for size in QUERY_SIZES if size >= len(part))
        part += [part[-1]] * (size - len(part))
        yield from fetch(connection, f"{query} ({','.join('?' * size)})", part)


def insert_many(connection: sa.Connection, table: sa.Table, rows: Iterator[tuple[Any, ...]]) -> None:
    """Inserts tuples in the order of the table's columns, straight through the driver."""
    driver = connection.connection.driver_connection
    if driver is not None:
        marks = ",".join("?" * len(table.columns))
        driver.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 (a table's name)


def faults(connection: sa.Connection) -> list[str]:
    """What the database finds wrong with its own file and its foreign keys; empty if nothing."""
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return found + ([f"{len(orphans):,} rows refer to none"] if orphans else [])


AT_ONCE = 500  # values in one IN list, far below every database's limit


def select_in(
    connection: sa.Connection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> list[Any]:
    """All rows of the query whose `column` is among many values."""
    rows: list[Any] = []
    for start in range(0, len(values), AT_ONCE):
        rows.extend(connection.execute(query.where(column.in_(values[start : start + AT_ONCE]))))
    return rows


def delete_in(connection: sa.Connection, column: sa.Column[Any], values: Sequence[Any]) -> None:
    """Deletes the rows of the column's table whose value is among many."""
    for start in range(0, len(values), AT_ONCE):
        connection.execute(sa.delete(column.table).where(column.in_(values[start : start + AT_ONCE])))


def update_in(
    connection: sa.Connection,
    column: sa.Column[Any],
    values: Sequence[Any],
    change: Mapping[str, Any],
    condition: sa.ColumnElement[bool],
) -> None:
    """Changes the rows of the column's table whose value is among many and that meet the condition."""
    for start in range(0, len(values), AT_ONCE):
        some = column.in_(values[start : start + AT_ONCE])
        connection.execute(sa.update(column.table).where(some, condition).values(**change))
