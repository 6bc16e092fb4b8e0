"""The vault: keys come back, die for good, and open nowhere but where they belong."""

import os
import sqlite3
import threading
from datetime import timedelta

import pytest

from facewarden.adapters.keys.shelves import NUMBERS_PER_BLOCK_BITS
from facewarden.adapters.keys.vault import KeyVault
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.testing.gallery import NOON, SettableClock

MASTER = bytes(range(32))
BLOCK = 1 << NUMBERS_PER_BLOCK_BITS


@pytest.fixture
def open_vault(tmp_path):
    opened = []

    def open_again(master: bytes = MASTER, clock: SettableClock | None = None) -> KeyVault:
        opened.append(KeyVault(tmp_path / "keys.db", master, clock or SettableClock()))
        return opened[-1]

    yield open_again
    for vault in opened:
        vault.close()


def _change(tmp_path, statement: str, *parameters: object) -> None:
    with sqlite3.connect(tmp_path / "keys.db") as connection:
        assert connection.execute(statement, parameters).rowcount > 0
    connection.close()


def test_keys_come_back_equal_after_reopening(open_vault) -> None:
    vault = open_vault()
    numbered, named = vault.create_many([1, 2, BLOCK + 5, 10**12]), vault.create_many(["ph_a", "ph_b"])
    assert len(set(numbered.values()) | set(named.values())) == 6
    assert {len(key) for key in [*numbered.values(), *named.values()]} == {32}
    assert vault.get_many(list(numbered)) == numbered
    again = open_vault()
    assert again.get_many([*numbered, 77]) == numbered
    assert again.get_many(["ph_a", "ph_none", "ph_b"]) == named
    assert again.get_many([]) == {}


@pytest.mark.parametrize("count", [1, 2, 16, 17, 512, 513, 1500])
def test_any_number_of_keys_is_read_sparse_or_dense(open_vault, count) -> None:
    vault = open_vault()
    sparse = vault.create_many([10 + 50 * at for at in range(count)])
    assert open_vault().get_many(list(reversed(sparse))) == sparse
    dense = vault.create_many([10**6 + at for at in range(count)])
    assert open_vault().get_many(list(dense)) == dense


def test_a_key_is_never_replaced_and_a_refused_batch_makes_none(open_vault) -> None:
    vault = open_vault()
    vault.create_many([5])
    with pytest.raises(BadUseError) as refused:
        vault.create_many([4, 5, 6])
    assert refused.value.code == "key_exists"
    assert set(vault.get_many([4, 5, 6])) == {5}


def test_a_batch_refused_in_a_fresh_block_leaves_no_key_behind_that_nobody_stored(open_vault) -> None:
    vault = open_vault()
    vault.create_many([5])
    with pytest.raises(BadUseError):
        vault.create_many([BLOCK + 1, 5])
    made = vault.create_many([BLOCK + 1])
    assert open_vault().get_many([BLOCK + 1]) == made


def test_a_destroyed_key_is_gone_in_every_open_vault_at_once(open_vault) -> None:
    one, other = open_vault(), open_vault()
    made = one.create_many([1, 2]) | one.create_many(["ph_a"])
    assert other.get_many([1, 2]) == {1: made[1], 2: made[2]}
    assert other.get_many(["ph_a"])
    assert one.destroy([1, "ph_a", 99]) == 2
    for vault in (one, other, open_vault()):
        assert vault.get_many([1, 2]) == {2: made[2]}
        assert vault.get_many(["ph_a"]) == {}
    assert one.destroy([]) == 0


def test_a_key_that_another_vault_destroyed_stays_in_memory_until_it_is_forgotten(open_vault) -> None:
    ours, theirs = open_vault(), open_vault()
    key = ours.create_many(["ph_1"])["ph_1"]
    ours.get_many(["ph_1"])
    theirs.destroy(["ph_1"])
    assert key in ours._opened.named.values()
    ours.forget_destroyed()
    assert key not in ours._opened.named.values()


def test_rotation_wraps_the_stale_blocks_alone_and_keeps_every_live_key(open_vault) -> None:
    vault, other = open_vault(), open_vault()
    made = vault.create_many([1, 2, 3, BLOCK + 1, BLOCK + 2])
    named = vault.create_many(["ph_a"])
    seed = vault.derive("log-signing")
    assert other.get_many(list(made)) == made
    vault.destroy([2])
    assert vault.rotate() == 2
    assert vault.rotate() == 0
    del made[2]
    assert vault.rotate(everything=True) == 6
    for each in (vault, other, open_vault()):
        assert each.get_many(list(made)) == made
        assert each.get_many(["ph_a"]) == named
        assert each.derive("log-signing") == seed


