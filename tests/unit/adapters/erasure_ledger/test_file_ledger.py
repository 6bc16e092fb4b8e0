"""The ledger of erasures: each line once, in a chain that shows every change, copied elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from facewarden.adapters.erasure_ledger.file import LINES, SUPPRESSED, FileLedger
from facewarden.domain.erasing import LedgerLine, NewSuppression
from facewarden.errors import DamagedError

KEY = bytes(range(32))


def _line(number: int) -> LedgerLine:
    one = f"{number:024x}"
    return LedgerLine(f"era_{one}", "opt_out", (f"ph_{one}",), (), (number,), (f"req_{one}",), ("ab" * 32,), None)


@pytest.fixture
def ledger(tmp_path: Path) -> FileLedger:
    ledger = FileLedger(tmp_path / "ledger", KEY, tmp_path / "elsewhere")
    for number in range(1, 4):
        ledger.write(_line(number))
    return ledger


def test_lines_come_back_as_they_were_written_each_once(ledger: FileLedger, tmp_path: Path) -> None:
    ledger.write(_line(2))
    assert list(ledger.lines()) == [_line(1), _line(2), _line(3)]
    again = FileLedger(tmp_path / "ledger", KEY)
    again.write(_line(4))
    assert list(again.lines()) == [_line(number) for number in range(1, 5)]
    assert not FileLedger(tmp_path / "none", KEY).lines()


def test_half_a_line_that_a_crash_left_is_cut_off(ledger: FileLedger, tmp_path: Path) -> None:
    path = tmp_path / "ledger" / LINES
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"format":"facewarden-ledger/1","numb')
    assert list(ledger.lines()) == [_line(1), _line(2), _line(3)]
    assert path.read_bytes() == whole
    ledger.write(_line(4))
    assert len(ledger.lines()) == 4


def _changed(lines: list[str], how: str) -> list[str]:
    first = json.loads(lines[0])
    return {
        "a word changed": [lines[0].replace("opt_out", "officer"), *lines[1:]],
        "one left out": [lines[0], lines[2]],
        "the first left out": lines[1:],
        "two swapped": [lines[1], lines[0], lines[2]],
        "one twice": [*lines, lines[2]],
        "one put in": [*lines, json.dumps({**first, "number": 3})],
        "no JSON": [*lines, "{"],
        "not an object": [*lines, "[]"],
        "no text": [*lines, "\udcff"],
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "a word changed",
        "one left out",
        "the first left out",
        "two swapped",
        "one twice",
        "one put in",
        "no JSON",
        "not an object",
        "no text",
    ],
)
def test_every_change_shows(ledger: FileLedger, tmp_path: Path, how: str) -> None:
    path = tmp_path / "ledger" / LINES
    lines = _changed(path.read_text().splitlines(), how)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
    with pytest.raises(DamagedError) as damaged:
        ledger.lines()
    assert damaged.value.code == "ledger_damaged"


def test_another_installations_ledger_is_refused(ledger: FileLedger, tmp_path: Path) -> None:
    with pytest.raises(DamagedError):
        FileLedger(tmp_path / "ledger", bytes(32)).lines()


def test_templates_of_the_kept_out_lie_sealed_beside_it_and_leave_when_lifted(
    ledger: FileLedger, tmp_path: Path
) -> None:
    template = np.random.default_rng(1).standard_normal(128).astype(np.float32)
    kept = [NewSuppression(f"sup_{n:024x}", template * n, "a-pack") for n in (1, 2)]
    for one in (*kept, kept[0]):
        ledger.keep_suppression(one)
    assert [(one.suppression_id, one.pack_id) for one in ledger.suppressions()] == [
        (one.suppression_id, one.pack_id) for one in kept
    ]
    assert np.array_equal(ledger.suppressions()[1].template, template * 2)
    clear = template.tobytes()[:16]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and clear in path.read_bytes()]
    ledger.forget_suppression(kept[0].suppression_id)
    ledger.forget_suppression("sup_none")
    assert [one.suppression_id for one in ledger.suppressions()] == [kept[1].suppression_id]
    for folder in ("ledger", "elsewhere"):
        assert kept[0].suppression_id not in (tmp_path / folder / SUPPRESSED).read_text()
    with pytest.raises(DamagedError):
        FileLedger(tmp_path / "ledger", bytes(32)).suppressions()


def test_the_copy_elsewhere_follows_and_says_when_it_does_not(ledger: FileLedger, tmp_path: Path) -> None:
    assert ledger.copied()
    assert FileLedger(tmp_path / "ledger", KEY).copied(), "none is asked for"
    own, copy = tmp_path / "ledger" / LINES, tmp_path / "elsewhere" / LINES
    assert copy.read_bytes() == own.read_bytes()
    copy.unlink()
    assert not ledger.copied()
    ledger.write(replace(_line(4), suppression_id="sup_1"))
    assert ledger.copied()
    away = FileLedger(tmp_path / "ledger", KEY, tmp_path / "ledger" / LINES / "no-folder")
    away.write(_line(5))
    assert not away.copied(), "an erasure does not wait for another machine"


def test_the_files_are_for_their_owner_alone(ledger: FileLedger, tmp_path: Path) -> None:
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
