"""One child process and the area shared with it, as the parent holds them: started, asked, replaced, ended.

Never trusts the child: every answer is bounded, timed and checked before anybody reads it.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import facewarden
from facewarden.adapters.photos_decode.limits import CHILD_CPU_S, MIB, DecodeLimits
from facewarden.adapters.photos_decode.protocol import (
    FORMATS,
    MAX_JSON_BYTES,
    MAX_PARTS,
    PART,
    REPLY,
    Reply,
    Request,
    Status,
)
from facewarden.errors import UnavailableError

_ZEROS = bytes(64 * 1024)
START_TIMEOUT_S = 60.0  # 0.3 s is usual; a machine that swaps needs longer
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from facewarden.adapters.photos_decode.child import main; main(sys.argv[2:])"
)
_ENVIRONMENT = {  # nothing of the parent's: it may hold keys
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    # glibc would give a photo's memory back and have it zeroed, page by page, for the next: as long as decoding takes.
    "MALLOC_MMAP_THRESHOLD_": str(16 * MIB),
    "MALLOC_TRIM_THRESHOLD_": str(64 * MIB),
}


class LostError(Exception):
    """The child is gone. `code` is the photo's failure; `fresh` says that it had served nothing before."""

    def __init__(self, code: str, how: str, fresh: bool) -> None:
        super().__init__(how)
        self.code, self.how, self.fresh = code, how, fresh


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked reply: `said` is flat or holds one object; `content` are the result's bytes, copied."""

    status: Status
    said: dict[str, object]
    format_number: int
    width_px: int
    height_px: int
    content: bytearray
    scale: float


