"""The closed list of acts that the law decides.

It never says who may do them: that is for the rules in the packs.
"""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """One act that needs a decision before its effect is visible."""

    COLLECT = "collect"
    """Take a photo in from a source, before any face in it is looked for."""
    ENROL = "enrol"
    """Put a face of a collected photo into the gallery."""
    SEARCH = "search"
    """Compare one probe face with the gallery, under one case."""
    VIEW = "view"
    """Look at a photo of the gallery."""
    REVIEW = "review"
    """Give or confirm a conclusion about a candidate."""
    RELEASE = "release"
    """Hand something out of the installation: a lead report, an export."""
    ERASE = "erase"
    """Destroy a photo, a template or a person's records."""
    SUPPRESS = "suppress"
    """Keep a face out from now on."""
    ACCOUNT = "account"
    """Add, activate, suspend or end an organisation, a user or a case, or start taking photos in."""
    READ_LOG = "read_log"
    """Read the audit log or a report made from it."""
    REQUEST = "request"
    """Take in a person's request with a photo of their face: to be taken out, or to be told."""
    ANSWER = "answer"
    """Look at a person's request beside the faces that may be theirs, and answer it."""
    TELL = "tell"
    """Tell a person, or whoever acts for them, whether and what the gallery holds of them."""
    HOLD = "hold"
    """Keep photos out of every search and, for a hold that preserves, from destruction; or lift such a hold."""
    ORDER = "order"
    """Carry out what a pack orders, or decide which of a deletion and a hold yields."""
    BACK_UP = "back_up"
    """Copy everything that the installation holds out of it, or put such a copy in its place."""
    SOURCE = "source"
    """Propose, approve, suspend, end or take down a source, or lift the bar of a host that asked to be left alone."""
