"""What people type, before anything keeps it: one line of printable text of a known length, or nothing.

Never lets a control character, a change of writing direction or half a character into the records.
"""

from __future__ import annotations


def printable_line(text: str, max_chars: int) -> str | None:
    """The text with each run of white space made one space; "" if that is all.

    None if it is longer than `max_chars` or holds what is not printable: escape sequences that would act on a
    terminal, marks that turn the writing round, surrogates that stand for undecodable bytes.
    """
    line = " ".join(text.split())
    return line if len(line) <= max_chars and line.isprintable() else None
