"""The system-call filter, run by an interpreter of its instructions: what each machine's kernel would answer."""

from __future__ import annotations

import struct

import pytest

from facewarden.adapters.photos_decode.jail import filter_program

_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OTHER = 0x40000003  # i386 calls, which an x86-64 process can make
_FORBIDDEN = {
    "x86_64": {
        "open": 2, "stat": 4, "ioctl": 16, "socket": 41, "connect": 42, "sendto": 44, "socketpair": 53, "clone": 56,
        "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101, "prctl": 157, "setrlimit": 160,
        "tgkill": 234, "openat": 257, "newfstatat": 262, "prlimit64": 302, "process_vm_readv": 310, "seccomp": 317,
        "memfd_create": 319, "execveat": 322, "io_uring_setup": 425, "clone3": 435, "openat2": 437,
    },
    "aarch64": {
        "ioctl": 29, "openat": 56, "newfstatat": 79, "ptrace": 117, "kill": 129, "tgkill": 131, "setrlimit": 164,
        "prctl": 167, "socket": 198, "socketpair": 199, "connect": 203, "sendto": 206, "clone": 220, "execve": 221,
        "prlimit64": 261, "process_vm_readv": 270, "seccomp": 277, "memfd_create": 279, "execveat": 281,
        "io_uring_setup": 425, "clone3": 435, "openat2": 437,
    },
}  # fmt: skip
_NEEDED = {
    "x86_64": {"read": 0, "write": 1, "munmap": 11, "brk": 12, "mremap": 25, "exit_group": 231},
    "aarch64": {"read": 63, "write": 64, "munmap": 215, "brk": 214, "mremap": 216, "exit_group": 94},
}
_MAPPING = {"x86_64": (9, 10), "aarch64": (222, 226)}


def _verdict(machine, number, third_argument=0, architecture=None):
    program = filter_program(machine)
    data = struct.pack("<IIQ6Q", number, architecture or _ARCHITECTURES[machine], 0, 0, 0, third_argument, 0, 0, 0)
    at, held = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return value
        else:
            holds = held == value if code == 0x15 else bool(held & value)
            at += if_true if holds else if_false


@pytest.mark.parametrize(
    ("machine", "name"), [(machine, name) for machine, names in _FORBIDDEN.items() for name in names]
)
def test_a_forbidden_call_is_refused(machine, name):
    assert _verdict(machine, _FORBIDDEN[machine][name]) == _REFUSE


@pytest.mark.parametrize(("machine", "name"), [(machine, name) for machine, names in _NEEDED.items() for name in names])
def test_a_needed_call_is_allowed(machine, name):
    assert _verdict(machine, _NEEDED[machine][name]) == _ALLOW


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_memory_may_be_mapped_but_never_to_be_run(machine):
    for number in _MAPPING[machine]:
        assert _verdict(machine, number, third_argument=3) == _ALLOW
        assert _verdict(machine, number, third_argument=4) == _REFUSE
        assert _verdict(machine, number, third_argument=7) == _REFUSE


_ALLOWED = {
    "x86_64": {
        0,
        1,
        3,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
        15,
        24,
        25,
        28,
        38,
        39,
        60,
        96,
        131,
        186,
        202,
        219,
        228,
        231,
        318,
    },
    "aarch64": {57, 62, 63, 64, 93, 94, 98, 103, 113, 124, 128, 132, 134, 135, 139}
    | {169, 172, 178, 214, 215, 216, 222, 226, 233, 278},
}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_other_number_is_refused(machine):
    """A change of the list is a decision: this test has to change with it."""
    assert {number for number in range(600) if _verdict(machine, number) == _ALLOW} == _ALLOWED[machine]
    assert _verdict(machine, 0x40000000) == _REFUSE  # the x32 numbers of x86-64 begin here
    assert _verdict(machine, 0xFFFFFFFF) == _REFUSE


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_call_by_another_architectures_numbers_ends_the_process(machine):
    assert _verdict(machine, 0, architecture=_OTHER) == _KILL


def test_a_machine_without_a_table_has_no_filter():
    assert filter_program("riscv64") is None
