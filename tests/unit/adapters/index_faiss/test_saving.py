"""The index file: encrypted, whole or refused, and free of what was removed."""

from __future__ import annotations

import stat

import numpy as np
import pytest

from facewarden.adapters.index_faiss.sealed_file import CHUNK_BYTES, SealedReader, write_sealed
from facewarden.adapters.index_faiss.snapshot import load_snapshot
from facewarden.errors import DamagedError, UnavailableError

BOTH = pytest.mark.parametrize("plain_up_to", [0, 10_000], ids=["coded", "plain"])


def plain_bytes(path, key) -> bytes:
    """All that the file says, decrypted."""
    with path.open("rb") as file:
        reader = SealedReader(file, key)
        pieces = []
        while reader._left:
            pieces.append(reader._next_chunk())
    return b"".join(pieces)


def test_no_file_is_no_index(make_index):
    assert make_index().load() is False


@BOTH
def test_a_saved_index_comes_back_as_it_was(make_index, world, plain_up_to):
    index = make_index(plain_up_to)
    index.apply(world.came(range(1, 203)))
    index.apply(world.went(range(50, 60)))
    index.save()
    other = make_index(plain_up_to)
    assert other.load()
    assert (other.count, other.sequence, other.fingerprint) == (192, 212, index.fingerprint)
    probes = world.templates(range(1, 20))
    for mine, theirs in zip(index.search(probes, 30), other.search(probes, 30), strict=True):
        assert mine[0].tolist() == theirs[0].tolist()
        assert mine[1].tolist() == theirs[1].tolist()
    other.apply(world.came([900]))
    assert other.search(world.templates([900]), 1)[0][0][0] == 900


def test_an_empty_index_can_be_saved(make_index):
    make_index().save()
    other = make_index()
    assert other.load()
    assert other.count == 0


def test_the_file_is_the_owners_alone(make_index, tmp_path):
    make_index().save()
    assert stat.S_IMODE((tmp_path / "faces.index").stat().st_mode) == 0o600


@BOTH
def test_nothing_of_a_template_is_readable_in_the_file(make_index, world, tmp_path, plain_up_to):
    index = make_index(plain_up_to)
    index.apply(world.came(range(1, 65)))
    index.save()
    sealed = (tmp_path / "faces.index").read_bytes()
    gallery = load_snapshot(tmp_path / "faces.index", world.key, world.dimension).gallery
    planted = gallery.templates[3].tobytes() if plain_up_to else gallery.blocks[:64].tobytes()
    assert planted in plain_bytes(tmp_path / "faces.index", world.key)  # the search would find it if it were there
    assert planted not in sealed
    assert b"fingerprint" not in sealed


def test_a_removed_template_is_gone_from_the_saved_file(make_index, world, tmp_path):
    index = make_index()
    index.apply(world.came(range(1, 65)))
    index.save()
    assert world.template(7).tobytes() in plain_bytes(tmp_path / "faces.index", world.key)
    index.apply(world.went([7]))
    index.save()
    after = plain_bytes(tmp_path / "faces.index", world.key)
    assert world.template(7).tobytes() not in after
    assert world.template(8).tobytes() in after
    assert list(tmp_path.iterdir()) == [tmp_path / "faces.index"]


