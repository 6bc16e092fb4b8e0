"""What people type, before anything keeps it: one line of printable text of a known length, or nothing.

Never lets a control character, a change of writing direction or half a character into the records.
"""

from __future__ import annotations

from facewarden.errors import BadUseError

REASON_MAX = 1_000


def printable_line(text: str, max_chars: int) -> str | None:
    """The text with each run of white space made one space; "" if that is all.

    None if it is longer than `max_chars` or holds what is not printable: escape sequences that would act on a
    terminal, marks that turn the writing round, surrogates that stand for undecodable bytes.
    """
    line = " ".join(text.split())
    return line if len(line) <= max_chars and line.isprintable() else None


def checked_reason(text: str) -> str:
    """The reason in one line; raises BadUseError `no_reason` for none, or one that cannot be kept."""
    said = printable_line(text, REASON_MAX)
    if not said:
        raise BadUseError(
            "no_reason",
            "A reason is needed.",
            f"One line of 1 to {REASON_MAX} printable characters. It is kept encrypted, for those who review it.",
            "Say why.",
        )
    return said
