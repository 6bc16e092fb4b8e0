"""Short texts and secrets at rest, each under a key of its purpose and bound to what it belongs to.

Never stores anything itself, and never opens a text for another owner than it was sealed for.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from facewarden.errors import DamagedError
from facewarden.ports import DataKeys

NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits


class SealedText:
    """Seals and opens under the installation's key for one purpose (AES-256-GCM)."""

    def __init__(self, keys: DataKeys, purpose: str, what: str, next_step: str = "") -> None:
        """`what` names such a thing in an error, such as "contact"; `next_step` what to do about a damaged one."""
        self._cipher = AESGCM(keys.derive(purpose))
        self._what = what
        self._next_step = next_step or "Restore records and keys from the newest backups of one day."

    def seal(self, owner: str, plain: bytes) -> bytes:
        """The sealed bytes: nonce, then ciphertext and tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, owner.encode())

    def open(self, owner: str, sealed: bytes) -> bytes:
        """What was sealed for that owner; raises DamagedError `<what>_damaged`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], owner.encode())
        except (InvalidTag, ValueError) as error:
            raise DamagedError(
                f"{self._what.replace(' ', '_')}_damaged",
                f"A stored {self._what} does not open.",
                "The records or the keys were changed outside facewarden, or are of two different days.",
                self._next_step,
            ) from error
