"""The walls around the child: resource limits, no new privileges, and a short list of system calls.

The process walls itself in after its imports and before its first photo. Never a claim: `lock_in` says what the
kernel accepted, and `try_forbidden` what it refuses in fact.

Source: Linux seccomp_filter and prctl(2); the classic BPF of linux/filter.h.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import resource
import socket
import struct
from collections.abc import Callable
from pathlib import Path

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _SECCOMP_MODE_FILTER = 4, 22, 38, 2
_LOAD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF_LD|W|ABS, JEQ|K, JSET|K, RET|K
_NUMBER_AT, _ARCH_AT, _THIRD_ARGUMENT_AT = 0, 4, 32  # offsets in struct seccomp_data, little-endian
_ALLOW, _REFUSE, _KILL = 0x7FFF_0000, 0x0005_0001, 0x8000_0000  # refuse: the call fails with EPERM
_PROT_EXEC = 4

# Only what decoding, the allocator and the interpreter's loop need. No call here names a file, a process or a
# network; mmap and mprotect are refused when they ask for executable memory.
_CALLS = {
    "x86_64": (
        0xC000_003E,
        {"read": 0, "write": 1, "close": 3, "lseek": 8, "munmap": 11, "brk": 12, "rt_sigaction": 13}
        | {"rt_sigprocmask": 14, "rt_sigreturn": 15, "mremap": 25, "madvise": 28, "sched_yield": 24}
        | {"setitimer": 38, "getpid": 39, "exit": 60, "gettimeofday": 96, "sigaltstack": 131, "gettid": 186}
        | {"futex": 202, "restart_syscall": 219, "clock_gettime": 228, "exit_group": 231, "getrandom": 318},
        {"mmap": 9, "mprotect": 10},
    ),
    "aarch64": (
        0xC000_00B7,
        {"read": 63, "write": 64, "close": 57, "lseek": 62, "munmap": 215, "brk": 214, "rt_sigaction": 134}
        | {"rt_sigprocmask": 135, "rt_sigreturn": 139, "mremap": 216, "madvise": 233, "sched_yield": 124}
        | {"setitimer": 103, "getpid": 172, "exit": 93, "gettimeofday": 169, "sigaltstack": 132, "gettid": 178}
        | {"futex": 98, "restart_syscall": 128, "clock_gettime": 113, "exit_group": 94, "getrandom": 278},
        {"mmap": 222, "mprotect": 226},
    ),
}


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def filter_program(machine: str) -> bytes | None:
    """The BPF program for that machine as the kernel takes it, or None for a machine without a table."""
    if machine not in _CALLS:
        return None
    architecture, plain, checked = _CALLS[machine]
    lines = [
        _instruction(_LOAD, _ARCH_AT),
        _instruction(_JUMP_EQUAL, architecture, if_true=1),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER_AT),
    ]
    for number in plain.values():
        lines += [_instruction(_JUMP_EQUAL, number, if_false=1), _instruction(_RETURN, _ALLOW)]
    for number in checked.values():
        lines += [
            _instruction(_JUMP_EQUAL, number, if_false=4),
            _instruction(_LOAD, _THIRD_ARGUMENT_AT),
            _instruction(_JUMP_ANY_BIT, _PROT_EXEC, if_false=1),
            _instruction(_RETURN, _REFUSE),
            _instruction(_RETURN, _ALLOW),
        ]
    return b"".join([*lines, _instruction(_RETURN, _REFUSE)])


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def lock_in(memory_bytes: int, cpu_s: int) -> str:
    """Walls this process in for good. "" when all of it holds, else why the system-call filter does not.

    The resource limits always hold: an `OSError` of theirs is raised. `memory_bytes` is address space beside
    what the process has mapped by now.
    """
    threads = len(list(Path("/proc/self/task").iterdir()))
    address_space = _mapped_bytes() + memory_bytes
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, address_space),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays open; nothing more can be
    ):
        resource.setrlimit(kind, (most, most))
    if threads != 1:
        return "the child runs threads, which a filter set now would not bind"
    return _install_filter(filter_program(platform.machine()))


def _install_filter(program: bytes | None) -> str:
    if program is None:
        return f"no system-call table for {platform.machine()}"
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    kernel.prctl(_PR_SET_DUMPABLE, 0, None, 0, 0)
    if kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, None, 0, 0):
        return f"no_new_privs was refused: {os.strerror(ctypes.get_errno())}"
    given = _Program(len(program) // 8, program)
    if kernel.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0):
        return f"the filter was refused: {os.strerror(ctypes.get_errno())}"
    return ""


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def try_forbidden() -> dict[str, str]:
    """For each forbidden act "refused", or what became of it, tried for real in this process."""
    attempts: dict[str, Callable[[], object]] = {
        "open_to_read": lambda: os.open("/proc/self/status", os.O_RDONLY),
        "open_to_write": lambda: os.open(os.devnull, os.O_WRONLY),
        "list_folder": lambda: list(Path("/").iterdir()),
        "socket": lambda: socket.socket(socket.AF_INET),
        "socket_pair": socket.socketpair,
        "fork": _fork_and_leave,
        "run_program": lambda: os.execv("/nonexistent", ["nonexistent"]),  # noqa: S606 - must be refused
        "signal": lambda: os.kill(os.getpid(), 0),
        "change_limit": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)),
        "executable_memory": lambda: mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE, mmap.PROT_READ | _PROT_EXEC),
    }
    return {name: _outcome(attempt) for name, attempt in attempts.items()}


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except PermissionError:
        return "refused"
    except ValueError:
        return "refused"  # Python's word for a setrlimit that the kernel refused
    except OSError as error:
        return f"failed: {error.strerror}"
    return "done"


def _fork_and_leave() -> None:
    process_id = os.fork()
    if process_id == 0:
        os._exit(0)
    os.waitpid(process_id, 0)
