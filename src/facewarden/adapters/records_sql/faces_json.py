"""Faces seen in a photo as JSON text, and back. Never holds a template."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from facewarden.domain.faces import Box, DetectedFace, FaceQuality


def face_text(face: DetectedFace) -> str:
    """One face as a JSON array; floats come back exactly."""
    return json.dumps(_plain(face), separators=(",", ":"))


def face_of(text: str) -> DetectedFace:
    """The face that `face_text` wrote."""
    return _face(json.loads(text))


def faces_text(faces: Sequence[DetectedFace]) -> str:
    """Several faces as a JSON array, in their order."""
    return json.dumps([_plain(face) for face in faces], separators=(",", ":"))


def faces_of(text: str) -> tuple[DetectedFace, ...]:
    """The faces that `faces_text` wrote."""
    return tuple(_face(plain) for plain in json.loads(text))


def _plain(face: DetectedFace) -> list[Any]:
    box, quality = face.box, face.quality
    return [
        [box.left, box.top, box.right, box.bottom],
        face.score,
        [[x, y] for x, y in face.landmarks],
        [quality.size_px, quality.sharpness, quality.yaw_deg, quality.roll_deg, quality.light],
    ]


def _face(plain: list[Any]) -> DetectedFace:
    box, score, landmarks, quality = plain
    return DetectedFace(Box(*box), score, tuple((x, y) for x, y in landmarks), FaceQuality(*quality))
