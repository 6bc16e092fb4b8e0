"""Passwords as argon2id hashes. Never keeps, logs or compares a password in the clear."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_MAX = 1_024  # a longer one is no password but a way to keep the hash busy


class Argon2Passwords:
    """argon2id with the library's defaults (RFC 9106, low-memory profile: 64 MiB, 3 passes, 4 lanes)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """The PHC string of a fresh salted hash."""
        return self._hasher.hash(_bytes(password))

    def verify(self, password_hash: str, password: str) -> bool:
        """True only if it is that password; a damaged hash is False."""
        try:
            return self._hasher.verify(password_hash, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    # Undecodable bytes typed on a terminal arrive as surrogates: a wrong password, not a failure of the program.
    return password[:PASSWORD_MAX].encode(errors="surrogatepass")
