"""Uploaded files until their collection has read them: in encrypted packs that no collection outlives.

Never writes a file in the clear, and never keeps a pack of a collection that has ended.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect, tables
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.tables_collections import upload_packs
from facewarden.adapters.records_sql.times import to_us
from facewarden.domain.ids import JobId, random_id
from facewarden.domain.jobs import JobState
from facewarden.domain.uploads import PackNote, Upload
from facewarden.ports import Blobs

UNBEGUN_LIFE = timedelta(hours=1)  # a pack whose collection did not begin by then never will: its process died
LENGTH_BYTES = 4


class SqlUploads:
    """The Uploads port: each pack a file among the encrypted ones, under a data key of its own."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def put(self, upload_id: str, files: Sequence[Upload], photos: int) -> None:
        """One pack of these files, which will offer so many photos; durable at return."""
        pack_id = random_id("up")
        row = {
            "pack_blob": pack_id,
            "upload_id": upload_id,
            "job_id": None,
            "photos": photos,
            "put_at_us": to_us(self._database.clock.now()),
        }
        with self._database.writing() as connection:  # the row first: a file that no record knows is swept up
            connection.execute(sa.insert(upload_packs), row)
        self._blobs.put_many({pack_id: _packed(files)})

    def attach(self, upload_id: str, job_id: JobId) -> None:
        """The upload is that collection's from now on, and goes when it ends."""
        change = sa.update(upload_packs).where(upload_packs.c.upload_id == upload_id).values(job_id=job_id)
        with self._database.writing() as connection:
            connection.execute(change)

    def listed(self, upload_id: str) -> Sequence[PackNote]:
        """Its packs that are there, in the order in which they came."""
        table = upload_packs
        query = sa.select(table.c.pack_blob, table.c.photos).where(table.c.upload_id == upload_id)
        with self._database.reading() as connection:
            return [PackNote(*row) for row in connection.execute(query.order_by(table.c.pack_number))]

    def files(self, pack_id: str) -> Sequence[Upload]:
        """The files of a pack; DamagedError if it does not open."""
        return _unpacked(self._blobs.get(pack_id))

    def sweep(self) -> int:
        """How many packs were destroyed because their collection has ended, or never began."""
        table, jobs = upload_packs, tables.jobs
        open_still = sa.select(jobs.c.job_id).where(jobs.c.state.in_([JobState.RUNNING, JobState.PAUSED]))
        unbegun = to_us(self._database.clock.now() - UNBEGUN_LIFE)
        over = sa.or_(
            table.c.job_id.is_not(None) & table.c.job_id.not_in(open_still),
            table.c.job_id.is_(None) & (table.c.put_at_us < unbegun),
        )
        with self._database.reading() as connection:
            packs = list(connection.execute(sa.select(table.c.pack_blob).where(over)).scalars())
        if packs:
            self._blobs.delete(packs)
            with self._database.writing() as connection:
                dialect.delete_in(connection, table.c.pack_blob, packs)
        return len(packs)


def _packed(files: Sequence[Upload]) -> bytes:
    """The length of the list, the list of names and sizes, the files."""
    head = json.dumps([[file.name, len(file.content)] for file in files]).encode()
    return b"".join([len(head).to_bytes(LENGTH_BYTES, "big"), head, *(file.content for file in files)])


def _unpacked(pack: bytes) -> list[Upload]:
    at = LENGTH_BYTES + int.from_bytes(pack[:LENGTH_BYTES], "big")
    files = []
    for name, size_bytes in json.loads(pack[LENGTH_BYTES:at]):
        files.append(Upload(name, pack[at : at + size_bytes]))
        at += size_bytes
    return files
