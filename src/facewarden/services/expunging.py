"""Expungement: an agency's list of people whose booking records are gone, followed through every photo of theirs.

Never touches what another source permits, and never keeps a person's reference in the clear.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.provenance import Withdrawal
from facewarden.domain.sources import Source
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, RetentionRecords
from facewarden.services.facts import actor_facts, source_facts
from facewarden.services.gate import Gate
from facewarden.services.unpermitted import Unpermitted

COLUMN = "person_reference"
"""The column of the list, as in the list of booking records."""
REFERENCE_MAX_CHARS = 200
LIST_MAX_BYTES = 50 * 1024 * 1024  # a million references of a line each


@dataclass(frozen=True, slots=True)
class Expungement:
    """What following a list did: people named in it, what was withdrawn, photos erased by now."""

    people: int
    withdrawn: Withdrawal
    photos: int
    audit_index: int


class Expunging:
    """Following an agency's lists."""

    def __init__(self, records: RetentionRecords, unpermitted: Unpermitted, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._unpermitted = unpermitted
        self._gate = gate
        self._clock = clock

    def follow(self, actor: Actor, source: Source, content: bytes) -> Expungement:
        """Every photo of these people erased that the source alone permits; the source cannot bring them again.

        `content` is a CSV (UTF-8, header, a column `person_reference`). Raises RefusedError, BadUseError.
        """
        references = read_references(content)
        index = self._gate.enter(
            Action.SOURCE,
            {
                **actor_facts(actor, self._clock.now()),
                **source_facts(source),
                "source_change": Fact("expunge", "given"),
            },
            AuditEvent.EXPUNGEMENT_DECIDED,
            actor=actor.user.user_id,
            subject=source.source_id,
            details={"expunged": len(references)},
        ).audit_index
        withdrawn = self._records.withdraw_expunged(source.source_id, references)
        erased = self._unpermitted.erase(ErasureReason.EXPUNGEMENT)
        return Expungement(len(references), withdrawn, erased, index)


def read_references(content: bytes) -> Sequence[str]:
    """The references of the list, each once; raises BadUseError with the line that is wrong."""
    if len(content) > LIST_MAX_BYTES:
        raise _bad("It is larger than 50 MB.", "Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad("It is not UTF-8.", "Save it as CSV in UTF-8.") from error
    if "\0" in text:
        raise _bad("It holds a byte that is no text.", "Save it as CSV in UTF-8.")
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().casefold() for name in next(rows, [])]
        if COLUMN not in header:
            raise _bad(f"It has no column {COLUMN}.", f"Name the column with the people {COLUMN} in the first line.")
        at = header.index(COLUMN)
        found: dict[str, None] = {}
        for row in rows:
            reference = row[at].strip() if at < len(row) else ""
            if not reference and any(cell.strip() for cell in row):
                raise _bad(f"Line {rows.line_num} names nobody.", "Fill the column or take the line out.")
            if len(reference) > REFERENCE_MAX_CHARS:
                raise _bad(f"The reference in line {rows.line_num} is too long.", "Give the agency's own reference.")
            if reference:
                found[reference] = None
    except csv.Error as error:
        raise _bad(f"Line {rows.line_num} is no CSV.", "Save it as CSV, quotes doubled.") from error
    if not found:
        raise _bad("It names nobody.", f"Give at least one {COLUMN}.")
    return list(found)


def _bad(why: str, next_step: str) -> BadUseError:
    return BadUseError("bad_expungement_list", "The list of expunged records cannot be used.", why, next_step)
