"""Processes that have the program imported before they begin: to kill one costs a fork, not a start of Python.

They are real processes: their own memory, files, exit code and death. Only the seconds of importing are saved.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess

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


def _alone(environment: dict[str, str], work: Callable[..., object], *arguments: object) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    work(*arguments)
