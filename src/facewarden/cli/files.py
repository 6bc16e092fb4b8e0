"""Files that a command reads or writes: their content, or what is wrong with them in one sentence.

Never reads a folder, never writes what others of this machine can read, never lets the system's words stand alone.
"""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path
from typing import Any

from facewarden.errors import BadUseError

ELSEWHERE = "Name a file in a folder that is there and that this account may write to."


def read_bytes(path: Path, at_most: int = -1) -> bytes:
    """The file's content, or its first `at_most` bytes; raises BadUseError `unreadable`."""
    try:
        with path.open("rb") as file:
            return file.read(at_most)
    except OSError as problem:
        raise BadUseError(
            "unreadable",
            f"{path} cannot be read.",
            f"The system says: {problem.strerror}.",
            "Give a file that is there and that this account may read.",
        ) from None


def read_text(path: Path) -> str:
    """The file's text; raises BadUseError `unreadable`, or `not_text_file` where it is not UTF-8."""
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        raise BadUseError(
            "not_text_file", f"{path} is no text.", "It is not UTF-8.", "Give the file as facewarden printed it."
        ) from None


def read_json(path: Path) -> Any:
    """What the file says as JSON; raises as `read_text`, and BadUseError `not_json`."""
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise BadUseError("not_json", f"{path} is not JSON.", next_step="Give the file as it was handed out.") from None


def check_new(path: Path) -> None:
    """Nothing; BadUseError `unwritable` where a new file cannot be made there: known before anything is on record."""
    if path.exists() or not os.access(path.parent, os.W_OK):
        raise BadUseError(
            "unwritable",
            f"{path} cannot be written.",
            "There is a file of that name, or no such folder, or it is not this account's to write to.",
            "Name a file that is not there yet, in a folder of your own.",
        )


def write_bytes(
    path: Path, content: bytes, *, new: bool = False, all_the_same: str = "", next_step: str = ELSEWHERE
) -> None:
    """Writes that file, which others cannot read; BadUseError `unwritable`. `new`: in the place of no other.

    `all_the_same` says what was done although the file is not written, `next_step` how to come by its content again.
    """
    existing = os.O_EXCL if new else os.O_TRUNC
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | existing, 0o600), "wb", buffering=0) as file:
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), 0o600)  # one that was there before may be anybody's to read
            _write_whole(file, path, content)
    except OSError as problem:
        raise BadUseError(
            "unwritable",
            f"{path} cannot be written.",
            f"The system says: {problem.strerror}. {all_the_same}".rstrip(),
            next_step,
        ) from None


def _write_whole(file: io.FileIO, path: Path, content: bytes) -> None:
    left = memoryview(content)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError:
        if path.is_file():  # half a report, with a whole one's name
            path.unlink()
        raise


def write_json(path: Path, document: Any, *, all_the_same: str = "", next_step: str = ELSEWHERE) -> None:
    """Writes the document as JSON; raises as `write_bytes`."""
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    write_bytes(path, text.encode(), all_the_same=all_the_same, next_step=next_step)
