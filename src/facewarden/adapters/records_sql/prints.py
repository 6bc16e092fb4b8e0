"""Perceptual hashes of photos and the near copies that they tell, sealed under each photo's key.

Never keeps an opened hash of a photo that is erased: what is in memory is dropped with the photo's row.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from facewarden.adapters.records_sql import tables
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.arrivals import opened_print, sealed_print
from facewarden.domain.ids import PhotoId
from facewarden.domain.provenance import NearCopy
from facewarden.matching.perceptual import as_words, near
from facewarden.ports import DataKeys

LINKS_MAX = 50  # of one photo: a picture that looks like fifty others is an empty one
LATE_NUMBERS = 10_000  # another process may commit lower numbers after higher ones, but hardly later than so many


class PrintBook:
    """The opened hashes of one process, brought up to date in the transactions that add to them."""

    def __init__(self, keys: DataKeys) -> None:
        self._keys = keys
        self._numbers: NDArray[np.int64] = np.empty(0, np.int64)
        self._columns: NDArray[np.uint64] = np.empty((4, 0), np.uint64)
        self._last = 0

    def insert(self, connection: sa.Connection, prints: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Stores the hashes of new photos (number, key, hash), and which photos each is a near copy of."""
        if not prints:
            return
        self._catch_up(connection)
        rows = [{"photo_number": number, "sealed": sealed_print(key, number, p)} for number, key, p in prints]
        connection.execute(sa.insert(collecting.photo_prints), rows)
        numbers, words = [number for number, _, _ in prints], as_words([p for _, _, p in prints])
        links = []
        for at, number in enumerate(numbers):
            links += [(number, other, bits) for other, bits in self._near(words[at], numbers[:at], words[:at])]
        linked = [{"photo_number": number, "other_number": other, "bits": bits} for number, other, bits in links]
        if linked:
            connection.execute(sa.insert(collecting.near_copies), linked)

    def _near(
        self, probe: NDArray[np.uint64], numbers: Sequence[int], words: NDArray[np.uint64]
    ) -> list[tuple[int, int]]:
        """The photos that look like it, here and among those of the same batch, the nearest first."""
        found: list[tuple[int, int]] = []
        batch = np.asarray(numbers, np.int64)
        for known, columns in ((self._numbers, self._columns), (batch, np.ascontiguousarray(words.T))):
            at, bits = near(probe, columns)
            found += zip(known[at].tolist(), bits.tolist(), strict=True)
        return sorted(found, key=lambda link: link[1])[:LINKS_MAX]

    def _catch_up(self, connection: sa.Connection) -> None:
        """Opens what came since, and drops what was erased; a batch that was rolled back was never here."""
        prints, photos = collecting.photo_prints, tables.photos
        query = (
            sa.select(prints.c.photo_number, photos.c.photo_id, prints.c.sealed)
            .join(photos, photos.c.photo_number == prints.c.photo_number)
            .where(prints.c.photo_number > self._last - LATE_NUMBERS)
            .order_by(prints.c.photo_number)
        )
        recent = set(self._numbers[self._numbers > self._last - LATE_NUMBERS].tolist())
        rows = [row for row in connection.execute(query) if row.photo_number not in recent]
        if rows:
            keys = self._keys.get_many([row.photo_id for row in rows])
            known = [row for row in rows if row.photo_id in keys]
            words = as_words([opened_print(keys[row.photo_id], row.photo_number, row.sealed) for row in known])
            self._numbers = np.concatenate([self._numbers, np.array([row.photo_number for row in known], np.int64)])
            self._columns = np.concatenate([self._columns, words.T], axis=1)
            self._last = max(self._last, rows[-1].photo_number)
        if connection.execute(sa.select(sa.func.count()).select_from(prints)).scalar() != len(self._numbers):
            there = np.fromiter(connection.execute(sa.select(prints.c.photo_number)).scalars(), np.int64)
            keep = np.isin(self._numbers, there)
            self._numbers, self._columns = self._numbers[keep], np.ascontiguousarray(self._columns[:, keep])


def near_copies_of(connection: sa.Connection, photo_number: int) -> list[NearCopy]:
    """The photos linked with that one, older and newer, the nearest first."""
    links, photos = collecting.near_copies, tables.photos
    found: list[NearCopy] = []
    for own, other in ((links.c.photo_number, links.c.other_number), (links.c.other_number, links.c.photo_number)):
        query = (
            sa.select(photos.c.photo_id, links.c.bits)
            .select_from(links.join(photos, photos.c.photo_number == other))
            .where(own == photo_number)
        )
        found += [NearCopy(PhotoId(row.photo_id), row.bits) for row in connection.execute(query)]
    return sorted(found, key=lambda copy: (copy.bits, copy.photo_id))
