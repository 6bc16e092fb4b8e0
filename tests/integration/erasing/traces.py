"""Looks for one person in every store of an installation, with every key that exists. Reads, and never changes."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.index_faiss.snapshot import load_snapshot
from facewarden.adapters.keys.master import read_master_key
from facewarden.adapters.keys.wrapping import place_of_kek
from facewarden.adapters.records_sql.sealing import opened
from facewarden.bootstrap.installation import Installation
from facewarden.errors import Error


@dataclass
class Person:
    """Everything by which a person can be found again, noted before the erasure."""

    photo_id: str
    face_number: int
    file_name: str
    content: bytes
    template: np.ndarray
    search_id: str
    request_id: str
    request_content: bytes


def stores_holding(installation: Installation, person: Person, copy: Path) -> set[str]:
    """The names of the stores in which the person is found. `copy`: the data folder as it was before the erasure."""
    folder = installation.settings.data_dir
    found = {
        "records": _in_database(installation, person, folder / "records.db"),
        "write-ahead log": _in_bytes(folder / "records.db-wal", person),
        "photos": _in_blobs(installation, person.photo_id, person.content, folder),
        "request": _in_blobs(installation, person.request_id, person.request_content, folder),
        "index": _in_index(installation, person, folder),
        "keys": bool(installation.vault.get_many([person.face_number]))
        or bool(installation.vault.get_many([person.photo_id, person.request_id])),
        "facts of decisions": _in_facts(folder / "facts.db", person),
        "search candidates": _in_candidates(installation, person),
        "copies of the data": _in_database(installation, person, copy / "records.db", sealed_only=True)
        or _in_index(installation, person, copy)
        or _in_blobs(installation, person.photo_id, person.content, copy),
        "copies of keys": _old_key_opens(installation, person, copy),
    }
    return {name for name, there in found.items() if there}


def copied(folder: Path, to: Path) -> Path:
    """A copy of the data folder, as a backup or an undeleted block would be."""
    shutil.copytree(folder, to)
    return to


def _in_bytes(path: Path, person: Person) -> bool:
    if not path.exists():
        return False
    content = path.read_bytes()
    return person.photo_id.encode() in content or person.file_name.encode() in content


def _in_database(installation: Installation, person: Person, path: Path, *, sealed_only: bool = False) -> bool:
    if not sealed_only and _in_bytes(path, person):
        return True
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT face_number, sealed FROM templates").fetchall()
    keys = installation.vault.get_many([number for number, _ in rows])
    for number, sealed in rows:
        try:
            if number in keys and float(opened([(number, sealed)], keys)[0] @ person.template) > 0.9999:
                return True
        except Error:
            continue
    return False


def _in_blobs(installation: Installation, blob_id: str, content: bytes, folder: Path) -> bool:
    try:
        return EncryptedBlobs(folder / "photos", installation.vault).get(blob_id) == content
    except Error:
        return bool(list((installation.settings.data_dir / "photos").rglob(blob_id)))


def _in_index(installation: Installation, person: Person, folder: Path) -> bool:
    for path in (folder / "index").glob("*.faces"):
        try:
            snapshot = load_snapshot(path, installation.vault.derive("index-file"), len(person.template))
        except Error:
            continue
        if snapshot is not None and person.face_number in snapshot.gallery.slots.numbers:
            return True
    return False


def _in_facts(path: Path, person: Person) -> bool:
    with sqlite3.connect(path) as connection:
        query = "SELECT count(*) FROM decisions WHERE subject = ?"
        return bool(connection.execute(query, (person.photo_id,)).fetchone()[0])


def _in_candidates(installation: Installation, person: Person) -> bool:
    search = installation.records.searches.find(person.search_id)
    assert search is not None, "the search itself stays"
    return any(candidate.photo_id == person.photo_id for candidate in search.candidates)


def _old_key_opens(installation: Installation, person: Person, copy: Path) -> bool:
    """Whether a key-encryption key that exists now opens the old copy of the template's key."""
    settings = installation.settings
    master_file = settings.master_key_file or next((settings.config_dir / "keys").glob("*.key"))
    master = AESGCM(read_master_key(master_file))
    with sqlite3.connect(f"file:{copy / 'keys.db'}?mode=ro", uri=True) as connection:
        row = connection.execute("SELECT wrapped FROM numbered_keys WHERE number = ?", (person.face_number,)).fetchone()
    assert row is not None, "the copy holds the old key"
    with sqlite3.connect(settings.data_dir / "keys.db") as connection:
        keks = connection.execute("SELECT kek_id, scope, block, wrapped FROM keks").fetchall()
    for kek_id, scope, block, wrapped in keks:
        kek = AESGCM(master.decrypt(wrapped[:12], wrapped[12:], place_of_kek(kek_id, scope, block)))
        place = person.face_number.to_bytes(8, "big") + kek_id.to_bytes(8, "big")
        try:
            kek.decrypt(row[0][:12], row[0][12:], place)
        except InvalidTag:
            continue
        return True
    return False
