"""A process that takes the same photos into a gallery, batch by batch, and dies where it is told. Run by the tests.

usage: worker.py FOLDER PHOTOS PLAN, where PLAN is "whole", "keys", "files", "commit" (dies there in its fourth batch),
"limit:BYTES" (no file may grow beyond that many) or "late" (breaks the order on purpose: files after records).
"""

import json
import os
import resource
import sys
from pathlib import Path

from sqlalchemy import event

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.adapters.records_sql.sources import SqlSourceRecords
from facewarden.domain.provenance import Standing
from facewarden.errors import Error
from facewarden.testing.gallery import Builder, SettableClock

BATCH = 8
DIES_IN_BATCH = 3  # from 0
CONTENT_BYTES = 20_000


def die() -> None:
    os._exit(9)  # as a kill would: no clean-up runs


class DyingVault(KeyVault):
    armed = False

    def create_many(self, key_ids):
        keys = super().create_many(key_ids)
        if self.armed:
            die()
        return keys


class DyingBlobs(EncryptedBlobs):
    armed = False

    def put_many(self, blobs):
        super().put_many(blobs)
        if self.armed:
            die()


class LateBlobs(EncryptedBlobs):
    """Breaks the guarantee: each batch's files are written when the next batch comes."""

    def __init__(self, folder, keys):
        super().__init__(folder, keys)
        self.waiting = {}

    def put_many(self, blobs):
        super().put_many(self.waiting)
        self.waiting = blobs


def main(folder: Path, count: int, plan: str) -> None:
    clock, make = SettableClock(), Builder(seed=7)
    database = Database(folder / "records.db", clock)
    vault = DyingVault(folder / "keys.db", bytes(range(32)), clock)
    blobs = (LateBlobs if plan == "late" else DyingBlobs)(folder / "blobs", vault)
    gallery = SqlGalleryRecords(database, vault, blobs)
    source = SqlSourceRecords(database, blobs).find("worker")
    if plan.startswith("limit:"):
        limit = int(plan.split(":")[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    print("ready", flush=True)
    for number in range(count // BATCH):
        photos = [make.photo(source, faces=1 + at % 2, content=bytes([at]) * CONTENT_BYTES) for at in range(BATCH)]
        if number == DIES_IN_BATCH:
            vault.armed = plan == "keys"
            blobs.armed = plan == "files"
            if plan == "commit":
                event.listen(database._engine, "commit", lambda _: die())
        standing = gallery.known(source.source_id, [(new.photo.content_hash, new.arrival.origin) for new in photos])
        gallery.add([new for new, how in zip(photos, standing, strict=True) if how is Standing.NEW], [], None)
        if number == DIES_IN_BATCH and plan == "late":
            die()


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
        print(json.dumps({"code": None}))
    except Error as error:
        print(json.dumps({"code": error.code}))
