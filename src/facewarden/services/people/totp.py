"""One-time codes by the clock (RFC 6238, HMAC-SHA-1, 30 seconds, 6 digits), as every authenticator app makes them.

Never accepts a code of the step last used or of one before it: a code that was read over a shoulder is worth nothing.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S = 30  # RFC 6238, section 5.2: the recommended step
DIGITS = 6
DRIFT_STEPS = 1  # RFC 6238, section 5.2: one step for a clock that is off and a code that is on its way
DRIFT_TOLD = 20  # ten minutes: further off than that, a phone shows a wrong time and its owner sees it
SECRET_BYTES = 20  # RFC 4226, section 4, R6: 160 bits recommended


def new_secret() -> bytes:
    """A fresh secret of `SECRET_BYTES`."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(now: datetime) -> int:
    """The number of the time step that an aware moment falls in."""
    return int(now.timestamp()) // STEP_S


def code_at(secret: bytes, step: int) -> str:
    """The code of that step, `DIGITS` digits (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The step within `DRIFT_STEPS` of now whose code this is, None if it is none. Spaces in the code do not count."""
    given = "".join(code.split())
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    found = None
    for step in range(step_of(now) - DRIFT_STEPS, step_of(now) + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step), given):  # every step compared: the time taken tells nothing
            found = step
    return found


def steps_behind(secret: bytes, code: str, now: datetime) -> int | None:
    """How many steps ago this was the code, None if it was not within `DRIFT_TOLD`.

    For telling the owner, whose password was right, that their phone's clock is behind; such a code is never accepted.
    Nothing is told of codes to come: whoever guessed one would only have to wait.
    """
    given = "".join(code.split()).encode("ascii", "replace").decode()
    for steps in range(DRIFT_STEPS + 1, DRIFT_TOLD + 1):
        if hmac.compare_digest(code_at(secret, step_of(now) - steps), given):
            return steps
    return None


def written(secret: bytes) -> str:
    """The secret as people type it: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def enrolment_uri(secret: bytes, issuer: str, sign_in_name: str) -> str:
    """The otpauth address that authenticator apps take in."""
    query = urlencode(
        {"secret": written(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_S}, quote_via=quote
    )
    return f"otpauth://totp/{quote(issuer)}:{quote(sign_in_name)}?{query}"
