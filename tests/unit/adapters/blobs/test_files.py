"""Encrypted files: whole, durable, private, or not there at all."""

import errno
import os
from datetime import UTC, datetime, timedelta

import pytest

from facewarden.adapters.blobs import files
from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.testing.gallery import SettableClock


@pytest.fixture
def vault(tmp_path):
    vault = KeyVault(tmp_path / "keys.db", bytes(range(32)), SettableClock())
    yield vault
    vault.close()


@pytest.fixture
def blobs(tmp_path, vault) -> EncryptedBlobs:
    return EncryptedBlobs(tmp_path / "blobs", vault)


def _stored(tmp_path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file())


def test_blobs_come_back_equal_and_are_unreadable_on_the_disk(blobs, tmp_path) -> None:
    content = {"ph_a": b"A" * 5000, "ph_b": b"", "ph_c": os.urandom(100)}
    blobs.put_many(content)
    assert {blob_id: blobs.get(blob_id) for blob_id in content} == content
    assert _stored(tmp_path) == ["ph_a", "ph_b", "ph_c"]
    for path in (tmp_path / "blobs").rglob("ph_*"):
        assert b"AAAA" not in path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_blobs_are_no_error(blobs) -> None:
    blobs.put_many({})
    blobs.delete([])
    blobs.delete(["ph_none"])


def test_a_deleted_blob_and_its_key_are_gone(blobs, vault, tmp_path) -> None:
    blobs.put_many({"ph_a": b"a", "ph_b": b"b"})
    blobs.delete(["ph_a"])
    assert _stored(tmp_path) == ["ph_b"]
    assert vault.get_many(["ph_a", "ph_b"]).keys() == {"ph_b"}
    with pytest.raises(DamagedError) as gone:
        blobs.get("ph_a")
    assert gone.value.code == "blob_missing"


def test_an_id_is_used_once_and_the_first_blob_stays(blobs) -> None:
    blobs.put_many({"ph_a": b"first"})
    with pytest.raises(BadUseError) as refused:
        blobs.put_many({"ph_b": b"second", "ph_a": b"second"})
    assert refused.value.code == "key_exists"
    assert blobs.get("ph_a") == b"first"
    with pytest.raises(DamagedError):
        blobs.get("ph_b")


@pytest.mark.parametrize("at", [0, 3, 4, 15, 16, 20, -1])
def test_every_byte_of_a_file_is_checked(blobs, tmp_path, at) -> None:
    blobs.put_many({"ph_a": b"content"})
    path = next((tmp_path / "blobs").rglob("ph_a"))
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedError) as damaged:
        blobs.get("ph_a")
    assert damaged.value.code == "blob_damaged"


@pytest.mark.parametrize("size", [0, 3, 10, 20, 30])
def test_a_file_cut_short_is_damage(blobs, tmp_path, size) -> None:
    blobs.put_many({"ph_a": b"content"})
    os.truncate(next((tmp_path / "blobs").rglob("ph_a")), size)
    with pytest.raises(DamagedError) as damaged:
        blobs.get("ph_a")
    assert damaged.value.code == "blob_damaged"


def test_one_file_under_anothers_name_does_not_open(blobs, tmp_path) -> None:
    blobs.put_many({"ph_a": b"a", "ph_b": b"b"})
    first, second = (next((tmp_path / "blobs").rglob(name)) for name in ("ph_a", "ph_b"))
    second.write_bytes(first.read_bytes())
    with pytest.raises(DamagedError):
        blobs.get("ph_b")


@pytest.mark.parametrize("blob_id", ["", "../keys.db", "a/b", ".hidden", "a b", "x" * 65, "ph_a.part", "ü"])
def test_a_name_that_could_lead_elsewhere_is_refused(blobs, blob_id) -> None:
    for act in (lambda: blobs.put_many({blob_id: b""}), lambda: blobs.get(blob_id), lambda: blobs.delete([blob_id])):
        with pytest.raises(BadUseError) as refused:
            act()
        assert refused.value.code == "blob_id_invalid"


@pytest.mark.parametrize(("fault", "code"), [(errno.ENOSPC, "disk_full"), (errno.EIO, "blobs_not_accessible")])
@pytest.mark.parametrize("call", [1, 3, 5, 7])
def test_a_disk_that_fails_at_any_flush_leaves_no_file_and_no_key(
    blobs, vault, tmp_path, monkeypatch, fault, code, call
) -> None:
    # Patched, because no disk of a test machine fails on demand at the n-th flush.
    calls = iter(range(1, 1000))
    real = os.fsync

    def failing(handle: int) -> None:
        if next(calls) == call:
            raise OSError(fault, os.strerror(fault))
        real(handle)

    monkeypatch.setattr(files.os, "fsync", failing)
    with pytest.raises(UnavailableError) as refused:
        blobs.put_many({f"ph_{number}": b"x" * 1000 for number in range(4)})
    assert refused.value.code == code
    assert _stored(tmp_path) == []
    assert vault.get_many([f"ph_{number}" for number in range(4)]) == {}


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path, vault) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnavailableError) as refused:
        EncryptedBlobs(tmp_path / "file" / "blobs", vault)
    assert refused.value.code == "blobs_not_accessible"


def test_ids_are_listed_by_age_and_old_unfinished_files_removed(blobs, tmp_path) -> None:
    now = datetime.now(UTC)
    blobs.put_many({"ph_old": b"", "ph_new": b""})
    old = next((tmp_path / "blobs").rglob("ph_old"))
    unfinished = old.with_name("ph_lost.part")
    unfinished.write_bytes(b"half")
    for path in (old, unfinished):
        os.utime(path, (now.timestamp() - 7200, now.timestamp() - 7200))
    assert list(blobs.ids_written_before(now - timedelta(hours=1))) == ["ph_old"]
    assert not unfinished.exists()
    assert sorted(blobs.ids_written_before(now + timedelta(hours=1))) == ["ph_new", "ph_old"]
