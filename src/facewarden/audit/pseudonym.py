"""Keyed hashes: how the log names something personal without holding it.

It never hashes without a key: a plain hash of a photo, a name or an address can be guessed from a list of them.
"""

from __future__ import annotations

import hashlib
import hmac

from facewarden.errors import BadUseError

MIN_KEY_BYTES = 32


def keyed_hash(key: bytes, label: str, content: bytes) -> str:
    """HMAC-SHA256 of the content under the key and a label (what it is: "photo", "name"), 64 hexadecimal digits.

    With a key of its own for each subject, destroying that key leaves the hash in the log without meaning. Raises
    BadUseError `audit_key_invalid` for a key of fewer than 32 bytes.
    """
    if len(key) < MIN_KEY_BYTES:
        raise BadUseError("audit_key_invalid", "The key of a keyed hash is too short.", "", "Use 32 random bytes.")
    message = len(label.encode()).to_bytes(2, "big") + label.encode() + content
    return hmac.new(key, message, hashlib.sha256).hexdigest()
