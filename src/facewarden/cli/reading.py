"""Files that a command is given: their bytes or their text, or what is wrong with them in one sentence.

Never reads a folder, and never lets the system's own words stand alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from facewarden.errors import BadUseError


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


def write_text(path: Path, text: str) -> None:
    """Writes the text to that file; BadUseError `unwritable` where it cannot be written."""
    try:
        path.write_text(text, "utf-8")
    except OSError as problem:
        raise _unwritable(path, problem) from None


def write_bytes(path: Path, content: bytes) -> None:
    """Writes the bytes to that file, which others cannot read; BadUseError `unwritable` where it cannot be written."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
    except OSError as problem:
        raise _unwritable(path, problem) from None


def _unwritable(path: Path, problem: OSError) -> BadUseError:
    return BadUseError(
        "unwritable",
        f"{path} cannot be written.",
        f"The system says: {problem.strerror}.",
        "Name a file in a folder that is there and that this account may write to.",
    )
