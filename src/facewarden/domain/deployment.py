"""What an installation says that it is for. Never guessed: the operator declares it."""

from __future__ import annotations

from enum import StrEnum


class DeclaredUse(StrEnum):
    """What the terms of models may permit or forbid."""

    OPERATION = "operation"
    """Real cases of an agency, paid for or not."""
    RESEARCH = "research"
    """Science, no case."""
    EVALUATION = "evaluation"
    """Trying out and measuring, no case."""
