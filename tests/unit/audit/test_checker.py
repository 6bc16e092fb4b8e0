"""The checker over a log laid out by other code: whole ones pass, and whatever is changed is named."""

import itertools
import json
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.audit.checker import FaultKind, check_log
from facewarden.audit.note import VerifierKey

SIZE = 600  # two full bundles and a partial one


def check(log, files=None, **options):
    return check_log((log.files if files is None else files).get, log.key, **options)


@pytest.fixture(scope="module")
def log(make_log):
    return make_log(SIZE)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 600])
def test_a_whole_log_passes_with_every_checkpoint_that_it_signed(make_log, size):
    log = make_log(size)
    sizes = sorted({0, 1, size // 3, size // 2, size} & set(range(size + 1)))
    kept = {f"checkpoints/{at}": log.checkpoint(at) for at in sizes}
    report = check(log, kept=kept, remembered=[log.checkpoint(at) for at in sizes])
    assert report.ok, report.faults
    assert (report.size, report.entries_checked) == (size, size)
    assert report.checkpoints_checked == 1 + 2 * len(sizes)
    assert report.first_fault is None
    assert json.loads(json.dumps(report.to_json()))["ok"] is True


def test_the_layout_written_apart_has_just_the_files_that_the_checker_reads(log):
    read = set()

    def fetch(path):
        read.add(path)
        return log.files.get(path)

    assert check_log(fetch, log.key).ok
    assert read == set(log.files)


# -- one byte, anywhere ---------------------------------------------------------------------------------------


def entry_at(log, path, at):
    """The index of the entry whose bytes (or length) hold byte `at` of a bundle."""
    index, stop = int(path.split("/")[2][:3]) * 256, 0
    while True:
        stop += 2 + len(log.entries[index])
        if at < stop:
            return index
        index += 1


@settings(max_examples=60, deadline=None)
@given(which=st.integers(0, 2**20), where=st.integers(0, 2**20), flip=st.integers(1, 255))
def test_any_changed_byte_is_found_and_its_place_named(log, which, where, flip):
    path = sorted(log.files)[which % len(log.files)]
    content = log.files[path]
    at = where % len(content)
    byte = content[at] ^ flip
    report = check(log, log.files | {path: content[:at] + bytes([byte]) + content[at + 1 :]})
    first = report.first_fault
    assert first is not None
    if path == "checkpoint":
        assert FaultKind.CHECKPOINT in {fault.kind for fault in report.faults}
    elif path.startswith("tile/entries/"):
        assert (first.kind, first.place) == (FaultKind.ENTRY, path)
        assert first.index == entry_at(log, path, at)
    else:
        level, index = int(path.split("/")[1]), int(path.split("/")[2][:3])
        assert (first.kind, first.place) == (FaultKind.TILE, path)
        assert first.index == (index * 256 + at // 32) * 256**level


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, SIZE - 1))
def test_an_entry_reworded_in_place_is_named_exactly(log, index):
    path = next(path for path in log.files if path.startswith(f"tile/entries/{index // 256:03d}"))
    reworded = log.entries[index].replace(b"us_0a", b"us_0b")
    assert len(reworded) == len(log.entries[index])
    assert reworded != log.entries[index]
    content = log.files[path].replace(log.entries[index], reworded)
    first = check(log, log.files | {path: content}, read_entries=False).first_fault
    assert (first.kind, first.place, first.index) == (FaultKind.ENTRY, path, index)


@settings(max_examples=40, deadline=None)
@given(which=st.integers(0, 2**20), where=st.integers(0, 2**20))
def test_any_file_missing_or_cut_or_with_more_at_its_end_is_named(log, which, where):
    path = sorted(log.files)[which % len(log.files)]
    content = log.files[path]
    for changed in (None, content[: where % len(content)], content + b"\0" * 32):
        report = check(log, {name: old for name, old in (log.files | {path: changed}).items() if old is not None})
        assert path in {fault.place for fault in report.faults}


def test_two_entries_that_changed_places_are_both_named(make_log, log):
    def swap(entries):
        entries[300], entries[301] = entries[301], entries[300]
        return entries

    path = "tile/entries/001"
    report = check(log, log.files | {path: make_log(SIZE, swap).files[path]})
    assert [(fault.kind, fault.index) for fault in report.faults] == [(FaultKind.ENTRY, 300), (FaultKind.ENTRY, 301)]


# -- an operator who rewrites everything that needs no key ----------------------------------------------------


def drop(entries):
    return entries[:400] + entries[401:] + entries[-1:]


def reword(entries):
    return [*entries[:400], entries[400].replace(b"us_0a", b"us_0b"), *entries[401:]]


@pytest.mark.parametrize("change", [drop, reword])
def test_entries_and_tiles_rewritten_together_do_not_have_the_signed_root(make_log, log, change):
    files = make_log(SIZE, change).files | {"checkpoint": log.files["checkpoint"]}
    kept = {"checkpoints/399": log.checkpoint(399), "checkpoints/500": log.checkpoint(500)}
    kinds = {(fault.kind, fault.place) for fault in check(log, files, kept=kept).faults}
    assert (FaultKind.ROOT, "checkpoint") in kinds
    assert (FaultKind.HISTORY, "checkpoints/500") in kinds
    assert (FaultKind.HISTORY, "checkpoints/399") not in kinds
    root = next(fault for fault in check(log, files, kept=kept).faults if fault.kind is FaultKind.ROOT)
    assert root.index == 399


def test_one_bundle_and_its_tile_rewritten_together_are_named_by_the_tile_above(make_log, log):
    other = make_log(SIZE, reword).files
    files = log.files | {path: other[path] for path in ("tile/entries/001", "tile/0/001")}
    first = check(log, files).first_fault
    assert (first.kind, first.index) == (FaultKind.TILE, 256)
    assert "256 to 511" in first.what


def test_a_log_rewritten_and_signed_again_is_a_split_view_to_whoever_remembers(make_log, log):
    other = make_log(SIZE, reword)
    assert check(other).ok  # the key holder can do this, and only memory elsewhere shows it
    report = check(other, remembered=[log.checkpoint(SIZE)])
    assert [fault.kind for fault in report.faults] == [FaultKind.SPLIT_VIEW]
    assert check(other, remembered=[log.checkpoint(400)]).ok  # what was seen before the change still holds


def test_a_log_cut_off_and_signed_for_less_is_truncated_to_whoever_remembers(make_log, log):
    shorter = make_log(450)
    assert check(shorter).ok
    report = check(shorter, remembered=[log.checkpoint(SIZE)])
    assert [(fault.kind, fault.index) for fault in report.faults] == [(FaultKind.TRUNCATED, 450)]
    kept = check(shorter, kept={"checkpoints/600": log.checkpoint(SIZE)})
    assert [fault.kind for fault in kept.faults] == [FaultKind.TRUNCATED]


def test_a_checkpoint_signed_by_another_key_is_named(make_log, log, sign_text):
    forged = sign_text(log.files["checkpoint"].decode().partition("\n\n")[0] + "\n", bytes(32))
    first = check(log, log.files | {"checkpoint": forged}).first_fault
    assert first.kind is FaultKind.CHECKPOINT
    assert check_log(log.files.get, VerifierKey(log.key.name, bytes(32))).first_fault.kind is FaultKind.CHECKPOINT


def test_a_remembered_checkpoint_of_another_log_is_named(log, sign_text):
    text = "other.example/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    stranger = sign_text(text, origin="other.example/log")
    assert check(log, remembered=[stranger]).first_fault.place == "remembered checkpoint"


def test_a_checkpoint_that_claims_a_huge_size_ends_soon(log, sign_text):
    text = f"{log.key.name}\n{2**62}\n{'A' * 43}=\n"
    report = check(log, log.files | {"checkpoint": sign_text(text)})
    assert not report.ok
    assert report.entries_checked <= SIZE


def test_an_entry_that_this_program_would_not_write_is_named(make_log):
    log = make_log(20, lambda entries: [*entries[:7], b'{"name":"Jane Doe"}', *entries[8:]])
    first = check(log).first_fault
    assert (first.kind, first.index) == (FaultKind.ENTRY, 7)
    assert "Jane" not in first.what
    assert check(log, read_entries=False).ok  # its hash is as signed


def test_progress_reaches_the_end(log):
    seen = []
    check(log, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(256, 600), (512, 600), (600, 600)]


# -- positive control: a checker that trusts stored hashes is told apart --------------------------------------


def test_a_checker_that_trusts_stored_hashes_would_miss_what_this_one_finds(log):
    def trusting(files):
        """Recomputes the root from the level-0 tiles, and never looks at the entries."""
        tiles = [content for path, content in sorted(files.items()) if path.startswith("tile/0/")]
        leaves = [tile[at : at + 32] for tile in tiles for at in range(0, len(tile), 32)]
        return leaves == log.leaves

    path = "tile/entries/001"
    files = log.files | {path: log.files[path].replace(log.entries[300], log.entries[300].replace(b"0", b"1", 1))}
    assert trusting(files)
    assert not check(log, files).ok


def test_every_pair_of_log_sizes_is_consistent(make_log):
    for old, new in itertools.combinations([0, 1, 100, 256, 257, 600], 2):
        assert check(make_log(new), remembered=[make_log(old).checkpoint(old)]).ok


def test_the_empty_log_has_the_root_of_nothing(make_log):
    assert check(make_log(0)).root == sha256(b"").digest()


@pytest.mark.parametrize(("minutes", "named"), [(58, ()), (61, (1, 4))])
def test_entries_dated_before_those_that_were_there_are_named_and_are_no_fault(make_log, minutes, named):
    def at(minute):
        return f"2026-11-22T{12 + minute // 60:02d}:{minute % 60:02d}:00.000000Z"

    def dated(entries):
        times = [at(minutes), at(0), at(minutes), at(minutes + 1), at(0), at(minutes)]
        return [
            json.dumps(json.loads(entry) | {"at": time}, sort_keys=True, separators=(",", ":")).encode()
            for entry, time in zip(entries, times, strict=True)
        ]

    report = check(make_log(6, dated))
    assert (report.ok, report.back_dated) == (True, named)
    assert report.to_json()["back_dated"] == list(report.back_dated)
