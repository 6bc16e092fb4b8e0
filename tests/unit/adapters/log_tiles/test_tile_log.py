"""The log in its folder: appended, read, proved, opened again, shared between processes and threads."""

import threading
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from facewarden.adapters.log_tiles.folder_check import verify_folder
from facewarden.adapters.log_tiles.tile_log import KEPT, KEPT_NEWEST, TileLog
from facewarden.audit.checkpoint import open_checkpoint
from facewarden.audit.entry import encode_entry
from facewarden.audit.merkle import leaf_hash, verify_consistency, verify_inclusion
from facewarden.audit.proof import verify_consistency_bundle, verify_proof_bundle
from facewarden.errors import BadUseError, DamagedError, UnavailableError


def batch(entry_of, start, count):
    return [entry_of(number) for number in range(start, start + count)]


def test_entries_come_back_by_their_index(new_log, entry_of):
    log = new_log()
    assert log.append(batch(entry_of, 0, 3)) == [0, 1, 2]
    assert log.append(batch(entry_of, 3, 600)) == list(range(3, 603))
    assert log.append([]) == []
    assert log.size() == 603
    for index in (0, 2, 255, 256, 511, 512, 602):
        assert log.entry(index) == entry_of(index)
    assert list(log.entries(250, 260)) == batch(entry_of, 250, 10)
    assert list(log.entries()) == batch(entry_of, 0, 603)
    assert list(log.entries(600, 9999)) == batch(entry_of, 600, 3)
    assert list(log.entries(603)) == []


@pytest.mark.parametrize("index", [-1, 3, 10**9])
def test_an_entry_that_is_not_there_is_bad_use(new_log, index):
    log = new_log(3)
    for ask in (log.entry, log.prove, log.prove_inclusion):
        with pytest.raises(BadUseError) as caught:
            ask(index)
        assert caught.value.code == "audit_index_unknown"


def test_the_log_is_the_same_after_opening_it_again(new_log, reopen, entry_of):
    log = new_log(700)
    again = reopen()
    assert again.size() == 700
    assert again.checkpoint() == log.checkpoint()
    assert again.append([entry_of(700)]) == [700]
    assert list(reopen().entries(698)) == batch(entry_of, 698, 3)


