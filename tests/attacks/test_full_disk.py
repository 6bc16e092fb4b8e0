"""A disk that takes no more, at each point of an act: a sentence that says what to do, nothing lost, nothing half done.

The limit is one on the size of files, which the system puts on the process that acts: a file that would grow past it
fails as on a full disk. FACEWARDEN_ATTACKS=1 fills a disk of its own as well, page by page, where it may mount one.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.cli.files import write_bytes
from facewarden.cli.main import main
from facewarden.domain.audit import AuditEvent
from facewarden.errors import BadUseError
from tests.attacks.conftest import CASE, House, error_of
from tests.conftest import Shell
from tests.processes import outcome_of

KIB = 1024
ACTS = {
    "search": ("ana", ("search", "{probe}", "--case", CASE)),
    "case": ("ana", ("case", "open", "B-2", "--purpose", "investigate_crime")),
    "bundle": (
        "ana",
        ("report", "discovery", "--case", CASE, "--to", "Defence", "--mail", "d@law.test", "--out", "{to}"),
    ),
    "erase": ("olga", ("erase", "{photo}", "--reason", "officer")),
    "backup": ("operator", ("backup", "{to}")),
    "checkpoint": ("operator", ("audit", "checkpoint")),
}
FEW = [
    ("search", 24, "disk_full"),
    ("bundle", 4, "disk_full"),
    ("erase", 24, "disk_full"),
    ("erase", 120, "erasure_unfinished"),
    ("backup", 200, "backup_failed"),
]
PAGES = (0, 1, 4, 8, 12, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 224, 320, 448)
LONG = bool(os.environ.get("FACEWARDEN_ATTACKS"))


def _limited(words: Sequence[str], limit_bytes: int, told: str) -> None:
    """The command, which may write no file further than to there; what it prints is kept at `told`."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    with Path(told).open("w") as out, contextlib.redirect_stdout(out):
        main([*words, "--json"])


def _words(house: House, act: str, folder: Path) -> list[str]:
    places = {"{probe}": str(house.probe), "{photo}": house.photo_id, "{to}": str(folder / "written")}
    return [places.get(word, word) for word in ACTS[act][1]]


def _faults(shell: Shell) -> list[str]:
    """What is wrong with the installation, once the disk has room; opening it ends what was interrupted."""
    with contextlib.closing(opening.open_installation(shell.settings)) as installation:
        found = [f"{check.name}: {check.detail}" for check in installation.examine() if check.problem is not None]
        found += [f"{era.erasure_id} unfinished" for era in installation.records.erasures.unfinished()]
        erased = [entry for entry in installation.log.entries() if entry.event is AuditEvent.PHOTO_ERASED]
        decided = [entry for entry in installation.log.entries() if entry.event is AuditEvent.ERASE_DECIDED]
        return found + ["erased without a decision"] * (len(erased) > len(decided))


def _is_gone(shell: Shell, photo_id: str) -> bool:
    with contextlib.closing(opening.open_installation(shell.settings)) as installation:
        return not installation.vault.get_many([photo_id]) and not list(installation.data_dir.rglob(photo_id))


def _judge(house: House, act: str, code: int, told: str, folder: Path) -> str:
    """The error's code, "" where it was done; fails unless all is in order now and the act can be done again."""
    words = _words(house, act, folder)
    if code == 0:
        assert _faults(house.shell) == []
        return ""
    error = error_of(told)
    assert code == 1, error
    assert error["code"] != "unforeseen", error
    assert "space" in f"{error['next_step']}" or error["code"] in ("erasure_unfinished", "backup_failed"), error
    assert not (folder / "written").is_file(), "a cut-off file"
    assert _faults(house.shell) == []
    again = house.shell.run(*words, "--json")
    if error["code"] == "erasure_unfinished":
        assert _is_gone(house.shell, house.photo_id)
        assert error_of(again.stdout)["code"] == "photo_unknown"
    else:
        assert again.returncode == 0, again.stdout
    return str(error["code"])


@pytest.mark.parametrize(("act", "limit_kib", "error"), FEW)
def test_an_act_that_the_disk_does_not_take_is_not_half_done(
    house: House, tmp_path: Path, act: str, limit_kib: int, error: str
) -> None:
    house.sign_in(ACTS[act][0])
    told = tmp_path / "told.json"
    code = outcome_of(house.shell.environment, _limited, _words(house, act, tmp_path), limit_kib * KIB, str(told))
    assert _judge(house, act, code, told.read_text(), tmp_path) == error


def _write_too_much(to: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 * KIB, 4 * KIB))
    try:
        write_bytes(Path(to), bytes(8 * KIB))
    except BadUseError as error:
        sys.exit(int(error.code == "unwritable"))


def test_half_a_report_does_not_stay_under_its_name(tmp_path: Path) -> None:
    assert outcome_of(os.environ, _write_too_much, str(tmp_path / "lead.pdf")) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB in memory; skipped where none can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "none", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this account may not mount a disk")
    yield place
    subprocess.run(["umount", place], check=True)


def _without_limit(words: Sequence[str], told: str) -> None:
    with Path(told).open("w") as out, contextlib.redirect_stdout(out):
        main([*words, "--json"])


@pytest.mark.skipif(not LONG, reason="takes minutes: set FACEWARDEN_ATTACKS=1")
@pytest.mark.parametrize("act", ACTS)
def test_no_page_too_few_leaves_anything_half_done(house: House, small_disk: Path, tmp_path: Path, act: str) -> None:
    house.sign_in(ACTS[act][0])
    for pages in PAGES:
        shell = house.shell.copied(small_disk / "agency")
        there = House(shell, house.probe, house.photo_id)
        free_bytes = shutil.disk_usage(small_disk).free - pages * 4 * KIB
        with (small_disk / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, free_bytes)
        told = tmp_path / "told.json"
        code = outcome_of(shell.environment, _without_limit, _words(there, act, small_disk), str(told))
        (small_disk / "filler").unlink()
        _judge(there, act, code, told.read_text(), small_disk)
        for left in small_disk.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
