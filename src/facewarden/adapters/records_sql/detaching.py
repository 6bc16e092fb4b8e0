"""Sources taken away from photos: which photos nothing permits then, hidden at once and listed for erasure.

Never erases a byte, and never hides a photo that another source still permits. Works inside its caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import PhotoId
from facewarden.domain.photos import PhotoState


@dataclass(frozen=True, slots=True)
class Split:
    """What taking some arrivals away does: photo numbers with their ids that nothing permits then, and the others."""

    arrivals: tuple[int, ...]
    gone: dict[int, PhotoId]
    kept: dict[int, PhotoId]


def split(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Split:
    """What taking away the arrivals that meet the condition would do."""
    table, photos = collecting.photo_sources, tables.photos
    taken = connection.execute(sa.select(table.c.arrival_number, table.c.photo_number).where(condition)).all()
    arrivals = {row.arrival_number for row in taken}
    numbers = sorted({row.photo_number for row in taken})
    others = sa.select(table.c.photo_number, table.c.arrival_number)
    staying = {
        row.photo_number
        for row in dialect.select_in(connection, others, table.c.photo_number, numbers)
        if row.arrival_number not in arrivals
    }
    ids = sa.select(photos.c.photo_number, photos.c.photo_id)
    known = {
        row.photo_number: PhotoId(row.photo_id)
        for row in dialect.select_in(connection, ids, photos.c.photo_number, numbers)
    }
    gone = {number: photo_id for number, photo_id in known.items() if number not in staying}
    kept = {number: photo_id for number, photo_id in known.items() if number in staying}
    return Split(tuple(sorted(arrivals)), gone, kept)


def with_other_places(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The arrivals that meet the condition, and whatever else the same source brought of the same photo: that another
    place of it is known lengthens no term and undoes no expungement."""
    table = collecting.photo_sources
    there = sa.tuple_(table.c.photo_number, table.c.source_number)
    return there.in_(sa.select(table.c.photo_number, table.c.source_number).where(condition))


def detach(
    connection: sa.Connection,
    withdrawals: SqlWithdrawals,
    found: Split,
    reason: ErasureReason,
    takedown_id: str | None,
    now_us: int,
) -> None:
    """Takes the arrivals away; what nothing permits any more is shown to nobody from then on.

    A held photo stays held: its erasure waits for its hold to end.
    """
    table, photos = collecting.photo_sources, tables.photos
    dialect.delete_in(connection, table.c.arrival_number, found.arrivals)
    withdrawals.turn(connection, list(found.gone.values()), PhotoState.ACTIVE, PhotoState.WITHDRAWN)
    rows = [
        {"photo_id": photo_id, "reason": reason.value, "takedown_id": takedown_id, "withdrawn_at_us": now_us}
        for photo_id in found.gone.values()
    ]
    dialect.insert_new(connection, collecting.withdrawn_photos, ["photo_id"], rows)
    left = sa.select(table.c.photo_number, table.c.source_number).order_by(table.c.arrival_number)
    sources: dict[int, list[int]] = {}
    for number, source in dialect.select_in(connection, left, table.c.photo_number, list(found.kept)):
        sources.setdefault(number, []).append(source)
    shown = sa.select(photos.c.photo_number, photos.c.source_number)
    for number, source in dialect.select_in(connection, shown, photos.c.photo_number, list(found.kept)):
        if source not in sources[number]:  # it was shown under a source that permits it no more
            of = photos.c.photo_number == number
            connection.execute(sa.update(photos).where(of).values(source_number=sources[number][0]))


def forget_hosts(connection: sa.Connection) -> None:
    """Drops the names of hosts from which nothing is left."""
    hosts, brought = collecting.hosts, collecting.photo_sources
    used = sa.exists().where(brought.c.host_number == hosts.c.host_number)
    connection.execute(sa.delete(hosts).where(~used))


def near_elsewhere(connection: sa.Connection, gone: Sequence[int]) -> dict[PhotoId, int]:
    """Photos that stay and look like one that goes, each with the bits in which the nearest differs."""
    links, photos = collecting.near_copies, tables.photos
    going, near = set(gone), dict[int, int]()
    for own, other in ((links.c.photo_number, links.c.other_number), (links.c.other_number, links.c.photo_number)):
        query = sa.select(other.label("other"), links.c.bits)
        for row in dialect.select_in(connection, query, own, sorted(going)):
            if row.other not in going:
                near[row.other] = min(row.bits, near.get(row.other, row.bits))
    ids = sa.select(photos.c.photo_number, photos.c.photo_id)
    found = dialect.select_in(connection, ids, photos.c.photo_number, sorted(near))
    return {PhotoId(row.photo_id): near[row.photo_number] for row in found}
