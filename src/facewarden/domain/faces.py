"""A face seen in a photo, how good it is, and the card of the models that saw it.

It never computes a face: it holds what an engine measured, and never a template or a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

# Floors of a face that may be enrolled. The figures are true match rates at the threshold of FMR 1e-3 on 50 portraits
# made worse step by step (README of adapters/faces_onnx): each floor lies where about half of the mates are lost.
FLOOR_SIZE_PX = 20.0
"""0.94 at 20 pixels between the sides of the face, 0.72 at 16, 0.30 at 12."""
FLOOR_SHARPNESS = 0.08
"""0.66 at a median of 0.107 (blurred by 3 % of the face's width), 0.34 at 0.075, 0.06 at 0.057."""
CEILING_YAW_DEG = 45.0
"""Of 1,500 portraits one in 250 is turned further: beyond it nothing was measured."""
CEILING_ROLL_DEG = 45.0
"""0.98 at 45 degrees, 0.76 at 60, where the landmarks themselves begin to fail."""
FLOOR_LIGHT = 0.3
"""0.68 at a median of 0.47 (burnt out), 0.20 at 0.32 (dark), 0.28 at 0.16 (burnt out)."""


@dataclass(frozen=True, slots=True)
class Box:
    """The rectangle of one face, in pixels of the oriented image, origin at the top left corner.

    `right` and `bottom` are exclusive: a box of one pixel has right == left + 1. Edges may lie outside the
    image when the face is cut off. What an engine returns is always wider and higher than 0.
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width_px(self) -> float:
        """Width in pixels."""
        return self.right - self.left

    @property
    def height_px(self) -> float:
        """Height in pixels."""
        return self.bottom - self.top

    @property
    def area_px(self) -> float:
        """Area in square pixels; 0 for a box turned inside out."""
        return max(self.width_px, 0.0) * max(self.height_px, 0.0)

    def overlap(self, other: Box) -> float:
        """Shared area over joint area (intersection over union), 0 to 1; 0 where both are empty."""
        width_px = min(self.right, other.right) - max(self.left, other.left)
        height_px = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared_px = max(width_px, 0.0) * max(height_px, 0.0)
        joint_px = self.area_px + other.area_px - shared_px
        return shared_px / joint_px if joint_px > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """How good one face is for comparison; every number has a unit and a floor.

    size_px    shorter side of the face's box, in pixels of the oriented image; more is better.
    sharpness  detail of the aligned face over its contrast, 0 to about 1, no unit; more is better.
    yaw_deg    turn to the side estimated from the landmarks, -90 to 90, 0 is frontal; positive when the nose
               points to the right edge of the image.
    roll_deg   tilt of the line through the eyes, -180 to 180, 0 is level; positive is clockwise as seen.
    light      share of the face that is neither black nor burnt out, 0 to 1; more is better.
    """

    size_px: float
    sharpness: float
    yaw_deg: float
    roll_deg: float
    light: float

    def failing(self) -> tuple[str, ...]:
        """Names of the measures beyond their floor, in the order of the fields; empty when all pass."""
        passes = {
            "size_px": self.size_px >= FLOOR_SIZE_PX,
            "sharpness": self.sharpness >= FLOOR_SHARPNESS,
            "yaw_deg": abs(self.yaw_deg) <= CEILING_YAW_DEG,
            "roll_deg": abs(self.roll_deg) <= CEILING_ROLL_DEG,
            "light": self.light >= FLOOR_LIGHT,
        }
        return tuple(name for name, good in passes.items() if not good)


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """One face that an engine saw: where, how sure (0 to 1), its landmarks and its quality.

    `landmarks` are (x, y) in pixels of the oriented image, in the order of the pack's card.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...]
    quality: FaceQuality

    def scaled(self, factor: float) -> DetectedFace:
        """The same face in a picture `factor` times as large; the quality stays as it was measured."""
        box = Box(self.box.left * factor, self.box.top * factor, self.box.right * factor, self.box.bottom * factor)
        points = tuple((x * factor, y * factor) for x, y in self.landmarks)
        return DetectedFace(box, self.score, points, self.quality)

    def moved(self, right_px: float, down_px: float) -> DetectedFace:
        """The same face so much further right and down."""
        box = self.box
        there = Box(box.left + right_px, box.top + down_px, box.right + right_px, box.bottom + down_px)
        points = tuple((x + right_px, y + down_px) for x, y in self.landmarks)
        return DetectedFace(there, self.score, points, self.quality)


@dataclass(frozen=True, slots=True)
class PackCard:
    """What a set of face models says about itself; shown to people and written into every report.

    Templates are comparable only when `pack_id` and `version` are equal. `measured_gallery` is the largest
    number of people that accuracy was measured with: above it nothing is claimed. `evaluation_only` asks for
    an officer's recorded acceptance before a real case is searched above that number.
    """

    pack_id: str
    version: str
    dimension: int
    input_px: int
    colour_order: str
    alignment: str
    landmark_names: tuple[str, ...]
    licence: str
    training_data: str
    measured_gallery: int
    evaluation_only: bool
    enrol_views: int
    probe_views: int
