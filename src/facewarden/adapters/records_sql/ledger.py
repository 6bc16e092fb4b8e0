"""The gallery's running account: numbers given out, faces that came and went, counts, and the fingerprint.

Never works outside its caller's transaction, so that the account and the gallery change together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.times import to_us
from facewarden.matching.fingerprint import updated

_THE_ROW = tables.gallery_state.c.state_number == 1


def reserve(connection: sa.Connection, photos: int, faces: int) -> tuple[list[int], list[int]]:
    """So many photo numbers and face numbers, ascending, that were never given before."""
    state = tables.gallery_state
    row = connection.execute(
        sa.select(state.c.last_photo_number, state.c.last_face_number).where(_THE_ROW).with_for_update()
    ).one()
    connection.execute(
        sa.update(state).where(_THE_ROW).values(last_photo_number=row[0] + photos, last_face_number=row[1] + faces)
    )
    return list(range(row[0] + 1, row[0] + 1 + photos)), list(range(row[1] + 1, row[1] + 1 + faces))


def note(connection: sa.Connection, *, came: Sequence[int], went: Sequence[int], photos: int) -> None:
    """Adds the faces that became showable and those that ceased to be to the sequence; `photos` is the difference."""
    if not came and not went and not photos:
        return
    state = tables.gallery_state
    row = connection.execute(sa.select(state).where(_THE_ROW).with_for_update()).mappings().one()
    steps = [(number, 1) for number in came] + [(number, 0) for number in went]
    dialect.insert_many(
        connection,
        tables.changes,
        ((row["sequence"] + at, number, kind) for at, (number, kind) in enumerate(steps, start=1)),
    )
    connection.execute(
        sa.update(state)
        .where(_THE_ROW)
        .values(
            photos=row["photos"] + photos,
            faces=row["faces"] + len(came) - len(went),
            sequence=row["sequence"] + len(steps),
            fingerprint=updated(row["fingerprint"], added=came, removed=went),
        )
    )


def note_packs(connection: sa.Connection, packs: Iterable[str], at: datetime) -> None:
    """Remembers that templates of those packs are in the gallery."""
    known = set(connection.execute(sa.select(tables.packs.c.pack_id)).scalars())
    rows = [{"pack_id": pack, "first_enrolled_at_us": to_us(at)} for pack in sorted(set(packs) - known)]
    if rows:
        connection.execute(sa.insert(tables.packs), rows)
