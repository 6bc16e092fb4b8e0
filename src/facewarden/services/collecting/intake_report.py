"""What came of taking photos in: counts by ground, files that could not be used, time by step.

Never holds a photo, and never names a file that was refused because somebody was taken out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from facewarden.errors import Error

ERRORS_KEPT = 1_000  # file-level errors listed one by one; beyond that they are only counted
REFUSED, GROUND, UNDETERMINED = "refused.", "ground.", "undetermined."
"""Prefixes under which a job's progress counts what is counted by name."""
PLAIN = ("photos", "admitted", "faces", "suppressed", "quarantined", "burnt", "duplicates")


@dataclass(frozen=True, slots=True)
class FileTrouble:
    """A file that could not be used: its name, and the error with what to do."""

    name: str
    error: Error

    def to_json(self) -> dict[str, str]:
        """Plain data, one of the `errors` that a command prints."""
        return {
            "file": self.name,
            "code": self.error.code,
            "what": self.error.what,
            "next_step": self.error.next_step,
        }


@dataclass(slots=True)
class IngestReport:
    """What came of an ingest, in the words of its JSON.

    `refused` counts each photo once, under its first ground; `grounds` counts every rule that spoke against a photo,
    and `undetermined`, of the photos that the law let pass, each fact that a rule reads and that nobody could tell.
    `suppressed` counts photos with a face that is kept out, or that were erased before; `quarantined` those of them
    that wait for an officer, for a face that is only like one; `burnt` those that were admitted without that face.
    None is named by file: nobody is to learn who asked to be taken out.
    `steps` is where the time went, in seconds.
    """

    photos: int = 0
    admitted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    grounds: Counter[str] = field(default_factory=Counter)
    undetermined: Counter[str] = field(default_factory=Counter)
    faces: int = 0
    suppressed: int = 0
    quarantined: int = 0
    burnt: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    troubles: list[FileTrouble] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)

    def progress(self) -> dict[str, int]:
        """The counts as the job of a plain ingest keeps them."""
        return {
            "photos": self.photos,
            "admitted": self.admitted,
            "refused": self.refused.total(),
            "faces": self.faces,
            "suppressed": self.suppressed,
            "duplicates": self.duplicates,
        }

    def counts(self) -> dict[str, int]:
        """Every count, flat, as a collection's job adds them up; `of_counts` reads them back."""
        flat = {name: int(getattr(self, name)) for name in PLAIN}
        flat["refused"] = self.refused.total()
        for prefix, counted in ((REFUSED, self.refused), (GROUND, self.grounds), (UNDETERMINED, self.undetermined)):
            flat |= {prefix + name: count for name, count in counted.items()}
        return {name: count for name, count in flat.items() if count}

    def trouble(self, name: str, error: Error) -> None:
        """Lists a file that could not be used, unless a thousand are listed already."""
        if len(self.troubles) < ERRORS_KEPT:
            self.troubles.append(FileTrouble(name, error))

    def add(self, other: IngestReport) -> None:
        """Adds what came of another batch."""
        for name in PLAIN:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused += other.refused
        self.grounds += other.grounds
        self.undetermined += other.undetermined
        self.troubles += other.troubles[: ERRORS_KEPT - len(self.troubles)]
        for step, seconds in other.steps.items():
            self.steps[step] = self.steps.get(step, 0.0) + seconds

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        """Counts the time until it is left to that step."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.steps[step] = self.steps.get(step, 0.0) + time.perf_counter() - began


def of_counts(progress: Mapping[str, int]) -> IngestReport:
    """The report that a job's progress amounts to; troubles and times are not in it."""
    report = IngestReport()
    for name in PLAIN:
        setattr(report, name, progress.get(name, 0))
    counters = {REFUSED: report.refused, GROUND: report.grounds, UNDETERMINED: report.undetermined}
    for name, count in progress.items():
        for prefix, counted in counters.items():
            if name.startswith(prefix):
                counted[name.removeprefix(prefix)] = count
    return report
