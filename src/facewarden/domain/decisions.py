"""A past decision as it is kept for being explained: its facts, encrypted by whoever keeps it.

Never holds a pixel or a template, and never outlives the key of what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """One decision. `audit_index` is its entry in the log; `action` the act's name.

    `subject` is the random id of what it is about. `of_photo` True: it is readable as long as the photo's own file
    is; False: until the subject is forgotten. `document` is JSON in UTF-8.
    """

    audit_index: int
    action: str
    subject: str
    of_photo: bool
    document: bytes