def test_a_removed_code_is_gone_from_the_saved_file(make_index, world, tmp_path):
    def codes() -> set[bytes]:
        gallery = load_snapshot(tmp_path / "faces.index", world.key, world.dimension).gallery
        return {gallery._read(slot).tobytes() for slot in range(len(gallery.blocks) // gallery._packer.code_size)}

    index = make_index(plain_up_to=0)
    index.apply(world.came(range(1, 65)))
    code = index._gallery._read(int(index._gallery.slots.slots_of(np.array([7]))[0])).tobytes()
    index.save()
    assert code in codes()
    index.apply(world.went([7]))
    index.save()
    assert code not in codes()


@BOTH
def test_a_file_cut_short_anywhere_is_refused(make_index, world, tmp_path, plain_up_to):
    index = make_index(plain_up_to)
    index.apply(world.came(range(1, 65)))
    index.save()
    path = tmp_path / "faces.index"
    whole = path.read_bytes()
    for length in {*range(0, len(whole), 97), 7, 8, 39, 40, 41, len(whole) - 1}:
        path.write_bytes(whole[:length])
        fresh = make_index(plain_up_to)
        with pytest.raises(DamagedError):
            fresh.load()
        assert fresh.count == 0
    path.write_bytes(whole + b"x")
    with pytest.raises(DamagedError):
        make_index(plain_up_to).load()
    path.write_bytes(whole)
    assert make_index(plain_up_to).load()


def test_any_altered_byte_is_refused(make_index, world, tmp_path):
    index = make_index(plain_up_to=0)
    index.apply(world.came(range(1, 65)))
    index.save()
    path = tmp_path / "faces.index"
    whole = path.read_bytes()
    for position in {*range(0, len(whole), 61), *range(48)}:
        altered = bytearray(whole)
        altered[position] ^= 1
        path.write_bytes(altered)
        with pytest.raises(DamagedError):
            make_index(plain_up_to=0).load()


def test_chunks_cannot_be_dropped_swapped_or_cut_off(tmp_path, world):
    path = tmp_path / "sealed"
    content = np.random.default_rng(0).bytes(3 * CHUNK_BYTES + 5)
    write_sealed(path, world.key, [memoryview(content[:100]), memoryview(content[100:])])
    assert plain_bytes(path, world.key) == content
    whole = path.read_bytes()
    step = CHUNK_BYTES + 16
    first, second, third, rest = (whole[40 + i * step : 40 + (i + 1) * step] for i in range(4))
    for order in ([first, third, second, rest], [first, second, rest], [first, second, third], [first], [rest]):
        path.write_bytes(whole[:40] + b"".join(order))
        with pytest.raises(DamagedError):
            plain_bytes(path, world.key)


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_every_size_around_a_chunk_comes_back(tmp_path, world, size):
    content = np.random.default_rng(size).bytes(size)
    write_sealed(tmp_path / "sealed", world.key, [memoryview(content)])
    assert plain_bytes(tmp_path / "sealed", world.key) == content


def test_another_key_opens_nothing(make_index, world):
    make_index().save()
    with pytest.raises(DamagedError):
        make_index(key=bytes(32)).load()


def test_a_key_of_the_wrong_length_is_refused(make_index):
    with pytest.raises(UnavailableError):
        make_index(key=b"short").save()


def test_a_new_key_replaces_the_old_one(make_index, world):
    index = make_index()
    index.apply(world.came([1]))
    index.save(key=bytes(32))
    with pytest.raises(DamagedError):
        make_index().load()
    index.apply(world.came([2]))
    index.save()
    other = make_index(key=bytes(32))
    assert other.load()
    assert other.count == 2


def test_two_saves_of_the_same_index_share_no_bytes(make_index, tmp_path):
    index = make_index()
    index.save()
    first = (tmp_path / "faces.index").read_bytes()
    index.save()
    assert first[40:] != (tmp_path / "faces.index").read_bytes()[40:]


def test_templates_of_another_pack_are_refused(make_index, world, tmp_path):
    make_index().save()
    with pytest.raises(DamagedError, match="face pack makes"):
        load_snapshot(tmp_path / "faces.index", world.key, world.dimension * 2)


def test_a_save_that_died_leaves_the_old_file_and_the_next_one_cleans_up(make_index, world, tmp_path):
    index = make_index()
    index.apply(world.came([1]))
    index.save()
    (tmp_path / "faces.index.partial").write_bytes(b"half of a file")  # what a kill in the middle leaves
    other = make_index()
    assert other.load()
    assert other.count == 1
    other.save()
    assert list(tmp_path.iterdir()) == [tmp_path / "faces.index"]


def test_a_disk_that_refuses_is_reported_and_the_old_file_stays(make_index, world, tmp_path):
    index = make_index()
    index.apply(world.came([1]))
    index.save()
    (tmp_path / "faces.index.partial").mkdir()  # the place for the new file cannot be written
    index.apply(world.came([2]))
    with pytest.raises(UnavailableError):
        index.save()
    other = make_index()
    assert other.load()
    assert other.count == 1