class Worker:
    """One child at a time. Not for two threads at once."""

    def __init__(self, limits: DecodeLimits, *, walls: bool = True) -> None:
        self._limits = limits
        self._walls = walls
        self._area_bytes = max(limits.file_bytes + MAX_PARTS * PART.size, 3 * limits.max_side_px**2, mmap.PAGESIZE)
        self._process: subprocess.Popen[bytes] | None = None
        self._area: mmap.mmap | None = None
        self._served = 0
        self.missing_wall = ""

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """A child ready to serve, if there is none; `UnavailableError` when it cannot be had."""
        ended = self._process is not None and self._process.poll() is not None
        if ended or self._served >= self._limits.photos_per_child:
            self.stop()
        if self._process:
            return
        if sys.platform != "linux":
            raise _not_started("Its walls are Linux's.", "Run facewarden on Linux, or in a Linux container.")
        try:
            self._open()
        except OSError as error:
            self.stop()
            raise _not_started(f"The system says: {error.strerror}.") from error
        try:
            hello = self._reply(time.monotonic() + START_TIMEOUT_S)
        except LostError as error:
            raise _not_started(f"It ended with: {error.how}.") from error
        self.missing_wall = str(hello.said.get("missing", "the child does not say"))[:200]

    def _open(self) -> None:
        """A fresh area of fixed size and a child that maps it."""
        descriptor = os.memfd_create("facewarden-photo", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(descriptor, self._area_bytes)
            # A child that shrank the area would kill the parent at its next look.
            fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
            self._area = mmap.mmap(descriptor, self._area_bytes)
            self._process = self._spawn(descriptor)
        finally:
            os.close(descriptor)

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        words = {
            "area_fd": descriptor,
            "area_bytes": self._area_bytes,
            "pixels": self._limits.pixels,
            "file_side_px": self._limits.file_side_px,
            "memory_bytes": self._limits.memory_bytes,
            "timeout_s": self._limits.timeout_s,
            "cpu_s": CHILD_CPU_S,
            "walls": self._walls,
        }
        root = str(Path(facewarden.__file__).parent.parent)
        return subprocess.Popen(
            [sys.executable, "-I", "-W", "ignore", "-c", _BOOT, root, json.dumps(words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_ENVIRONMENT,
            cwd="/",
            pass_fds=(descriptor,),
            start_new_session=True,  # an interrupt at the terminal is the parent's to handle
        )

    def ask(self, request: Request, content: bytes) -> Answer:
        """The child's answer on that file; raises `LostError` when the child did not survive it."""
        self.start()
        if self._area is None or self._process is None or self._process.stdin is None:
            raise LostError("decoder_crashed", "there is no child", fresh=True)
        if self._spoke(0.0):
            raise self._lost("an answer to no question")
        deadline = time.monotonic() + self._limits.timeout_s
        self._area[: len(content)] = content
        try:
            os.write(self._process.stdin.fileno(), request.pack())
        except BrokenPipeError:
            raise self._lost(None) from None
        answer = self._reply(deadline)
        self._served += 1
        self._wipe(max(len(content), len(answer.content)))
        return answer

    def _wipe(self, used_bytes: int) -> None:
        """Nobody needs the file or its pixels in the area any longer."""
        if self._area is not None:
            for start in range(0, used_bytes, len(_ZEROS)):
                end = min(start + len(_ZEROS), self._area_bytes)
                self._area[start:end] = _ZEROS[: end - start]

    def _reply(self, deadline: float) -> Answer:
        status, number, width_px, height_px, area_bytes, scale, json_bytes = REPLY.unpack(
            self._read(REPLY.size, deadline)
        )
        if json_bytes > MAX_JSON_BYTES or area_bytes > self._area_bytes or number >= len(FORMATS):
            raise self._lost("an answer out of bounds")
        try:
            said = json.loads(self._read(json_bytes, deadline))
            reply = Reply(Status(status), b"", number, width_px, height_px, area_bytes, scale)
        except (ValueError, RecursionError):
            raise self._lost("an answer that makes no sense") from None
        if not isinstance(said, dict):
            raise self._lost("an answer that makes no sense")
        if reply.status is Status.CRASHED:
            raise self._lost(str(said.get("how", "?"))[:80])
        return Answer(reply.status, said, number, width_px, height_px, self._result(area_bytes), scale)

    def _result(self, area_bytes: int) -> bytearray:
        """A copy, which the child cannot change any more."""
        if self._area is None:
            return bytearray()
        with memoryview(self._area) as area, area[:area_bytes] as result:
            return bytearray(result)

    def _spoke(self, wait_s: float) -> bool:
        """Whether the child has written something, or ended, within that time."""
        waiting = select.poll()
        if self._process is None or self._process.stdout is None:
            return False
        waiting.register(self._process.stdout, select.POLLIN)
        return bool(waiting.poll(wait_s * 1000))

    def _read(self, count: int, deadline: float) -> bytes:
        parts = b""
        while len(parts) < count:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not self._spoke(left_s):
                raise self._lost("timeout")
            if self._process is None or self._process.stdout is None:
                raise self._lost(None)
            part = os.read(self._process.stdout.fileno(), count - len(parts))
            if not part:
                raise self._lost(None)
            parts += part
        return parts

    def _lost(self, how: str | None) -> LostError:
        """Ends what is left of the child and says how it was lost; None: it ended by itself."""
        fresh = self._served == 0
        code = self.stop()
        if how == "timeout":
            return LostError("decode_timeout", how, fresh)
        if how is not None:
            return LostError("decoder_crashed", how, fresh)
        if code in (-signal.SIGALRM, -signal.SIGXCPU):
            return LostError("decode_timeout", "its own clock", fresh)
        return LostError("decoder_crashed", f"signal {-code}" if code < 0 else f"exit code {code}", fresh)

    def stop(self) -> int:
        """Ends the child, if any, at once; its exit code (negative: the signal)."""
        code = 0
        if self._process:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            code = self._process.wait()
        if self._area is not None:
            self._area.close()
        self._process = self._area = None
        self._served = 0
        return code


def _not_started(why: str, next_step: str = "") -> UnavailableError:
    return UnavailableError(
        "decoder_not_started",
        "The process that decodes photos cannot be started.",
        why,
        next_step
        or "Check that Pillow is installed and the machine's limits on processes and memory; then run "
        "`facewarden doctor`.",
    )
