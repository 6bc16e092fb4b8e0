"""Names of things: random ids without meaning, so that a log of them holds no personal data.

Never derives an id from a name, a photo or a face.
"""

from __future__ import annotations

import secrets
from typing import NewType

OrganisationId = NewType("OrganisationId", str)
UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
ApiKeyId = NewType("ApiKeyId", str)
CaseId = NewType("CaseId", str)
SourceId = NewType("SourceId", str)
PhotoId = NewType("PhotoId", str)
SearchId = NewType("SearchId", str)
JobId = NewType("JobId", str)
FaceNumber = NewType("FaceNumber", int)
"""A face in the gallery: a positive 63-bit integer, ascending, never reused. The index knows it alone."""

ID_BYTES = 12  # 96 random bits: no collision worth a check among billions


def random_id(prefix: str) -> str:
    """A fresh id such as `ph_3f0c...`: the prefix, `_`, 24 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(ID_BYTES)}"
