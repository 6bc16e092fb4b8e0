"""Expungement: an agency's list of people whose booking records are gone, followed through every photo of theirs.

Never touches what another source permits, and never keeps a person's reference in the clear.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.ids import random_id
from facewarden.domain.provenance import Closing, Withdrawal
from facewarden.domain.sources import Source
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, Closings, RetentionRecords
from facewarden.services.collecting.unpermitted import Unpermitted
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts, source_facts

COLUMN, DAY_COLUMN = "person", "expunge_on"
"""The columns, named as in a list of booking records. Where there is a day, only rows whose day has come count."""
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

    def __init__(
        self, records: RetentionRecords, closings: Closings, unpermitted: Unpermitted, gate: Gate, clock: Clock
    ) -> None:
        self._records = records
        self._closings = closings
        self._unpermitted = unpermitted
        self._gate = gate
        self._clock = clock

    def follow(self, actor: Actor, source: Source, content: bytes) -> Expungement:
        """Every photo of these people erased that the source alone permits; the source cannot bring them again.

        `content` is a CSV (UTF-8, header, a column `person`; with a column `expunge_on` only rows whose day has come).
        Raises RefusedError, BadUseError.
        """
        references = read_references(content, self._clock.now().date())
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
        people = self._records.people(source.source_id, references)
        ids = (source.source_id,)
        self._closings.write(Closing(random_id("cl"), self._clock.now(), (), ids, people, None, index))
        withdrawn = self._records.withdraw_expunged(source.source_id, references)
        erased = self._unpermitted.erase(ErasureReason.EXPUNGEMENT)
        return Expungement(len(references), withdrawn, erased, index)


def read_references(content: bytes, today: date) -> Sequence[str]:
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
        found = {
            reference: None
            for row in rows
            if (reference := _due(dict(zip(header, row, strict=False)), rows.line_num, today)) is not None
        }
        if rows.line_num < 2:
            raise _bad("It names nobody.", f"Give at least one {COLUMN}.")
    except csv.Error as error:
        raise _bad(f"Line {rows.line_num} is no CSV.", "Save it as CSV, quotes doubled.") from error
    return list(found)


def _due(cells: Mapping[str, str], line: int, today: date) -> str | None:
    """The person of that line if they are to be expunged by now, None if not, or if the line is empty."""
    if not any(cell.strip() for cell in cells.values()):
        return None
    reference = cells.get(COLUMN, "").strip()
    if not reference:
        raise _bad(f"Line {line} names nobody.", "Fill the column or take the line out.")
    if len(reference) > REFERENCE_MAX_CHARS:
        raise _bad(f"The reference in line {line} is too long.", "Give the agency's own reference.")
    if DAY_COLUMN not in cells:
        return reference
    written = cells[DAY_COLUMN].strip()
    try:
        return reference if written and date.fromisoformat(written) <= today else None
    except ValueError as error:
        raise _bad(f"{DAY_COLUMN} in line {line} is no day.", "Write it as YYYY-MM-DD.") from error


def _bad(why: str, next_step: str) -> BadUseError:
    return BadUseError("bad_expungement_list", "The list of expunged records cannot be used.", why, next_step)