def test_every_size_to_300_verifies_with_its_proofs(new_log, entry_of):
    log = new_log()
    leaves = [leaf_hash(encode_entry(entry_of(number))) for number in range(300)]
    heads = {0: open_checkpoint(log.checkpoint(), log.verifier_key)}
    for size in range(1, 301):
        log.append([entry_of(size - 1)])
        head = open_checkpoint(log.resource("checkpoint"), log.verifier_key)
        heads[size] = head
        assert head.size == size
        for index in {0, size // 2, size - 1}:
            verify_inclusion(index, size, leaves[index], log.prove_inclusion(index), head.root)
        for old in {0, 1, size // 3, size - 1, size}:
            verify_consistency(old, size, heads[old].root, head.root, log.prove_consistency(old, size))
    report = log.verify(remembered=[log.checkpoint()])
    assert report.ok, report.faults
    assert report.entries_checked == 300
    assert verify_folder(log._disk.folder, log.verifier_key).ok


def test_a_stranger_verifies_a_bundle_with_the_verifier_key_alone(new_log, entry_of):
    log = new_log(400)
    assert verify_proof_bundle(log.prove(399), str(log.verifier_key)) == entry_of(399)


def test_growth_since_an_older_checkpoint_is_proved(new_log, entry_of):
    log = new_log(300)
    old = log.checkpoint()
    log.append(batch(entry_of, 300, 250))
    assert verify_consistency_bundle(log.prove_since(old), str(log.verifier_key)) == (300, 550)
    with pytest.raises(BadUseError):
        log.prove_consistency(300, 551)


def test_partial_tiles_of_every_size_can_still_be_fetched(new_log, entry_of):
    log = new_log()
    seen = {}
    for size in range(1, 262):
        log.append([entry_of(size - 1)])
        for path in (f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"):
            if size < 256:
                seen[path] = log.resource(path)
    assert all(log.resource(path) == content for path, content in seen.items())
    assert all(seen.values())
    assert log.resource("tile/0/005") is None
    assert log.resource("tile/0/001.p/200") is None
    assert log.resource("checkpoint") == log.checkpoint()
    with pytest.raises(BadUseError):
        log.resource("../keys.db")


def test_a_log_is_made_once_and_never_begun_anew_in_silence(folder, new_log):
    with pytest.raises(UnavailableError) as caught:
        TileLog(folder, bytes(32), "agency.example/facewarden")
    assert caught.value.code == "audit_log_missing"
    log = new_log(5)
    with pytest.raises(BadUseError) as caught:
        TileLog.create(folder, bytes(32), "agency.example/facewarden")
    assert caught.value.code == "audit_log_exists"
    assert log.size() == 5


def test_another_key_or_name_does_not_open_the_log(folder, new_log):
    new_log(5)
    for seed, origin in ((bytes(32), "agency.example/facewarden"), (bytes(range(32)), "other.example/facewarden")):
        with pytest.raises(DamagedError) as caught:
            TileLog(folder, seed, origin)
        assert caught.value.code == "audit_signature_invalid"


def test_a_key_object_signs_as_its_seed_does(folder, new_log):
    log = new_log(5)
    other = TileLog(folder, Ed25519PrivateKey.from_private_bytes(bytes(range(32))), "agency.example/facewarden")
    assert other.checkpoint() == log.checkpoint()


def test_two_logs_on_one_folder_see_each_others_entries(new_log, reopen, entry_of):
    one = new_log()
    two = reopen(journal_limit_bytes=20_000)  # it also begins new journals under the other's feet
    for turn in range(60):
        assert (one, two)[turn % 2].append(batch(entry_of, turn * 10, 10)) == list(range(turn * 10, turn * 10 + 10))
        assert (one, two)[1 - turn % 2].size() == turn * 10 + 10
    assert one.checkpoint() == two.checkpoint()
    assert list(one.entries()) == list(two.entries()) == batch(entry_of, 0, 600)
    assert one.verify().ok


def test_threads_append_side_by_side_and_nothing_is_lost(new_log, reopen, entry_of):
    logs = [new_log(), reopen()]
    indexes = {}

    def work(worker):
        for turn in range(10):
            number = worker * 100 + turn
            indexes[number] = logs[worker % 2].append([entry_of(number)])[0]

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(indexes.values()) == list(range(60))
    assert all(logs[0].entry(index) == entry_of(number) for number, index in indexes.items())
    assert logs[1].verify().ok


def test_the_check_of_a_log_that_grows_meanwhile_holds(new_log, reopen, entry_of):
    log = new_log(250, journal_limit_bytes=10_000)
    is_done = threading.Event()

    def work():
        number = 250
        while not is_done.is_set():
            log.append(batch(entry_of, number, 3))
            number += 3

    writer = threading.Thread(target=work)
    writer.start()
    try:
        reports = [verify_folder(log._disk.folder, log.verifier_key, read_entries=False) for _ in range(25)]
        seen = [reopen().size() for _ in range(5)]
    finally:
        is_done.set()
        writer.join()
    assert all(report.ok for report in reports), [report.faults for report in reports if not report.ok]
    assert seen == sorted(seen)
    assert reports[-1].size > reports[0].size >= 250


def test_the_journal_begins_anew_and_the_tiles_of_the_past_stay(new_log, entry_of, folder):
    log = new_log(journal_limit_bytes=30_000)
    sizes = set()
    for turn in range(40):
        log.append(batch(entry_of, turn * 20, 20))
        sizes.add((folder / "journal").stat().st_size < 2_000)
    assert sizes == {True, False}
    assert list(log.entries()) == batch(entry_of, 0, 800)
    partial = [path.relative_to(folder).as_posix() for path in folder.rglob("*.p/*")]
    assert len(partial) <= 6  # the newest, and those at which the journal begins
    assert not list(folder.rglob("*.draft"))
    report = log.verify()
    assert report.ok, report.faults


def test_checkpoints_given_out_are_kept_and_thinned(new_log, entry_of, folder):
    log = new_log()
    given = {}
    for number in range(KEPT_NEWEST + 40):
        log.append([entry_of(number)])
        given[number + 1] = log.checkpoint()
    kept = list((folder / KEPT).iterdir())
    assert len(kept) == KEPT_NEWEST
    assert all(given[int(path.name)] == path.read_bytes() for path in kept)
    assert log.verify().checkpoints_checked == KEPT_NEWEST + 1


def test_remembered_checkpoints_are_held_against_the_log_when_it_is_opened(new_log, reopen, entry_of, folder):
    log = new_log(300)
    remembered = log.checkpoint()
    log.append(batch(entry_of, 300, 100))
    assert reopen(remembered=remembered).size() == 400
    assert reopen(remembered=log.checkpoint()).size() == 400
    ahead = log.checkpoint()
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    shorter = TileLog.create(folder, bytes(range(32)), "agency.example/facewarden")
    shorter.append(batch(entry_of, 0, 350))
    assert reopen(remembered=remembered).size() == 350  # a rollback to after it was seen cannot be told
    with pytest.raises(DamagedError) as caught:
        reopen(remembered=ahead)
    assert caught.value.code == "audit_log_truncated"
    shorter.append([entry_of(0)] * 100)
    with pytest.raises(DamagedError) as caught:
        reopen(remembered=ahead)
    assert caught.value.code == "audit_log_rewritten"
    with pytest.raises(DamagedError) as caught:
        reopen(remembered=b"nonsense")
    assert caught.value.code == "audit_note_malformed"


def test_the_folder_and_its_files_are_for_their_owner_alone(new_log, folder):
    new_log(3)
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "journal").stat().st_mode & 0o077 == 0
    assert (folder / "checkpoint").stat().st_mode & 0o077 == 0


def test_what_is_on_disk_is_the_entry_and_nothing_else(new_log, folder, entry_of):
    new_log(1)
    stored = (folder / "tile/entries/000.p/1").read_bytes()
    assert stored[2:] == encode_entry(entry_of(0))
    assert (folder / "tile/0/000.p/1").read_bytes() == sha256(b"\x00" + stored[2:]).digest()
