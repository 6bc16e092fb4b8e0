"""Processes that have the program imported before they begin: to kill one costs a fork, not a start of Python.

They are real processes: their own memory, files, exit code and death. Only the seconds of importing are saved.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.conftest"])
PATIENCE_S = 300.0


def begin(environment: Mapping[str, str], work: Callable[..., object], *arguments: object) -> ForkServerProcess:
    """A process that does the work, a function of a module, in that environment, silent, its children in its group."""
    process = _CONTEXT.Process(target=_alone, args=(dict(environment), work, *arguments))
    process.start()
    return process


def outcome_of(environment: Mapping[str, str], work: Callable[..., object], *arguments: object) -> int:
    """The exit code of such a process once it has ended; the signal's number, negative, if one killed it."""
    process = begin(environment, work, *arguments)
    process.join(PATIENCE_S)
    code = process.exitcode
    assert code is not None, "it did not end"
    process.close()
    return code


def kill(process: ForkServerProcess) -> None:
    """The end of it and of its children, at once."""
    assert process.pid is not None
    with contextlib.suppress(ProcessLookupError):  # it has not begun yet, and has no group of its own
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def cpu_s(process_id: int) -> float:
    """How long that process has computed: of what it did, this does not grow with what else the machine does."""
    used = (Path("/proc") / str(process_id) / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def has_ended(process_id: int) -> bool:
    """Dead, though nobody may have collected it."""
    try:
        return (Path("/proc") / str(process_id) / "stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def wait_until(holds: Callable[[], bool]) -> None:
    """Back once it holds; fails if it does not for longer than a slow machine may take."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


def _alone(environment: dict[str, str], work: Callable[..., object], *arguments: object) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    work(*arguments)
