"""The master key: made once, kept outside the data folder, read at start.

Never prints it, and never reads it from a file that anybody but its owner can read.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from facewarden.adapters.durable import sync
from facewarden.errors import BadUseError, UnavailableError

MASTER_KEY_BYTES = 32  # AES-256
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def new_master_key_file(path: Path) -> bytes:
    """A fresh master key, written to `path` as one line of base64, mode 0600, durable.

    BadUseError if anything exists there already: a master key is never overwritten.
    """
    key = secrets.token_bytes(MASTER_KEY_BYTES)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise BadUseError(
            "master_key_exists",
            "A master key exists there already.",
            "Overwriting it would make everything encrypted under it unreadable.",
            "Name another file, or use this one.",
        ) from error
    except OSError as error:
        raise _unreadable("The master key could not be written.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(key) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync(path.parent)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unreadable("The master key could not be written.") from error
    return key


def read_master_key(path: Path | None = None, encoded: str | None = None) -> bytes:
    """The 32 bytes of the master key: from `encoded` (base64, as the environment gives it), else from `path`.

    UnavailableError if neither is given, the file is absent, or others than its owner may read or write it;
    BadUseError if it is not base64 of 32 bytes.
    """
    if encoded is not None:
        return _decoded(encoded)
    if path is None:
        raise UnavailableError(
            "master_key_missing",
            "No master key was given.",
            "Without it nothing that is stored can be read.",
            "Name its file in FACEWARDEN_MASTER_KEY_FILE, or give it in FACEWARDEN_MASTER_KEY.",
        )
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid():
                raise UnavailableError(
                    "master_key_of_others",
                    "The master key's file belongs to another account of this machine.",
                    "Its owner can read it.",
                    "Run facewarden as that account, or make the file this one's with chown.",
                )
            if found.st_mode & _OTHERS:
                raise UnavailableError(
                    "master_key_exposed",
                    "The master key's file can be read or changed by other accounts of this machine.",
                    "Its mode grants rights to group or others.",
                    "Run chmod 600 on it; if strangers had access, make a new installation key.",
                )
            content = file.read(1024)
    except OSError as error:
        raise _unreadable("The master key could not be read.") from error
    return _decoded(content.decode("ascii", errors="replace"))


def _decoded(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed() from error
    if len(key) != MASTER_KEY_BYTES:
        raise _malformed()
    return key


def _malformed() -> BadUseError:
    return BadUseError(
        "master_key_malformed",
        "The master key is not one.",
        "It must be 32 bytes in base64.",
        "Restore the file that `facewarden init` made.",
    )


def _unreadable(what: str) -> UnavailableError:
    return UnavailableError(
        "master_key_unreadable",
        what,
        "The file or its folder is absent, full or not ours.",
        "Check the path and who owns it.",
    )
