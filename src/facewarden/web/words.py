"""Figures in words that a person can act on: ranges, never more exact than what was measured.

Never says of a candidate more than that it is one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime

from facewarden.domain.accounts import Role
from facewarden.domain.cases import Purpose
from facewarden.domain.faces import (
    FLOOR_LIGHT,
    FLOOR_SHARPNESS,
    FLOOR_SIZE_PX,
    FaceQuality,
)
from facewarden.domain.searches import Candidate
from facewarden.domain.sources import LegalBasis, SourceKind
from facewarden.matching.figures import Range, rounded

PURPOSES = {
    Purpose.INVESTIGATE_CRIME: "Investigate a crime",
    Purpose.IDENTIFY_VICTIM: "Find out who a victim is",
    Purpose.FIND_MISSING_PERSON: "Find a missing person",
    Purpose.IDENTIFY_DECEASED: "Find out who a deceased person was",
    Purpose.DEFEND_ACCUSED: "Defend an accused person",
}
ROLES = {
    Role.INVESTIGATOR: "Investigator",
    Role.EXAMINER: "Examiner",
    Role.ORG_ADMINISTRATOR: "Administrator",
    Role.PRIVACY_OFFICER: "Privacy officer",
    Role.OVERSEER: "Overseer",
    Role.AUDITOR: "Auditor",
    Role.OPERATOR: "Operator",
}
BASES = {
    LegalBasis.OWNER_CONSENT: "Consent of the owner",
    LegalBasis.LICENCE: "Licence",
    LegalBasis.OWN_RECORDS: "The agency's own records",
    LegalBasis.STATUTE: "Statute",
}
KINDS = {
    SourceKind.FILES: "Files handed over",
    SourceKind.BOOKING_RECORDS: "Booking records",
    SourceKind.WEB_ARCHIVE: "Web archive",
    SourceKind.WEBSITE: "Website",
}
SEARCHES_SHOWN = 1_000  # small expectations are told as so many in 1,000 searches, which people read better than 0.003


def lookalikes(expected: Range | None, gallery_size: int) -> str:
    """How many other people in this gallery would score as high, as a sentence."""
    if expected is None:
        return (
            "How many other people in this gallery would score this high cannot be told: "
            "too few of the measured pairs of different people reach it."
        )
    low, high = expected
    faces = f"these {gallery_size:,} faces"
    if high < 1:
        shown = _between(rounded(low * SEARCHES_SHOWN, down=True), rounded(high * SEARCHES_SHOWN))
        return f"In 1,000 such searches of {faces}, {shown} would find another person who scores this high."
    many = _people(high)
    people = "person" if many == "1" else "people"
    if low < 1:
        return (
            f"Up to {many} other {people} in {faces} would score this high; fewer than one in the best group measured."
        )
    return f"{_between(_people(low, down=True), many).capitalize()} other {people} in {faces} would score this high."


def strangers(expected: Range | None) -> str:
    """How many people who are not the one searched for pass the threshold by chance, as a sentence."""
    if expected is None:
        return "How many strangers pass the threshold by chance cannot be told for this gallery."
    low, high = expected
    if high < 1:
        shown = _between(rounded(low * SEARCHES_SHOWN, down=True), rounded(high * SEARCHES_SHOWN))
        return f"In 1,000 searches of a gallery of this size, {shown} would list a stranger by chance."
    many = _people(high)
    expected_here = (
        f"{'stranger is' if many == '1' else 'strangers are'} expected in any list from a gallery of this size,"
        " whoever is searched"
    )
    if low < 1:
        return f"Up to {many} {expected_here}; fewer than one in the best group measured."
    return f"{_between(_people(low, down=True), many).capitalize()} {expected_here}."


def _people(expected: float, *, down: bool = False) -> str:
    """One or more people, whole: of 7.9 at most 8 are said, and 7 at least."""
    near = round(expected)
    whole = near if abs(expected - near) < 1e-6 else math.floor(expected) if down else math.ceil(expected)
    return rounded(whole, down=down)


def _between(few: str, many: str) -> str:
    if few == many:
        return f"about {many}"
    return f"up to {many}" if few == "0" else f"between {few} and {many}"


def similarity(candidate: Candidate) -> str:
    """The cosine with three digits: more would be noise of the photo."""
    return f"{candidate.similarity:.3f}"


def day(value: datetime | date | None) -> str:
    """A day, as 22 November 2026; what the file does not say is said so."""
    return "not known" if value is None else f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """A moment to the minute, in UTC, which the log uses too."""
    value = value.astimezone(UTC)
    return f"{value.day} {value:%B %Y}, {value:%H:%M} UTC"


def decided_as_of(value: str) -> str:
    """The ISO 8601 day or moment that a decision is for, written as any other."""
    return moment(datetime.fromisoformat(value)) if "T" in value else day(date.fromisoformat(value))


def counted(number: int, thing: str) -> str:
    """So many of a thing: 1 photo, 2,000 photos."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def minutes_left(until: datetime, now: datetime) -> str:
    """How long something still lives, in whole minutes, rounded down."""
    minutes = max(0, int((until - now).total_seconds() // 60))
    return "less than a minute" if minutes == 0 else "1 minute" if minutes == 1 else f"{minutes} minutes"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of quality in words: `grade` is good, fair or poor; `advice` is empty when good.

    `cost` says what the shortfall costs, from the measurements that set the floors (domain.faces).
    """

    name: str
    value: str
    grade: str
    advice: str
    cost: str


# From here to the floor a face can be searched but loses: the rates beside the floors begin to fall about here.
FAIR_SIZE_PX = 1.5 * FLOOR_SIZE_PX
FAIR_SHARPNESS = 1.6 * FLOOR_SHARPNESS
FAIR_YAW_DEG = 25.0
FAIR_ROLL_DEG = 30.0
FAIR_LIGHT = 2.0 * FLOOR_LIGHT


def quality(face: FaceQuality) -> list[Measure]:
    """Each measure of a face with what to do about it."""
    failing = set(face.failing())

    def measure(field: str, shown: tuple[str, str], fair: bool, advice: str, cost: str) -> Measure:
        grade = "poor" if field in failing else "fair" if fair else "good"
        return Measure(*shown, grade, *(("", "") if grade == "good" else (advice, cost)))

    yaw, roll = abs(face.yaw_deg), abs(face.roll_deg)
    turned = f"{yaw:.0f}° to the {'right' if face.yaw_deg > 0 else 'left'}" if yaw >= 1 else "frontal"
    return [
        measure(
            "size_px",
            ("Size", f"{face.size_px:.0f} px"),
            face.size_px < FAIR_SIZE_PX,
            "Use the original file, not a thumbnail or a screenshot.",
            "At 16 px one person in four is missed, at 12 px seven in ten.",
        ),
        measure(
            "sharpness",
            ("Sharpness", f"{face.sharpness:.2f}"),
            face.sharpness < FAIR_SHARPNESS,
            "Use a sharper picture: another frame of the same recording often is.",
            "At 0.11 one person in three is missed, at 0.07 two in three.",
        ),
        measure(
            "yaw_deg",
            ("Turned", turned),
            yaw > FAIR_YAW_DEG,
            "Use a picture that shows both eyes.",
            "Beyond 45° nothing was measured.",
        ),
        measure(
            "roll_deg",
            ("Tilted", f"{roll:.0f}°"),
            roll > FAIR_ROLL_DEG,
            "Rotate the picture upright.",
            "At 60° one person in four is missed.",
        ),
        measure(
            "light",
            ("Light", f"{face.light:.0%} well exposed"),
            face.light < FAIR_LIGHT,
            "Use a picture in which the face is evenly lit.",
            "At 47 % one person in three is missed, at 32 % four in five.",
        ),
    ]


def quality_sentence(face: FaceQuality) -> str:
    """What the quality means for a search, in one sentence."""
    grades = [measure.grade for measure in quality(face)]
    if "poor" in grades:
        return "Poor: a search may miss the person and lead to strangers. Prefer another photo."
    if "fair" in grades:
        return "Fair: usable, but the person may be missed more often."
    return "Good for a search."