def test_a_rotation_is_noticed_by_a_vault_that_knows_the_old_block_key(open_vault) -> None:
    vault, other = open_vault(), open_vault()
    made, named = vault.create_many([1, 2]), vault.create_many(["ph_a"])
    assert other.get_many([1]) == {1: made[1]}
    assert vault.rotate(everything=True) == 3
    assert other.get_many([2]) == {2: made[2]}
    assert other.create_many([3]).keys() == {3}
    assert vault.get_many([1, 2, 3]).keys() == {1, 2, 3}
    assert other.get_many(["ph_a"]) == named


def test_a_purposes_key_is_the_same_ever_after_and_differs_by_purpose(open_vault) -> None:
    vault = open_vault()
    key = vault.derive("content-hash")
    assert len(key) == 32
    assert vault.derive("content-hash") == key == open_vault().derive("content-hash")
    assert vault.derive("index-file") != key


def test_another_master_key_opens_nothing(open_vault) -> None:
    open_vault().create_many([1])
    with pytest.raises(UnavailableError) as refused:
        open_vault(os.urandom(32))
    assert refused.value.code == "master_key_wrong"
    assert refused.value.next_step
    with pytest.raises(BadUseError):
        open_vault(b"short")


def test_every_bit_of_a_wrapped_key_is_checked(open_vault, tmp_path) -> None:
    vault = open_vault()
    made = vault.create_many([1])
    with sqlite3.connect(tmp_path / "keys.db") as connection:
        wrapped = bytearray(connection.execute("SELECT wrapped FROM numbered_keys").fetchone()[0])
    connection.close()
    for at in (0, 11, 12, 43, 44, 59):
        changed = bytearray(wrapped)
        changed[at] ^= 1
        _change(tmp_path, "UPDATE numbered_keys SET wrapped = ?", bytes(changed))
        with pytest.raises(DamagedError) as damaged:
            open_vault().get_many([1])
        assert damaged.value.code == "key_damaged"
    _change(tmp_path, "UPDATE numbered_keys SET wrapped = ?", bytes(wrapped))
    assert open_vault().get_many([1]) == made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE numbered_keys SET number = number + 1 WHERE number = 2",
        "UPDATE numbered_keys SET wrapped = (SELECT wrapped FROM numbered_keys WHERE number = 1) WHERE number = 2",
        "UPDATE keks SET wrapped = (SELECT wrapped FROM keks WHERE scope = 'name') WHERE scope = 'number'",
        "UPDATE keks SET kek_id = kek_id + 100 WHERE scope = 'number'",
        "UPDATE keks SET block = block + 1 WHERE scope = 'number'",
        "DELETE FROM keks WHERE scope = 'number'",
    ],
)
def test_a_key_moved_to_another_place_does_not_open(open_vault, tmp_path, statement) -> None:
    vault = open_vault()
    vault.create_many([1, 2])
    vault.create_many(["ph_a"])
    assert set(open_vault().get_many([2, 3])) == {2}
    _change(tmp_path, statement)
    with pytest.raises(DamagedError):
        open_vault().get_many([2, 3])


def test_a_key_file_of_another_version_is_refused(open_vault, tmp_path) -> None:
    open_vault().close()
    with sqlite3.connect(tmp_path / "keys.db") as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(UnavailableError) as refused:
        open_vault()
    assert refused.value.code == "keys_schema_unknown"


def test_a_file_that_is_no_database_is_damage(open_vault, tmp_path) -> None:
    (tmp_path / "keys.db").write_bytes(b"this is no database at all" * 200)
    with pytest.raises(DamagedError) as damaged:
        open_vault()
    assert damaged.value.code == "keys_damaged"


def test_the_key_file_is_private(open_vault, tmp_path) -> None:
    open_vault().create_many([1])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_ids_are_listed_by_age_and_purposes_never(open_vault) -> None:
    clock = SettableClock()
    vault = open_vault(clock=clock)
    vault.derive("content-hash")
    vault.create_many([3, 1])
    vault.create_many(["ph_b", "ph_a"])
    clock.advance(timedelta(hours=1))
    vault.create_many([2])
    assert sorted(map(str, vault.ids_made_before(NOON + timedelta(minutes=1)))) == ["1", "3", "ph_a", "ph_b"]
    assert 2 in set(vault.ids_made_before(NOON + timedelta(hours=2)))
    assert list(vault.ids_made_before(NOON)) == []


def test_threads_share_one_vault(open_vault) -> None:
    vault = open_vault()
    wrong: list[int] = []

    def work(first: int) -> None:
        for start in range(first, first + 200, 20):
            made = vault.create_many(list(range(start, start + 20)))
            vault.destroy([start])
            found = vault.get_many(list(range(start, start + 20)))
            del made[start]
            if found != made:
                wrong.append(start)

    threads = [threading.Thread(target=work, args=(1000 * number + 1,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(list(vault.ids_made_before(NOON + timedelta(days=1)))) == 4 * 190
