"""Why a photo was not enrolled, said so that a person can act on it. Never names a file or a person."""

from __future__ import annotations

from facewarden.domain.faces import DetectedFace
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import Error
from facewarden.law.decision import Decision, Verdict

NO_FACE = "no_face"


def no_face(photo: DecodedPhoto) -> Error:
    """The error for a photo in which no face was found."""
    return Error(
        NO_FACE,
        f"No face was found in this photo of {photo.width_px} x {photo.height_px} pixels.",
        "The face may be turned away, covered, or smaller than the detector sees.",
        "Give a photo in which the face is upright and at least 24 pixels wide.",
    )


def refused(decision: Decision) -> Error:
    """The error for a photo that the law refuses or sets aside, by its first ground."""
    ground = decision.grounds[0]
    aside = decision.verdict is Verdict.QUARANTINE
    return Error(
        ground.rule,
        f"Set aside, not enrolled: {ground.text}" if aside else ground.text,
        f"Rule {ground.rule} ({ground.citation}).",
        ground.remedy,
    )


def not_enrolled(decision: Decision, face: DetectedFace) -> Error:
    """The error for a face that may not be enrolled: what its quality lacks, or the law's ground."""
    quality = face.quality
    failing = ", ".join(quality.failing())
    if not failing:
        return refused(decision)
    return Error(
        decision.grounds[0].rule,
        f"The face is not good enough to enrol ({failing}).",
        f"It is {quality.size_px:.0f} pixels wide, turned {quality.yaw_deg:.0f} degrees,"
        f" sharpness {quality.sharpness:.3f}, light {quality.light:.2f}.",
        "Give a larger, sharper or more frontal photo of this person.",
    )
