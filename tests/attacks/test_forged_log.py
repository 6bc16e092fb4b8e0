"""An exported log changed in every kind of way, before two checkers that share no line.

The stranger's reads the entries and what was signed for them, and computes every hash itself; `audit verify` reads all.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from facewarden.adapters.log_tiles.folder_check import verify_folder
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.errors import Error
from tests.integration.test_check import SEED, SIGNER, case, run

__all__ = ["case"]


def _flip(at: float):
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[min(len(content) - 1, int(at * len(content)))] ^= 1
        path.write_bytes(bytes(content))

    return change


def _holds(folder: Path) -> bool:
    try:
        return verify_folder(folder, SIGNER.verifier_key).ok
    except Error:
        return False


CHANGES = {
    "its first byte": _flip(0),
    "a byte in its middle": _flip(0.5),
    "its last byte": _flip(1),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


UNTOLD = {("journal", "longer"), ("journal", "gone"), ("checkpoints", "gone")}
"""A journal torn at its end, and what is no part of the log that strangers get: no change of what was recorded."""


def test_each_change_of_each_file_is_seen(case, tmp_path: Path) -> None:
    _, log, bundle = case
    whole, forged = tmp_path / "whole", tmp_path / "forged"
    copy = TileLog.create(whole, SEED, "test.example")
    copy.append(list(log.entries()))
    copy.checkpoint()
    names = [str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file() and path.name != "lock"]
    assert {name.split("/")[0] for name in names} == {"checkpoint", "checkpoints", "journal", "tile"}
    assert _holds(whole)
    assert run(None, tmp_path, bundle, "--log", whole)[0] == 0
    for name in names:
        for how, change in CHANGES.items():
            shutil.copytree(whole, forged)
            change(forged / name)
            code, words = run(None, tmp_path, bundle, "--log", forged)
            read = name == "checkpoint" or name.startswith("tile/entries")
            assert (code, "DOES NOT HOLD" in words) == (int(read), read), (name, how, words)
            assert _holds(forged) is ((name.split("/")[0], how) in UNTOLD), (name, how)
            shutil.rmtree(forged)
