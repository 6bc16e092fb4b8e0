"""Where a picture lies in a square frame, so that two faces stand side by side at one size.

Never changes a picture: it is moved and scaled as a whole, by the browser.
"""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.domain.faces import DetectedFace

MARGIN = 0.42  # of the face's longer side on each side: hair, ears and chin are seen, and little else


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a picture to show: an SVG `view_box` in units in which the picture is `width` by `height`."""

    view_box: str
    width: int
    height: int


def frame_of(face: DetectedFace, width_px: int, height_px: int) -> Frame:
    """The square around the face, whose box is in pixels of a picture of that size."""
    box = face.box
    side = (1 + 2 * MARGIN) * max(box.width_px, box.height_px)
    left = (box.left + box.right - side) / 2
    top = (box.top + box.bottom - side) / 2
    return Frame(f"{left:.1f} {top:.1f} {side:.1f} {side:.1f}", width_px, height_px)
